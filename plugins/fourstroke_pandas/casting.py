"""Cast columns strictly: a cell that does not fit is named, and none is lost silently."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import numpy as np
import pandas as pd

from fourstroke import DataError
from fourstroke_pandas.families import as_text, family_of, plain
from fourstroke_pandas.frames import in_column, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TRUTH = {
    **dict.fromkeys(("true", "yes", "1", "1.0", "t", "y"), True),
    **dict.fromkeys(("false", "no", "0", "0.0", "f", "n"), False),
}
_UNITS: Mapping[str, Literal["s", "ms", "us", "ns"]] = {
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
}
_LARGEST = 2.0**63


def cast(column: pd.Series[Any], family: str, *, form: str, is_lenient: bool) -> pd.Series[Any]:
    """Give a column another type.

    Parameters
    ----------
    family : str
        ``integer``, ``number``, ``text``, ``boolean``, ``datetime`` or ``category``.
    form : str
        How times are written, as for `strftime`, or the unit in which numbers count them; ISO 8601 if
        it is empty.
    is_lenient : bool
        Whether a cell that does not fit becomes missing instead of an error.

    Raises
    ------
    DataError
        Names the column, the first row that does not fit, and its cell.
    """
    if family == "category":
        return column.astype("category")
    values = plain(column)
    found = _CASTS[family](values, form) if family != "text" else _text(values)
    misfits = (found.isna() & values.notna()).to_numpy()
    if misfits.any() and not is_lenient:
        row = int(misfits.argmax())
        count = int(misfits.sum())
        more = f", and {count - 1:,} more do not fit" if count > 1 else ""
        raise DataError(
            f"{quoted(values.iloc[row])} is no {family}{more}",
            where=in_column(str(column.name), row),
            hint='set invalid = "missing" to leave such cells empty',
        )
    return found


def _text(values: pd.Series[Any]) -> pd.Series[Any]:
    """Write cells as text; whole numbers that missing cells have made floats, without fraction."""
    family = family_of(values)
    if family == "text":
        return values
    cells = [None if missing else cell for cell, missing in zip(values, values.isna(), strict=True)]
    known = [cell for cell in cells if cell is not None]
    if family == "number" and all(float(cell).is_integer() for cell in known):
        return as_text([None if cell is None else str(int(cell)) for cell in cells], values.index)
    return as_text([None if cell is None else str(cell) for cell in cells], values.index)


def _boolean(values: pd.Series[Any], _: str) -> pd.Series[Any]:
    is_known = family_of(values) == "boolean"
    found = values if is_known else _text(values).str.strip().str.lower().map(_TRUTH)
    return found.astype("boolean" if found.isna().any() else bool)


def _number(values: pd.Series[Any], _: str) -> pd.Series[Any]:
    found = _numeric(values)
    return found if family_of(found) == "integer" else found.astype("float64")


def _integer(values: pd.Series[Any], _: str) -> pd.Series[Any]:
    found = _numeric(values)
    if family_of(found) != "integer":
        floats = found.astype("float64")
        fits = np.isfinite(floats) & (floats % 1 == 0) & (floats.abs() < _LARGEST)
        found = floats.where(fits).astype("Int64")
    return found if found.isna().any() else found.astype("int64")


def _numeric(values: pd.Series[Any]) -> pd.Series[Any]:
    family = family_of(values)
    if family in {"datetime", "duration"}:
        _refuse(values, "a time is no number", "derive its parts: year(...), days(... - ...)")
    if family == "boolean":
        return values.astype("Int64" if values.isna().any() else "int64")
    if family in {"integer", "number"} and values.dtype != object:
        return values
    if isinstance(values.dtype, pd.ArrowDtype):
        # pandas fails on text of Arrow in which no cell is a number.
        values = values.astype("string")
    # With types that know missing cells, whole numbers do not pass through floats.
    found = pd.to_numeric(values, errors="coerce", dtype_backend="numpy_nullable")
    return found if found.isna().any() else found.astype(found.dtype.numpy_dtype)  # type: ignore[union-attr]  # as asked for


def _datetime(values: pd.Series[Any], form: str) -> pd.Series[Any]:
    family = family_of(values)
    if family == "datetime":
        return pd.to_datetime(values)
    if family in {"integer", "number"}:
        if form not in _UNITS:
            units = ", ".join(_UNITS)
            _refuse(values, "numbers are no times", f"say what they count: format = one of {units}")
        return pd.Series(pd.to_datetime(values, unit=_UNITS[form], errors="coerce"))
    if family not in {"text", "empty"}:
        _refuse(values, f"{family} is no time", "")
    written = form or "ISO8601"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)  # pandas 2 only warns
            return pd.to_datetime(values, format=written, errors="coerce")
    except (ValueError, FutureWarning):
        # Times of several zones have only UTC in common.
        return pd.to_datetime(values, format=written, errors="coerce", utc=True)


def _refuse(values: pd.Series[Any], message: str, hint: str) -> NoReturn:
    raise DataError(message, where=in_column(str(values.name)), hint=hint)


_CASTS: Mapping[str, Callable[[pd.Series[Any], str], pd.Series[Any]]] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "datetime": _datetime,
}
