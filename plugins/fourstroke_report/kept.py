"""What steps kept beside the run, as far as a page can show it: pictures and the heads of tables."""

from __future__ import annotations

import base64
import csv
import io
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fourstroke import KeptFact

# A page has to stay small enough to be sent around.
_LARGEST_BYTES = 60_000
_ALL_BYTES = 150_000
_SHOWN_ROWS, _SHOWN_COLUMNS = 10, 12


@attrs.frozen(kw_only=True)
class Shown:
    """One kept file on the page.

    Parameters
    ----------
    fact : KeptFact
        Its name, its step, its digest.
    image : str
        A picture as a ``data:`` address; empty if it is none, or too large.
    rows : tuple of tuple of str
        The head of a table, its column names first; empty if it is none, or too large.
    """

    fact: KeptFact
    image: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


def shown(kept: Iterable[KeptFact]) -> list[Shown]:
    """Choose what the page shows of each file; the first ones, once there are too many."""
    room = _ALL_BYTES
    found = []
    for fact in kept:
        if fact.kind == "file" or fact.size_bytes > min(_LARGEST_BYTES, room):
            found.append(Shown(fact=fact))
            continue
        room -= fact.size_bytes
        content = fact.read()
        if fact.kind == "table":
            found.append(Shown(fact=fact, rows=_head(content)))
        else:
            found.append(Shown(fact=fact, image=_address(fact.file, content)))
    return found


def _address(file: str, content: bytes) -> str:
    """Give a picture as an address: what stands in it is drawn as an image and runs no script."""
    kind = "image/png" if file.endswith(".png") else "image/svg+xml"
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _head(content: bytes) -> tuple[tuple[str, ...], ...]:
    lines = csv.reader(io.StringIO(content.decode("utf-8", errors="replace")))
    rows = [row for _, row in zip(range(_SHOWN_ROWS + 1), lines, strict=False)]
    return tuple(tuple(row[:_SHOWN_COLUMNS]) for row in rows)
