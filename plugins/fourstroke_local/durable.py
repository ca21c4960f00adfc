"""Files that outlive a power cut: written whole, synced, and only then given their name.

`reached` is called after each step; a test may put there whatever it likes, such as the death of
the process.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import time
from typing import TYPE_CHECKING

from fourstroke import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EACCES})
_READ_ONLY = 0o444
# No copy of one file takes so long.
_ABANDONED_SECONDS = 24 * 3600.0


def reached(point: str) -> None:
    """Mark that the step of this name is done; does nothing, and is there for tests to replace."""


def place(source: Path, target: Path, incoming: Path) -> bool:
    """Give a finished file its lasting name, if nothing has that name yet.

    Parameters
    ----------
    source : Path
        The file. It is gone afterwards if it lies on the file system of ``target``.
    target : Path
        Where it belongs.
    incoming : Path
        A folder on the file system of ``target``, for a copy of a file from elsewhere.

    Returns
    -------
    bool
        Whether the name was free.
    """
    sync_file(source, mode=_READ_ONLY)
    reached("file synced")
    make_folder(target.parent)
    try:
        is_new = _link(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        is_new = _link(_brought_near(source, incoming), target)
    reached("file named")
    sync_folder(target.parent)
    reached("folder synced")
    return is_new


def write_text(path: Path, text: str) -> None:
    """Replace a file by another text; readers see the one or the other, whole."""
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        fresh.write_text(text, encoding="utf-8")
        sync_file(fresh)
        reached("text synced")
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    reached("text named")
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder with all above it, so that each of them lasts."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir(exist_ok=True)
        sync_folder(new.parent)


def sync_file(path: Path, *, mode: int | None = None) -> None:
    """Bring a file's content to the disk."""
    handle = os.open(path, os.O_RDWR)
    try:
        if mode is not None and hasattr(os, "fchmod"):
            os.fchmod(handle, mode)
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk; Windows does so by itself and cannot be asked to."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def explained(where: Path) -> Iterator[None]:
    """Tell what the disk refuses in words.

    Raises
    ------
    StoreError
        Instead of the system's error.
    """
    try:
        yield
    except OSError as error:
        place = str(error.filename2 or error.filename or where)
        if error.errno in _FULL:
            raise StoreError(
                "the disk is full", where=place, hint="make room, or run: fourstroke store gc"
            ) from error
        raise StoreError(
            f"the folder cannot be used: {error.strerror or error}",
            where=place,
            hint="make it writable, or name another one under 'path'",
        ) from error


def _link(source: Path, target: Path) -> bool:
    """Move a file to a name that must be free: a plain rename would replace what is there."""
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Some file systems know no links. Two writers of one key then write one content after the
        # other.
        if target.exists():
            return False
        source.rename(target)
        return True
    reached("file linked")
    source.unlink()
    return True


def _brought_near(source: Path, incoming: Path) -> Path:
    make_folder(incoming)
    _clear(incoming)
    near = incoming / f"{os.getpid()}-{secrets.token_hex(8)}"
    try:
        with source.open("rb") as content, near.open("xb") as copy:
            shutil.copyfileobj(content, copy, 1 << 20)
        sync_file(near, mode=_READ_ONLY)
    except BaseException:
        near.unlink(missing_ok=True)
        raise
    return near


def _clear(incoming: Path) -> None:
    """Remove copies that a process began and did not live to finish."""
    for path in incoming.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process clears as well
            if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                path.unlink()
