"""The command that puts a plugin to use: it edits the project file and tries the backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fourstroke.cli import names
from fourstroke.cli.config import written
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.output import size
from fourstroke.errors import FourstrokeError

if TYPE_CHECKING:
    from fourstroke.choosing import Changed, Prepared


@command()
@click.argument("stage", shell_complete=completed(names.kinds))
@click.argument("plugin")
@click.option("--no-probe", is_flag=True, help="Do not try it; secrets need not be set.")
@pass_invocation
def use(invocation: Invocation, *, stage: str, plugin: str, no_probe: bool) -> None:
    """Use a plugin: edit fourstroke.toml in place, and try the backend before anything is written.

    STAGE is a stage or service (storage, executor, train, ...), or STAGE:NAME for one of several
    tables. PLUGIN is what stands after `use`. Each --set is a setting of it, and with --env NAME
    the table of that environment is changed. `fourstroke use records URL` sets the database.
    """
    from fourstroke.choice import Choice  # noqa: PLC0415 - --help does not need it
    from fourstroke.choosing import prepare  # noqa: PLC0415

    overrides, environment = tuple(invocation.overrides), invocation.environment or ""
    choice = Choice.of(stage, plugin, overrides, environment)
    prepared = prepare(invocation.folder(), choice, needs_secrets=not no_probe)
    if not prepared.is_needed:
        _tell(invocation, prepared, "")
        return
    try:
        probed = "" if no_probe else prepared.probe()
    except FourstrokeError as error:
        error.where = error.where or f"{stage} {plugin}"
        error.hint = "; ".join(filter(None, [error.hint, "fourstroke.toml is as it was"]))
        raise
    left = _left_behind(invocation, prepared)
    prepared.write()
    _tell(invocation, prepared, probed, left)


def _tell(invocation: Invocation, prepared: Prepared, probed: str, left: str = "") -> None:
    output = invocation.output
    if prepared.outvoted:
        output.warn(f"{prepared.outvoted} is set, and lies over what stands in fourstroke.toml")
    for name in prepared.dropped:
        output.warn(f"{name} was in force as long as the file had no table, and is not now")
    if invocation.as_json:
        output.json({"changes": prepared.changes, "probe": probed, "left_behind": left})
        return
    if not prepared.is_needed:
        output.line("fourstroke.toml says so already: nothing was changed")
    for each in prepared.changes:
        output.line(_line(each))
    if probed:
        output.line(("probe", "good"), f"  {probed}")
    if left:
        output.line(("note", "strong"), f"   {left}")


def _line(each: Changed) -> str:
    before = "(not there)" if each.before is None else written(each.before)
    after = "(not there)" if each.after is None else written(each.after)
    return f"{each.origin}  {each.key}  {before} -> {after}"


def _left_behind(invocation: Invocation, prepared: Prepared) -> str:
    """Say what a change of storage leaves where it is; not to know it is no reason to stop."""
    try:
        found = prepared.left_behind()
    except (FourstrokeError, OSError) as error:
        invocation.output.warn(f"the storage before could not be looked at: {error}")
        return ""
    if not found or not found[0]:
        return ""
    count, size_bytes = found
    objects = f"{count:,} object{'s' if count > 1 else ''}"
    volume = "" if size_bytes is None else f" ({size(size_bytes)})"
    verb = "stay" if count > 1 else "stays"
    return f"{objects}{volume} {verb} in the storage before: nothing is copied"
