"""The functions of expressions, on columns or single values."""

from __future__ import annotations

from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fourstroke_pandas.families import family_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# What pandas calls otherwise.
_PARTS_OF_TIME = {"weekday": "day_of_week"}
_ADJECTIVES = {
    "number": "a number",
    "text": "text",
    "datetime": "a time",
    "duration": "a difference of two times",
}


def _numeric(name: str, value: Any) -> Any:
    _need(value, "number")
    column = _column(value).astype("float64")
    return _like(value, getattr(np, name)(column))


def _absolute(value: Any) -> Any:
    _need(value, "number")
    return abs(value)


def _rounded(value: Any, digits: Any = 0) -> Any:
    _need(value, "number")
    return _like(value, _column(value).round(_whole(digits)))


def _clipped(value: Any, low: Any, high: Any) -> Any:
    _need(value, "number")
    return _like(value, _column(value).clip(low, high))


def _extreme(is_largest: bool, *values: Any) -> Any:  # noqa: FBT001 - bound below
    for value in values:
        _need(value, "number")
    pick = np.fmax if is_largest else np.fmin
    floats = [
        value.astype("float64") if isinstance(value, pd.Series) else value for value in values
    ]
    return reduce(pick, floats)


def _missing(value: Any) -> Any:
    return value.isna() if isinstance(value, pd.Series) else False


def _filled(value: Any, other: Any) -> Any:
    if not isinstance(value, pd.Series):
        return value
    return value.where(value.notna(), other)


def _text(method: str, value: Any, *arguments: Any) -> Any:
    _need(value, "text")
    found = getattr(_column(value).str, method)(*arguments)
    return _like(value, found)


def _says(method: str, value: Any, part: Any, **options: Any) -> Any:
    _need(value, "text")
    if not isinstance(part, str):
        raise TypeError("the second argument is text")
    found = getattr(_column(value).str, method)(part, **options)
    return _like(value, found.astype("boolean").fillna(value=False).astype(bool))


def _replaced(value: Any, old: Any, new: Any) -> Any:
    _need(value, "text")
    if not isinstance(old, str) or not isinstance(new, str):
        raise TypeError("what is replaced, and by what, is text")
    return _like(value, _column(value).str.replace(old, new, regex=False))


def _part_of_time(name: str, value: Any) -> Any:
    _need(value, "datetime")
    return getattr(_times(value).dt, _PARTS_OF_TIME.get(name, name))


def _duration(unit: float, value: Any) -> Any:
    _need(value, "duration")
    return value.dt.total_seconds() / unit


def _times(value: pd.Series[Any]) -> pd.Series[Any]:
    # Dates are kept as objects.
    return pd.to_datetime(value) if value.dtype == object else value


def _need(value: Any, wanted: str) -> None:
    found = _family(value)
    if found not in {wanted, "empty"}:
        raise TypeError(f"expected {_ADJECTIVES[wanted]}, got {_ADJECTIVES.get(found, found)}")


def _family(value: Any) -> str:
    if isinstance(value, pd.Series):
        family = family_of(value)
        return "number" if family in {"integer", "boolean"} else family
    return "text" if isinstance(value, str) else "number"


def _column(value: Any) -> pd.Series[Any]:
    return value if isinstance(value, pd.Series) else pd.Series([value])


def _like(value: Any, found: Any) -> Any:
    return found if isinstance(value, pd.Series) else found.iloc[0]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected a whole number of digits, got {value!r}")
    return value


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: partial(_numeric, name) for name in ("floor", "ceil", "sqrt", "log", "log1p", "exp")},
    **{name: partial(_text, name) for name in ("lower", "upper", "strip")},
    **{name: partial(_part_of_time, name) for name in ("year", "month", "day", "weekday", "hour")},
    "abs": _absolute,
    "round": _rounded,
    "clip": _clipped,
    "min": partial(_extreme, False),
    "max": partial(_extreme, True),
    "missing": _missing,
    "fill": _filled,
    "length": partial(_text, "len"),
    "contains": partial(_says, "contains", regex=False),
    "starts": partial(_says, "startswith"),
    "ends": partial(_says, "endswith"),
    "replace": _replaced,
    "days": partial(_duration, 86_400.0),
    "seconds": partial(_duration, 1.0),
}
