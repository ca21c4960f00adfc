"""An executor of worker processes that are replaced one by one when they die.

The standard library's pool is broken as a whole when one worker dies. Here each worker has a pipe
of its own and one piece of work at a time, so that a death ends one future and nothing else. One
thread, the foreman, owns all workers; every other thread only puts work into a queue and wakes it.
"""

from __future__ import annotations

import atexit
import math
import multiprocessing
import os
import threading
import time
import weakref
from collections import deque
from concurrent.futures import Executor, Future
from multiprocessing.connection import wait
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from fourstroke_runners.crew import Work, Worker

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

# A dead worker is noticed at once through its pipe. Only if something that it had started holds the
# pipe open, the foreman has to look by itself.
_LOOK_SECONDS: Final = 1.0
_GRACE_SECONDS: Final = 2.0
# A further worker has to import what its steps need, while one that is at work has done so: about as
# often as long as a bare worker takes to start. Work that need not wait longer is left to those at
# work, and so short steps are done sooner. Measured, because a busy machine starts slowly, too.
_PATIENCE_STARTS: Final = 3.0


def available_processors() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class ProcessExecutor(Executor):
    """Runs calls in worker processes that are spawned when there is work for them.

    The first worker starts with the first call, further ones when a call has waited
    for longer than a start is worth.
    A worker that dies ends its future with a `WorkerDied`, which knows exit code and signal; all
    others go on. Functions, arguments and results have to be picklable, and not defined in a main
    module. What a worker writes to its standard output goes to standard error.

    Parameters
    ----------
    workers : int
        How many calls may run at once.
    memory_gib : float, optional
        How much private memory a worker may have before it gets a ``MemoryError``. Linux only.
    """

    def __init__(self, workers: int, *, memory_gib: float | None = None) -> None:
        self._foreman = _Foreman(workers, memory_gib)
        # An executor that is dropped finishes its work, as those of the standard library do.
        weakref.finalize(self, self._foreman.close, kill=False).atexit = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a call made in a worker.

        Raises
        ------
        RuntimeError
            After `shutdown`.
        """
        future: Future[T] = Future()
        try:
            message = bytes(ForkingPickler.dumps((fn, args, kwargs)))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asks the future
            future.set_exception(error)
        else:
            self._foreman.add(Work(message, future))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """Take no more work.

        Parameters
        ----------
        wait : bool
            Whether to return only when all workers have ended.
        cancel_futures : bool
            Whether to cancel what has not begun, and to end within seconds what has: its future
            gets a `WorkerDied`.
        """
        self._foreman.close(kill=cancel_futures)
        if wait:
            self._foreman.join()


class _Foreman:
    def __init__(self, limit: int, memory_gib: float | None) -> None:
        self._limit = limit
        self._memory_gib = memory_gib
        self._lock = threading.Lock()
        self._queue: deque[Work] = deque()
        self._workers: list[Worker] = []
        self._start_seconds: float | None = None
        self._is_closed = False
        self._must_kill = False
        self._has_rung = False
        self._thread: threading.Thread | None = None
        self._ears, self._bell = multiprocessing.Pipe(duplex=False)

    # Called by any thread

    def add(self, work: Work) -> None:
        with self._lock:
            if self._is_closed:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._queue.append(work)
            if self._thread is None:
                # A daemon, and so not waited for at the end of the program before `_stop` is
                # called.
                self._thread = threading.Thread(target=self._run, name="foreman", daemon=True)
                atexit.register(self._stop)
                self._thread.start()
            self._ring()

    def close(self, *, kill: bool) -> None:
        with self._lock:
            self._is_closed = True
            self._must_kill |= kill
            self._ring()

    def _ring(self) -> None:
        # Once until it is heard: a full pipe would stop the caller, who holds the lock.
        if not self._has_rung:
            self._has_rung = True
            self._bell.send_bytes(b"!")

    def join(self, seconds: float | None = None) -> None:
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    def _stop(self) -> None:
        """End everything, since the program ends."""
        self.close(kill=True)
        self.join(2 * _GRACE_SECONDS)

    # Called by the foreman alone

    def _run(self) -> None:
        why = ""
        try:
            while self._has_work():
                self._hand_out()
                self._listen()
        except BaseException as error:
            why = f"the executor failed: {error!r}"
            raise
        finally:
            with self._lock:
                self._is_closed = True
            self._cancel_queue()
            self._end_workers(why or "the executor was shut down")
            atexit.unregister(self._stop)

    def _has_work(self) -> bool:
        with self._lock:
            if self._must_kill:
                return False
            is_busy = bool(self._queue) or any(worker.work for worker in self._workers)
            return is_busy or not self._is_closed

    def _hand_out(self) -> None:
        while self._queue:
            worker = next((worker for worker in self._workers if worker.work is None), None)
            if worker is None and not self._should_hire():
                return
            work = self._queue.popleft()
            if not work.future.set_running_or_notify_cancel():
                continue
            if worker is None:
                worker = self._hire(work)
            if worker is not None and not worker.give(work):
                self._bury(worker)

    def _should_hire(self) -> bool:
        if len(self._workers) >= self._limit:
            return False
        return not self._workers or self._patience_left() <= 0

    def _patience_left(self) -> float:
        """Give for how many seconds the next piece of work should wait for those at work."""
        if self._start_seconds is None:
            return math.inf
        waited = time.monotonic() - self._queue[0].since
        return _PATIENCE_STARTS * self._start_seconds - waited

    def _hire(self, work: Work) -> Worker | None:
        try:
            worker = Worker.start(self._memory_gib)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for the work
            work.future.set_exception(error)
            return None
        self._workers.append(worker)
        return worker

    def _listen(self) -> None:
        """Wait until somebody rings, answers or dies."""
        is_busy = any(worker.work for worker in self._workers)
        pipes = [self._ears, *(worker.pipe for worker in self._workers)]
        ready = wait(pipes, self._look_seconds() if is_busy else None)
        if self._ears in ready:
            with self._lock:
                self._ears.recv_bytes()
                self._has_rung = False
        for worker in tuple(self._workers):
            if worker.pipe in ready:
                if not worker.receive():
                    self._bury(worker)
                self._start_seconds = worker.start_seconds or self._start_seconds
            elif not ready and worker.is_dead():
                self._bury(worker)

    def _look_seconds(self) -> float:
        if not self._queue or len(self._workers) >= self._limit:
            return _LOOK_SECONDS
        return min(_LOOK_SECONDS, max(0.0, self._patience_left()))

    def _bury(self, worker: Worker) -> None:
        self._workers.remove(worker)
        worker.bury()

    def _cancel_queue(self) -> None:
        while self._queue:
            work = self._queue.popleft()
            # Both, or whoever waits for the future is not told.
            work.future.cancel()
            work.future.set_running_or_notify_cancel()

    def _end_workers(self, why: str) -> None:
        for worker in self._workers:
            if worker.work is None:
                worker.dismiss()
            else:
                worker.terminate()
        deadline = time.monotonic() + _GRACE_SECONDS
        for worker in self._workers:
            worker.wait(max(0.0, deadline - time.monotonic()))
            worker.bury(why)
        self._workers.clear()
