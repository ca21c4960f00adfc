"""The bundled storage backend: a folder of read-only files."""

from __future__ import annotations

import os
import re
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fourstroke import StoreError, hookimpl, plugin
from fourstroke_local import durable

if TYPE_CHECKING:
    from collections.abc import Iterator

_PART = re.compile(r"[A-Za-z0-9._-]{1,200}")
_FRESH_SECONDS = 3600.0


@plugin
class LocalStorage:
    """Keep artifacts in a folder, each a read-only file under its key.

    A file is synced before it gets its name, and its folder after: what `write` has confirmed
    outlives a power cut, and nothing is ever visible in part. Safe under many processes.
    """

    # The folder, relative to the project.
    path: Path = Path(".fourstroke/store")

    capabilities = frozenset({"link"})

    @hookimpl
    def write(self, key: str, path: Path) -> bool:
        """Move a finished file under a key, unless the key is there already."""
        place = self._place(key)
        with durable.explained(place):
            if place.exists():
                _freshen(place)
                return False
            return durable.place(path, place, self.path / "incoming")

    @hookimpl
    def read(self, key: str) -> Path:
        """Give the stored file itself."""
        place = self._place(key)
        if not self.exists(key):
            raise StoreError("there is nothing under this key in the store", where=key)
        return place

    @hookimpl
    def exists(self, key: str) -> bool:
        """Say whether there is a file under this key."""
        place = self._place(key)
        with durable.explained(place):
            return place.exists()

    @hookimpl
    def keys(self, prefix: str) -> Iterator[str]:
        """List keys in order, reading no more folders than it must."""
        start, _, _ = prefix.rpartition("/")
        folder = self._place(start) if start else self._objects
        with durable.explained(folder):
            yield from _keys(folder, f"{start}/" if start else "", prefix)

    @hookimpl
    def delete(self, key: str) -> bool:
        """Remove the file under this key."""
        place = self._place(key)
        with durable.explained(place):
            try:
                if os.name == "nt":
                    place.chmod(stat.S_IWRITE)
                place.unlink()
            except FileNotFoundError:
                return False
            durable.sync_folder(place.parent)
        return True

    @property
    def _objects(self) -> Path:
        return self.path / "objects"

    def _place(self, key: str) -> Path:
        parts = key.split("/")
        if not all(_PART.fullmatch(part) and set(part) != {"."} for part in parts):
            raise StoreError(f"{key!r} is not a key of a store")
        return self._objects.joinpath(*parts)


def _keys(folder: Path, above: str, prefix: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    names = {}
    for entry in entries:
        # With its slash a folder sorts among the keys as its content does: "a-b" comes before
        # "a/b".
        name = f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name
        names[above + name] = Path(entry.path)
    for name in sorted(names):
        if name.endswith("/"):
            if name.startswith(prefix) or prefix.startswith(name):
                yield from _keys(names[name], name, prefix)
        elif name.startswith(prefix):
            yield name


def _freshen(place: Path) -> None:
    """Make an old file young, so that a collector of garbage sees that somebody needs it again.

    Not each time: whoever remembers that a file was checked remembers its time too.
    """
    try:
        if time.time() - place.stat().st_mtime > _FRESH_SECONDS:
            os.utime(place)
    except (PermissionError, FileNotFoundError):
        return  # another user's file, or gone since: the writer looks again anyway
