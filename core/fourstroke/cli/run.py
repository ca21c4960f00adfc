"""The commands that turn the engine, and that say beforehand what a turn would do."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.tags import tags_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fourstroke.outcomes import RunOutcome

_STEP_HELP = "a full name, a beginning such as model.train, or an end"


def _selection(function: Callable[..., object]) -> Callable[..., object]:
    """Add the options that choose steps."""
    for option in (
        click.option(
            "--only", metavar="STEP", multiple=True, help="Take this step alone; repeatable."
        ),
        click.option("--to", "stop", metavar="STEP", default="", help="End after this step."),
        click.option(
            "--from",
            "start",
            metavar="STEP",
            default="",
            help="Run this step and what follows anew.",
        ),
        click.option("--force", is_flag=True, help="Run everything anew, also what is known."),
    ):
        function = option(function)
    return function


@command(epilog=f"STEP is {_STEP_HELP}: `fourstroke plan` prints them.")
@_selection
@click.option(
    "--frozen", is_flag=True, help="Refuse plugins that are not those of fourstroke.lock."
)
@click.option(
    "--tag",
    "tags",
    metavar="NAME=VALUE",
    multiple=True,
    help="Give the run a tag to search for; repeatable.",
)
@click.option("--note", default="", help="Why it is run: stands in the history of the data.")
@pass_invocation
def run(
    invocation: Invocation,
    *,
    force: bool,
    start: str,
    stop: str,
    only: tuple[str, ...],
    frozen: bool,
    tags: tuple[str, ...],
    note: str,
) -> int:
    """Turn the engine: run what is new or changed, reuse everything else."""
    from fourstroke.cli.progress import progress  # noqa: PLC0415 - --help does not need it

    with (
        invocation.project() as project,
        progress(invocation.output, is_quiet=invocation.as_json) as listener,
    ):
        outcome = project.run(
            force=force,
            start=start,
            stop=stop,
            only=only,
            frozen=frozen,
            tags=tags_of(tags),
            note=note,
            listener=listener,
            command=invocation.command,
        )
    return show_outcome(invocation, outcome)


def show_outcome(invocation: Invocation, outcome: RunOutcome) -> int:
    """Print how a run ended: the verdict, where the report is, the next command.

    Returns
    -------
    int
        The exit code that goes with it.
    """
    from fourstroke.cli.conclusion import EXIT_CODES, conclude  # noqa: PLC0415 - --help does not need it

    output, end = invocation.output, conclude(outcome.report)
    for error in (*outcome.contained, *outcome.errors):
        output.fault(error, debug=invocation.debug)
    if invocation.as_json:
        output.json(
            {
                "run": outcome.run,
                "state": outcome.state,
                "verdict": end.verdict,
                "reports": [invocation.shown(path) for path in outcome.files],
                "steps": outcome.report.steps,
                "next": invocation.fourstroke(end.command),
            }
        )
    else:
        output.line()
        output.line(("verdict  ", "strong"), (end.verdict, end.colour))
        for path in outcome.files:
            output.line(("report   ", "strong"), invocation.shown(path))
        output.line(("next     ", "strong"), invocation.fourstroke(end.command))
    if outcome.state == "failed" and outcome.errors:
        return outcome.errors[0].exit_code
    return EXIT_CODES[outcome.state]


@command(epilog=f"STEP is {_STEP_HELP}.")
@_selection
@pass_invocation
def plan(
    invocation: Invocation, *, force: bool, start: str, stop: str, only: tuple[str, ...]
) -> None:
    """Show which steps would run and, for each, the thing that changed. Nothing is run."""
    with invocation.project() as project:
        planned = project.plan(force=force, start=start, stop=stop, only=only)
    output = invocation.output
    if invocation.as_json:
        output.json({"steps": planned.steps, "is_done": planned.is_done})
        return
    output.table(
        ("STEP", "PLUGIN", "WOULD", "WHY"),
        [(step.name, step.plugin, _WOULD[step.action], step.reason) for step in planned.steps],
    )
    follows = invocation.fourstroke(_run_of(force=force, start=start, stop=stop, only=only))
    counts = {action: sum(step.action == action for step in planned.steps) for action in _WOULD}
    output.line()
    output.line(
        f"{counts['run']} to run, {counts['perhaps']} perhaps, {counts['cached']} cached",
        ("  ", ""),
        ("nothing to do" if planned.is_done else f"next: {follows}", "dim"),
    )


def _run_of(*, force: bool, start: str, stop: str, only: Sequence[str]) -> str:
    """Write the command that runs what was planned."""
    words = ["run", *["--force"] * force]
    for option, steps in (("--from", (start,)), ("--to", (stop,)), ("--only", only)):
        words += [word for step in steps if step for word in (option, step)]
    return shlex.join(words)


_WOULD = {"run": "run", "perhaps": "perhaps run", "cached": "be reused"}
