"""Fill missing cells with a value of the column's own type."""

from __future__ import annotations

from typing import Any

import pandas as pd

from fourstroke import DataError
from fourstroke_pandas.families import family_of
from fourstroke_pandas.frames import in_column

_FITTING: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "text": (str,),
    "boolean": (bool,),
    "datetime": (str,),
}


def fill(column: pd.Series[Any], value: str | float | bool) -> pd.Series[Any]:  # noqa: FBT001 - a cell
    """Fill the missing cells of a column.

    Raises
    ------
    DataError
        If the value is of another type than the column's cells.
    """
    family = family_of(column)
    if family == "empty":
        return pd.Series([value] * len(column), index=column.index, name=column.name)
    if family == "category":
        return _fill_category(column, value)
    is_fitting = isinstance(value, _FITTING.get(family, ()))
    if not is_fitting or (isinstance(value, bool) and family != "boolean"):
        raise DataError(
            f"{value!r} does not fit the column, which holds {family}",
            where=in_column(str(column.name)),
            hint="give a value of its type, or cast it before",
        )
    if not column.isna().any():
        return column
    found = column.fillna(_time(column, str(value)) if family == "datetime" else value)
    return found.astype(bool) if found.dtype == object and family == "boolean" else found


def _fill_category(column: pd.Series[Any], value: Any) -> pd.Series[Any]:
    if value not in column.cat.categories:
        column = column.cat.add_categories([value])
    return column.fillna(value)


def _time(column: pd.Series[Any], text: str) -> pd.Timestamp:
    try:
        time = pd.Timestamp(text)
        zone = column.dt.tz
        return time.tz_localize(zone) if zone is not None and time.tz is None else time
    except (ValueError, AttributeError) as error:
        raise DataError(
            f"{text!r} is no time that fits the column", where=in_column(str(column.name))
        ) from error
