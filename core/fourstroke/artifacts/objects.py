"""Objects: files in a storage backend under the digest of their content, checked at each use."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from fourstroke.artifacts import files
from fourstroke.artifacts.digest import ALGORITHM, checked, digest_file, named
from fourstroke.artifacts.lock import locked
from fourstroke.errors import DataError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PREFIX: Final = f"{ALGORITHM}/"

_Seen = tuple[int, int, int, int]


class Storage(Protocol):
    """A storage backend, as `fourstroke.hooks.services.StorageHooks` specifies it."""

    def write(self, key: str, path: Path) -> bool:
        """Store the content of a file; ``False`` if the key was there already."""
        ...

    def read(self, key: str, path: Path) -> Path:
        """Fetch the content, to ``path`` or another file that must not be written to."""
        ...

    def exists(self, key: str) -> bool:
        """Say whether the key is there."""
        ...

    def keys(self, prefix: str) -> Iterable[str]:
        """List all keys that begin with a prefix, sorted."""
        ...

    def delete(self, key: str) -> bool:
        """Remove a key; ``False`` if it was not there."""
        ...


def key_of(digest: str) -> str:
    """Give the key of an object: relative, so that a store means the same wherever it lies.

    Examples
    --------
    >>> key_of("blake3:af13" + 60 * "0")[:14]
    'blake3/af/1300'
    """
    algorithm, _, name = checked(digest).partition(":")
    return f"{algorithm}/{name[:2]}/{name[2:]}"


def digest_of(key: str) -> str | None:
    """Give the digest that a key stands for; ``None`` if the key is not an object's."""
    digest = f"{ALGORITHM}:{key.removeprefix(PREFIX).replace('/', '', 1)}"
    try:
        return digest if key_of(digest) == key else None
    except StoreError:
        return None


