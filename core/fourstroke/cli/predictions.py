"""The commands of the prediction log: what was asked and answered, by services and in batches."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

import attrs
import click

from fourstroke.cli.ages import is_age, since_of
from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.output import moment, size
from fourstroke.cli.times import time_of
from fourstroke.entities.operations import Role
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.prediction_log.log import PredictionLog

_ROLES: Final = get_args(Role)
_model = click.option("--model", default="", help="Another model than the project's.")
_since = click.option(
    "--since", metavar="WHEN", help="From a day, a time or an age on: 2026-05-01, 7d."
)
_until = click.option("--until", metavar="WHEN", help="Until before a day, a time or an age.")
_version = click.option("--version", metavar="VERSION", help="Its number, or an alias.")
_role = click.option("--role", type=click.Choice(_ROLES), help="As what the version was asked.")


@group()
def predictions() -> None:
    """Count, list, show, export, compact and purge what was asked and answered."""


@predictions.command("count")
@_model
@_since
@pass_invocation
def count(invocation: Invocation, *, model: str, since: str | None) -> None:
    """Count rows by day, version and role, those that are not logged, and requests that got no answer."""
    with invocation.project() as project:
        log = project.predictions
        _take_in(invocation, log, model)
        found = log.count(model, since=_when(since, "--since"))
        waiting = log.waiting(model)
    output = invocation.output
    if invocation.as_json:
        days = [{**attrs.asdict(each), "answered": each.answered} for each in found]
        output.json({"days": days, "waiting": waiting})
        return
    heads = (
        "DAY",
        "VERSION",
        "ROLE",
        "ROWS",
        "BATCHES",
        "LEFT OUT",
        "DROPPED",
        "DAMAGED",
        "SAMPLE",
        "FAILED",
        "REFUSED",
    )
    output.table(
        heads,
        [
            (
                each.day,
                f"v{each.version}",
                each.role,
                f"{each.rows:,}",
                f"{each.batches:,}",
                f"{each.left_out:,}",
                f"{each.dropped:,}",
                f"{each.damaged:,}",
                f"{each.sample:g}",
                "" if each.traffic is None else f"{each.traffic.failed:,}",
                "" if each.traffic is None else f"{each.traffic.refused:,}",
            )
            for each in found
        ],
    )
    total, dropped = sum(each.rows for each in found), sum(each.dropped for each in found)
    output.line()
    output.line(("rows     ", "strong"), f"{total:,}")
    if dropped:
        output.line(("dropped  ", "strong"), (f"{dropped:,}: the disk was full or slow", "bad"))
    if waiting.segments:
        what = f"{size(waiting.size_bytes)} in journals of living services"
        output.line(("waiting  ", "strong"), what)


@predictions.command("list")
@_model
@_version
@_role
@_since
@_until
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@pass_invocation
def list_(invocation: Invocation, *, model: str, limit: int, **given: Any) -> None:
    """List batches, the latest first."""
    with invocation.project() as project:
        _take_in(invocation, project.predictions, model)
        found = project.predictions.batches(model, **_conditions(given))
    shown = found[::-1][:limit]
    if invocation.as_json:
        invocation.output.json([_batch(row) for row in shown])
        return
    invocation.output.table(
        ("BATCH", "VERSION", "ROLE", "ROWS", "FROM", "TO", "RUN"),
        [
            (
                row.id,
                f"v{row.version}",
                row.role,
                f"{row.rows:,}",
                moment(row.first_at),
                moment(row.last_at),
                row.run,
            )
            for row in shown
        ],
    )
    if len(shown) < len(found):
        more = f"and {len(found) - len(shown):,} more: --limit {len(found)} shows them"
        invocation.output.line((more, "dim"))


@predictions.command("show")
@click.argument("batch", type=int)
@click.option("--rows", type=click.IntRange(1), default=10, show_default=True, help="How many.")
@_model
@pass_invocation
def show(invocation: Invocation, *, batch: int, rows: int, model: str) -> None:
    """Show the first rows of BATCH with what was answered; BATCH is a number of `list`."""
    with invocation.project() as project:
        log = project.predictions
        known = {row.id: row for row in log.batches(model)}
        if batch not in known:
            raise UsageError(
                f"batch {batch} is not in the prediction log",
                hint=invocation.fourstroke("predictions list"),
            )
        row, columns = known[batch], log.cells(known[batch], rows)
    if invocation.as_json:
        invocation.output.json({**_batch(row), "cells": columns})
        return
    invocation.output.facts(
        {
            "batch": row.id,
            "scored by": f"{row.model}@v{row.version}, {row.role}",
            "rows": f"{row.rows:,}",
            "from": moment(row.first_at),
            "to": moment(row.last_at),
            "sample": "" if row.sample == 1 else f"{row.sample:g} of requests",
            "journal": row.segment,
        }
    )
    invocation.output.line()
    cells = [["" if each is None else each for each in column] for column in columns.values()]
    invocation.output.table(tuple(columns), [*zip(*cells, strict=True)])


@predictions.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_model
@_version
@_role
@_since
@_until
@pass_invocation
def export(invocation: Invocation, *, folder: Path, model: str, **given: Any) -> None:
    """Write rows as Parquet into a new FOLDER: version=3/day=2026-05-01/role=champion/part-0.parquet."""
    with invocation.project() as project:
        _take_in(invocation, project.predictions, model)
        written = project.predictions.export(folder, model, **_conditions(given))
    if invocation.as_json:
        invocation.output.json({"files": written})
        return
    for path in written:
        invocation.output.line(("wrote  ", "good"), invocation.shown(path))


@predictions.command("compact")
@_model
@_since
@_until
@pass_invocation
def compact(invocation: Invocation, *, model: str, since: str | None, until: str | None) -> None:
    """Merge the small batches of each quarter of an hour; every window keeps its rows."""
    with invocation.project() as project:
        _take_in(invocation, project.predictions, model)
        done = project.predictions.compact(
            model, since=_when(since, "--since"), until=_when(until, "--until")
        )
    if invocation.as_json:
        invocation.output.json(done)
    elif done.before:
        what = f"{done.before:,} batches, which are {done.after:,} now, {done.rows:,} rows"
        invocation.output.line(("merged  ", "good"), what)
        invocation.output.line(("next    ", "strong"), invocation.fourstroke("store gc --apply"))
    else:
        invocation.output.line(("nothing  ", "good"), "no two batches belong together")


@predictions.command("purge")
@click.option("--before", metavar="WHEN", help="What is older than a day or a time.")
@click.option("--keep", metavar="AGE", default="", help="What is older than an age, such as 90d.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@click.option("--why", metavar="TEXT", default="", help="The reason, for the ledger.")
@_model
@pass_invocation
def purge(
    invocation: Invocation,
    *,
    before: str | None,
    keep: str,
    dry_run: bool,
    why: str,
    model: str,
) -> None:
    """Remove rows that are older than [operations.log] keep, or than what is said here, for good."""
    if before is not None and keep:
        raise UsageError("it is said twice how old", hint="give --before or --keep")
    if keep and not is_age(keep):
        raise UsageError(f"expected an age, got {keep!r}", where="--keep", hint="90d, 12h or 4w")
    moment_before = None if before is None else time_of(before, "--before")
    with invocation.project() as project:
        _take_in(invocation, project.predictions, model)
        done = project.predictions.purge(
            model, before=moment_before, keep=keep, why=why, apply=not dry_run
        )
    if invocation.as_json:
        invocation.output.json(done)
        return
    what = f"{done.rows:,} rows in {done.batches:,} batches from before {moment(done.before)}"
    if dry_run:
        invocation.output.line(("would go  ", "doubt"), what)
        return
    invocation.output.line(("removed  ", "good"), what)
    if done.batches:
        invocation.output.line(("next     ", "strong"), invocation.fourstroke("store gc --apply"))


def _take_in(invocation: Invocation, log: PredictionLog, model: str) -> None:
    """Take in what services left behind, and tell what is damaged."""
    for problem in log.take_in(model).problems:
        invocation.output.warn(problem)


def _when(text: str | None, where: str) -> dt.datetime | None:
    return None if text is None else since_of(text, where)


def _conditions(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": given["version"],
        "role": given["role"],
        "since": _when(given["since"], "--since"),
        "until": _when(given["until"], "--until"),
    }


def _batch(row: Any) -> dict[str, Any]:
    """Tell a batch without its artifacts' files."""
    names = ("id", "model", "version", "role", "rows", "first_at", "last_at", "sample", "run")
    return {**{name: getattr(row, name) for name in names}, "segment": row.segment}
