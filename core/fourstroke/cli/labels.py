"""The commands about labels: what became known later of rows that a model scored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.output import Output, moment

if TYPE_CHECKING:
    from fourstroke.outcome_labels import Labelled

_NAMED = 3


@group()
def labels() -> None:
    """Bring labels that became known later, and show how many rows have one."""


@labels.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--id", "column", default="", metavar="COLUMN", help="What labels come under.")
@click.option("--label", default="", metavar="COLUMN", help="Holds the labels; else the target.")
@pass_invocation
def add(invocation: Invocation, *, file: Path, column: str, label: str) -> None:
    """Bring the labels of FILE: a row each, with the id of a scored row and what turned out true.

    They may come late, twice, or corrected: the latest one of an id counts. The next `fourstroke
    monitor` looks again at the windows that they belong to.
    """
    with invocation.project() as project:
        found = project.labels.add(file, column=column, label=label, command=invocation.command)
    if invocation.as_json:
        invocation.output.json(found)
        return
    show_labels(invocation.output, found)
    invocation.output.line(("next     ", "strong"), invocation.fourstroke("monitor"))


def show_labels(output: Output, found: Labelled) -> None:
    """Print how many labels came, and by which column they find their rows."""
    twice = found.rows - found.labels
    more = f", {twice:,} of {found.rows:,} rows came twice: the lower one counts" if twice else ""
    told = f"{found.labels:,} of {found.model}, by {found.column}{more}"
    output.line(("labels   ", "strong"), told)
    if found.strange:
        count = sum(found.strange.values())
        named = ", ".join(map(repr, list(found.strange)[:_NAMED]))
        more = f" and {len(found.strange) - _NAMED:,} more" if len(found.strange) > _NAMED else ""
        verb = "label is" if count == 1 else "labels are"
        output.warn(
            f"{count:,} {verb} no class that {found.model} knows: {named}{more}; "
            "bring the rows again if they were mistyped, the latest label counts"
        )


@labels.command("list")
@pass_invocation
def list_labels(invocation: Invocation) -> None:
    """List what was brought, the latest first."""
    with invocation.project() as project:
        found = project.labels.batches()[::-1]
    if invocation.as_json:
        facts = [
            {"id": each.id, "model": each.model, "rows": each.rows, "run": each.run, "at": each.at}
            for each in found
        ]
        invocation.output.json({"labels": facts})
        return
    if not found:
        invocation.output.line("nobody has brought labels yet")
        invocation.output.line(("next     ", "strong"), invocation.fourstroke("labels add FILE"))
        return
    invocation.output.table(
        ("batch", "at (UTC)", "model", "labels", "run"),
        [(each.id, moment(each.at), each.model, each.rows, each.run) for each in found],
    )


@labels.command("coverage")
@pass_invocation
def coverage(invocation: Invocation) -> None:
    """Show of how many rows of each window the outcome was known at the last look."""
    with invocation.project() as project:
        found = project.labels.coverage()
    if invocation.as_json:
        invocation.output.json({"windows": found})
        return
    if not found:
        invocation.output.line("no window was looked at yet")
        invocation.output.line(("next     ", "strong"), invocation.fourstroke("monitor"))
        return
    invocation.output.table(
        ("version", "window", "rows", "labelled", "share", "looked at (UTC)"),
        [
            (
                each.version,
                each.window,
                each.rows,
                each.labelled,
                f"{each.labelled / each.rows:.0%}" if each.rows else "",
                moment(each.looked_at),
            )
            for each in found
        ],
    )
    behind = [each.window for each in found if each.is_behind]
    if behind:
        told = f"labels of {len(behind)} of these came since: the next look counts them"
        invocation.output.line(("newer    ", "strong"), (told, "doubt"))
        invocation.output.line(("next     ", "strong"), invocation.fourstroke("monitor"))
