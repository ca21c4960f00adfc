"""What no value of the project file may be, wherever it stands."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import TYPE_CHECKING

from fourstroke.config.node import walk
from fourstroke.config.secrets import malformed_reference, without_references

if TYPE_CHECKING:
    from fourstroke.config.faults import Faults
    from fourstroke.config.node import Node

_LARGEST = 2**63
_URL = re.compile(r"[a-zA-Z][\w+.-]*://[^\s:/@]*:(?P<password>[^\s/@]+)@")


def check_values(tree: Node, faults: Faults) -> None:
    """Note every value that cannot be recorded or must not be."""
    for path, node in walk(tree):
        found = _fault(node.content)
        if found:
            faults.at(node, path, *found)


def _fault(value: object) -> tuple[str, str] | None:
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no value of a setting", "give a finite number, or leave the key out"
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return "this number has more than 64 bits", ""
    if isinstance(value, dt.date | dt.time):
        return "dates and times are written as text here", f'"{value.isoformat()}" in quotes'
    return _fault_of_text(value) if isinstance(value, str) else None


def _fault_of_text(text: str) -> tuple[str, str] | None:
    if "\0" in text:
        return "there is a NUL character", ""
    wrong = malformed_reference(text)
    if wrong:
        return f"{wrong!r} is no ${{NAME}} of a variable", "$${ stands for the characters ${"
    url = _URL.search(without_references(text))
    if url:
        # Whatever stands here goes to records and cache keys, and often into version control.
        return (
            "a password stands here in clear",
            "write ${NAME}, and set NAME in the environment",
        )
    return None
