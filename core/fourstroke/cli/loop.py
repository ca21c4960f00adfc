"""The command that goes once through the whole loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation

if TYPE_CHECKING:
    from fourstroke.outcomes import LoopOutcome

_EXIT_CODES = {
    "champion": 0,
    "quiet": 0,
    "unchanged": 0,
    "failed": 1,
    "data": 3,
    "gate": 3,
    "held": 4,
    "waiting": 4,
}
_COLOURS = {"champion": "good", "quiet": "good", "unchanged": "good", "failed": "bad"}


@command()
@click.option(
    "--now", is_flag=True, help="Turn whatever the monitors see; the budget and the gate hold."
)
@pass_invocation
def loop(invocation: Invocation, *, now: bool) -> int:
    """Monitor, and if there is a reason train, judge and deploy: a new champion, or why not.

    Exit codes: 0 a new champion or nothing to do, 1 a step failed, 3 the data or the candidate were
    refused, 4 budget or cool-down stood against it, or a version waits for people.
    """
    from fourstroke.cli.progress import progress  # noqa: PLC0415 - --help does not need it

    with (
        invocation.project() as project,
        progress(invocation.output, is_quiet=invocation.as_json) as listener,
    ):
        outcome = project.loop(now=now, listener=listener, command=invocation.command)
    if invocation.as_json:
        invocation.output.json(facts(invocation, outcome))
    else:
        show(invocation, outcome)
    return exit_code(outcome)


def exit_code(outcome: LoopOutcome) -> int:
    """Give the code that goes with how a loop ended."""
    if outcome.end == "failed" and outcome.turn is not None and outcome.turn.errors:
        return outcome.turn.errors[0].exit_code
    return _EXIT_CODES[outcome.end]


def show(invocation: Invocation, outcome: LoopOutcome) -> None:
    """Print what the monitors saw, what was decided, and what came of it."""
    from fourstroke.cli.operate import show_seen  # noqa: PLC0415 - --help does not need it

    to, run = invocation.output, outcome.turn
    for error in (*run.contained, *run.errors) if run is not None else ():
        to.fault(error, debug=invocation.debug)
    to.line()
    if outcome.monitoring is None:
        to.line(
            ("looked   ", "strong"), f"{outcome.model}@v{outcome.before} has scored nothing yet"
        )
    else:
        show_seen(to, outcome.monitoring, calm="looked   ")
    if outcome.decision.answer == "yes" and outcome.decision.why not in outcome.why:
        trigger = f" (trigger: {outcome.decision.trigger})" if outcome.decision.trigger else ""
        to.line(("reason   ", "strong"), f"{outcome.decision.why}{trigger}")
    to.line(("verdict  ", "strong"), (in_words(outcome), _COLOURS.get(outcome.end, "doubt")))
    for path in run.files[:1] if run is not None else ():
        to.line(("report   ", "strong"), invocation.shown(path))
    to.line(("next     ", "strong"), invocation.fourstroke(_next(outcome)))


def in_words(outcome: LoopOutcome) -> str:
    """Say in one sentence what a loop came to."""
    if outcome.end == "champion":
        return f"{outcome.why}, after v{outcome.before}"
    if outcome.end in {"quiet", "unchanged"}:
        return f"nothing to do: {outcome.why}"
    stays = f"{outcome.model}@v{outcome.after} stays in production"
    return f"{outcome.why}; {stays}"


def facts(invocation: Invocation, outcome: LoopOutcome) -> dict[str, object]:
    """Give what a script reads of a loop."""
    run, seen = outcome.turn, outcome.monitoring
    return {
        "end": outcome.end,
        "verdict": in_words(outcome),
        "why": outcome.why,
        "model": outcome.model,
        "champion": {"before": outcome.before, "after": outcome.after},
        "decision": outcome.decision,
        "waits": outcome.waits,
        "alerts": [alert.title for alert in seen.report.alerts] if seen else [],
        "monitoring": seen.run if seen else None,
        "run": run.run if run else None,
        "reports": [invocation.shown(path) for path in run.files] if run else [],
        "next": invocation.fourstroke(_next(outcome)),
    }


def _next(outcome: LoopOutcome) -> str:
    if outcome.end == "waiting" and outcome.waits is not None:
        is_approved = "approved" in outcome.why
        verb = "promote" if is_approved else "approve"
        return f"models {verb} {outcome.model} {outcome.waits} --why '...'"
    if outcome.end == "waiting" and outcome.turn is None:
        return "loop --now"
    if outcome.end == "data":
        return "incidents show training_data"
    if outcome.end == "held" and outcome.turn is None:
        is_spent = "budget" in outcome.why
        return "audit list --what 'turn begun'" if is_spent else "loop --now"
    if outcome.turn is not None and outcome.end in {"gate", "failed", "held"}:
        return f"runs show {outcome.turn.run}"
    return f"models show {outcome.model}"
