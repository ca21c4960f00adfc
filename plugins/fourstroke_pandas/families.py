"""What a column holds: the family of its type, whatever library keeps the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

if TYPE_CHECKING:
    from collections.abc import Iterable

Family = Literal[
    "integer",
    "number",
    "text",
    "boolean",
    "datetime",
    "duration",
    "category",
    "empty",
    "other",
]

_BY_INFERRED: dict[str, Family] = {
    "string": "text",
    "boolean": "boolean",
    "integer": "integer",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "date": "datetime",
    "datetime": "datetime",
    "empty": "empty",
}

# From pandas 3 on text has a type of its own; before, it is kept as objects.
TEXT: Any = "str" if int(pd.__version__.split(".", maxsplit=1)[0]) > 2 else object  # noqa: PLR2004 - a version


def family_of(column: pd.Series[Any]) -> Family:
    """Say what a column holds; ``number`` is one with fractions, ``empty`` one of missing cells."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if pd.api.types.is_object_dtype(dtype):
        return _BY_INFERRED.get(types.infer_dtype(column, skipna=True), "other")
    if types.is_bool_dtype(dtype):
        return "boolean"
    if types.is_integer_dtype(dtype):
        return "integer"
    if types.is_float_dtype(dtype):
        return "empty" if column.isna().all() else "number"
    if types.is_datetime64_any_dtype(dtype):
        return "datetime"
    if types.is_timedelta64_dtype(dtype):
        return "duration"
    return "text" if types.is_string_dtype(dtype) else _of_arrow(dtype)


def combined(families: Iterable[Family]) -> Family:
    """Say what a column holds of whose pieces this is known.

    Examples
    --------
    >>> combined(["integer", "empty", "number"]), combined(["text", "integer"]), combined([])
    ('number', 'other', 'empty')
    """
    found = set(families) - {"empty"}
    if found == {"integer", "number"}:
        return "number"
    return next(iter(found), "empty") if len(found) < 2 else "other"  # noqa: PLR2004 - one at most


def plain(column: pd.Series[Any]) -> pd.Series[Any]:
    """Give a column of categories as the values that they stand for, and any other as it is."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column
    return pd.Series(np.asarray(column), index=column.index, name=column.name)


def comparable(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Give cells that can be compared: of lists and mappings, their text; any others as they are."""
    if family_of(cells) != "other":
        return cells
    return pd.Series([None if each is None else repr(each) for each in cells], index=cells.index)


def as_text(values: list[str | None], index: pd.Index[Any]) -> pd.Series[Any]:
    """Make a column of text; ``None`` is a missing cell."""
    return pd.Series(values, index=index, dtype=TEXT)


def first_rows(is_at_fault: Any, count: int = 10) -> tuple[int, ...]:
    """Give the positions of the first rows, counted from 0, at which something is so."""
    return tuple(map(int, np.flatnonzero(np.asarray(is_at_fault, dtype=bool))[:count]))


def _of_arrow(dtype: Any) -> Family:
    """Tell apart what only Arrow has: decimals and dates."""
    kind = str(getattr(dtype, "pyarrow_dtype", ""))
    if kind.startswith("decimal"):
        return "number"
    return "datetime" if kind.startswith("date") else "other"
