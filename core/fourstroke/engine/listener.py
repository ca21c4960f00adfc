"""Who is told about a run while it goes on: a command line, a notebook, a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fourstroke.entities.run import StepFact


class Listener(Protocol):
    """Hears how a run goes on, in the main process, each thing after it has been recorded."""

    def run_started(self, run: str, total: int) -> None:
        """Hear that a run of at most ``total`` steps has begun."""

    def step_started(self, step: StepFact) -> None:
        """Hear that a step really runs."""

    def step_finished(self, step: StepFact) -> None:
        """Hear how a step ended."""

    def message(self, text: str) -> None:
        """Hear one sentence for people."""


class Silence:
    """A listener that does nothing."""

    def run_started(self, run: str, total: int) -> None:
        """Do nothing."""

    def step_started(self, step: StepFact) -> None:
        """Do nothing."""

    def step_finished(self, step: StepFact) -> None:
        """Do nothing."""

    def message(self, text: str) -> None:
        """Do nothing."""
