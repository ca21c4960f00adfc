"""Columns of values that have types of their own: of JSON lines and of sheets."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from fourstroke import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LARGEST_EXACT = 2**53
_FAMILIES: tuple[tuple[type, str], ...] = (
    (bool, "a truth value"),
    (int, "a number"),
    (float, "a number"),
    (str, "text"),
    (dt.datetime, "a time"),
    (dt.date, "a time"),
)


def typed_column(
    values: Sequence[Any], name: str, where: Callable[[int], str], hint: str
) -> pd.Series:
    """Make a column of values of one family.

    Parameters
    ----------
    values : sequence
        ``None`` for a missing cell.
    name : str
        The column's name.
    where : callable
        Gives the place of a row, counted from 0, for messages.
    hint : str
        What to do about a column of several families.

    Raises
    ------
    DataError
        Names the place at which another family begins, or where a value is no cell of a table.
    """
    family = ""
    for row, value in enumerate(values):
        if value is None:
            continue
        found = next((words for kind, words in _FAMILIES if isinstance(value, kind)), "")
        if not found:
            raise DataError(
                f"column {name!r}: {type(value).__name__} is no cell of a table",
                where=where(row),
                hint="give each part a column of its own",
            )
        if family and found != family:
            raise DataError(
                f"column {name!r}: {value!r} is {found}, and above it is {family}",
                where=where(row),
                hint=hint,
            )
        family = found
    return _made(values, family)


def _made(values: Sequence[Any], family: str) -> pd.Series:
    has_missing = any(value is None for value in values)
    if not family:
        return pd.Series([float("nan")] * len(values))
    if family == "a truth value" and has_missing:
        return pd.Series(values, dtype="boolean")
    if family == "a number":
        return _numbers(values, has_missing=has_missing)
    if family == "a time":
        return pd.Series(pd.to_datetime(list(values)))
    return pd.Series(values)


def _numbers(values: Sequence[Any], *, has_missing: bool) -> pd.Series:
    if any(isinstance(value, float) for value in values):
        return pd.Series(values, dtype="float64")
    largest = max(abs(value) for value in values if value is not None)
    if largest >= 2**63:
        # No number of a column is that large; as text it keeps every digit.
        return pd.Series([None if value is None else str(value) for value in values])
    if not has_missing:
        return pd.Series(values, dtype="int64")
    return pd.Series(values, dtype="float64" if largest < _LARGEST_EXACT else "Int64")
