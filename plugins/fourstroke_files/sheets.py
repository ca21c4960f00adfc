"""Excel: one sheet, its first row the header."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError  # only the name of an error
from zipfile import BadZipFile

import openpyxl
import pandas as pd
from openpyxl.utils.exceptions import InvalidFileException

from fourstroke import DataError
from fourstroke_files.finding import likely
from fourstroke_files.reading import Options, check_header, need
from fourstroke_files.typed import typed_column

if TYPE_CHECKING:
    from pathlib import Path

_MISSING = ("", "#N/A", "NA", "N/A", "NaN", "nan", "NULL", "null", "None")
_NOT_A_WORKBOOK = (BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, ParseError)


def read_sheet(path: Path, name: str, options: Options) -> pd.DataFrame:
    """Read a sheet; formulas count as the values that Excel last computed.

    Empty rows and columns behind the table are left out.

    Raises
    ------
    DataError
        Names the sheet that is not there, or the row at which a column changes its type.
    """
    header, *rows = _rows(path, name, options) or [[]]
    if not header:
        raise DataError("the sheet is empty", where=name, hint="name another one: sheet")
    names = check_header(header, f"{name}, row 1")
    need([*options.columns, *options.text], names, f"{name}, row 1")
    words = set(_MISSING if options.missing is None else options.missing)
    columns = {}
    for position, column in enumerate(names):
        if options.columns and column not in options.columns:
            continue
        cells = [None if row[position] in words else row[position] for row in rows]
        if column in options.text:
            cells = [cell if cell is None else _as_text(cell) for cell in cells]
        columns[column] = typed_column(
            cells,
            column,
            lambda row: f"{name}, row {row + 2}",
            f'write values of one type, or set text = ["{column}"]',
        )
    table = pd.DataFrame(columns)
    return table[list(options.columns)] if options.columns else table


def _rows(path: Path, name: str, options: Options) -> list[list[Any]]:
    try:
        # It warns of styles and drop-down lists that it leaves out; a table has none.
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                found = _sheet(book, name, options)
                # What a file says about its own size is often wrong.
                found.reset_dimensions()
                rows = [list(row) for row in found.iter_rows(values_only=True)]
            finally:
                book.close()
    except _NOT_A_WORKBOOK as error:
        raise DataError(
            f"it is no Excel workbook: {' '.join(str(error).split())}",
            where=name,
            hint="save it as .xlsx, without a password",
        ) from error
    return _cut(rows)


def _sheet(book: Any, name: str, options: Options) -> Any:
    sheet = options.sheet
    if not sheet:
        first, *others = book.worksheets
        if others:
            options.say(
                f"{name}: its sheet {first.title!r} was read, the first of {len(others) + 1};"
                " `sheet` names another"
            )
        return first
    if sheet not in book.sheetnames:
        raise DataError(
            f"there is no sheet {sheet!r}", where=name, hint=likely(sheet, book.sheetnames)
        )
    return book[sheet]


def _cut(rows: list[list[Any]]) -> list[list[Any]]:
    """Make all rows as long as the longest, without empty rows and columns behind the table."""
    width = max((_length(row) for row in rows), default=0)
    while rows and not _length(rows[-1]):
        rows.pop()
    return [(row + [None] * width)[:width] for row in rows]


def _length(row: list[Any]) -> int:
    return next((at for at in range(len(row), 0, -1) if row[at - 1] is not None), 0)


def _as_text(cell: Any) -> str:
    is_whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell)) if is_whole else str(cell)
