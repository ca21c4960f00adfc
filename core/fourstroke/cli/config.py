"""The commands that show and check the project file."""

from __future__ import annotations

import click

from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation


@group()
def config() -> None:
    """Show and check the project file."""


@config.command("show")
@click.option("--origin", is_flag=True, help="Say of each value where it comes from.")
@pass_invocation
def show_config(invocation: Invocation, *, origin: bool) -> None:
    """Show every value in force; a secret stays the ${NAME} of its variable."""
    from fourstroke.config import flat, load_config  # noqa: PLC0415 - --help does not need it

    loaded = load_config(
        invocation.folder(),
        environment=invocation.environment,
        overrides=tuple(invocation.overrides),
    )
    entries, output = flat(loaded), invocation.output
    if invocation.as_json:
        output.json({"environment": loaded.environment, "entries": entries})
    elif origin:
        output.table(
            ("KEY", "VALUE", "FROM"),
            [(each.path, _shown(each.value), each.origin) for each in entries],
        )
    else:
        for each in entries:
            output.line(each.path, (" = ", "dim"), _shown(each.value))


@config.command("check")
@pass_invocation
def check_config(invocation: Invocation) -> None:
    """Check the project file and build every plugin that it names; no data is read."""
    project = invocation.project()
    project.check()
    tables = sum(len(tables) for tables in project.config.tables.values())
    if invocation.as_json:
        invocation.output.json({"project": project.name, "is_valid": True, "plugins": tables})
    else:
        invocation.output.line(("valid", "good"), f"  {project.name}: {tables} plugin tables")


@config.command("schema")
@pass_invocation
def schema(invocation: Invocation) -> None:
    """Print a JSON Schema of the project file, for editors."""
    from fourstroke.config import json_schema  # noqa: PLC0415 - --help does not need it

    invocation.output.json(json_schema())


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
