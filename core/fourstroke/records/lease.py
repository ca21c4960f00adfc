"""Whether the owner of a run is alive: a lock that dies with its process, or else a heartbeat.

On one host a run's owner holds a lock for as long as it lives; the system gives it back at the
instant of death, and no clock is involved. All runs of a project share one file, of which each locks
one byte: a file for each would cost more than all that is written of a small run. Where that file
cannot be seen, or is another host's, the heartbeat in the database counts.
"""

from __future__ import annotations

import functools
import logging
import os
import platform
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HEARTBEAT_SECONDS: Final = 10.0
LEASE_SECONDS: Final = 60.0

_FILE: Final = "runs.lock"
# Positions that fit into what Windows' call takes.
_PLACES: Final = 2**31 - 1

_log = logging.getLogger(__name__)

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int, place: int) -> bool:
        os.lseek(handle, place, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _give_back(handle: int, place: int) -> None:
        os.lseek(handle, place, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: int, place: int) -> bool:
        # Not flock, which a forked child inherits and would hold after its parent's death.
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError:
            return False
        return True

    def _give_back(handle: int, place: int) -> None:
        fcntl.lockf(handle, fcntl.LOCK_UN, 1, place)


class RunLocks:
    """The file with the locks of all runs of a project, as this process has it open.

    A process that closes *any* handle of a file loses *all* its locks on it. So there is one object
    a file in a process, which is closed when nobody uses it any more: see `use` and `leave`.
    """

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._held: set[int] = set()
        self._guard = threading.Lock()
        state = os.fstat(handle)
        self.identity = f"{this_machine()} {state.st_dev}:{state.st_ino}"

    def take(self, token: str) -> bool:
        """Lock the byte of an owner; gives whether it was free."""
        with self._guard:
            place = _place(token)
            is_free = place not in self._held and _take(self._handle, place)
            if is_free:
                self._held.add(place)
            return is_free

    def give_back(self, token: str) -> None:
        """Unlock the byte of an owner."""
        with self._guard:
            place = _place(token)
            self._held.discard(place)
            _give_back(self._handle, place)

    def is_held(self, token: str) -> bool:
        """Say whether an owner is alive, in this process or another one of this host."""
        with self._guard:
            place = _place(token)
            if place in self._held:
                return True
            is_free = _take(self._handle, place)
            if is_free:
                _give_back(self._handle, place)
            return not is_free

    def is_at(self, path: Path) -> bool:
        """Say whether the file is still the one at this path."""
        try:
            return os.path.samestat(os.fstat(self._handle), path.stat())
        except OSError:
            return False

    def close(self) -> None:
        """Close the file, and lose all locks on it."""
        os.close(self._handle)


# By process too: a forked child has the handles of its parent, and none of its locks.
_in_use: Final[dict[tuple[int, Path], RunLocks]] = {}
_users: Final[Counter[RunLocks]] = Counter()
_guard: Final = threading.Lock()


def use(folder: Path, *, create: bool = False) -> RunLocks | None:
    """Open the locks of a project, or share them if this process has them open.

    Whoever got them calls `leave` later. ``None`` if there is no such file, or it is not ours to use.

    Raises
    ------
    OSError
        If it was to be made and cannot be.
    """
    path = folder.absolute() / _FILE
    with _guard:
        locks = _in_use.get((os.getpid(), path))
        if locks is None or not locks.is_at(path):
            handle = _open(path, create=create)
            if handle is None:
                return None
            locks = _in_use[os.getpid(), path] = RunLocks(handle)
        _users[locks] += 1
        return locks


def leave(locks: RunLocks) -> None:
    """Close the locks if nobody else in this process uses them."""
    with _guard:
        _users[locks] -= 1
        if _users[locks] == 0:
            del _users[locks]
            for key in [key for key, known in _in_use.items() if known is locks]:
                del _in_use[key]
            locks.close()


class OwnerLock:
    """The lock that says that the owner of one run is alive."""

    def __init__(self, locks: RunLocks, token: str) -> None:
        self._locks: RunLocks | None = locks
        self.token = token
        self.identity = locks.identity

    @classmethod
    def take(cls, folder: Path, new_token: Callable[[], str]) -> Self:
        """Take the lock of a new owner.

        Raises
        ------
        OSError
            If the file cannot be made.
        """
        locks = use(folder, create=True)
        assert locks is not None  # noqa: S101 - it was to be made
        token = new_token()
        while not locks.take(token):
            token = new_token()
        return cls(locks, token)

    def release(self) -> None:
        """Give the lock back; once more does nothing."""
        if self._locks is not None:
            self._locks.give_back(self.token)
            leave(self._locks)
            self._locks = None


def seen_alive(folder: Path, owners: Mapping[str, str]) -> dict[str, bool]:
    """Say of owners, given with the identities of their locks, which are alive.

    Those of which this host cannot know it are not in the answer.
    """
    locks = use(folder)
    if locks is None:
        return {}
    try:
        return {
            token: locks.is_held(token)
            for token, identity in owners.items()
            if identity == locks.identity
        }
    finally:
        leave(locks)


@functools.cache
def this_machine() -> str:
    """Name this host as long as it is up: locks of other hosts and containers say nothing here."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    mark = boot.read_text().strip() if boot.exists() else ""
    return f"{platform.node()} {mark}".strip()


class Heartbeat:
    """Says from time to time that the owners of runs are alive, in one thread for all of them.

    Parameters
    ----------
    seconds : float
        The time between two beats.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._beats: set[Callable[[], object]] = set()
        self._guard = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, beat: Callable[[], object]) -> None:
        """Call this function with every beat; if it fails, that is logged, and tried again."""
        with self._guard:
            self._beats.add(beat)
            if self._thread is None:
                name = "fourstroke-heartbeat"
                self._thread = threading.Thread(target=self._go_on, name=name, daemon=True)
                self._thread.start()

    def remove(self, beat: Callable[[], object]) -> None:
        """Do not call this function any more; one call may be under way."""
        with self._guard:
            self._beats.discard(beat)

    def stop(self) -> None:
        """Stop, and wait for a beat that is under way."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _go_on(self) -> None:
        while not self._stopped.wait(self._seconds):
            with self._guard:
                beats = list(self._beats)
            for beat in beats:
                try:
                    beat()
                except Exception:  # noqa: BLE001 - a thread has nobody to raise to
                    _log.warning("the heartbeat did not reach the records", exc_info=True)


def _open(path: Path, *, create: bool) -> int | None:
    flags = os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
    if create:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, flags | os.O_CREAT, 0o666)
    try:
        return os.open(path, flags)
    except OSError:
        return None  # not there, or somebody else's: then the heartbeat has to do


def _place(token: str) -> int:
    return int(token, 16) % _PLACES
