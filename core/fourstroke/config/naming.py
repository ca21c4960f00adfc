"""Names of steps: those that the file gives, and those that are made of what a table uses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fourstroke.config.kinds import is_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.config.node import Node

USUAL: Final = "default"

_LONGEST = 64


def step_names(entries: Sequence[Node], stage: str) -> list[str]:
    """Name the tables of one stage.

    A name that the file gives is kept. Others are made of ``use``, and counted where they repeat;
    they never take one that is given.

    Examples
    --------
    >>> from fourstroke.config.node import grow
    >>> uses = ["steps.py:add_ratios", "drop", "acme/drop"]
    >>> step_names([grow({"use": use}) for use in uses], "prepare")
    ['add_ratios', 'drop', 'drop_2']
    """
    taken = {name for entry in entries if (name := entry.text("name")) is not None}
    names = []
    for entry in entries:
        name = entry.text("name")
        if name is None:
            name = _free(_of_use(entry.text("use"), stage), taken)
            taken.add(name)
        names.append(name)
    return names


def _of_use(use: str | None, stage: str) -> str:
    if use is None or use == USUAL:
        return stage
    short = re.split(r"[:/]", use)[-1].rpartition(".")[2]
    allowed = re.sub(r"[^A-Za-z0-9_-]+", "_", short).lstrip("0123456789_-")[:_LONGEST]
    return allowed if is_name(allowed) else stage


def _free(name: str, taken: set[str]) -> str:
    free, count = name, 1
    while free in taken:
        count += 1
        suffix = f"_{count}"
        free = name[: _LONGEST - len(suffix)] + suffix
    return free
