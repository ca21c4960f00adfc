"""Worker processes as their parent sees them: started, given work, ended with all they started."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import types
from concurrent.futures import Future
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke_runners.died import WorkerDied
from fourstroke_runners.worker import UP, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

# How long a worker may take to end by itself before it is killed.
_GRACE_SECONDS: Final = 2.0

_spawn = multiprocessing.get_context("spawn")
_starting = threading.Lock()


@attrs.frozen(eq=False)
class Work:
    """A pickled call, the future of its result, and when it was handed in."""

    message: bytes
    future: Future[Any]
    since: float = attrs.field(factory=time.monotonic)


@attrs.define(eq=False)
class Worker:
    """One worker process with a pipe of its own, and at most one piece of work."""

    process: SpawnProcess
    pipe: Connection
    work: Work | None = None
    # When it was started, and for how long it was not up; nothing until it is.
    started: float = attrs.field(factory=time.monotonic)
    start_seconds: float | None = None

    @classmethod
    def start(cls, memory_gib: float | None) -> Worker:
        """Start a process; it takes its first work when it is up."""
        started = time.monotonic()
        near, far = _spawn.Pipe()
        process = _spawn.Process(target=serve, args=(far, memory_gib), name="fourstroke-worker")
        with _without_main():
            process.start()
        # The worker's end must be open in the worker alone, or its death would not close the pipe.
        far.close()
        return cls(process, near, started=started)

    def give(self, work: Work) -> bool:
        """Send it work; ``False`` if it turned out to be dead."""
        self.work = work
        try:
            self.pipe.send_bytes(work.message)
        except OSError:
            return False
        return True

    def receive(self) -> bool:
        """Take its word that it is up, or its answer, from its pipe; ``False`` if it is dead."""
        try:
            message = self.pipe.recv_bytes()
        except (EOFError, OSError):
            return False
        if message == UP:
            self.start_seconds = time.monotonic() - self.started
            return True
        work, self.work = self.work, None
        if work is not None:
            _settle(work.future, message)
        return True

    def is_dead(self) -> bool:
        """Say whether the process has ended, and nothing of its is left to be received."""
        return self.process.exitcode is not None and not self.pipe.poll()

    def terminate(self) -> None:
        """Ask it and what it has started to end."""
        self._signal(signal.SIGTERM)

    def dismiss(self) -> None:
        """Let it end by itself: it does when its pipe is closed."""
        self.pipe.close()

    def bury(self, why: str = "") -> None:
        """End it for good, and tell whoever waits for its work."""
        # Before its exit is taken note of: until then nobody else can get its process id.
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        self.process.join(_GRACE_SECONDS)
        work, self.work = self.work, None
        if work is not None:
            work.future.set_exception(WorkerDied(self.process.pid or 0, self.process.exitcode, why))
        self.pipe.close()
        if self.process.exitcode is not None:
            self.process.close()

    def wait(self, seconds: float) -> None:
        """Wait for its end, without taking note of its exit."""
        wait([self.process.sentinel], seconds)

    def _signal(self, number: int) -> None:
        pid = self.process.pid
        if hasattr(os, "killpg") and pid is not None:
            # There is no group yet if it has only just been started; it is signalled alone then.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, number)
                return
        if self.process.exitcode is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill() if number != signal.SIGTERM else self.process.terminate()


def _settle(future: Future[Any], message: bytes) -> None:
    try:
        # From a process that this one has started, through a pipe that nobody else can open.
        is_result, value = ForkingPickler.loads(message)
    except Exception as error:  # noqa: BLE001 - unpickling runs code of any class
        is_result, value = False, TypeError(f"what the worker gave cannot be read: {error}")
    if is_result:
        future.set_result(value)
    else:
        future.set_exception(value)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Start a worker that does not run the user's script.

    `multiprocessing` imports the parent's main module in each child it spawns. A script that runs a
    project and has no ``if __name__ == "__main__"`` would start itself again in every worker, and
    the command line would be imported for nothing. No step's work is defined in a main module.
    """
    with _starting:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
