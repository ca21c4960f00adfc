"""Read one file into a table, and say of a bad one which line or column is wrong."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from typing import IO, TYPE_CHECKING, Any, cast

import attrs
import pandas as pd

from fourstroke import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_TEXT = {"csv", "tsv", "jsonl"}
_FORMATS = {"csv", "tsv", "jsonl", "parquet", "xlsx"}
_LINE = re.compile(r"line (\d+)")


@attrs.frozen
class Reader:
    """Reads files of one kind."""

    format: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]

    def read(self, path: Path, name: str) -> pd.DataFrame:
        """Read one file.

        Parameters
        ----------
        path : Path
            The file.
        name : str
            What messages call it.

        Raises
        ------
        DataError
            Names the file, and the line or column at fault.
        """
        kind = self._kind(path, name)
        if path.stat().st_size == 0:
            raise DataError("the file is empty", where=name)
        read = self._read_text if kind in _TEXT else self._read_binary
        table = read(path, name, kind)
        _check_columns(table, name)
        if len(table) == 0:
            raise DataError("it has a header and no rows", where=name)
        return table

    def together(self, tables: Sequence[pd.DataFrame], names: Sequence[str]) -> pd.DataFrame:
        """Put tables below each other; all must have the same columns.

        Raises
        ------
        DataError
            Names the first file whose columns differ.
        """
        first = list(tables[0].columns)
        for table, name in zip(tables[1:], names[1:], strict=True):
            other = list(table.columns)
            if sorted(other) != sorted(first):
                odd = sorted(set(first) ^ set(other))
                raise DataError(
                    f"its columns differ from those of {names[0]}: {', '.join(odd[:5])}", where=name
                )
        table = tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)
        return self._selected(table, names[0])

    def _kind(self, path: Path, name: str) -> str:
        suffixes = [suffix.lstrip(".").lower() for suffix in path.suffixes]
        if suffixes[-1:] == ["gz"]:
            suffixes = suffixes[:-1]
        kind = self.format or (suffixes[-1] if suffixes else "")
        kind = {"ndjson": "jsonl", "pq": "parquet"}.get(kind, kind)
        if kind not in _FORMATS:
            known = ", ".join(sorted(_FORMATS))
            raise DataError(
                f"its format is not known: {kind or 'no suffix'}",
                where=name,
                hint=f"set format to one of {known}",
            )
        return kind

    def _read_text(self, path: Path, name: str, kind: str) -> pd.DataFrame:
        text = self._text(path, name)
        if kind == "jsonl":
            return _json_lines(text, name)
        delimiter = "\t" if kind == "tsv" else self.delimiter
        _check_header(text, delimiter, name)
        try:
            return pd.read_csv(io.StringIO(text), sep=delimiter, low_memory=False, index_col=False)
        except pd.errors.ParserError as error:
            raise _malformed(text, delimiter, name, error) from error
        except (ValueError, OverflowError) as error:
            raise DataError(f"it cannot be read: {error}", where=name) from error

    def _text(self, path: Path, name: str) -> str:
        try:
            with _opened(path) as file:
                raw = file.read()
        except (OSError, EOFError) as error:
            raise DataError(f"it cannot be read: {error}", where=name) from error
        if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} and "16" not in self.encoding:
            raise DataError("it is UTF-16", where=name, hint='set encoding = "utf-16"')
        try:
            text = raw.decode(self.encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise DataError(
                f"it is not {self.encoding} (byte {error.object[error.start]:#04x})",
                where=f"{name}, line {line}",
                hint='save it as utf-8, or set encoding, such as "latin-1"',
            ) from error
        except LookupError as error:
            raise DataError(f"there is no encoding {self.encoding!r}", where=name) from error
        position = text.find("\x00")
        if position >= 0:
            line = text.count("\n", 0, position) + 1
            raise DataError("it holds a NUL character", where=f"{name}, line {line}")
        return text

    def _read_binary(self, path: Path, name: str, kind: str) -> pd.DataFrame:
        try:
            if kind == "parquet":
                return pd.read_parquet(path)
            return cast("pd.DataFrame", pd.read_excel(path, engine="openpyxl"))
        except Exception as error:  # readers raise whatever the format's library raises
            line = " ".join(str(error).split())[:200]
            raise DataError(f"it is no readable {kind} file: {line}", where=name) from error

    def _selected(self, table: pd.DataFrame, name: str) -> pd.DataFrame:
        if not self.columns:
            return table
        missing = [column for column in self.columns if column not in table.columns]
        if missing:
            raise DataError(f"it has no column {missing[0]!r}", where=name)
        return table[list(self.columns)]


def _opened(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def _check_header(text: str, delimiter: str, name: str) -> None:
    """Check the header as it stands: pandas would rename columns that are twice there or have no name."""
    header = next(csv.reader(io.StringIO(text[: 2**22]), delimiter=delimiter), [])
    unnamed = [index for index, cell in enumerate(header) if not cell.strip()]
    if unnamed:
        raise DataError(f"column {unnamed[0] + 1} has no name", where=f"{name}, line 1")
    twice = (
        next((cell for index, cell in enumerate(header) if cell in header[:index]), None)
        if len(set(header)) < len(header)
        else None
    )
    if twice is not None:
        raise DataError(f"there are two columns {twice!r}", where=f"{name}, line 1")


def _check_columns(table: pd.DataFrame, name: str) -> None:
    odd = [column for column in table.columns if not isinstance(column, str)]
    if odd:
        raise DataError(f"the column name {odd[0]!r} is not text", where=name)
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise DataError(f"there are two columns {twice!r}", where=name)


def _malformed(text: str, delimiter: str, name: str, error: Exception) -> DataError:
    """Find the line at fault: pandas counts records, people count lines."""
    if "EOF inside string" in str(error) or "unexpected end of data" in str(error):
        line = _unclosed(text)
        return DataError("a quote is never closed", where=f"{name}, line {line}")
    rows = csv.reader(io.StringIO(text), delimiter=delimiter)
    width = len(next(rows, []))
    for row in rows:
        if len(row) > width:
            return DataError(
                f"it has {len(row)} cells, and the header has {width}",
                where=f"{name}, line {rows.line_num}",
            )
    found = _LINE.search(str(error))
    place = f"{name}, line {found[1]}" if found else name
    return DataError(f"it is malformed: {' '.join(str(error).split())}", where=place)


def _unclosed(text: str) -> int:
    is_open, opened = False, 1
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count('"') % 2:
            is_open = not is_open
            if is_open:
                opened = number
    return opened


def _json_lines(text: str, name: str) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"it is no JSON: {error}", where=f"{name}, line {number}") from error
        if not isinstance(row, dict):
            raise DataError("it is no object", where=f"{name}, line {number}")
        nested = next((key for key, value in row.items() if isinstance(value, dict | list)), None)
        if nested is not None:
            raise DataError(f"{nested!r} is nested", where=f"{name}, line {number}")
        rows.append(row)
    if not rows:
        raise DataError("it has no rows", where=name)
    return pd.DataFrame(rows)
