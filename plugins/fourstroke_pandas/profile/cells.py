"""Columns as Arrow arrays of a few types, so that cells count and not what library keeps them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def as_arrow(column: pd.Series[Any]) -> tuple[str, pa.Array]:
    """Give the family of a column's cells, and the cells that are there.

    Returns
    -------
    str
        As in `fourstroke.entities.profile.ColumnProfile`.
    pa.Array
        Without missing cells: int64 or float64 for numbers, microseconds for times and durations,
        text for everything that is neither.
    """
    if isinstance(column.dtype, pd.SparseDtype):
        column = pd.Series(column.to_numpy(), index=column.index)
    try:
        made = pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return "mixed", pa.array([str(cell) for cell in column.dropna()], pa.string())
    if isinstance(made, pa.ChunkedArray):
        made = made.combine_chunks()
    if pa.types.is_dictionary(made.type):
        made = made.dictionary_decode()
    cells = made.drop_null()
    if not len(cells):
        return "empty", pa.array([], pa.string())
    return _plain(cells)


def _plain(cells: pa.Array) -> tuple[str, pa.Array]:
    kind = cells.type
    if pa.types.is_boolean(kind):
        return "boolean", cells.cast(pa.string())
    if pa.types.is_uint64(kind):
        return "integer", cells.cast(pa.float64(), safe=False)
    if pa.types.is_integer(kind):
        return "integer", cells.cast(pa.int64())
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = cells.cast(pa.float64(), safe=False)
        # Arrow takes some NaN for numbers that pandas takes for missing cells.
        there = numbers.filter(pc.invert(pc.is_nan(numbers)))
        return "number", pc.add(there, 0.0)  # so that -0.0 is 0.0
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "datetime", cells.cast(pa.timestamp("us"), safe=False)
    if pa.types.is_duration(kind):
        seconds = pc.divide(cells.cast(pa.duration("us"), safe=False).cast(pa.int64()), 1e6)
        return "duration", seconds.cast(pa.float64())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return "text", cells.cast(pa.large_string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return "binary", _as_text(cells)
    return ("nested" if pa.types.is_nested(kind) else "mixed"), _as_text(cells)


def _as_text(cells: pa.Array) -> pa.Array:
    return pa.array([str(cell) for cell in cells.to_pylist()], pa.string())
