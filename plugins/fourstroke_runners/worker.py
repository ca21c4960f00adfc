"""The worker's side: take work from a pipe, do it, send back what came of it."""

from __future__ import annotations

import contextlib
import os
import signal
import traceback
from multiprocessing.reduction import ForkingPickler
from typing import TYPE_CHECKING, Any, Final

from fourstroke_runners.warden import end_with_the_parent

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

# A worker's first message; its others are pickles.
UP: Final = b""


def serve(pipe: Connection, memory_gib: float | None) -> None:
    """Do one piece of work after the other until the pipe is closed."""
    _leave_the_terminal()
    end_with_the_parent()
    _limit_memory(memory_gib)
    with contextlib.suppress(OSError):
        pipe.send_bytes(UP)
    while True:
        try:
            pipe.send_bytes(_answer(pipe.recv_bytes()))
        except (EOFError, OSError):
            return  # the parent has closed the pipe, or is gone


def _answer(message: bytes) -> bytes:
    try:
        function, arguments, keywords = ForkingPickler.loads(message)
        answer: tuple[bool, Any] = (True, function(*arguments, **keywords))
    except BaseException as error:  # noqa: BLE001 - it belongs to whoever asks the future
        answer = (False, _with_traceback(error))
    try:
        return bytes(ForkingPickler.dumps(answer))
    except Exception as error:  # noqa: BLE001 - pickling runs code of any class
        is_result, value = answer
        kind = "result" if is_result else "exception"
        told = f"its {kind} ({type(value).__name__}) cannot leave the worker: {error}"
        return bytes(ForkingPickler.dumps((False, TypeError(told))))


def _with_traceback(error: BaseException) -> BaseException:
    """Add the traceback as a note: the frames themselves stay behind in this process."""
    text = "".join(traceback.format_exception(error))
    with contextlib.suppress(Exception):  # an exception class may refuse any attribute
        error.add_note(f"\nIn a worker process:\n{text}")
    return error


def _leave_the_terminal() -> None:
    """Leave to the parent what is its own: Ctrl-C, and a standard output that is for results."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "setpgrp"):
        # A group of its own, so that it can be ended together with what a step has started.
        os.setpgrp()
    with contextlib.suppress(OSError):
        os.dup2(2, 1)


def _limit_memory(memory_gib: float | None) -> None:
    """Limit private memory: limits on address space would count what libraries only reserve."""
    if memory_gib is None:
        return
    import resource  # noqa: PLC0415 - there is none on Windows

    limit = int(memory_gib * 2**30)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
