"""The commands of the catalog: which data sets were published, and their versions."""

from __future__ import annotations

import click

from fourstroke.cli import names
from fourstroke.cli.data_catalog import demote, describe, promote, search, site
from fourstroke.cli.data_checks import check, contract, leakage, quarantine
from fourstroke.cli.data_versions import diff, export, get, history, profile, where
from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.output import moment


@group()
def data() -> None:
    """List, show, compare and check data sets."""


for _each in (
    *(check, contract, leakage, quarantine),
    *(profile, get, export, diff, history, where),
    *(describe, search, promote, demote, site),
):
    data.add_command(_each)


@data.command("list")
@pass_invocation
def list_data(invocation: Invocation) -> None:
    """List the published data sets, each with its latest version."""
    with invocation.project() as project:
        latest = [dataset.versions()[-1] for dataset in project.datasets.values()]
        entries = {entry.name: entry for entry in project.catalog.entries()}
    if invocation.as_json:
        invocation.output.json({"datasets": latest})
    elif latest:
        invocation.output.table(
            ("DATA SET", "VERSION", "LAYER", "ROWS", "COLUMNS", "OWNER", "PUBLISHED (UTC)", "RUN"),
            [
                (
                    row.name,
                    row.version,
                    entries[row.name].latest.layer,
                    row.rows,
                    len(row.columns),
                    entries[row.name].card.owner,
                    moment(row.created),
                    row.run,
                )
                for row in latest
            ],
        )
    else:
        invocation.output.line(
            "no data set yet", ("  next: " + invocation.fourstroke("run"), "dim")
        )


@data.command("show")
@click.argument("name", shell_complete=completed(names.datasets))
@pass_invocation
def show_data(invocation: Invocation, *, name: str) -> None:
    """Show the versions of one data set, and how to load it."""
    with invocation.project() as project:
        versions = project.datasets[name].versions()
    output, latest = invocation.output, versions[-1]
    if invocation.as_json:
        output.json({"name": name, "versions": versions})
        return
    output.table(
        ("VERSION", "ROWS", "COLUMNS", "DIGEST", "PUBLISHED (UTC)", "RUN"),
        [
            (row.version, row.rows, len(row.columns), row.digest[:19], moment(row.created), row.run)
            for row in versions
        ],
    )
    output.line()
    output.line(("columns  ", "strong"), ", ".join(latest.columns))
    output.line(("load     ", "strong"), f'fourstroke.load("{name}@{latest.version}")')
