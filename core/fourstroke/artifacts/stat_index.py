"""The stat index: digests of files that have not changed since they were last read."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import weakref
from typing import TYPE_CHECKING, Final

from fourstroke.artifacts.digest import digest_file

if TYPE_CHECKING:
    from pathlib import Path

# A file that was changed less than this before it was read may change again without its times
# showing it: file systems count time in steps. Two seconds are the longest, those of FAT.
_RACY_NS: Final = 2_000_000_000
_BUSY_SECONDS: Final = 5.0

# With a number, so that a later layout does not meet this one.
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS seen_1 (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    digest TEXT NOT NULL
) WITHOUT ROWID
"""

_RECALL: Final = """
SELECT digest FROM seen_1
WHERE path = ? AND size = ? AND modified = ? AND changed = ? AND inode = ?
"""
_REMEMBER: Final = "INSERT OR REPLACE INTO seen_1 VALUES (?, ?, ?, ?, ?, ?)"

_State = tuple[int, int, int, int]


class StatIndex:
    """Remembers digests of files by size, times and inode, so that they are read once.

    A cache and nothing else: it may be deleted at any time, and whenever it cannot be used the
    files are read. Safe under many processes and threads.

    Parameters
    ----------
    path : Path
        The cache's own file. It is made when the first digest is asked for.
    is_anew : bool
        Whether each file is read again, and what is known of it renewed: a disk may change a byte
        without changing a time.
    """

    def __init__(self, path: Path, *, is_anew: bool = False) -> None:
        self._path = path
        self._is_anew = is_anew
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0

    def digest(self, path: Path) -> str:
        """Give the digest of a file's content.

        Raises
        ------
        DataError
            If it is not a regular file, or cannot be read.
        """
        # Without following links and without a look at the disk.
        name = os.path.abspath(path)  # noqa: PTH100
        before = _state(path)
        known = self._recall(name, before) if before and not self._is_anew else None
        if known is not None:
            return known
        now = time.time_ns()
        digest = digest_file(path)
        if before and before == _state(path) and not _is_racy(before, now):
            self._remember(name, before, digest)
        return digest

    def anew(self) -> StatIndex:
        """Give one that reads every file again, and renews what this one knows."""
        return StatIndex(self._path, is_anew=True)

    def close(self) -> None:
        """Let go of the cache's file; it is opened again when it is needed."""
        with self._lock:
            self._close()

    def _recall(self, name: str, state: _State) -> str | None:
        rows = self._execute(_RECALL, (name, *state))
        return str(rows[0][0]) if rows else None

    def _remember(self, name: str, state: _State, digest: str) -> None:
        self._execute(_REMEMBER, (name, *state, digest))

    def _execute(self, statement: str, values: tuple[object, ...]) -> list[tuple[object, ...]]:
        with self._lock:
            try:
                return self._connected().execute(statement, values).fetchall()
            except (sqlite3.OperationalError, OSError):
                self._close()  # busy, read-only, full: the files are read instead
            except sqlite3.DatabaseError:
                self._close()
                self._discard()
            return []

    def _discard(self) -> None:
        """Remove a damaged cache; a new one is made at the next use."""
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink()

    def _connected(self) -> sqlite3.Connection:
        # A connection must not be used on the other side of a fork.
        if self._connection is None or self._process != os.getpid():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            # Closed with the last reference at the latest: whoever plans or predicts need not care.
            weakref.finalize(self, connection.close)
            self._connection, self._process = connection, os.getpid()
            # Not synced at each write: what a power cut takes away is read again.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_TABLE)
        return self._connection

    def _close(self) -> None:
        if self._connection is not None and self._process == os.getpid():
            self._connection.close()
        self._connection = None


def _state(path: Path) -> _State | None:
    try:
        state = path.stat()
    except OSError:
        return None  # the reader says what is wrong with it
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino


def _is_racy(state: _State, now: int) -> bool:
    _, modified, changed, _ = state
    return max(modified, changed) + _RACY_NS > now
