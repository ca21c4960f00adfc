"""Files on their way into the store and out of it: read, copied and hashed in one pass.

What is done to a disk is done in small steps with names; `reached` is called after each, and a test
may put there whatever it likes, such as the death of the process.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import re
import secrets
import shutil
import socket
import stat
from concurrent.futures import Future, ThreadPoolExecutor
from io import FileIO
from typing import TYPE_CHECKING, Final

from blake3 import blake3

from fourstroke.errors import DataError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# Large enough that a system call costs nothing beside it, small enough for the processor's cache.
_BLOCK_BYTES: Final = 1 << 20
# How far reading and writing may run ahead of hashing.
_BUFFERS: Final = 8
# How much is written between two requests to bring it to the disk: without them all of a large file
# waits for the one fsync at its end.
_FLUSH_BYTES: Final = 128 << 20

_OWNED = re.compile(r"[a-z]+-(?P<host>[0-9a-f]{8})-(?P<process>[0-9]+)-[0-9a-f]{16}")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def reached(point: str) -> None:
    """Mark that the step of this name is done; does nothing, and is there for tests to replace."""


@contextlib.contextmanager
def reading(path: Path) -> Iterator[FileIO]:
    """Open a regular file for reading, unbuffered.

    Raises
    ------
    DataError
        If there is none, it may not be read, or it is a pipe, a device or a folder.
    """
    # Without O_NONBLOCK the opening of a pipe would wait for a writer for ever.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except FileNotFoundError as error:
        raise DataError("there is no such file", where=str(path)) from error
    except OSError as error:
        raise DataError(f"it cannot be read: {error.strerror}", where=str(path)) from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise DataError("it is not a regular file", where=str(path))
    with FileIO(handle, "rb") as source:
        yield source


def blocks(source: FileIO) -> Iterator[memoryview]:
    """Read an open file block by block; each block is valid until the next one is asked for."""
    size = os.fstat(source.fileno()).st_size
    buffer = memoryview(bytearray(min(max(size, 1), _BLOCK_BYTES)))
    while count := source.readinto(buffer):
        yield buffer[:count]


def copy_hashed(source: Path, target: Path) -> tuple[blake3, int]:
    """Copy a file to a new one and hash what is copied, in one pass.

    Returns
    -------
    blake3, int
        The hash and the size of what was written: of what the file held while it was read.
    """
    content = blake3()
    with reading(source) as incoming, creating(target) as outgoing:
        if os.fstat(incoming.fileno()).st_size <= _BLOCK_BYTES:
            size = sum(_write_hashed(block, outgoing, content) for block in blocks(incoming))
        else:
            size = _copy_beside_hashing(incoming, outgoing, content)
    reached("copied")
    return content, size


@contextlib.contextmanager
def creating(path: Path) -> Iterator[FileIO]:
    """Open a file that is not there yet for writing, unbuffered."""
    with FileIO(path, "xb") as target:
        yield target


@contextlib.contextmanager
def becoming(path: Path, suffix: str = ".partial") -> Iterator[Path]:
    """Give a name beside ``path`` for a file that takes its place when it is whole and on the disk.

    Nothing is left of it if something is raised.
    """
    partial = path.with_name(f".{path.name}.partial{suffix.removeprefix('.partial')}")
    try:
        yield partial
        _sync(partial)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    if os.name != "nt":
        _sync(path.parent, os.O_RDONLY)


def _sync(path: Path, flags: int = os.O_RDWR) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def set_apart(scratch: Path, purpose: str) -> Iterator[Path]:
    """Give a new empty folder of this process, and remove it afterwards."""
    folder = new_folder(scratch, purpose)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_folder(scratch: Path, purpose: str) -> Path:
    """Make a folder of this process."""
    folder = scratch / new_name(purpose)
    try:
        folder.mkdir(mode=0o700)
    except FileNotFoundError:
        scratch.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
    return folder


def new_name(purpose: str) -> str:
    """Make a name that nothing has yet, and that says which process of which host it belongs to."""
    return f"{purpose}-{_host_mark()}-{os.getpid()}-{secrets.token_hex(8)}"


def owner_of(name: str) -> tuple[bool, int] | None:
    """Read a name of `new_name`: whether it was made on this host, and by which process.

    Examples
    --------
    >>> owner_of(new_name("put")) == (True, os.getpid())
    True
    >>> owner_of("step-x1y2") is None
    True
    """
    parts = _OWNED.fullmatch(name)
    if parts is None:
        return None
    return parts["host"] == _host_mark(), int(parts["process"])


def share(source: Path, target: Path) -> None:
    """Let ``target`` hold what ``source`` holds, for reading; without a copy, where possible."""
    absolute = source.absolute()  # a link would look for a relative path beside itself
    for link in (os.link, os.symlink):
        # They need one file system, and rights that some systems keep for owners.
        with contextlib.suppress(OSError, NotImplementedError):
            link(absolute, target)
            return
    shutil.copyfile(absolute, target)


@contextlib.contextmanager
def explained(where: Path) -> Iterator[None]:
    """Tell a full or read-only disk in words.

    Raises
    ------
    StoreError
        Instead of the system's error.
    """
    try:
        yield
    except OSError as error:
        place = str(error.filename or where)
        if error.errno in _FULL:
            raise StoreError(
                "the disk is full", where=place, hint="make room, or run: fourstroke store gc"
            ) from error
        if error.errno == errno.EFBIG:
            raise StoreError(
                "a file grew larger than this process may write",
                where=place,
                hint="raise the limit: ulimit -f",
            ) from error
        if error.errno in _READ_ONLY:
            raise StoreError(
                f"it cannot be written: {error.strerror}",
                where=place,
                hint="make the folder writable, or name another one",
            ) from error
        raise StoreError(f"{error.strerror or error}", where=place) from error


@functools.cache
def _host_mark() -> str:
    """Give a short mark of this host: a process id means nothing on another one."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _write_hashed(block: memoryview, target: FileIO, content: blake3) -> int:
    content.update(block)
    return _write_all(block, target)


def _write_all(block: memoryview, target: FileIO) -> int:
    done = 0
    while done < len(block):
        done += target.write(block[done:])
    return done


def _copy_beside_hashing(source: FileIO, target: FileIO, content: blake3) -> int:
    """Copy in this thread and hash in another: neither holds the interpreter's lock for long."""
    buffers = [memoryview(bytearray(_BLOCK_BYTES)) for _ in range(_BUFFERS)]
    pending: list[Future[object] | None] = [None] * _BUFFERS
    size = flushed = turn = 0
    with ThreadPoolExecutor(1) as hasher, ThreadPoolExecutor(1) as flusher:
        while True:
            _finish(pending[turn])
            count = source.readinto(buffers[turn])
            if not count:
                break
            block = buffers[turn][:count]
            pending[turn] = hasher.submit(content.update, block)
            size += _write_all(block, target)
            if size - flushed >= _FLUSH_BYTES:
                flushed = size
                flusher.submit(_flush, target.fileno())
            turn = (turn + 1) % _BUFFERS
        for future in pending:
            _finish(future)
    return size


def _finish(future: Future[object] | None) -> None:
    if future is not None:
        future.result()


def _flush(handle: int) -> None:
    flush: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
    # Only ahead of time: the storage syncs for good, and that is where a failing disk has to be
    # told.
    with contextlib.suppress(OSError):
        flush(handle)
