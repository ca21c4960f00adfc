"""Cast columns strictly: a cell that does not fit is named, none is lost."""

from __future__ import annotations

import pandas as pd

from fourstroke import DataError

_TRUE = {"true", "yes", "1", "1.0", "t", "y"}
_FALSE = {"false", "no", "0", "0.0", "f", "n"}


def cast(column: pd.Series, family: str) -> pd.Series:
    """Give a column another type.

    Raises
    ------
    DataError
        Names the column, the first row that does not fit, and its cell.
    """
    if family == "text":
        return column.astype("string")
    if family == "category":
        return column.astype("category")
    if family == "datetime":
        done = pd.to_datetime(
            column, errors="coerce", utc=False, format="ISO8601" if _is_text(column) else None
        )
    elif family == "boolean":
        lowered = column.astype("string").str.lower()
        done = lowered.map({**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}).astype(
            "boolean"
        )
    else:
        done = pd.to_numeric(column, errors="coerce")
        if family == "integer":
            done = _integers(column, done)
    lost = done.isna() & column.notna()
    if lost.any():
        _refuse(column, lost, family)
    return done


def _integers(column: pd.Series, numbers: pd.Series) -> pd.Series:
    broken = numbers.notna() & (numbers % 1 != 0)
    if broken.any():
        _refuse(column, broken, "integer")
    return numbers.astype("Int64") if numbers.isna().any() else numbers.astype("int64")


def _refuse(column: pd.Series, rows: pd.Series, family: str) -> None:
    position = int(rows.to_numpy().argmax())
    raise DataError(
        f"{column.iloc[position]!r} is no {family}", where=f"column {column.name}, row {position}"
    )


def _is_text(column: pd.Series) -> bool:
    return column.dtype == object or pd.api.types.is_string_dtype(column.dtype)