@attrs.define(eq=False)
class Objects:
    """The objects of one store.

    Parameters
    ----------
    storage : Storage
        Where they are kept.
    scratch : Path
        A folder for temporary files; on the same file system as the storage, so that nothing is
        copied twice. Damaged objects are set aside beside it.
    """

    storage: Storage
    scratch: Path
    _verified: dict[str, _Seen] = attrs.field(factory=dict, init=False)
    _has_scratch: bool = attrs.field(default=False, init=False)

    @property
    def quarantine(self) -> Path:
        """Where damaged objects are set aside."""
        return self.scratch.parent / "quarantine"

    def add(self, path: Path, digest: str) -> None:
        """Store a finished file, whose digest was taken from the same bytes; it may be moved away.

        What is there already is hashed before it counts as there, once a process unless it changes
        since.
        """
        key = key_of(digest)
        # Once more if it was there and turned out to be damaged, or went in between.
        for _ in range(2):
            if self.storage.write(key, path):
                files.reached("stored")
                return
            if self._is_sound(key, digest):
                return
            self._set_aside_if_damaged(key, digest)
        raise StoreError("an object is damaged and cannot be replaced", where=digest)

    def has(self, digest: str) -> bool:
        """Say whether the object is there; its content is checked when it is used."""
        return self.storage.exists(key_of(digest))

    @contextlib.contextmanager
    def opened(self, digest: str, size_bytes: int | None = None) -> Iterator[Path]:
        """Give the object as a file that has just been checked, for reading.

        Raises
        ------
        StoreError
            If it is not there, or damaged; a damaged one has been set aside then.
        """
        key = key_of(digest)
        with self._fetched(key) as path:
            is_sound = self._matches(path, digest, size_bytes)
            if is_sound:
                yield path
        if not is_sound:
            raise self._damage(key, digest)

    def fetch(self, digest: str) -> Path:
        """Give the object as `opened` does, for as long as this process lives."""
        key = key_of(digest)
        place = self._place()
        path = self.storage.read(key, place)
        if not self._matches(path, digest, None):
            place.unlink(missing_ok=True)
            raise self._damage(key, digest)
        return path

    def copy(self, digest: str, place: Path) -> None:
        """Copy the object to a new file, and check what was copied.

        Raises
        ------
        StoreError
            If it is not there, or damaged; then there is no copy, and a damaged one has been set
            aside.
        """
        key = key_of(digest)
        with self._fetched(key) as path:
            try:
                content, _ = files.copy_hashed(path, place)
                is_sound = named(content) == digest
            except DataError as error:
                raise StoreError(f"a stored object: {error.message}", where=digest) from error
            except OSError:
                place.unlink(missing_ok=True)
                raise
        if not is_sound:
            place.unlink()
            raise self._damage(key, digest)

    @contextlib.contextmanager
    def fetched(self, digest: str) -> Iterator[Path]:
        """Give the object as a file, unchecked."""
        with self._fetched(key_of(digest)) as path:
            yield path

    @contextlib.contextmanager
    def _fetched(self, key: str) -> Iterator[Path]:
        place = self._place()
        path = self.storage.read(key, place)
        try:
            yield path
        finally:
            if path == place:
                place.unlink(missing_ok=True)

    def _place(self) -> Path:
        """Name a place where a backend may put a copy."""
        if not self._has_scratch:
            self.scratch.mkdir(parents=True, exist_ok=True)
            self._has_scratch = True
        return self.scratch / files.new_name("fetch")

    def _is_sound(self, key: str, digest: str) -> bool:
        try:
            with self._fetched(key) as path:
                seen = _seen(path)
                if self._verified.get(key) != seen:
                    if not self._matches(path, digest, None):
                        return False
                    self._verified[key] = seen
        except (StoreError, FileNotFoundError):
            if self.storage.exists(key):
                raise
            return False
        return True

    def _matches(self, path: Path, digest: str, size_bytes: int | None) -> bool:
        try:
            if size_bytes is not None and path.stat().st_size != size_bytes:
                return False
            return digest_file(path) == digest
        except PermissionError as error:
            raise _unreadable(digest, error) from error
        except DataError as error:
            if isinstance(error.__cause__, PermissionError):
                raise _unreadable(digest, error.__cause__) from error
            return False  # a pipe, a folder, nothing: not the file that was stored
        except OSError as error:
            raise _unreadable(digest, error) from error

    def _damage(self, key: str, digest: str) -> StoreError:
        if not self.storage.exists(key):
            return StoreError("a stored object is gone", where=digest, hint="run the step again")
        try:
            place = self._set_aside_if_damaged(key, digest)
        except StoreError as error:
            hint = f"it could not be set aside: {error}"
        else:
            kept = f", the damaged file is in {place.parent.name}" if place else ""
            hint = f"run the step again{kept}"
        return StoreError("a stored object is damaged", where=digest, hint=hint)

    def _set_aside_if_damaged(self, key: str, digest: str) -> Path | None:
        """Move a damaged object out of the way.

        Under a lock and after another look: somebody else may have replaced it by a sound one.
        """
        self._verified.pop(key, None)
        with files.explained(self.quarantine), locked(self.scratch / "repair.lock"):
            if not self.storage.exists(key):
                return None
            with self._fetched(key) as path:
                if self._matches(path, digest, None):
                    return None
                place = self._keep_damaged(path, digest)
            files.reached("set aside")
            self.storage.delete(key)
        files.reached("damage removed")
        return place

    def _keep_damaged(self, path: Path, digest: str) -> Path:
        self.quarantine.mkdir(parents=True, exist_ok=True)
        place = self.quarantine / f"{digest.replace(':', '-')}-{secrets.token_hex(4)}"
        if path.is_file():
            try:
                os.link(path, place)
            except OSError:
                shutil.copyfile(path, place)
        return place


def _seen(path: Path) -> _Seen:
    state = path.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns, state.st_mode


def _unreadable(digest: str, error: OSError) -> StoreError:
    return StoreError(f"a stored object cannot be read: {error.strerror or error}", where=digest)
