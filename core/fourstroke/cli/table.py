"""Lay out tables of text so that they fit a terminal."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from fourstroke.errors import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = "  "
_NARROWEST = 6


def layout(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, width: int | None = None
) -> list[str]:
    """Lay out a table.

    Parameters
    ----------
    columns : sequence of str
        The heads.
    rows : sequence of sequences
        As many cells as heads. Numbers are aligned to the right, ``None`` is an empty cell, and
        text is made printable.
    width : int, optional
        The longest line allowed; the widest columns are shortened until it holds. ``None``: any.

    Returns
    -------
    list of str
        The head line, and a line each row.

    Examples
    --------
    >>> for line in layout(["NAME", "ROWS"], [["income", 48842], ["age", 7]]):
    ...     print(line)
    NAME      ROWS
    income  48,842
    age          7
    """
    cells = [[_text(cell) for cell in row] for row in rows]
    numeric = [
        bool(rows) and all(_is_number(row[at]) for row in rows) for at in range(len(columns))
    ]
    widths = [
        max([display_width(head), *(display_width(row[at]) for row in cells)])
        for at, head in enumerate(columns)
    ]
    if width is not None:
        widths = _narrowed(widths, width - len(_GAP) * (len(columns) - 1))
    return [_line(row, widths, numeric) for row in [list(columns), *cells]]


def display_width(text: str) -> int:
    """Count the terminal columns that a text takes: two for East Asian wide characters.

    Examples
    --------
    >>> display_width("income"), display_width("収入"), display_width("e\u0301")
    (6, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def shortened(text: str, width: int) -> str:
    """Cut a text that is too long and mark the cut.

    Examples
    --------
    >>> shortened("classification", 8)
    'classif…'
    """
    if display_width(text) <= width:
        return text
    kept, used = "", 0
    for character in text:
        used += _character_width(character)
        if used > width - 1:
            break
        kept += character
    return f"{kept}…"


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        # Four digits say enough, but thousands are counts as often as not.
        return f"{cell:,.0f}" if 1000 <= abs(cell) < 1e9 else f"{cell:.4g}"  # noqa: PLR2004
    return printable(str(cell))


def _is_number(cell: object) -> bool:
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


def _narrowed(widths: list[int], room: int) -> list[int]:
    """Take from the widest columns first, so that short ones stay whole.

    The first column holds the name or id that a person copies: it is narrowed when no other can be.
    """
    first, *others = widths
    while first + sum(others) > room and max(others, default=0) > _NARROWEST:
        others[others.index(max(others))] -= 1
    return [max(min(first, room - sum(others)), min(first, _NARROWEST)), *others]


def _line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    padded = []
    for cell, width, is_number in zip(cells, widths, numeric, strict=True):
        text = shortened(cell, width)
        space = " " * (width - display_width(text))
        padded.append(space + text if is_number else text + space)
    return _GAP.join(padded).rstrip()
