"""Data frames taken apart into columns, put together again, and packed in between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

from fourstroke import Cells
from fourstroke_pandas.frame_file import arrow_of, frame_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_IN_UTC: Final = ", UTC]"
_OBJECTS: Final = frozenset({"str", "|O", "object"})


def columns_of(frame: pd.DataFrame) -> Mapping[str, Any]:
    """Give the cells of each column: NumPy's arrays, or those of an extension."""
    return {
        str(name): column.to_numpy() if isinstance(column.dtype, np.dtype) else column.array
        for name, column in frame.items()
    }


def table_of(parts: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Put columns together, the rows of the parts behind each other."""
    frames = [pd.DataFrame({name: _array(cells) for name, cells in part.items()}) for part in parts]
    if len(frames) == 1:
        return frames[0]
    # One without rows has no say in what the columns are.
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(map(_in_one_zone, filled), ignore_index=True)


def pack(columns: Mapping[str, Any]) -> bytes:
    """Write columns as a stream of Arrow, with our notes on what they were."""
    table = arrow_of(table_of([columns]))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def unpack(packed: bytes) -> Mapping[str, Any]:
    """Read columns that `pack` wrote."""
    with pa.ipc.open_stream(packed) as stream:
        return columns_of(frame_of(stream.read_all(), "packed rows"))


def _in_one_zone(frame: pd.DataFrame) -> pd.DataFrame:
    """Let all parts have the same UTC: of two that are called so pandas would make objects."""
    zones = {
        name: column.dt.tz_convert("UTC")
        for name, column in frame.items()
        if isinstance(column.dtype, pd.DatetimeTZDtype) and str(column.dtype.tz) == "UTC"
    }
    return frame.assign(**{str(name): column for name, column in zones.items()})


def _array(cells: Any) -> Any:
    if not isinstance(cells, Cells):
        return cells
    if cells.dtype in _OBJECTS:
        made = np.empty(len(cells), dtype=object)
        made[:] = cells.values
        return made
    if cells.dtype.endswith(_IN_UTC):
        naive = cells.dtype.removesuffix(_IN_UTC) + "]"
        return pd.Series(np.array(cells.values, dtype="i8").view(naive)).dt.tz_localize("UTC")
    dtype = np.dtype(cells.dtype)
    if dtype.kind in "mM":
        return np.array(cells.values, dtype="i8").view(dtype)
    return np.array(cells.values, dtype=dtype)
