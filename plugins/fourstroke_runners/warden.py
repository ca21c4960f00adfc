"""No worker outlives its parent, however that ends and whatever the worker is busy with."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from multiprocessing.process import ParentProcess  # type: ignore[attr-defined]  # not in stubs

_MOST_FILES: Final = 65_536


def end_with_the_parent() -> None:
    """Have this process, and all that it will start, ended when its parent ends.

    Called first thing in a worker, when it has no other thread and a process group of its own.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if hasattr(os, "fork"):
        _post_warden(parent.sentinel)
    else:
        threading.Thread(target=_end_after, args=(parent,), name="warden", daemon=True).start()


def _post_warden(sentinel: int) -> None:
    """Leave a process in the group that waits for the parent's end and then ends the group.

    Not a thread, because a step may hold the interpreter's lock; not the kernel's signal at a
    parent's death, because that would leave alone what the worker has started. Forked twice, so
    that it is not a child for which a step would wait.
    """
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        return
    if os.fork():
        os._exit(0)
    # It must hold nothing open: others take the end of this worker's pipes for its death.
    os.closerange(0, sentinel)
    os.closerange(sentinel + 1, _MOST_FILES)
    os.read(sentinel, 1)  # nothing is ever written to it: it returns when the parent's end closes
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _end_after(parent: ParentProcess) -> None:
    parent.join()
    os._exit(1)
