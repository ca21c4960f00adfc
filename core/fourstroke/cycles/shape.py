"""Say in a few words how large a value is, without knowing what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any


def rows_of(value: Any) -> int | None:
    """Count the rows of a table; ``None`` if it does not tell."""
    return len(value) if isinstance(value, Sized) else None


def columns_of(value: Any) -> tuple[str, ...]:
    """Name the columns of a table; empty if it does not tell."""
    return tuple(str(name) for name in getattr(value, "columns", ()))


def in_words(value: Any) -> str:
    """Say how large a table, or a mapping of tables, is.

    Examples
    --------
    >>> in_words({"train": [1, 2, 3], "test": [4]})
    'train 3, test 1'
    >>> in_words([1, 2])
    '2 rows'
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {rows_of(part):,}" for name, part in value.items())
    rows = rows_of(value)
    columns = columns_of(value)
    if rows is None:
        return type(value).__name__
    return counted(rows, "row") + (f" x {counted(len(columns), 'column')}" if columns else "")


def counted(number: int, noun: str) -> str:
    """Count things that have a regular plural.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
