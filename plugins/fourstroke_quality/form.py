"""The form of a column: its kind, its range, its categories, and what is missing or infinite."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Collection

# More are no categories but names or texts.
_MOST_CATEGORIES = 1000
# Of mixed cells, so many tell of which types they are.
_SAMPLE = 1000


def profile(data: pd.DataFrame, left_out: Collection[str]) -> dict[str, Any]:
    """Describe every column by what JSON holds."""
    columns = {name: _column(data[name]) for name in data.columns if name not in left_out}
    return {"rows": len(data), "columns": columns}


def kind_of(column: pd.Series[Any]) -> str:
    """Name what a column holds: number, truth, text, time, decimal, nothing, or types of its cells."""
    types, dtype = pd.api.types, column.dtype
    if not column.notna().any():
        return "nothing"
    if isinstance(dtype, pd.CategoricalDtype):
        return kind_of(pd.Series(dtype.categories))
    if types.is_bool_dtype(dtype):
        return "truth"
    if types.is_complex_dtype(dtype):
        return "complex"
    if types.is_numeric_dtype(dtype):
        return "number"
    if types.is_datetime64_any_dtype(dtype) or types.is_timedelta64_dtype(dtype):
        return "time"
    if types.is_object_dtype(dtype) or types.is_string_dtype(dtype):
        cells = column.dropna().head(_SAMPLE)
        return " and ".join(
            sorted({_NAMES.get(type(each).__name__, type(each).__name__) for each in cells})
        )
    return str(dtype)


_NAMES = {"str": "text", "bool": "truth", "int": "number", "float": "number", "Decimal": "decimal"}


def categories_of(column: pd.Series[Any]) -> dict[str, int] | None:
    """Count categories by name; ``None`` if they are too many to be any."""
    counts: dict[str, int] = {}
    for value, count in column.value_counts(dropna=True, sort=False).items():
        if count:
            counts[str(value)] = counts.get(str(value), 0) + int(count)
    once = sum(count == 1 for count in counts.values())
    is_named = len(counts) > _MOST_CATEGORIES or once > sum(counts.values()) / 2
    return None if is_named or not counts else counts


def numbers_of(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give the values that are not missing as floats."""
    return column.dropna().to_numpy(dtype=float)


def _column(column: pd.Series[Any]) -> dict[str, Any]:
    kind = kind_of(column)
    found: dict[str, Any] = {"kind": kind, "missing": int(column.isna().sum())}
    if kind == "number":
        values = numbers_of(column)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        infinite = int(values.size - finite.size)
        is_constant = low == high and not math.isnan(low)
        found |= {"infinite": infinite, "low": low, "high": high, "constant": is_constant}
    elif kind in {"text", "truth"}:
        counts = categories_of(column)
        once = sum(count == 1 for count in counts.values()) if counts else 0
        found |= {"categories": sorted(counts) if counts else None, "once": once}
        found["constant"] = counts is not None and len(counts) == 1
    return found
