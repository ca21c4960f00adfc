"""The commands that show, explain and check the project file."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

import click

from fourstroke.cli import names
from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed

if TYPE_CHECKING:
    from fourstroke.config import Config
    from fourstroke.project import Project


@group()
def config() -> None:
    """Show, explain and check the project file."""


@config.command("show")
@click.option("--origin", is_flag=True, help="Say of each value where it comes from.")
@pass_invocation
def show_config(invocation: Invocation, *, origin: bool) -> None:
    """Show every value in force; a secret stays the ${NAME} of its variable."""
    from fourstroke.config import flat  # noqa: PLC0415 - --help does not need it

    loaded = _loaded(invocation)
    entries, output = flat(loaded), invocation.output
    if invocation.as_json:
        output.json({"environment": loaded.environment, "entries": entries})
    elif origin:
        output.table(
            ("KEY", "VALUE", "FROM"),
            [(each.path, written(each.value), each.origin) for each in entries],
        )
    else:
        for each in entries:
            output.line(each.path, (" = ", "dim"), written(each.value))


@config.command("explain")
@click.argument("key", shell_complete=completed(names.keys))
@pass_invocation
def explain_key(invocation: Invocation, *, key: str) -> None:
    """Explain one KEY: value, origin, type, meaning, and the variable that would set it.

    KEY is written as `fourstroke config show` prints it, or with the index of an entry:
    data.prepare[0].use.
    """
    from fourstroke.explanation import explain  # noqa: PLC0415 - --help does not need it

    found, output = explain(_loaded(invocation), key), invocation.output
    if invocation.as_json:
        output.json(found)
        return
    output.line((found.key, "strong"))
    unset = "(not set, and it has to be)" if found.is_required else "(not set)"
    output.facts(
        {
            "value": unset if found.value is None else written(found.value),
            "origin": found.origin if found.value is not None else "",
            "type": found.type,
            "help": found.help,
            "plugin": found.plugin,
            "variable": found.variable + (" (set)" if found.is_variable_set else ""),
            "secrets": ", ".join(
                f"{each.variable} ({'set' if each.is_set else 'not set'})" for each in found.secrets
            ),
        }
    )


@config.command("check")
@pass_invocation
def check_config(invocation: Invocation) -> None:
    """Check the project file, its plugins, their settings and secrets; no data is read."""
    from fourstroke.approvals import doubts  # noqa: PLC0415 - --help does not need it
    from fourstroke.config.addresses import secrets_of  # noqa: PLC0415 - as above
    from fourstroke.config.watching import remarks  # noqa: PLC0415 - as above

    project, output = invocation.project(), invocation.output
    project.check()
    today = dt.datetime.now(dt.UTC).date()
    doubted = doubts(project.config.policy, today)
    remarked = [*_idle_waivers(project), *doubted, *remarks(project.config)]
    plugins = sum(len(tables) for tables in project.config.tables.values())
    secrets = secrets_of(project.config)
    if invocation.as_json:
        output.json(
            {
                "project": project.name,
                "environment": project.config.environment,
                "is_valid": True,
                "plugins": plugins,
                "secrets": secrets,
                "remarks": remarked,
            }
        )
        return
    needed = f", {len({each.variable for each in secrets})} secrets set" if secrets else ""
    output.line(("valid", "good"), f"  {project.name}: {plugins} plugin tables{needed}")
    for remark in remarked:
        output.warn(remark)


@config.command("schema")
@pass_invocation
def schema(invocation: Invocation) -> None:
    """Print a JSON Schema of the project file, for editors."""
    from fourstroke.config import json_schema  # noqa: PLC0415 - --help does not need it

    invocation.output.json(json_schema())


def written(value: object) -> str:
    """Write a value nearly as the project file would."""
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _idle_waivers(project: Project) -> tuple[str, ...]:
    """Tell of waivers that do nothing.

    What checks are called is known from the latest verdict; before the first one nothing is said of it,
    and neither if the records cannot be read now: that is no fault of the file.
    """
    from fourstroke.cycles.waiving import idle  # noqa: PLC0415 - --help does not need it
    from fourstroke.errors import FourstrokeError  # noqa: PLC0415 - as above

    config, known = project.config, list[str]()
    if not config.policy.waive:
        return ()
    if config.home.exists():
        with contextlib.suppress(FourstrokeError):
            verdicts = project.records.verdicts(config.model)
            known = [check.name for each in verdicts[-1:] for check in each.verdict.checks]
    steps = [table.name for table in config.tables.get("validate", ())]
    return idle(config.policy.waive, steps, known)


def _loaded(invocation: Invocation) -> Config:
    from fourstroke.config import load_config  # noqa: PLC0415 - --help does not need it

    return load_config(
        invocation.folder(),
        environment=invocation.environment,
        overrides=tuple(invocation.overrides),
    )
