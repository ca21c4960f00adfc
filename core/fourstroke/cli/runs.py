"""The commands that look back: which runs there were, what each did, in what two of them differ."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import attrs
import click

from fourstroke.cli import names
from fourstroke.cli.differences import short, show_all, show_table
from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.output import moment, seconds, size, took
from fourstroke.cli.tags import tags_of
from fourstroke.engine.made_from import PATCH
from fourstroke.entities.run import RunKind, RunState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fourstroke.cli.output import Output
    from fourstroke.history import RunDetail
    from fourstroke.records.rows import StepRow

_MOST_SHOWN = 1_000_000
_SEARCH_HELP = """SEARCH is a word of the id, command, user, commit or message, or comparisons joined by
and, or, not: 'metrics.roc_auc > 0.8 and data = adult@v2', 'params.data.split.test in (0.2, 0.3)',
'tags.team = risk', 'state = failed and started >= 2026-05-01', 'command like "%--force%"'."""


@group()
def runs() -> None:
    """List, show and compare runs."""


@runs.command("list", epilog=_SEARCH_HELP)
@click.option(
    "--limit",
    type=click.IntRange(1, _MOST_SHOWN),
    default=20,
    show_default=True,
    help="How many at most.",
)
@click.option(
    "--state", type=click.Choice(get_args(RunState)), help="Only those that ended like this."
)
@click.option("--kind", type=click.Choice(get_args(RunKind)), help="Only those of this command.")
@click.option(
    "--sort",
    metavar="FIELD",
    default="",
    help="What to sort by, the highest first: metrics.roc_auc, 'metrics.loss asc'.",
)
@click.option(
    "--column",
    "columns",
    metavar="FIELD",
    multiple=True,
    help="Show this, too: metrics.NAME, params.NAME, tags.NAME or data; repeatable.",
)
@click.argument("search", nargs=-1)
@pass_invocation
def list_runs(
    invocation: Invocation,
    *,
    limit: int,
    state: str | None,
    kind: str | None,
    sort: str,
    columns: tuple[str, ...],
    search: tuple[str, ...],
) -> None:
    """List the latest runs, the newest first; only those that SEARCH finds."""
    from fourstroke.cli.found_runs import columns_of, table_of  # noqa: PLC0415 - imports SQLAlchemy

    text = " ".join(search)
    with invocation.project() as project:
        found = project.runs.search(text, state=state, kind=kind, sort=sort, limit=limit)
        asked = columns_of(text, sort, columns)
        metrics = project.runs.metrics(found) if asked or invocation.as_json else {}
    if invocation.as_json:
        told = [{**attrs.asdict(row), "metrics": metrics.get(row.run, {})} for row in found]
        invocation.output.json({"runs": told})
    elif found:
        invocation.output.table(*table_of(found, asked, metrics))
    elif text or state or kind:
        invocation.output.line(
            "no such run", ("  next: " + invocation.fourstroke("runs list"), "dim")
        )
    else:
        invocation.output.line("no runs yet", ("  next: " + invocation.fourstroke("run"), "dim"))


@runs.command("tag")
@click.argument("run", shell_complete=completed(names.runs))
@click.argument("tags", metavar="NAME=VALUE...", nargs=-1, required=True)
@pass_invocation
def tag_run(invocation: Invocation, *, run: str, tags: tuple[str, ...]) -> None:
    """Give RUN tags to search for; NAME= without a value takes one away."""
    given = tags_of(tags)
    with invocation.project() as project:
        project.runs.tag(run, given)
        row = project.runs.show(run).run
    if invocation.as_json:
        invocation.output.json({"run": row.run, "tags": row.tags})
        return
    invocation.output.line((f"run {row.run}  ", "strong"), _tags(row.tags) or "no tags")


@runs.command("show")
@click.argument("run", shell_complete=completed(names.runs))
@click.option(
    "--save",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the figures, tables and files that steps kept there.",
)
@click.option(
    "--environment", "origin", is_flag=True, help="Show Python, platform and distributions instead."
)
@click.option("--patch", is_flag=True, help="Show what git did not have instead.")
@pass_invocation
def show_run(
    invocation: Invocation, *, run: str, save: Path | None, origin: bool, patch: bool
) -> None:
    """Show one run, its steps, and what they kept. RUN may be the beginning of an id."""
    if origin or patch:
        with invocation.project() as project:
            facts = dict(project.runs.provenance(run).facts)
            text = project.runs.source(run).get(PATCH, "") if patch else ""
        _show_origin(invocation, facts, text if patch else None)
        return
    with invocation.project() as project:
        detail = project.runs.show(run)
        saved = () if save is None else project.runs.save(run, save)
    if invocation.as_json:
        invocation.output.json(detail)
        return
    _show_detail(invocation.output, detail)
    if saved:
        invocation.output.line()
    for path in saved:
        invocation.output.line(("wrote  ", "good"), invocation.shown(path))


def _show_detail(output: Output, detail: RunDetail) -> None:
    row = detail.run
    output.line((f"run {row.run}", "strong"), f"  {row.state}")
    output.facts(
        {
            "kind": row.kind,
            "started": f"{moment(row.started)} UTC",
            "took": took(row),
            "user": row.user,
            "command": row.command,
            "environment": row.environment,
            "commit": f"{row.commit} with changes" if row.commit and row.dirty else row.commit,
            "seed": row.seed,
            "data": ", ".join(row.data),
            "tags": _tags(row.tags),
            "message": row.message,
        }
    )
    if detail.steps:
        output.line()
        output.table(
            ("STEP", "STATE", "TOOK", "PLUGIN", "SUMMARY"),
            [
                (
                    step.fact.name,
                    step.fact.state,
                    seconds(step.fact.seconds),
                    step.fact.plugin,
                    step.fact.summary or step.fact.reason,
                )
                for step in detail.steps
                if step.fact.stage != "observe"
            ],
        )
    if watching := [step.fact for step in detail.steps if step.fact.stage == "observe"]:
        output.line()
        output.table(
            ("OBSERVER", "STATE", "PLUGIN", "WHAT WENT WRONG"),
            [(each.name, each.state, each.plugin, each.summary) for each in watching],
        )
    for step in detail.steps:
        _show_said(output, step)
    if detail.metrics:
        output.line()
        output.table(("STEP", "METRIC", "VALUE"), list(_points(detail.metrics)))
    if kept := list(_kept(detail)):
        output.line()
        output.table(("STEP", "KEPT", "KIND", "FILE", "SIZE"), kept)


def _show_origin(invocation: Invocation, facts: dict[str, Any], patch: str | None) -> None:
    output = invocation.output
    if patch is not None:
        if invocation.as_json:
            output.json({"patch": patch})
        else:
            output.text(patch)
        return
    if invocation.as_json:
        output.json(facts)
        return
    distributions = facts.pop("distributions", {})
    output.facts(facts)
    if distributions:
        output.line()
        output.table(("DISTRIBUTION", "VERSION"), list(distributions.items()))


def _show_said(output: Output, step: StepRow) -> None:
    """Show what a step said: what went wrong in it, with where in its author's code it did."""
    if not step.messages:
        return
    output.line()
    is_bad = step.fact.state in {"failed", "blocked"}
    output.line((step.fact.name, "bad" if is_bad else "strong"))
    for message in step.messages:
        for line in message.splitlines():
            output.line(f"  {line}")


