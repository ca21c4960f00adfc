"""Several processes that answer behind one port; one that dies or hangs is replaced."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from fourstroke_serve.telling import say

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

# Each begins with nothing of the process that starts it: no threads, no open database.
_SPAWN: Final = multiprocessing.get_context("spawn")
_SIGN_SECONDS: Final = 1.0
# A model may keep the interpreter for itself for a while, and so does importing on a busy machine.
_SILENT_SECONDS: Final = 30.0

Serve = Callable[[Sequence[socket.socket]], object]


@attrs.define(eq=False)
class Worker:
    """One process, and when it last gave a sign of life."""

    process: SpawnProcess
    signs: Connection
    is_first: bool = False
    heard: float = attrs.field(factory=time.monotonic)

    @classmethod
    def start(
        cls, serve: Serve, sockets: Sequence[socket.socket], *, is_first: bool = False
    ) -> Self:
        """Start one; it takes connections once it is ready."""
        ours, theirs = _SPAWN.Pipe(duplex=False)
        with theirs:
            process = _SPAWN.Process(target=_work, args=(serve, list(sockets), theirs))
            process.start()
        return cls(process, ours, is_first)

    def listen(self) -> None:
        """Take note of signs of life."""
        with contextlib.suppress(EOFError, OSError):
            while self.signs.poll():
                self.signs.recv_bytes()
                self.heard = time.monotonic()

    def trouble(self) -> str:
        """Say why another one has to take its place; empty if it works."""
        if not self.process.is_alive():
            return f"worker {self.process.pid} has ended with {self.process.exitcode}"
        silent = time.monotonic() - self.heard
        if silent > _SILENT_SECONDS:
            return f"worker {self.process.pid} has given no sign of life for {silent:.0f} s"
        return ""

    @property
    def cannot_start(self) -> bool:
        """Whether it is one of the first and has failed by itself, as the next ones would, too."""
        return self.is_first and (self.process.exitcode or 0) > 0

    def end(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.join()
        self.signs.close()


def supervise(serve: Serve, sockets: Sequence[socket.socket], number: int) -> bool:
    """Keep a number of workers at work until SIGTERM or SIGINT; then wait until each has drained.

    Gives whether they could start.

    Parameters
    ----------
    serve : callable
        What a worker does with the sockets; its module is imported there anew.
    sockets : sequence of socket
        Where they listen; closed here before the workers are told to end, so that nobody waits in
        the queue of a socket from which nobody accepts.
    number : int
        How many workers.
    """
    with _signals() as told:
        workers = [Worker.start(serve, sockets, is_first=True) for _ in range(number)]
        while is_well := not any(worker.cannot_start for worker in workers):
            if told in _ready(told, workers):
                break
            _replace(workers, lambda: Worker.start(serve, sockets))
        for each in sockets:
            each.close()
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.process.join()
            worker.signs.close()
    return is_well


def _replace(workers: list[Worker], start: Callable[[], Worker]) -> None:
    """Put another worker in the place of each that does not work any more."""
    for place, worker in enumerate(workers):
        worker.listen()
        trouble = worker.trouble()
        if trouble and not worker.cannot_start:
            say(f"{trouble}; another one takes its place")
            worker.end()
            workers[place] = start()


def _ready(told: socket.socket, workers: Sequence[Worker]) -> list[Any]:
    sentinels = [worker.process.sentinel for worker in workers]
    return wait([told, *sentinels], _SIGN_SECONDS)


@contextlib.contextmanager
def _signals() -> Iterator[socket.socket]:
    """Give a socket that has something to read once a signal came."""
    told, tell = socket.socketpair()
    with told, tell:
        tell.setblocking(False)
        before = signal.set_wakeup_fd(tell.fileno())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        try:
            yield told
        finally:
            signal.set_wakeup_fd(before)


def _work(serve: Serve, sockets: Sequence[socket.socket], signs: Connection) -> None:
    """Serve, in a process of its own."""
    # A terminal sends Ctrl-C to all; the first process tells when it is time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_give_signs, args=(signs,), daemon=True).start()
    serve(sockets)
    # All is written by now. Python would tell of files that the client of Prometheus never closes.
    os._exit(0)


def _give_signs(signs: Connection) -> None:
    while True:
        try:
            signs.send_bytes(b".")
        except OSError:
            # Nobody is there to hear it: without the first process it would keep the port for ever.
            os.kill(os.getpid(), signal.SIGTERM)
            return
        time.sleep(_SIGN_SECONDS)
