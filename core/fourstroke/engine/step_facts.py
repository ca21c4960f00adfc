"""What is recorded and shown of a step: its fact, and an error in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.entities.run import StepFact, StepState
from fourstroke.errors import FourstrokeError, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.plan import Step


def in_full(error: FourstrokeError) -> tuple[str, ...]:
    """Tell an error for the record: its line, and below it where in the user's code it arose."""
    return ("\n".join([str(error), *error.frames]),)


def in_short(step: Step, error: FourstrokeError) -> str:
    """Tell an error beside the name of its step, which need not be said twice."""
    head = f"{error.where}: " if error.where and error.where != step.name else ""
    return printable(f"{head}{error.message}")


def without_step(step: str, error: FourstrokeError) -> str:
    """Tell an error in its line, where its step is named already."""
    return str(error).removeprefix(f"{step}: ")


def fact_of(
    step: Step,
    state: StepState,
    *,
    seconds: float = 0.0,
    summary: str = "",
    reason: str = "",
) -> StepFact:
    """Put together what is known of a step in a run."""
    settings: Mapping[str, Any] = step.plugin.table.settings if step.plugin else {}
    return StepFact(
        name=step.name,
        cycle=step.cycle,
        stage=step.stage,
        state=state,
        plugin=step.label,
        seconds=seconds,
        summary=summary,
        reason=reason,
        settings=settings,
    )
