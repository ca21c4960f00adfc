"""The command that explains a model, in general and for single rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourstroke.cli import names
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.version_reference import version_reference
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.cli.output import Output
    from fourstroke.entities.facts import Section

_MOST_LINES = 15


@command("explain")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("version", callback=version_reference, required=False)
@click.option("--key", metavar="COLUMN=VALUE", help="Which row: id=42.")
@click.option(
    "--row", "rows", type=click.IntRange(min=0), multiple=True, help="A row by its number, from 0."
)
@click.option(
    "--data",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take rows from this file, as predict would; without it from the held-out rows.",
)
@pass_invocation
def explain(
    invocation: Invocation,
    *,
    model: str,
    version: int | str | None,
    key: str | None,
    rows: tuple[int, ...],
    file: Path | None,
) -> None:
    """Say which columns MODEL goes by, or why it says what it says of single rows.

    Of VERSION, or of the champion. Without a row it tells what the run found out that trained it. With
    --key the row is looked for among those held out, and then in all that the version scored.
    """
    pair = None if key is None else _pair(key)
    if pair is not None and rows:
        raise UsageError("--key and --row name rows in two ways", hint="give one of them")
    with invocation.project() as project:
        found = (
            project.models[model].champion if version is None else project.models[model][version]
        )
        chosen = None
        if pair is not None or rows or file is not None:
            chosen = found.rows(key=pair, numbers=rows, file=file)
        sections = found.explain(chosen)
    if invocation.as_json:
        invocation.output.json({"model": model, "version": found.version, "sections": sections})
    elif sections:
        for section in sections:
            _tell(invocation.output, section)
    else:
        invocation.output.line(f"the run of {model}@v{found.version} explained nothing")


def _pair(key: str) -> tuple[str, str]:
    column, sign, value = key.partition("=")
    if not sign:
        raise UsageError(f"{key!r} names no row", hint="write column=value, such as id=42")
    return column, value


def _tell(output: Output, section: Section) -> None:
    """Print a section; what it draws is in its tables too, or in the report."""
    output.line((section.title, "strong"))
    output.paragraph(section.text)
    for table in section.tables:
        if table.title:
            output.line()
            output.line((table.title, "strong"))
        output.table([name.upper() for name in table.columns], table.rows[:_MOST_LINES])
        if len(table.rows) > _MOST_LINES:
            output.line((f"and {len(table.rows) - _MOST_LINES:,} more: --json has all", "dim"))
    if section.charts and not section.tables:
        output.line((f"{len(section.charts)} pictures: in the report of the run", "dim"))
    output.line()
