"""CSV and TSV: read by pandas, and once more, line by line, where something looks odd."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fourstroke import DataError
from fourstroke_files.malformed import refuse_malformed
from fourstroke_files.reading import Options, check_header, need
from fourstroke_files.text import NulError, open_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Beyond it not every whole number has a float of its own.
_LARGEST_EXACT = 2.0**53
# From 3.1 on pandas always reads the float that was written, and warns of whoever asks for it.
_EXACT_FLOATS: Mapping[str, Any] = (
    {"float_precision": "round_trip"}
    if tuple(map(int, pd.__version__.split(".")[:2])) < (3, 1)
    else {}
)
_OTHER_DELIMITERS = {";": '";"', "\t": r'"\t"', "|": '"|"', ",": '","'}


def read_delimited(path: Path, name: str, options: Options, usual: str) -> pd.DataFrame:
    """Read a file of one record a line.

    Types are those that pandas finds, with two exceptions: whole numbers that a float would blur stay
    exact, and truth values with missing cells stay truth values.

    Parameters
    ----------
    usual : str
        What stands between cells if the options do not say.

    Raises
    ------
    DataError
        If the header, a line, a quote or a byte is at fault; names the line.
    """
    delimiter = options.delimiter or usual
    try:
        header = _header(path, name, options, delimiter)
        need([*options.columns, *options.text], header, f"{name}:1")
        table = _exact(_Source(path, name, options, delimiter, header))
    except (pd.errors.ParserError, csv.Error, UnicodeError, NulError) as error:
        refuse_malformed(path, name, options.encoding, delimiter, is_strict=False)
        refuse_malformed(path, name, options.encoding, delimiter, is_strict=True)
        text = " ".join(str(error).split())
        raise DataError(f"it cannot be read as a table: {text}", where=name) from error
    if _may_lack_cells(table[header[-1]]):
        refuse_malformed(path, name, options.encoding, delimiter, is_strict=False)
    return table[list(options.columns)] if options.columns else table


class _Source:
    """A file with all that pandas has to know to read it."""

    def __init__(
        self, path: Path, name: str, options: Options, delimiter: str, header: list[str]
    ) -> None:
        self._path = path
        self._name = name
        self._options = options
        self._delimiter = delimiter
        # The last column shows whether a line lacks cells, so that it is read in any case.
        self._columns = list(dict.fromkeys([*options.columns, header[-1]])) or None
        if not options.columns:
            self._columns = None

    def read(
        self, columns: list[str] | None = None, types: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Read all columns, or these, with these types."""
        options = self._options
        with open_text(self._path, self._name, options.encoding) as text:
            table: pd.DataFrame = pd.read_csv(
                text,
                sep=self._delimiter,
                decimal=options.decimal,
                index_col=False,
                usecols=columns or self._columns,
                dtype=types or dict.fromkeys(options.text, str),
                na_values=None if options.missing is None else list(options.missing),
                keep_default_na=options.missing is None,
                # The whole column decides on its type, not a piece of it.
                low_memory=False,
                **_EXACT_FLOATS,
            )
        return table


def _header(path: Path, name: str, options: Options, delimiter: str) -> list[str]:
    with open_text(path, name, options.encoding) as text:
        rows = csv.reader(text, delimiter=delimiter)
        cells = next((row for row in rows if row), None)
        first = next((row for row in rows if row), None)
    if cells is None:
        raise DataError("the file is empty", where=name, hint="write the table again")
    if len(cells) == 1 and not options.delimiter:
        found = next((words for sign, words in _OTHER_DELIMITERS.items() if sign in cells[0]), "")
        if found:
            raise DataError(
                f"it has one column, {cells[0][:40]!r}",
                where=f"{name}:1",
                hint=f"set delimiter = {found} for this source",
            )
    header = check_header(cells, f"{name}:1")
    if first is not None and len(first) != len(header):
        # pandas would take the first cells for an index, or leave the last ones out.
        raise csv.Error("the first line does not fit the header")
    return header


def _may_lack_cells(last: pd.Series) -> bool:
    """Say whether lines may be shorter than the header: then cells of the last column are missing."""
    return bool(last.isna().any() or (last.dtype == object and (last == "").any()))


def _exact(source: _Source) -> pd.DataFrame:
    """Read the table, and columns once more whose type would lose something."""
    table = source.read()
    types: dict[str, Any] = {}
    for name, column in table.items():
        if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "boolean":
            table[name] = column.astype("boolean")
        elif column.dtype == object and pd.api.types.infer_dtype(column) == "integer":
            types[str(name)] = str
        elif column.dtype == np.float64 and _is_blurred(column):
            types[str(name)] = "Int64"
    if types:
        try:
            return table.assign(**{str(n): c for n, c in source.read([*types], types).items()})
        except (ValueError, TypeError):
            # Some of those floats were written as floats, and are what they should be.
            return table
    return table


def _is_blurred(column: pd.Series) -> bool:
    """Say whether floats are whole numbers that were too large for them, made so by missing cells."""
    known = column[column.notna()]
    return bool(
        len(known) < len(column)
        and (known.abs() >= _LARGEST_EXACT).any()
        and (known.abs() < 2.0**64).all()
        and (known % 1 == 0).all()
    )
