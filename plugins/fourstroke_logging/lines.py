"""Append one line to a file, whole, also when several processes do it at once."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def append(path: Path, facts: Mapping[str, Any]) -> None:
    """Append facts as one line of JSON.

    The line is written by one call in append mode, so that lines of several writers do not mix, and
    is synced: what was told is on disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    line = visible(json.dumps(facts, ensure_ascii=False, allow_nan=False, default=str)) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, line.encode("utf-8"))
        os.fsync(handle)
    finally:
        os.close(handle)


def visible(text: str) -> str:
    r"""Write what no reader sees, and what steers a terminal, as JSON escapes it.

    Half a character, as a file's name may hold, is among it: no encoding takes it.

    Examples
    --------
    >>> print(visible("Zürich \u202e \ud800"))
    Zürich \u202e \ud800
    """
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)
