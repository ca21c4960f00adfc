"""Text files, packed or not, as they stand: line ends untouched, nothing decoded by guess."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from fourstroke import DataError
from fourstroke_files.packed import open_binary

if TYPE_CHECKING:
    from pathlib import Path

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class NulError(ValueError):
    """There is a NUL character, which no reader of tables takes notice of."""


class Text(io.TextIOWrapper):
    """Text that refuses NUL characters when it is read in blocks; lines are given as they are."""

    def read(self, size: int | None = -1, /) -> str:
        """Read a block of characters."""
        found = super().read(size)
        if "\0" in found:
            raise NulError("there is a NUL character")
        return found


def open_text(path: Path, name: str, encoding: str, *, errors: str = "strict") -> Text:
    """Open a text file.

    Parameters
    ----------
    name : str
        How messages call the file.
    errors : str
        What becomes of bytes that cannot be decoded, as in `open`.

    Raises
    ------
    DataError
        If it is marked as UTF-16 and another encoding is expected.
    """
    raw = open_binary(path, name)
    if raw.peek(2)[:2] in _UTF16_MARKS and "16" not in encoding:
        raw.close()
        raise DataError(
            "it is UTF-16, not " + encoding,
            where=name,
            hint='set encoding = "utf-16", or save it as UTF-8',
        )
    # A byte-order mark is no part of the first column's name.
    is_utf8 = encoding.lower().replace("-", "").replace("_", "") == "utf8"
    return Text(raw, encoding="utf-8-sig" if is_utf8 else encoding, errors=errors, newline="")