@runs.command("compare")
@click.argument("first", shell_complete=completed(names.runs))
@click.argument("second", shell_complete=completed(names.runs))
@click.option("--code", is_flag=True, help="Show the changed lines of the project's files.")
@click.option("--results", is_flag=True, help="Show digests of what steps gave, too.")
@pass_invocation
def compare_runs(
    invocation: Invocation, *, first: str, second: str, code: bool, results: bool
) -> None:
    """Show in what two runs differ: settings, data, metrics, code and environment."""
    if code:
        with invocation.project() as project:
            diff = project.runs.code_difference(first, second)
        if invocation.as_json:
            invocation.output.json({"first": first, "second": second, "diff": diff})
        else:
            invocation.output.text(diff)
        return
    with invocation.project() as project:
        differences = project.runs.compare(first, second)
    if invocation.as_json:
        invocation.output.json({"first": first, "second": second, "differences": differences})
        return
    hidden = show_all(invocation.output, differences, first, second, results=results)
    if hidden:
        again = invocation.fourstroke(shlex.join(["runs", "compare", first, second, "--results"]))
        invocation.output.line()
        invocation.output.line((f"{hidden} results differ, too: {again}", "dim"))


@runs.command("reproduce")
@click.argument("run", shell_complete=completed(names.runs))
@pass_invocation
def reproduce_run(invocation: Invocation, *, run: str) -> int:
    """Execute RUN again as it was recorded, and say whether every result is identical."""
    from fourstroke.cli.progress import progress  # noqa: PLC0415 - --help does not need it

    with (
        invocation.project() as project,
        progress(invocation.output, is_quiet=invocation.as_json) as listener,
    ):
        found = project.runs.reproduce(run, listener=listener)
    output = invocation.output
    for error in found.errors:
        output.fault(error, debug=invocation.debug)
    if invocation.as_json:
        output.json({**attrs.asdict(found, recurse=False), "identical": found.is_identical})
        return 0 if found.is_identical else 1
    output.line()
    odd = [match for match in found.matches if not match.is_same]
    if odd:
        rows = [
            (each.step, each.output, short(each.recorded), short(each.found) or "nothing")
            for each in odd
        ]
        output.table(("STEP", "RESULT", "RECORDED", "NOW"), rows)
        output.line()
    if found.environment and odd:
        show_table(output, found.environment, "RECORDED", "NOW")
        output.line()
    for note in found.notes:
        output.line(("note     ", "strong"), note)
    steps = len({match.step for match in found.matches})
    told = f"{len(found.matches)} results of {steps} steps"
    if found.is_identical:
        output.line(("verdict  ", "strong"), (f"identical: {told}", "good"))
        return 0
    output.line(("verdict  ", "strong"), (f"{len(odd)} of {told} differ", "bad"))
    return 1


def _tags(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(tags.items()))


def _points(metrics: dict[str, dict[str, float]]) -> Iterator[tuple[str, str, float]]:
    for step, values in metrics.items():
        for name, value in values.items():
            yield step, name, value


def _kept(detail: RunDetail) -> Iterator[tuple[str, str, str, str, str]]:
    for step in detail.steps:
        for item in step.attachments:
            for file in item.artifact.files:
                yield step.fact.name, item.name, item.kind, file.name, size(file.size_bytes)
