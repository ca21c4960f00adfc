"""How a call of the command line ends when it is told to: in order first, at once if it must.

The first signal becomes a :class:`Terminated`, which lets a run record that it was cancelled and
end its workers. If that takes longer than :data:`PATIENCE_SECONDS`, or a second signal comes later
than :data:`SAME_SECONDS`, the process says so and ends at once. Whenever that is, the exit code
tells of the signal, also when the second one comes while the interpreter is going away. A signal
that the caller ignores stays ignored (``nohup``).
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

# A service manager commonly kills after ten seconds: be gone before.
PATIENCE_SECONDS = 9.0
# One wish to end may arrive twice: `timeout` sends its signal to the process and to its group, and
# whoever passes a terminal's Ctrl-C on sends it to a process that has had it.
SAME_SECONDS = 0.5
_AT_ONCE = (
    b"error: ended at once: a run that was going on reads 'lost', and what it finished is reused\n"
)
_BASE_OF_EXIT_CODES = 128
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Terminated(KeyboardInterrupt):
    """A signal asked for the end; handled wherever Ctrl-C is."""


@attrs.define(eq=False)
class Ending:
    """What is known about the end of this call."""

    number: int = 0
    _since: float = 0.0
    _timer: threading.Timer | None = None

    @property
    def exit_code(self) -> int:
        """130 after Ctrl-C, 143 after SIGTERM; 130 as well if no signal came."""
        return _BASE_OF_EXIT_CODES + (self.number or signal.SIGINT)

    def on_signal(self, number: int, _frame: FrameType | None) -> None:
        """End in order; the second time at once, unless it is the first one again."""
        if self.number:
            if time.monotonic() - self._since >= SAME_SECONDS:
                _end_at_once(_BASE_OF_EXIT_CODES + number)
            return
        self.number, self._since = number, time.monotonic()
        self._timer = threading.Timer(PATIENCE_SECONDS, _end_at_once, (self.exit_code,))
        self._timer.daemon = True
        self._timer.start()
        # Python gives signals back to the system before it is gone, and the system's way is to kill.
        atexit.register(_ignore_signals)
        raise Terminated(signal.Signals(number).name)

    def stop_waiting(self) -> None:
        """Call off the end by force."""
        if self._timer is not None:
            self._timer.cancel()


def _end_at_once(code: int) -> None:
    # Not by way of the streams: whoever is interrupted may hold their locks.
    with contextlib.suppress(OSError):
        os.write(2, _AT_ONCE)
    os._exit(code)


def _ignore_signals() -> None:
    for number in _known():
        signal.signal(number, signal.SIG_IGN)


def _known() -> list[signal.Signals]:
    return [
        getattr(signal, name) for name in _NAMES if hasattr(signal, name)
    ]  # Windows lacks SIGHUP


@contextlib.contextmanager
def orderly_ending() -> Iterator[Ending]:
    """Handle the signals that ask for an end, as long as the block runs; once one came, for good."""
    ending = Ending()
    previous = {}
    if threading.current_thread() is threading.main_thread():
        for number in _known():
            if signal.getsignal(number) not in {signal.SIG_IGN, None}:
                previous[number] = signal.signal(number, ending.on_signal)
    try:
        yield ending
    finally:
        ending.stop_waiting()
        if not ending.number:
            for number, handler in previous.items():
                signal.signal(number, handler)
