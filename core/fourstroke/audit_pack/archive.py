"""The archive of an audit pack: written so that the same content gives the same bytes, read with suspicion."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from fourstroke.artifacts import files
from fourstroke.errors import DataError, UsageError
from fourstroke.written import refuse_to_overwrite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The first moment that a ZIP file can tell.
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_MODE: Final = stat.S_IFREG | 0o644
_UNIX: Final = 3
_ENCRYPTED: Final = 0x1
_BLOCK: Final = 1 << 20
# What an archive may ask of who opens it.
MOST_FILES: Final = 10_000
MOST_BYTES: Final = 64 << 30
MOST_BYTES_IN_MEMORY: Final = 512 << 20
_LARGEST_RATIO: Final = 200


def write(path: Path, content: Mapping[str, bytes | Path]) -> None:
    """Write files into a new archive, sorted by name, whole or not at all.

    Nothing is compressed: what a library for that gives differs between its versions.

    Raises
    ------
    UsageError
        If the archive is there already, or its folder is not.
    """
    refuse_to_overwrite(path)
    with (
        files.explained(path),
        files.becoming(path) as partial,
        zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name in sorted(content):
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system, info.external_attr = _UNIX, _MODE << 16
            if fault := _fault_of(info):
                raise UsageError(f"{name!r} {fault}", where=str(path), hint="rename that file")
            with opened(content[name]) as source, archive.open(info, "w", force_zip64=True) as to:
                shutil.copyfileobj(source, to, _BLOCK)


@contextlib.contextmanager
def opened(content: bytes | Path) -> Iterator[IO[bytes]]:
    """Open what goes into an archive: bytes, or a file."""
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as source:
        yield source


def fact_of(source: IO[bytes]) -> dict[str, str | int]:
    """Give SHA-256 and length of a content, in bounded memory."""
    content, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        content.update(block)
        size += len(block)
    return {"sha256": content.hexdigest(), "size_bytes": size}


class Reading:
    """An archive that somebody else may have made: every name and size is doubted.

    Nothing is ever unpacked onto the disk, so that a name can lead nowhere; whoever unpacks the archive by
    other means is not to be led out of a folder either.
    """

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive = path, archive
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._admit(archive.infolist())

    @property
    def names(self) -> frozenset[str]:
        """What is in it."""
        return frozenset(self._entries)

    def fact(self, name: str) -> dict[str, str | int]:
        """Give SHA-256 and length of a file."""
        with self._opened(name) as source:
            return fact_of(source)

    def content(self, name: str) -> bytes:
        """Give the content of a file that is read as a whole."""
        if self._entries[name].file_size > MOST_BYTES_IN_MEMORY:
            raise self._fault(f"{name} is too large")
        with self._opened(name) as source:
            return source.read()

    @contextlib.contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._archive.open(self._entries[name]) as source:
                yield source
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
            raise self._fault(f"{name} is damaged: {error}") from error

    def _admit(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(entries) > MOST_FILES:
            raise self._fault(f"it has {len(entries):,} files, more than {MOST_FILES:,}")
        if sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise self._fault(f"it unpacks to more than {MOST_BYTES >> 30} GiB")
        for entry in entries:
            fault = _fault_of(entry)
            if entry.filename in self._entries:
                fault = "is there twice"
            if fault:
                raise self._fault(f"{entry.filename!r} {fault}")
            self._entries[entry.filename] = entry

    def _fault(self, message: str) -> DataError:
        return DataError(message, where=str(self._path), hint="it is no pack that can be trusted")


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open an archive for reading.

    Raises
    ------
    DataError
        If it is none, or holds links, folders, names that lead out of it, two files of one name, or more
        than can be meant.
    """
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise DataError(f"it cannot be read: {why}", where=str(path)) from error
    with archive:
        yield Reading(path, archive)


def _fault_of(entry: zipfile.ZipInfo) -> str:
    """Say why an entry is not admitted; empty if it is."""
    name, kind = entry.filename, stat.S_IFMT(entry.external_attr >> 16)
    path = PurePosixPath(name)
    # `orig_filename` still has what zipfile cuts off behind a NUL.
    if (
        path.is_absolute()
        or path.as_posix() != name
        or {"..", "."} & set(path.parts)
        or any(mark in entry.orig_filename for mark in "\\:\0")
        or not name.isprintable()
    ):
        return "is no name within the pack"
    if entry.is_dir() or kind not in {0, stat.S_IFREG}:
        return "is no regular file"
    if entry.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        return "is compressed in another way than ZIP files commonly are"
    if entry.file_size > _LARGEST_RATIO * max(entry.compress_size, 1):
        return f"unpacks to more than {_LARGEST_RATIO} times its size"
    return ""
