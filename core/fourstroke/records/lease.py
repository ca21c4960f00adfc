"""Whether the owner of a run is alive: a lock that dies with its process, or else a heartbeat.

On one host a run's owner holds a lock on a file for as long as it lives; the system gives it back
at the instant of death, and no clock is involved. Where the file cannot be seen, or belongs to
another host, the heartbeat in the database counts.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import platform
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

HEARTBEAT_SECONDS: Final = 10.0
LEASE_SECONDS: Final = 60.0

_log = logging.getLogger(__name__)

# The system's lock on a file goes when the process closes *any* handle of it: our own must not be
# tried.
_held_here: set[tuple[int, Path]] = set()

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(handle: int) -> bool:
        # Not flock, which a forked child inherits and would hold after its parent's death.
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


@attrs.define(eq=False)
class OwnerLock:
    """The lock that says that the owner of a run is alive."""

    path: Path
    _handle: int | None = None

    @classmethod
    def take(cls, folder: Path, run: str) -> OwnerLock:
        """Take the lock of a new run."""
        path = _path(folder, run)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        if not _take(handle):
            os.close(handle)
            raise RuntimeError(f"the lock of the new run {run} is taken")
        _held_here.add((os.getpid(), path))
        return cls(path, handle)

    def release(self) -> None:
        """Give the lock back, and remove its file: nobody waits for it."""
        if self._handle is None:
            return
        remove_lock(self.path.parent.parent, self.path.stem)
        os.close(self._handle)
        self._handle = None
        _held_here.discard((os.getpid(), self.path))


def lock_is_held(folder: Path, run: str) -> bool | None:
    """Say whether the owner's lock of a run is held; ``None`` if there is no such file here."""
    path = _path(folder, run)
    if (os.getpid(), path) in _held_here:
        return True
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError:  # somebody else's file in a shared folder
        return None
    try:
        return not _take(handle)
    finally:
        os.close(handle)


def remove_lock(folder: Path, run: str) -> None:
    """Remove the file of a run that is over."""
    # Windows removes no file that is open; one more empty file does no harm.
    with contextlib.suppress(OSError):
        _path(folder, run).unlink()


@functools.cache
def this_machine() -> str:
    """Name this host as long as it is up: locks of other hosts and containers say nothing here."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    mark = boot.read_text().strip() if boot.exists() else ""
    return f"{platform.node()} {mark}".strip()


class Heartbeat:
    """Calls a function from time to time, in a thread of its own, until it is stopped.

    Parameters
    ----------
    beat : callable
        Gives ``False`` when there is no need to go on. A failure is logged, and tried again.
    """

    def __init__(self, beat: Callable[[], bool], *, seconds: float) -> None:
        self._beat = beat
        self._seconds = seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._go_on, name="fourstroke-heartbeat", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for a beat that is under way."""
        self._stopped.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                if not self._beat():
                    return
            except Exception:  # noqa: BLE001 - a thread has nobody to raise to; the next beat may reach it
                _log.warning("the heartbeat did not reach the records", exc_info=True)


def _path(folder: Path, run: str) -> Path:
    return folder / "locks" / f"{run}.lock"
