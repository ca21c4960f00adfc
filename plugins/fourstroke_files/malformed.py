"""Read a malformed text table slowly, to say which line is at fault and what is wrong with it."""

from __future__ import annotations

import contextlib
import csv
import re
import sys
from typing import TYPE_CHECKING

from fourstroke import DataError
from fourstroke_files.text import open_text

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

# What `surrogateescape` makes of bytes that cannot be decoded.
_UNDECODED = re.compile("[\udc80-\udcff]")


def refuse_malformed(
    path: Path, name: str, encoding: str, delimiter: str, *, is_strict: bool
) -> None:
    """Find the first line that is at fault, if there is one.

    Parameters
    ----------
    is_strict : bool
        Whether quotes are looked at too. pandas bears with some that stand in odd places, so that
        they are no fault of a file that it could read.

    Raises
    ------
    DataError
        Names the line, and says what is wrong.
    """
    with contextlib.closing(lines_of(path, name, encoding)) as lines, _cells_of_any_length():
        rows = csv.reader(lines, delimiter=delimiter, strict=is_strict)
        width, start = 0, 1
        try:
            for cells in rows:
                width = width or len(cells)
                if cells and len(cells) != width:
                    raise _ragged(len(cells), width, name, start, rows.line_num)
                start = rows.line_num + 1
        except csv.Error as error:
            raise _odd_quote(error, name, start) from error


def lines_of(path: Path, name: str, encoding: str) -> Generator[str, None, None]:
    """Give the lines; refuse the first one that cannot be decoded or holds a NUL character."""
    number = 0
    try:
        with open_text(path, name, encoding, errors="surrogateescape") as text:
            for number, line in enumerate(text, start=1):
                if not line.isascii() and (found := _UNDECODED.search(line)):
                    raise _undecodable(ord(found[0]) & 0xFF, name, number, encoding)
                if "\0" in line:
                    raise DataError(
                        "there is a NUL character",
                        where=f"{name}:{number}",
                        hint='remove it; or, if the file is UTF-16, set encoding = "utf-16"',
                    )
                yield line
    except UnicodeError as error:
        raise DataError(
            f"it is not {encoding}", where=f"{name}:{number + 1}", hint="set its encoding"
        ) from error


@contextlib.contextmanager
def _cells_of_any_length() -> Iterator[None]:
    before = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _undecodable(byte: int, name: str, line: int, encoding: str) -> DataError:
    other = "utf-8" if encoding.lower() == "ascii" else "latin-1"
    return DataError(
        f"it is not {encoding}: there is a byte {byte:#04x}",
        where=f"{name}:{line}",
        hint=f'save it as UTF-8, or set its encoding, such as "{other}"',
    )


def _ragged(cells: int, width: int, name: str, start: int, end: int) -> DataError:
    hint = "quote cells that hold the delimiter" if cells > width else "write all cells"
    if end > start:
        hint = f"a quote is open from line {start} to line {end}"
    return DataError(
        f"there are {cells} cells, and {width} in the header", where=f"{name}:{start}", hint=hint
    )


def _odd_quote(error: csv.Error, name: str, line: int) -> DataError:
    if "unexpected end" in str(error):
        return DataError(
            "a quote is opened here and never closed", where=f"{name}:{line}", hint="close it"
        )
    return DataError(
        f"a quote stands where none may: {error}", where=f"{name}:{line}", hint="double it"
    )
