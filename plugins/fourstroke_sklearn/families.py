"""What kind of values a column holds, whatever its dtype, and its values in one plain form.

A table comes with NumPy, nullable, Arrow or object columns, depending on who read it. A model must
not care: what counts is whether a column holds numbers, booleans, text, dates or durations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

import attrs
import numpy as np
import pandas as pd
from pandas.api import types as dtypes

from fourstroke import DataError

Held = Literal["number", "boolean", "text", "date", "duration"]
Family = Held | Literal["empty"]
Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Objects: TypeAlias = "np.ndarray[Any, np.dtype[np.object_]]"

_FAMILY_OF_OBJECTS: Final[dict[str, Family]] = {
    "string": "text",
    "boolean": "boolean",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "datetime64": "date",
    "datetime": "date",
    "date": "date",
    "timedelta64": "duration",
    "timedelta": "duration",
    "empty": "empty",
}
IN_WORDS: Final[dict[Family, str]] = {
    "number": "numbers",
    "boolean": "true and false",
    "text": "text",
    "date": "dates",
    "duration": "durations",
    "empty": "nothing",
}
_REFUSED: Final = "a column holds numbers, booleans, text, dates or durations, and one kind of them"


@attrs.frozen
class Plain:
    """A column's values in the one form of its family.

    Numbers, booleans (0 and 1) and durations (seconds) are ``float64`` with NaN for a missing cell,
    text is an object array with NaN, dates are ``datetime64[us]`` in UTC with NaT.
    """

    family: Family
    values: Any

    @property
    def missing(self) -> Any:
        """Which cells are missing, as a boolean array."""
        return pd.isna(self.values)


def plain_column(column: pd.Series[Any]) -> Plain:
    """Find the family of a column and bring its values into plain form.

    Raises
    ------
    DataError
        If it holds none of the families, or several; names the column and the first such row.
    """
    dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype):
        return plain_column(column.astype(dtype.subtype))
    if isinstance(dtype, pd.CategoricalDtype):
        return _of_categories(column)
    if dtypes.is_bool_dtype(dtype):
        return _nothing_if_empty("boolean", _floats(column))
    if dtypes.is_complex_dtype(dtype):
        raise _refusal(column, 0)
    if dtypes.is_numeric_dtype(dtype):
        return _nothing_if_empty("number", _floats(column))
    if dtypes.is_datetime64_any_dtype(dtype):
        return _nothing_if_empty("date", _dates(column))
    if dtype.kind == "m":
        return _nothing_if_empty("duration", _seconds(column))
    return _of_objects(column)


def find_infinite(plain: Plain) -> int | None:
    """Give the position of the first infinite number, or nothing."""
    if plain.values.dtype.kind != "f":
        return None
    found = np.flatnonzero(np.isinf(plain.values))
    return int(found[0]) if len(found) else None


def first_row(column: pd.Series[Any]) -> int:
    """Give the position of the first cell that is not missing."""
    present = np.flatnonzero(column.notna().to_numpy())
    return int(present[0]) if len(present) else 0


def shown(value: object, *, longest: int = 40) -> str:
    """Write a cell so that its type is seen, and briefly."""
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _of_categories(column: pd.Series[Any]) -> Plain:
    """Read categories of any type as text: somebody has said that their order and distance mean nothing."""
    names = np.array([str(value) for value in column.cat.categories], dtype=object)
    codes = column.cat.codes.to_numpy()
    values = np.full(len(codes), np.nan, dtype=object)
    present = codes >= 0
    values[present] = names[codes[present]]
    return _nothing_if_empty("text", values)


def _of_objects(column: pd.Series[Any]) -> Plain:
    values: Objects = column.to_numpy(dtype=object, na_value=np.nan)
    # Columns of the `str` dtypes hold nothing else; to look at each cell would double the time.
    family = (
        "text"
        if isinstance(column.dtype, pd.StringDtype)
        else _FAMILY_OF_OBJECTS.get(dtypes.infer_dtype(values, skipna=True))
    )
    if family is None:
        raise _refusal(column, _first_stranger(values))
    return _nothing_if_empty(
        family, _TO_PLAIN[family](pd.Series(values, dtype=object, name=column.name))
    )


def _nothing_if_empty(family: Family, values: Any) -> Plain:
    if pd.isna(values).all():
        return Plain("empty", values)
    return Plain(family, values)


def _floats(column: pd.Series[Any]) -> Floats:
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _texts(column: pd.Series[Any]) -> Objects:
    # One missing value for all of NaN, None and pd.NA: encoders would take them for three.
    values: Objects = column.to_numpy(dtype=object)
    missing = pd.isna(values)
    return np.where(missing, np.nan, values) if missing.any() else values


def _dates(column: pd.Series[Any]) -> Any:
    moments = pd.to_datetime(column, utc=True, errors="coerce")
    if bool((moments.isna() & column.notna()).any()):
        row = int(np.flatnonzero((moments.isna() & column.notna()).to_numpy())[0])
        raise _refusal(column, row)
    return moments.dt.tz_localize(None).astype("datetime64[us]").to_numpy()


def _seconds(column: pd.Series[Any]) -> Floats:
    return np.asarray(pd.to_timedelta(column).dt.total_seconds(), dtype=np.float64)


_TO_PLAIN: Final[dict[Family, Callable[[pd.Series[Any]], Any]]] = {
    "number": _floats,
    "boolean": _floats,
    "text": _texts,
    "date": _dates,
    "duration": _seconds,
    "empty": _texts,
}


def _first_stranger(values: Objects) -> int:
    """Find the first cell whose type differs from the first one's, or is of no family at all."""
    present = np.flatnonzero(~pd.isna(values)) if values.ndim == 1 else np.arange(len(values))
    kinds = [type(values[row]) for row in present]
    for row, kind in zip(present, kinds, strict=True):
        if kind is not kinds[0]:
            return int(row)
    return int(present[0]) if len(present) else 0


def _refusal(column: pd.Series[Any], row: int) -> DataError:
    value = column.iloc[row] if len(column) else None
    return DataError(
        f"{shown(value)} ({type(value).__name__}) cannot be used here: {_REFUSED}",
        where=f"column {column.name!r}, row {row}",
        hint="change it in a prepare step, or name the column in task.ignore",
    )
