"""Data frames as Parquet files: equal frames, equal bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fourstroke import DataError, StoreError
from fourstroke_pandas.cells import as_index, from_arrow, to_arrow
from fourstroke_pandas.frames import check_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fourstroke_pandas.cells import Note

_KEY: Final = b"fourstroke"
_FORMAT: Final = 1
_INDEX: Final = "__index_{}__"


def write_frame(data: pd.DataFrame, path: Path) -> None:
    """Write a frame.

    Our own notes on dtypes stand in the file, not those of pandas: they would name the versions of
    pandas and pyarrow, and with them change the bytes.

    Raises
    ------
    DataError
        If a name is not text, or a column has cells that could not be brought back.
    """
    pq.write_table(
        arrow_of(data),
        path,
        # A third larger than zstd, and three times as fast on a frame of 5,000 columns.
        compression="snappy",
        write_statistics=False,
    )


def arrow_of(data: pd.DataFrame) -> pa.Table:
    """Make a table of Arrow, with notes on what Arrow alone would not bring back; raises as `write_frame`."""
    check_names(data)
    arrays: list[pa.Array] = []
    names: list[str] = []
    notes: dict[str, Any] = {"format": _FORMAT, "rows": len(data)}
    notes["columns"] = [
        _add(column, name, arrays, names) for name, column in data.items() if isinstance(name, str)
    ]
    notes["index"] = _index_notes(data.index, arrays, names)
    table = pa.Table.from_arrays(arrays, names=names)
    packed = json.dumps(notes, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return table.replace_schema_metadata({_KEY: packed.encode("ascii")})


def read_frame(path: Path) -> pd.DataFrame:
    """Read a frame that `write_frame` wrote; its cells are writable.

    Raises
    ------
    StoreError
        If the file was written by something else, or by a later form of this.
    """
    # One file, opened by its path: a data set's discovery of partitions costs a millisecond.
    with pq.ParquetFile(path) as file:
        table = file.read()
    return frame_of(table, path.name)


def frame_of(table: pa.Table, where: str) -> pd.DataFrame:
    """Make the frame of a table that `arrow_of` made; raises as `read_frame`."""
    notes = _notes_of(table, where)
    columns = notes["columns"]
    arrays = {
        name: from_arrow(table.column(position), note)
        for position, (name, note) in enumerate(
            zip(table.column_names[: len(columns)], columns, strict=True)
        )
    }
    index = _index(table, notes)
    return pd.DataFrame(arrays, index=index, copy=True)


def _add(values: Any, name: str, arrays: list[pa.Array], names: list[str]) -> Note:
    array, note = to_arrow(values, name)
    arrays.append(array)
    names.append(name)
    return note


def _index_notes(
    index: pd.Index[Any], arrays: list[pa.Array], names: list[str]
) -> Mapping[str, Any] | None:
    """Note what an index is; ``None`` if it only counts rows."""
    labels = [_checked_label(label) for label in index.names]
    if isinstance(index, pd.MultiIndex):
        levels = [
            _add(index.get_level_values(level), _INDEX.format(level), arrays, names)
            for level in range(index.nlevels)
        ]
        return {"names": labels, "levels": levels, "multi": True}
    if labels == [None] and _counts_rows(index):
        return None
    if isinstance(index, pd.RangeIndex):
        return {"names": labels, "range": [index.start, index.stop, index.step]}
    return {"names": labels, "levels": [_add(index, _INDEX.format(0), arrays, names)]}


def _counts_rows(index: pd.Index[Any]) -> bool:
    """Say whether an index holds 0, 1, 2 and so on, however it is kept in memory."""
    if isinstance(index, pd.RangeIndex):
        return bool(index.start == 0 and index.step == 1)
    if index.dtype == object:
        return len(index) == 0
    return index.dtype == np.int64 and bool((index.to_numpy() == np.arange(len(index))).all())


def _checked_label(label: Any) -> str | None:
    if label is None or isinstance(label, str):
        return label
    raise DataError(f"the index has the name {label!r}, not text", hint="rename the index")


def _index(table: pa.Table, notes: Mapping[str, Any]) -> pd.Index[Any]:
    about = notes["index"]
    if about is None:
        return pd.RangeIndex(notes["rows"])
    names = about["names"]
    if "range" in about:
        start, stop, step = about["range"]
        return pd.RangeIndex(start, stop, step, name=names[0])
    first = len(notes["columns"])
    levels = [
        as_index(from_arrow(table.column(first + position), note))
        for position, note in enumerate(about["levels"])
    ]
    if about.get("multi"):
        return pd.MultiIndex.from_arrays(levels, names=names)
    return levels[0].rename(names[0])


def _notes_of(table: pa.Table, where: str) -> Mapping[str, Any]:
    packed = (table.schema.metadata or {}).get(_KEY)
    if packed is None:
        raise StoreError("this Parquet file is no table of fourstroke", where=where)
    notes: Mapping[str, Any] = json.loads(packed)
    if notes["format"] != _FORMAT:
        raise StoreError(
            "this table was written by a later version", where=where, hint="upgrade fourstroke"
        )
    return notes
