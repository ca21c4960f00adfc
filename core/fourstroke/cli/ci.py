"""The commands of continuous integration: run its steps, and write the workflow of a forge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourstroke.cli.groups import WorkingGroup
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.ci.forge import Forge
    from fourstroke.ci.results import CiReport, Status, StepResult
    from fourstroke.cli.output import Output

# As fourstroke.ci.steps has them; a test compares. Importing it would slow down --help.
STEPS = ("config", "plugins", "lock", "tests", "run", "verdict")
FORGES = ("github", "gitlab", "jenkins")

_MARKS: dict[Status, tuple[str, str, str]] = {
    "passed": ("✓", "+", "good"),
    "warned": ("!", "!", "doubt"),
    "failed": ("✗", "x", "bad"),
    "skipped": ("-", "-", "dim"),
}
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(
    "ci",
    cls=WorkingGroup,
    invoke_without_command=True,
    epilog=f"STEP is one of {', '.join(STEPS)}. The exit code is the highest of all steps.",
)
@click.option(
    "--only", metavar="STEP", type=click.Choice(STEPS), multiple=True, help="Take this step alone."
)
@click.option(
    "--skip", metavar="STEP", type=click.Choice(STEPS), multiple=True, help="Leave it out."
)
@click.option(
    "--rows",
    metavar="N",
    type=click.IntRange(min=1),
    default=2000,
    show_default=True,
    help="How many rows of the data the run takes.",
)
@click.option("--full", is_flag=True, help="Take all rows.")
@click.option(
    "--sample-only",
    is_flag=True,
    help="Let what the sample refuses for certain count, without asking all rows.",
)
@click.option(
    "--home",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep store, records and reports of these runs here; thrown away without it.",
)
@click.option("--junit", metavar="FILE", type=_FILE, help="Write the result as JUnit XML.")
@click.option("--summary", metavar="FILE", type=_FILE, help="Write the result as Markdown.")
@click.option(
    "--annotations/--no-annotations",
    default=None,
    help="Print findings as GitHub reads them; by default in GitHub Actions.",
)
@pass_invocation
@click.pass_context
def ci(  # noqa: PLR0913 - one a option
    context: click.Context,
    /,
    invocation: Invocation,
    *,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    rows: int,
    full: bool,
    sample_only: bool,
    home: Path | None,
    junit: Path | None,
    summary: Path | None,
    annotations: bool | None,
) -> int:
    """Check the project as a forge does: configuration, plugins, lock, tests, a run, the verdict.

    The run takes a sample and goes to a folder of its own: records, store and deployments of the
    project stay as they are, and nobody is alerted.
    """
    if context.invoked_subcommand is not None:
        return 0
    from fourstroke.ci.configuration import Asked  # noqa: PLC0415 - --help does not need it
    from fourstroke.ci.forge import Forge  # noqa: PLC0415
    from fourstroke.ci.steps import Options, run_steps  # noqa: PLC0415
    from fourstroke.cli.progress import progress  # noqa: PLC0415

    if full and sample_only:
        raise UsageError("all rows are no sample", where="--full --sample-only", hint="take one")
    forge, output = Forge.found(), invocation.output
    asked = Asked(
        root=invocation.folder().resolve(),
        environment=invocation.environment,
        overrides=tuple(invocation.overrides),
    )
    options = Options(
        names=[name for name in only or STEPS if name not in skip],
        left_out=skip,
        rows=None if full else rows,
        asks_all=not sample_only,
        home=home,
        is_fork=forge.is_fork,
        command=invocation.command,
    )
    if not options.names:
        raise UsageError("no step is left", where="--skip", hint=f"there are: {', '.join(STEPS)}")
    report = run_steps(
        asked,
        options,
        watching=lambda: progress(output, is_quiet=invocation.as_json),
        told=lambda result: None if invocation.as_json else _tell(output, result),
    )
    _write(report, forge, junit=junit, summary=summary)
    if forge.has_annotations if annotations is None else annotations:
        _annotate(invocation, report, asked.root, forge)
    if invocation.as_json:
        output.json({"exit_code": report.exit_code, "status": report.status, "report": report})
    else:
        _conclude(output, report)
    return report.exit_code


@ci.command("init")
@click.argument("forge", type=click.Choice(FORGES))
@click.option("--branch", default="main", show_default=True, help="The branch that is promoted.")
@click.option("--python", default="3.12", show_default=True, help="The version of Python.")
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    default=2000,
    show_default=True,
    help="Rows of the sample.",
)
@click.option("--force", is_flag=True, help="Write over a workflow that is there.")
@pass_invocation
def init(
    invocation: Invocation, *, forge: str, branch: str, python: str, rows: int, force: bool
) -> None:
    """Write a workflow for FORGE: github, gitlab or jenkins.

    With --env NAME, or FOURSTROKE_ENV, it also promotes on the main branch, by the records that the
    environment names.
    """
    from fourstroke.ci.workflows import workflow_of  # noqa: PLC0415 - --help does not need it

    made = workflow_of(
        forge,
        invocation.folder().resolve(),
        environment=invocation.environment,
        branch=branch,
        python=python,
        rows=rows,
    )
    made.write(force=force)
    if invocation.as_json:
        invocation.output.json({"file": made.file, "secrets": made.secrets, "next": made.steps})
        return
    invocation.output.line(("wrote    ", "good"), invocation.shown(made.file))
    for number, step in enumerate(made.steps):
        invocation.output.line(("         " if number else "next     ", "strong"), step)


def _tell(output: Output, result: StepResult) -> None:
    from fourstroke.cli.output import seconds  # noqa: PLC0415 - only where something is told

    mark, plain, colour = _MARKS[result.status]
    mark = mark if output.has_unicode else plain
    output.line(
        (f"{mark} {result.name.ljust(8)}", colour),
        f" {result.summary}",
        (f"  {seconds(result.seconds)}", "dim"),
    )
    for each in result.findings:
        if each.text in result.summary:
            continue
        line = f":{each.line}" if each.line else ""
        place = f"{each.file}{line}: " if each.file and each.file not in each.text else ""
        output.line(
            "    ",
            (f"{each.level}: ", "bad" if each.level == "error" else "doubt"),
            f"{place}{each.text}",
        )
    for text in result.detail.splitlines():
        output.line(("    | ", "dim"), text)


def _conclude(output: Output, report: CiReport) -> None:
    failed = [step.name for step in report.steps if step.status == "failed"]
    warned = [step.name for step in report.steps if step.status == "warned"]
    output.line()
    if failed:
        output.line(("failed   ", "bad"), f"{', '.join(failed)} (exit code {report.exit_code})")
    elif warned:
        output.line(("passed   ", "doubt"), f"with warnings of {', '.join(warned)}")
    else:
        output.line(("passed   ", "good"), f"{report.project}")


def _write(report: CiReport, forge: Forge, *, junit: Path | None, summary: Path | None) -> None:
    from fourstroke.ci.junit import as_junit  # noqa: PLC0415 - --help does not need it
    from fourstroke.ci.summary import as_summary  # noqa: PLC0415

    if junit is not None:
        _put(junit, as_junit(report), "w")
    if summary is not None:
        _put(summary, as_summary(report), "w")
    if forge.summary is not None:
        _put(forge.summary, as_summary(report), "a")


def _put(file: Path, text: str, mode: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open(mode, encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"it cannot be written: {error.strerror}", where=str(file)) from error


def _annotate(invocation: Invocation, report: CiReport, root: Path, forge: Forge) -> None:
    """Print workflow commands; beside JSON they go to the other stream, which GitHub reads, too."""
    from fourstroke.ci.annotations import as_annotations  # noqa: PLC0415 - --help does not need it

    for line in as_annotations(report, root, forge):
        if invocation.as_json:
            invocation.output.trace(line)
        else:
            invocation.output.text(line)
