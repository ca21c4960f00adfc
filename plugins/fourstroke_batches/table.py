"""A table in Parquet files that is read batch by batch."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fourstroke import DataError, Pieces, Repeats
from fourstroke_batches.repeating import find_repeats
from fourstroke_batches.types import as_frame, settled
from fourstroke_batches.writing import ROWS, regular, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_UNNAMED = "__index_level_"
# Column chunks are read through buffers of this size, and never whole.
_BUFFER_BYTES = 1 << 20


class BatchedTable(Pieces):
    """A table in Parquet files, of which a batch at a time is in memory.

    Parameters
    ----------
    files : sequence of ParquetFile
        Opened: they stay readable when their names are gone.
    schema : Schema
        The columns, with settled types.
    """

    def __init__(self, files: Sequence[pq.ParquetFile], schema: pa.Schema) -> None:
        self._files = tuple(files)
        self.schema = schema

    @classmethod
    def open(
        cls,
        paths: Sequence[Path],
        *,
        names: Mapping[Path, str] | None = None,
        columns: Sequence[str] = (),
    ) -> Self:
        """Open files that have the same columns.

        Raises
        ------
        DataError
            If one is no Parquet file, lacks a column, or has one of another type than the first.
        """
        told = {path: (names or {}).get(path, path.name) for path in paths}
        files = [_opened(path, told[path]) for path in paths]
        schema = _schema(files[0], told[paths[0]], columns)
        for path, file in zip(paths[1:], files[1:], strict=True):
            _refuse_other(schema, _schema(file, told[path], columns), told[path], told[paths[0]])
        return cls(files, schema)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.schema.names)

    def __len__(self) -> int:
        """Count the rows; the files tell, without being read."""
        return sum(file.metadata.num_rows for file in self._files)

    def __repr__(self) -> str:
        return f"<table in batches: {len(self):,} rows x {len(self.columns):,} columns>"

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the rows as they lie in the files, with settled types."""
        for file in self._files:
            for batch in file.iter_batches(batch_size=ROWS, columns=self.columns):
                # Of the file's own order, whatever was asked for.
                yield batch.select(self.columns).cast(self.schema)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        """Give the rows in frames of equal length; each counts its rows from 0."""
        for table in regular(self.schema, self.batches()):
            yield as_frame(table)

    def map(self, function: Callable[[Any], Any], *, scratch: Path | None = None) -> BatchedTable:
        """Write what a function gives for each piece into a file that goes with the table."""
        # What was opened stays readable when its name is gone.
        with tempfile.TemporaryDirectory(prefix="batches-", dir=scratch) as folder:
            with _Parts(Path(folder)) as parts:
                for piece in self:
                    parts.add(function(piece))
                if not parts.paths:
                    parts.add(function(as_frame(self.schema.empty_table())))
            return parts.joined()

    def repeated(self, columns: Sequence[str] = ()) -> Repeats:
        """Find rows whose cells are those of a row before."""
        return find_repeats(self, tuple(columns) or tuple(self.columns), with_missing=not columns)

    def head(self, rows: int = 5) -> pd.DataFrame:
        """Read the first rows."""
        found, wanted = [], rows
        for batch in self.batches():
            if wanted <= 0:
                break
            found.append(batch.slice(0, wanted))
            wanted -= batch.num_rows
        return as_frame(pa.Table.from_batches(found, schema=self.schema))

    def to_pandas(self) -> pd.DataFrame:
        """Read the whole table into memory."""
        return as_frame(pa.Table.from_batches(self.batches(), schema=self.schema))


class _Parts:
    """Frames on their way into files; a new file begins where the types change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: list[Path] = []
        self._writer: pq.ParquetWriter | None = None

    def add(self, frame: Any) -> None:
        if not isinstance(frame, pd.DataFrame):
            raise DataError(f"expected a table of each piece, got {type(frame).__name__}")
        odd = [name for name in frame.columns if not isinstance(name, str)]
        if odd:
            raise DataError(f"the name of a column is {odd[0]!r}, not text", hint="rename it")
        table = pa.Table.from_pandas(frame, preserve_index=False)
        table = table.cast(settled(table.schema, "what a piece became"))
        if self._writer is None or not table.schema.equals(self._writer.schema):
            self._close()
            self.paths.append(self.folder / f"part{len(self.paths)}.parquet")
            self._writer = pq.ParquetWriter(self.paths[-1], table.schema, compression="snappy")
        self._writer.write_table(table, row_group_size=ROWS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def joined(self) -> BatchedTable:
        """Give all parts as one table, with types that hold the cells of each."""
        files = [_opened(path, path.name) for path in self.paths]
        schemas = [file.schema_arrow for file in files]
        first = schemas[0]
        for schema in schemas[1:]:
            if schema.names != first.names:
                raise DataError(
                    f"pieces became tables of different columns: {first.names} and {schema.names}"
                )
        try:
            schema = pa.unify_schemas(schemas, promote_options="permissive")
        except pa.ArrowException as error:
            raise DataError(f"pieces became tables of different types: {error}") from error
        table = BatchedTable(files, schema.remove_metadata())
        if len(files) == 1:
            return table
        path = self.folder / "joined.parquet"
        write(table.schema, table.batches(), path)
        return BatchedTable([_opened(path, path.name)], table.schema)


def _opened(path: Path, name: str) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    except pa.ArrowException as error:
        text = " ".join(str(error).split())
        raise DataError(f"it is no whole Parquet file: {text}", where=name) from error
    except OSError as error:
        raise DataError(f"it cannot be read: {error.strerror or error}", where=name) from error


def _schema(file: pq.ParquetFile, name: str, columns: Sequence[str]) -> pa.Schema:
    known = [field for field in file.schema_arrow if not field.name.startswith(_UNNAMED)]
    by_name = {field.name: field for field in known}
    if len(by_name) < len(known):
        twice = next(field.name for field in known if field is not by_name[field.name])
        raise DataError("two columns have this name", where=f"{name}, column {twice!r}")
    missing = [column for column in columns if column not in by_name]
    if missing:
        there = ", ".join(list(by_name)[:8])
        raise DataError(
            f"there is no column {missing[0]!r}", where=name, hint=f"there are: {there}"
        )
    wanted = [by_name[column] for column in columns] if columns else known
    if not wanted:
        raise DataError("it has no columns", where=name)
    return settled(pa.schema(wanted), name)


def _refuse_other(first: pa.Schema, other: pa.Schema, name: str, first_name: str) -> None:
    if set(first.names) != set(other.names):
        odd = min(set(first.names) ^ set(other.names))
        where, lacking = (name, first_name) if odd in other.names else (first_name, name)
        raise DataError(
            f"it has a column {odd!r}, which {lacking} has not",
            where=where,
            hint="name the columns that all have: columns = [...]",
        )
    for field in first:
        kind = other.field(field.name).type
        if kind != field.type:
            raise DataError(
                f"its cells are of type {kind}, and of {field.type} in {first_name}",
                where=f"{name}, column {field.name!r}",
                hint="write all files with the same types",
            )
