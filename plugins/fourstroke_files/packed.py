"""Packed files, opened as what is in them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from fourstroke import DataError

if TYPE_CHECKING:
    from pathlib import Path

PACKED: Final = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd", ".zip": "zip"}
# What is raised of a file that is cut off or no such archive, beside OSError.
DAMAGED: Final = (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_ENCRYPTED: Final = 0x1


def packing_of(path: Path) -> str:
    """Name how a file is packed, by its suffix; nothing if it is not."""
    return PACKED.get(path.suffix.lower(), "")


def open_binary(path: Path, name: str) -> io.BufferedReader:
    """Open a file for reading, and unpack it on the way.

    Parameters
    ----------
    name : str
        How messages call the file.

    Raises
    ------
    DataError
        If it is an archive of several files, or needs a password.
    """
    match packing_of(path):
        case "gzip":
            return io.BufferedReader(gzip.open(path, "rb"))
        case "bzip2":
            return io.BufferedReader(bz2.open(path, "rb"))
        case "xz":
            return io.BufferedReader(lzma.open(path, "rb"))
        case "zstd":
            return _zstd(path)
        case "zip":
            return _only_member(path, name)
    return path.open("rb")


def _zstd(path: Path) -> io.BufferedReader:
    import pyarrow as pa  # noqa: PLC0415 - a large library, which other files do not need

    return io.BufferedReader(pa.input_stream(str(path), compression="zstd"))


def _only_member(path: Path, name: str) -> io.BufferedReader:
    archive = zipfile.ZipFile(path)
    members = [
        each
        for each in archive.infolist()
        # Archives of macOS have a shadow of each file.
        if not each.is_dir() and not each.filename.startswith("__MACOSX/")
    ]
    if len(members) != 1:
        archive.close()
        raise DataError(
            f"{len(members)} files are packed in it, and one is read",
            where=name,
            hint="unpack it, and name its files",
        )
    if members[0].flag_bits & _ENCRYPTED:
        archive.close()
        raise DataError("it needs a password", where=name, hint="unpack it")
    return io.BufferedReader(archive.open(members[0]))  # type: ignore[arg-type]  # reads into buffers
