"""Garbage: objects that nothing refers to any more, and what dead processes left behind."""

from __future__ import annotations

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.artifacts import files
from fourstroke.artifacts.objects import PREFIX, digest_of, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from fourstroke.artifacts.objects import Objects

# What cannot be told to belong to a dead process is left alone for so long.
_LEFTOVER_SECONDS: Final = 24 * 3600.0


@attrs.frozen(kw_only=True)
class Sweep:
    """What a sweep found, and whether it is gone.

    Parameters
    ----------
    removed : tuple of str
        Digests of objects that nothing refers to: removed, or to be removed.
    size_bytes : int
        Their size together.
    leftovers : tuple of str
        Names of temporary files and folders of dead processes.
    kept : int
        How many objects stay only because they are young.
    is_applied : bool
        Whether objects and leftovers have been removed.
    """

    removed: tuple[str, ...] = ()
    size_bytes: int = 0
    leftovers: tuple[str, ...] = ()
    kept: int = 0
    is_applied: bool = False


def sweep(
    objects: Objects, in_use: AbstractSet[str], *, grace_seconds: float, apply: bool
) -> Sweep:
    """Find garbage, and remove it if asked to; see `ArtifactStore.sweep`."""
    found: list[str] = []
    size_bytes = kept = 0
    for digest in unreferenced(objects.storage.keys(PREFIX), in_use):
        age, size = _age_and_size(objects, digest, grace_seconds)
        if age < grace_seconds:
            kept += 1
            continue
        found.append(digest)
        size_bytes += size
        if apply:
            objects.storage.delete(key_of(digest))
    leftovers = [path.name for path in _leftovers(objects.scratch)]
    if apply:
        clear_leftovers(objects.scratch)
    return Sweep(
        removed=tuple(found),
        size_bytes=size_bytes,
        leftovers=tuple(leftovers),
        kept=kept,
        is_applied=apply,
    )


def unreferenced(keys: Iterable[str], in_use: AbstractSet[str]) -> tuple[str, ...]:
    """Give the digests of keys that are not in use; keys that are no object's are not touched."""
    digests = (digest_of(key) for key in keys)
    return tuple(digest for digest in digests if digest is not None and digest not in in_use)


def clear_leftovers(scratch: Path) -> None:
    """Remove the temporary files and folders of dead processes."""
    for path in _leftovers(scratch):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _age_and_size(objects: Objects, digest: str, grace_seconds: float) -> tuple[float, int]:
    """Tell how long ago an object was last needed.

    A backend that hands out copies cannot tell: its copy is new, so that nothing of it goes before
    somebody asks for a sweep without grace.
    """
    with objects.fetched(digest) as path:
        state = path.stat()
    age = max(0.0, time.time() - state.st_mtime) if grace_seconds > 0 else 0.0
    return age, state.st_size


def _leftovers(scratch: Path) -> Iterator[Path]:
    try:
        entries = sorted(scratch.iterdir())
    except FileNotFoundError:
        return
    for path in entries:
        owner = files.owner_of(path.name)
        if owner is None:
            continue  # not made by the store: whoever made it knows when it may go
        is_ours, process = owner
        if (is_ours and not _is_alive(process)) or (not is_ours and _is_old(path)):
            yield path


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > _LEFTOVER_SECONDS
    except FileNotFoundError:
        return False


def _is_alive(process: int) -> bool:
    if sys.platform == "win32":
        return True  # signal 0 would end it there; such files stay
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
