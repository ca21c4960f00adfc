"""The command that writes the monitoring report again, and the option that both ways of it share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourstroke.cli import names
from fourstroke.cli.ages import since_of
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed

if TYPE_CHECKING:
    from fourstroke.entities.monitoring_history import MonitoringHistory
    from fourstroke.project import Project

prometheus_option = click.option(
    "--prometheus",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures for the textfile collector of Prometheus' node exporter, too.",
)


@command()
@click.option(
    "--model",
    metavar="NAME",
    default="",
    shell_complete=completed(names.models),
    help="Which model.",
)
@click.option(
    "--version", "number", metavar="N", type=click.IntRange(1), help="Which version of it."
)
@click.option(
    "--since",
    metavar="WHEN",
    default="",
    help="Windows looked at since then: 30d, a day, a time (UTC). Without it the latest 60.",
)
@click.option(
    "--output",
    "-o",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to; beside the report of the run that looked last without it.",
)
@prometheus_option
@pass_invocation
def report(
    invocation: Invocation,
    *,
    model: str,
    number: int | None,
    since: str,
    output: Path | None,
    prometheus: Path | None,
) -> int:
    """Write the monitoring report again, from what was recorded. Nothing is looked at.

    Of the champion, unless another version is named. If a format fails the others are written, and the
    exit code is 1.
    """
    from fourstroke.monitoring_pages import require_place, write_reports  # noqa: PLC0415 - --help does not need it

    begun = since_of(since, "--since") if since else None
    if prometheus is not None:
        require_place(prometheus)
    with invocation.project() as project:
        history = project.monitoring(model, number, since=begun)
        files, problems = write_reports(project.config, history, output)
        files += write_figures(project, history, prometheus)
    for problem in problems:
        invocation.output.warn(problem)
    if invocation.as_json:
        shown = [invocation.shown(path) for path in files]
        invocation.output.json({"reports": shown, "problems": problems, "history": history})
    else:
        show_files(invocation, files)
    return int(bool(problems))


def write_figures(
    project: Project, history: MonitoringHistory, path: Path | None
) -> tuple[Path, ...]:
    """Write figures for Prometheus, if it is said where to."""
    from fourstroke.monitoring_pages import write_metrics  # noqa: PLC0415 - as above

    return () if path is None else (write_metrics(project.config, history, path),)


def show_files(invocation: Invocation, files: tuple[Path, ...]) -> None:
    """Print where reports are."""
    for path in files:
        invocation.output.line(("report   ", "strong"), invocation.shown(path))
