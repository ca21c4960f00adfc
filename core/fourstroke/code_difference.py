"""In what the code of two runs differs."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def unified(first: Mapping[str, str], second: Mapping[str, str], one: str, other: str) -> str:
    r"""Write a unified diff of files by name; empty if they are equal.

    Examples
    --------
    >>> print(unified({"a.py": "x = 1\n"}, {"a.py": "x = 2\n"}, "r1", "r2"), end="")
    --- r1/a.py
    +++ r2/a.py
    @@ -1 +1 @@
    -x = 1
    +x = 2
    """
    lines: list[str] = []
    for name in sorted({**first, **second}):
        before, after = first.get(name, ""), second.get(name, "")
        lines += difflib.unified_diff(
            before.splitlines(keepends=True),
            after.splitlines(keepends=True),
            f"{one}/{name}" if name in first else "/dev/null",
            f"{other}/{name}" if name in second else "/dev/null",
        )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def counted(before: str, after: str) -> tuple[int, int]:
    r"""Count the lines that were added and those that were taken away.

    Examples
    --------
    >>> counted("a\nb\n", "a\nc\nd\n")
    (2, 1)
    """
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return (
        sum(line.startswith("+ ") for line in lines),
        sum(line.startswith("- ") for line in lines),
    )
