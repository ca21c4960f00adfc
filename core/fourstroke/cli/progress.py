"""How a run is shown while it goes on: a line a step, and in a terminal one that moves."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Protocol

import attrs

from fourstroke.cli.output import Output, seconds
from fourstroke.cli.table import display_width, shortened
from fourstroke.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.live import Live
    from rich.text import Text

    from fourstroke.entities.run import StepFact, StepState

_NAME_WIDTH = 34
_SUMMARY_WIDTH = 44
_WIDEST_SUMMARY = 62
_FRAMES_PER_SECOND = 8
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

# What stands before a step's name (in Unicode, in ASCII), in which colour, and what after it.
_STATES: dict[StepState, tuple[str, str, str, str]] = {
    "pending": ("·", ".", "dim", "pending"),
    "running": ("·", ".", "dim", "running"),
    "succeeded": ("✓", "+", "good", "ran"),
    "cached": ("=", "=", "dim", "cached"),
    "blocked": ("✗", "x", "doubt", "blocked"),
    "failed": ("✗", "x", "bad", "failed"),
    "cancelled": ("✗", "x", "bad", "cancelled"),
    "skipped": ("-", "-", "dim", "skipped"),
}

_STOPPING: frozenset[StepState] = frozenset({"blocked", "failed", "cancelled"})


class Progress(Protocol):
    """A listener of a run that also has an end."""

    def run_started(self, run: str, total: int) -> None:
        """Hear that a run has begun."""

    def step_started(self, step: StepFact) -> None:
        """Hear that a step really runs."""

    def step_finished(self, step: StepFact) -> None:
        """Hear how a step ended."""

    def message(self, text: str) -> None:
        """Hear one sentence for people."""

    def close(self) -> None:
        """Leave the terminal as it was found."""


@contextlib.contextmanager
def progress(output: Output, *, is_quiet: bool = False) -> Iterator[Progress]:
    """Choose how to show a run: quietly beside JSON, moving in a terminal, plainly in a pipe."""
    chosen: Progress
    if is_quiet:
        chosen = Quiet(output)
    elif output.is_terminal and output.has_unicode:
        chosen = Moving(output)
    else:
        chosen = Lines(output)
    try:
        yield chosen
    finally:
        chosen.close()


@attrs.define(eq=False)
class Quiet:
    """Show only what people should know, on stderr."""

    output: Output

    def run_started(self, run: str, total: int) -> None:
        """Do nothing."""

    def step_started(self, step: StepFact) -> None:
        """Do nothing."""

    def step_finished(self, step: StepFact) -> None:
        """Do nothing."""

    def message(self, text: str) -> None:
        """Tell it as a notice."""
        self.output.note(text)

    def close(self) -> None:
        """Do nothing."""


@attrs.define(eq=False)
class Lines:
    """Show a line a step; those that a failure leaves out are told together at the end."""

    output: Output
    _stopped: list[str] = attrs.field(factory=list)
    _left_out: int = 0

    def run_started(self, run: str, total: int) -> None:
        """Head the lines with the run's id."""
        self.output.line((f"run {run}", "strong"), f"  up to {total} steps")

    def step_started(self, step: StepFact) -> None:
        """Do nothing: a pipe gets a line when the step has ended."""

    def step_finished(self, step: StepFact) -> None:
        """Write the step's line."""
        if step.state in _STOPPING:
            self._stopped.append(step.name)
        if step.state == "skipped" and self._stopped:
            self._left_out += 1
            return
        self.output.line(*step_line(step, width=self.output.width, unicode=self.output.has_unicode))

    def message(self, text: str) -> None:
        """Tell it as a notice."""
        self.output.note(text)

    def close(self) -> None:
        """Say what was left out, and after what."""
        if not self._left_out:
            return
        mark, ascii_mark, colour, _ = _STATES["skipped"]
        steps = "1 step" if self._left_out == 1 else f"{self._left_out} steps"
        self.output.line(
            (mark if self.output.has_unicode else ascii_mark, colour),
            (f" {steps.ljust(_NAME_WIDTH)}  skipped after {', '.join(self._stopped)}", "dim"),
        )
        self._left_out = 0


class Moving:
    """Show a line a step, and below them what runs now and for how long."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.lines = Lines(output)
        self.total = 0
        self.finished = 0
        self.running: dict[str, float] = {}
        self._live: Live | None = None

    def run_started(self, run: str, total: int) -> None:
        """Start to move."""
        from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
        from rich.live import Live  # noqa: PLC0415

        self.total = total
        self.lines.run_started(run, total)
        self._live = Live(
            console=Console(file=self.output.stdout, highlight=False),
            get_renderable=self._frame,
            refresh_per_second=_FRAMES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()

    def step_started(self, step: StepFact) -> None:
        """Name it in the moving line."""
        self.running[step.name] = time.monotonic()

    def step_finished(self, step: StepFact) -> None:
        """Write its line above the moving one."""
        self.running.pop(step.name, None)
        self.finished += 1
        with self._standing_still():
            self.lines.step_finished(step)

    def message(self, text: str) -> None:
        """Tell it as a notice."""
        with self._standing_still():
            self.lines.message(text)

    def close(self) -> None:
        """Take the moving line away."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        self.lines.close()

    @contextlib.contextmanager
    def _standing_still(self) -> Iterator[None]:
        """Take the moving line away while something else is written."""
        if self._live is None:
            yield
            return
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def _frame(self) -> Text:
        from rich.text import Text  # noqa: PLC0415 - only a terminal needs it

        now = time.monotonic()
        mark = _SPINNER[int(now * _FRAMES_PER_SECOND) % len(_SPINNER)]
        names = ", ".join(
            f"{printable(name)} {now - since:.0f} s" for name, since in list(self.running.items())
        )
        count = f"{self.finished} of {self.total}"
        return Text(f"{mark} {count}  {names}", style="dim", no_wrap=True, overflow="ellipsis")


def step_line(
    step: StepFact, *, width: int | None = None, unicode: bool = True
) -> tuple[tuple[str, str], ...]:
    """Tell how a step ended: mark, name, summary, duration, and whether it ran.

    The summary is cut only in a terminal; what went wrong is told in full on stderr.
    """
    mark, ascii_mark, colour, word = _STATES[step.state]
    summary = printable(step.summary or (step.reason if step.state == "skipped" else ""))
    is_bad = step.state in {"failed", "blocked", "cancelled"}
    column = _SUMMARY_WIDTH
    if width is not None:
        room = width - _NAME_WIDTH - len("x   ") - len("  999.99 s  cancelled")
        room = max(room, len("summary"))
        summary = shortened(summary, room)
        column = min(room, _WIDEST_SUMMARY)
    took = seconds(step.seconds) if step.state not in {"cached", "skipped"} else ""
    space = " " * max(column - display_width(summary), 0)
    return (
        (mark if unicode else ascii_mark, colour),
        (f" {step.name.ljust(_NAME_WIDTH)}", ""),
        (f"  {summary}{space}  ", colour if is_bad else ""),
        (f"{took:>8}  {word}", "dim"),
    )
