"""Write a table into a file, and find rows in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fourstroke import DataError, UsageError
from fourstroke_pandas.frames import missing_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_SHEET_ROWS = 1_048_575


def write(pieces: Iterable[Any], path: Path) -> int:
    """Write a table; see the hook ``write_table``."""
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(_WRITERS)
        raise UsageError(f"the suffix {path.suffix!r} tells no format", hint=f"one of {known}")
    return writer(pieces, path)


def find(pieces: Iterable[Any], column: str, value: str) -> list[int]:
    """Find rows; see the hook ``find_rows``."""
    found, start = [], 0
    for piece in pieces:
        if column not in piece.columns:
            raise missing_column(column, piece.columns)
        rows = np.flatnonzero(_is_it(piece[column], value))
        found += [start + int(row) for row in rows]
        start += len(piece)
    return found


def _is_it(cells: pd.Series[Any], value: str) -> Any:
    """Compare as numbers what are numbers, times as times, and anything else as text."""
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(cells.cat.categories.dtype)
    if pd.api.types.is_bool_dtype(cells.dtype):
        return (cells.astype("string").str.lower() == value.lower()).fillna(value=False)
    if pd.api.types.is_numeric_dtype(cells.dtype):
        number = pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0]
        return (cells == number).fillna(value=False) if pd.notna(number) else np.zeros(len(cells))
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        time = pd.to_datetime(value, errors="coerce", utc=cells.dt.tz is not None)
        return (cells == time).fillna(value=False)
    texts = cells.map(lambda cell: None if pd.isna(cell) else str(cell), na_action="ignore")
    return (texts == value).fillna(value=False).astype(bool)


def _csv(pieces: Iterable[Any], path: Path) -> int:
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, piece in enumerate(pieces):
            piece.to_csv(file, index=False, header=not number, lineterminator="\n")
            rows += len(piece)
    return rows


def _tsv(pieces: Iterable[Any], path: Path) -> int:
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, piece in enumerate(pieces):
            piece.to_csv(file, index=False, header=not number, sep="\t", lineterminator="\n")
            rows += len(piece)
    return rows


def _json_lines(pieces: Iterable[Any], path: Path) -> int:
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for piece in pieces:
            text = piece.to_json(orient="records", lines=True, force_ascii=False, date_format="iso")
            file.write(text if text.endswith("\n") or not text else f"{text}\n")
            rows += len(piece)
    return rows


def _parquet(pieces: Iterable[Any], path: Path) -> int:
    writer, rows = None, 0
    try:
        for piece in pieces:
            table = pa.Table.from_pandas(piece, preserve_index=False).replace_schema_metadata(None)
            if writer is None:
                writer = pq.ParquetWriter(path, table.schema)
            writer.write_table(table.cast(writer.schema))
            rows += len(piece)
    finally:
        if writer is not None:
            writer.close()
    return rows


def _excel(pieces: Iterable[Any], path: Path) -> int:
    data = pd.concat(list(pieces), ignore_index=True)
    if len(data) > _SHEET_ROWS:
        raise DataError(
            f"a sheet has no room for {len(data):,} rows", where=path.name, hint="write .parquet"
        )
    zoned = [name for name in data if getattr(data[name].dtype, "tz", None) is not None]
    # Excel knows no zones: the time of day stays, as UTC.
    data = data.assign(
        **{name: data[name].dt.tz_convert("UTC").dt.tz_localize(None) for name in zoned}
    )
    data.to_excel(path, index=False)
    return len(data)


_WRITERS: dict[str, Callable[[Iterable[Any], Path], int]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _json_lines,
    ".parquet": _parquet,
    ".xlsx": _excel,
}
