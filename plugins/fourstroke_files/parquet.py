"""Parquet: columns with the types that they were written with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fourstroke import DataError
from fourstroke_files.reading import Options, check_header, need

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST_EXACT = 2**53
_UNNAMED = "__index_level_"


def read_parquet(path: Path, name: str, options: Options) -> pd.DataFrame:
    """Read a file; an index that pandas stored in it becomes a column again, if it has a name.

    Decimal numbers become floats, and dates the times of their midnights.

    Raises
    ------
    DataError
        If it is no Parquet file, or a column holds lists or other nested cells.
    """
    try:
        with pq.ParquetFile(path) as file:
            ranges = _named_ranges(file.schema_arrow)
            header = [
                column for column in file.schema_arrow.names if not column.startswith(_UNNAMED)
            ]
            check_header([*ranges, *header], name)
            need(options.columns, [*ranges, *header], name)
            wanted = options.columns or (*ranges, *header)
            table = file.read(columns=[column for column in wanted if column not in ranges])
    except pa.ArrowException as error:
        text = " ".join(str(error).split())
        raise DataError(f"it is no whole Parquet file: {text}", where=name) from error
    # Each by itself: with the notes that pandas left in the file some would become the index.
    columns = {
        column: pd.Series(ranges[column])
        if column in ranges
        else _column(table.column(column), f"{name}, column {column!r}")
        for column in wanted
    }
    return pd.DataFrame(columns)


def _named_ranges(schema: pa.Schema) -> dict[str, range]:
    """Give the index that pandas did not write out, since it is a range, if it has a name."""
    notes = schema.pandas_metadata or {}
    return {
        part["name"]: range(part["start"], part["stop"], part["step"])
        for part in notes.get("index_columns", ())
        if isinstance(part, dict) and part.get("name")
    }


def _column(cells: pa.ChunkedArray, where: str) -> pd.Series:
    if pa.types.is_nested(cells.type):
        raise DataError(
            f"its cells are of type {cells.type}, and not single values",
            where=where,
            hint="name the columns to read: columns = [...]",
        )
    if pa.types.is_decimal(cells.type):
        cells = cells.cast(pa.float64())
    if cells.null_count and pa.types.is_boolean(cells.type):
        return pd.Series(cells.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get))
    if cells.null_count and pa.types.is_integer(cells.type) and _is_large(cells):
        return pd.Series(cells.cast(pa.int64()).to_pandas(types_mapper=_whole_numbers))
    return pd.Series(cells.to_pandas(date_as_object=False))


def _whole_numbers(_: pa.DataType) -> pd.Int64Dtype:
    return pd.Int64Dtype()


def _is_large(cells: pa.ChunkedArray) -> bool:
    """Say whether a float would blur some of these whole numbers."""
    ends = pc.min_max(cells).as_py()
    return bool(max(abs(ends["min"] or 0), abs(ends["max"] or 0)) >= _LARGEST_EXACT)
