"""The commands of the operations cycle: score a file, and look at what was scored."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import click

from fourstroke.cli.groups import WorkingGroup, command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.monitoring import prometheus_option, report, show_files, write_figures
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.cli.output import Output
    from fourstroke.entities.model import Decision
    from fourstroke.entities.operations import MonitoringReport, Observation
    from fourstroke.entities.traffic import Traffic
    from fourstroke.outcomes import MonitorOutcome

_PROJECT_FILE = "fourstroke.toml"
_SHOWN_OBSERVATIONS = 15
# The order in which people want to see them.
_URGENCY = {"alert": 0, "unknown": 1, "ok": 2}


@command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the predictions as CSV.",
)
@pass_invocation
def predict(invocation: Invocation, *, file: Path, output: Path | None) -> None:
    """Score the rows of FILE with the champion, and log what it said."""
    from fourstroke.cli.progress import progress  # noqa: PLC0415 - --help does not need it

    invocation.require_file(file)
    if output is not None:
        _require_writable(invocation, output, source=file)
    with (
        invocation.project() as project,
        progress(invocation.output, is_quiet=invocation.as_json) as listener,
    ):
        outcome = project.predict(
            file, output=output, listener=listener, command=invocation.command
        )
    if invocation.as_json:
        invocation.output.json(outcome)
        return
    to = invocation.output
    to.line()
    to.line(
        ("verdict  ", "strong"),
        (
            f"{outcome.rows:,} {'row' if outcome.rows == 1 else 'rows'} scored by {outcome.model}@v{outcome.version}",
            "good",
        ),
    )
    if output is not None:
        to.line(("output   ", "strong"), invocation.shown(output))
    to.line(("next     ", "strong"), invocation.fourstroke("monitor"))


def _require_writable(invocation: Invocation, output: Path, *, source: Path) -> None:
    """Refuse a place for predictions before a batch is scored and logged.

    Raises
    ------
    UsageError
        If it cannot be written, or is what is scored or the project file.
    """
    folder = output.parent
    if not folder.is_dir():
        raise UsageError("there is no such folder", where=str(folder), hint=f"mkdir -p {folder}")
    if not os.access(output if output.exists() else folder, os.W_OK):
        raise UsageError("it cannot be written: permission denied", where=str(output))
    if output.exists() and not output.is_file():
        raise UsageError("this is not a regular file", where=str(output))
    if output.resolve().is_relative_to((invocation.folder() / ".fourstroke").resolve()):
        raise UsageError("this folder belongs to fourstroke", where=str(output.parent))
    kept = (source, invocation.folder() / _PROJECT_FILE)
    if any(each.exists() and output.exists() and each.samefile(output) for each in kept):
        raise UsageError("it would be overwritten", where=str(output), hint="name another file")


@click.group("monitor", cls=WorkingGroup, invoke_without_command=True)
@click.option("--all", "show_all", is_flag=True, help="Show every observation.")
@prometheus_option
@pass_invocation
@click.pass_context
def monitor(
    context: click.Context,
    /,
    invocation: Invocation,
    *,
    show_all: bool,
    prometheus: Path | None,
) -> None:
    """Compare what the champion scored since last time with what it was made for.

    A monitoring report is written beside those of runs. An alert is a finding, not a failure: the exit
    code is 0. `--json` tells it to scripts.
    """
    if context.invoked_subcommand is not None:
        return
    from fourstroke.cli.progress import progress  # noqa: PLC0415 - --help does not need it

    if prometheus is not None:
        from fourstroke.monitoring_pages import require_place  # noqa: PLC0415 - as above

        require_place(prometheus)
    with (
        invocation.project() as project,
        progress(invocation.output, is_quiet=invocation.as_json) as listener,
    ):
        outcome = project.monitor(listener=listener, command=invocation.command)
        if prometheus is not None:
            figures = write_figures(project, project.monitoring(), prometheus)
            outcome = attrs.evolve(outcome, files=(*outcome.files, *figures))
    if invocation.as_json:
        invocation.output.json(outcome)
        return
    invocation.output.line()
    if outcome.earlier:
        show_earlier(invocation.output, outcome)
    show_observations(invocation.output, outcome.report, show_all=show_all)
    invocation.output.line()
    show_watch(invocation.output, outcome)
    show_files(invocation, outcome.files)
    is_turning = outcome.decision is not None and outcome.decision.answer == "yes"
    command = "loop" if is_turning else "runs list"
    invocation.output.line(("next     ", "strong"), invocation.fourstroke(command))


monitor.add_command(report)


def show_observations(output: Output, report: MonitoringReport, *, show_all: bool = False) -> None:
    """Print what was measured, the urgent first."""
    ordered = sorted(report.observations, key=lambda seen: _URGENCY[seen.status])
    shown = ordered if show_all else ordered[:_SHOWN_OBSERVATIONS]
    output.table(
        ("STATUS", "WHAT", "COLUMN", "VALUE", "LIMIT", "WHY"), [_row(seen) for seen in shown]
    )
    if len(shown) < len(ordered):
        output.line((f"and {len(ordered) - len(shown)} more: --all shows them", "dim"))


def show_earlier(output: Output, outcome: MonitorOutcome) -> None:
    """Print a line for each window that was due before the last one, and for that one itself."""
    reports = [each.report for each in (*outcome.earlier, outcome)]
    output.table(
        ("WINDOW", "ROWS", "LABELLED", "ALERTS"),
        [
            (
                each.window,
                f"{each.rows:,}",
                "" if each.labelled is None else f"{each.labelled:.0%}",
                "; ".join(alert.title for alert in each.alerts) or "none",
            )
            for each in reports
        ],
    )
    output.line()
    output.line(("window   ", "strong"), outcome.report.window)


def show_watch(output: Output, outcome: MonitorOutcome) -> None:
    """Print what a window comes to: the alerts, and whether to turn again."""
    show_seen(output, outcome)
    decision = outcome.decision if outcome.report.rows else None
    if decision is not None:
        words = {"yes": "turn again", "no": "do not turn", "waiting": "waits for people"}
        output.line(("decision ", "strong"), f"{words[decision.answer]}: {decision.why}")
    if decision is not None and decision.answer == "yes":
        output.line(("then     ", "dim"), "bring new rows with known outcomes into the data")


def show_seen(output: Output, outcome: MonitorOutcome, *, calm: str = "verdict  ") -> None:
    """Print what was seen in a window: the alerts, or behind the word ``calm`` that there is none."""
    report = outcome.report
    if report.traffic is not None and report.traffic.statuses:
        output.line(("requests ", "strong"), _asked(report.traffic))
    elif not report.rows:
        output.line(("nothing  ", "strong"), "no rows were scored since the last look")
    for alert in report.alerts:
        output.line(("alert    ", "strong"), (alert.title, "bad"))
    for held in report.held:
        output.line(("held     ", "strong"), (held.title, "doubt"), f": {held.why}")
    for key in report.resolved:
        output.line(("over     ", "strong"), (key, "good"))
    if not report.rows:
        return
    untold = sum(seen.status == "unknown" for seen in report.observations)
    if untold:
        count = f"{untold} of {len(report.observations)} observations could not be made"
        output.line(("unknown  ", "strong"), (count, "doubt"))
    elif not report.crossed:
        made_for = f"what {report.model}@v{report.version} was made for"
        verdict = f"no alert: {report.rows:,} rows look like {made_for}"
        output.line((calm, "strong"), (verdict, "good"))
    if outcome.rollback is not None:
        show_rollback(output, outcome.rollback)


def _asked(traffic: Traffic) -> str:
    failed, refused = f"{traffic.failed:,} failed", f"{traffic.refused:,} refused"
    return f"{traffic.asked:,}: {traffic.answered:,} answered, {failed}, {refused}"


def show_rollback(output: Output, rollback: Decision) -> None:
    """Print whether the version before came back by itself, and why."""
    words = {"yes": ("done", "bad"), "no": ("not done", "doubt"), "waiting": ("not done", "bad")}
    told, colour = words[rollback.answer]
    output.line(("rollback ", "strong"), (told, colour), f": {rollback.why}")


def _row(seen: Observation) -> tuple[object, ...]:
    return (seen.status, seen.name, seen.column, seen.value, seen.threshold, seen.why)
