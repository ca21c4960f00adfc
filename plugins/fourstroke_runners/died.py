"""What is said of a worker process that is gone."""

from __future__ import annotations

import signal


class WorkerDied(RuntimeError):  # noqa: N818 - it tells what happened, not what kind of class it is
    """A worker process ended while it had work.

    Parameters
    ----------
    process : int
        Its process id.
    exit_code : int or None
        As `multiprocessing` gives it: negative for a signal; ``None`` if it is not known.
    why : str
        What led to it, if that is known.
    """

    def __init__(self, process: int, exit_code: int | None, why: str = "") -> None:
        super().__init__(process, exit_code, why)
        self.process = process
        self.exit_code = exit_code
        self.why = why

    @property
    def signal_name(self) -> str:
        """The signal that killed it, such as ``SIGKILL``; empty if it ended by itself."""
        if self.exit_code is None or self.exit_code >= 0:
            return ""
        try:
            return signal.Signals(-self.exit_code).name
        except ValueError:
            return f"signal {-self.exit_code}"

    def __str__(self) -> str:
        if self.signal_name:
            how = f"was killed by {self.signal_name}"
        elif self.exit_code is None:
            how = "ended"
        else:
            how = f"ended with exit code {self.exit_code}"
        reason = f": {self.why}" if self.why else ""
        return f"worker process {self.process} {how}{reason}"
