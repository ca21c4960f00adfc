"""The commands that keep the store sound."""

from __future__ import annotations

import math
from pathlib import Path

import click

from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.output import size
from fourstroke.errors import UsageError

_FOUND_PROBLEMS = 1


@group()
def store() -> None:
    """Verify, clean, back up and restore what is kept."""


@store.command("verify")
@pass_invocation
def verify(invocation: Invocation) -> int:
    """Re-hash every object that a record refers to, and check the ledger. Exit code 1: problems."""
    with invocation.project() as project:
        problems = project.store.verify()
        objects = len(project.records.artifacts_in_use())
    if invocation.as_json:
        invocation.output.json({"problems": problems, "objects": objects})
    else:
        for problem in problems:
            invocation.output.line(("damaged  ", "bad"), problem)
        if not problems:
            invocation.output.line(("sound  ", "good"), f"{objects:,} objects and the ledger")
    return _FOUND_PROBLEMS if problems else 0


@store.command("gc")
@click.option("--apply", "is_applied", is_flag=True, help="Remove; without it nothing is changed.")
@click.option(
    "--grace-hours",
    type=click.FloatRange(min=0),
    default=24.0,
    show_default=True,
    help="Keep what is younger.",
)
@pass_invocation
def gc(invocation: Invocation, *, is_applied: bool, grace_hours: float) -> None:
    """Find objects that no record refers to, and remove them with --apply."""
    if not math.isfinite(grace_hours):
        raise UsageError(f"expected a number of hours, got {grace_hours}", where="--grace-hours")
    with invocation.project() as project:
        sweep = project.store.gc(apply=is_applied, grace_hours=grace_hours)
    if invocation.as_json:
        invocation.output.json(sweep)
        return
    young = f", {sweep.kept:,} more are too young" if sweep.kept else ""
    what = (
        f"{len(sweep.removed):,} objects, {size(sweep.size_bytes)}, and "
        f"{len(sweep.leftovers):,} leftovers of dead processes{young}"
    )
    if sweep.is_applied:
        invocation.output.line(("removed  ", "good"), what)
    elif sweep.removed or sweep.leftovers:
        invocation.output.line(("unused  ", "doubt"), what)
        invocation.output.line(("next    ", "strong"), invocation.fourstroke("store gc --apply"))
    else:
        invocation.output.line(("clean  ", "good"), f"nothing to remove{young}")


@store.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@pass_invocation
def backup(invocation: Invocation, *, file: Path) -> None:
    """Write records and objects into one new archive FILE."""
    with invocation.project() as project:
        written = project.store.backup(file)
    size_bytes = written.stat().st_size
    if invocation.as_json:
        invocation.output.json({"file": written, "size_bytes": size_bytes})
    else:
        invocation.output.line(
            ("wrote  ", "good"), f"{invocation.shown(written)}, {size(size_bytes)}"
        )


@store.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@pass_invocation
def restore(invocation: Invocation, *, file: Path) -> None:
    """Bring records and objects back from FILE, into a project that has none."""
    with invocation.project() as project:
        count = project.store.restore(file)
    if invocation.as_json:
        invocation.output.json({"file": file, "objects": count})
    else:
        invocation.output.line(("restored  ", "good"), f"{count:,} objects and the records")
