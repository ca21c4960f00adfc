"""The commands about versions of data: what is in them, in what they differ, and files of them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import click

from fourstroke.cli import names
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.output import moment, size
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.catalog import Dataset
    from fourstroke.cli.output import Output
    from fourstroke.entities.profile import ColumnProfile, TableDifference, TableProfile
    from fourstroke.project import Project

_BARS = " ▁▂▃▄▅▆▇█"
_WIDTH = 10
_TOP = 3

_data = click.argument("data", metavar="NAME[@VERSION]", shell_complete=completed(names.datasets))
_output = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it."
)
_force = click.option("--force", is_flag=True, help="Replace a file that is there.")


def _found(project: Project, reference: str) -> tuple[Dataset, str | None]:
    name, _, version = reference.partition("@")
    return project.datasets[name], version or None


def _refuse_to_replace(path: Path, *, force: bool) -> None:
    if path.exists() and not force:
        raise UsageError("it is there already", where=str(path), hint="--force replaces it")
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", where=str(path.parent))


# What `export` writes: under such a name the file of the store would not be what it says.
_OTHER_FORMATS = frozenset({".csv", ".tsv", ".jsonl", ".xlsx"})


@command()
@_data
@_output
@_force
@pass_invocation
def get(invocation: Invocation, *, data: str, output: Path | None, force: bool) -> None:
    """Write a version's own file, byte for byte as it is stored: the same on every machine."""
    with invocation.project() as project:
        dataset, version = _found(project, data)
        row = dataset.row(version)
        path = output or Path(f"{row.name}-v{row.version}.parquet")
        if path.suffix.lower() in _OTHER_FORMATS:
            reference = f"{row.name}@{row.version}"
            raise UsageError(
                f"the version's own file is no {path.suffix}",
                where=str(path),
                hint=invocation.fourstroke(f"data export {reference} -o {shlex.quote(str(path))}"),
            )
        _refuse_to_replace(path, force=force)
        digest = dataset.get(path, row.version)
    if invocation.as_json:
        invocation.output.json({"file": str(path), "digest": digest, "version": row.version})
        return
    invocation.output.line(("wrote    ", "good"), f"{path}, {size(path.stat().st_size)}")
    invocation.output.line(("digest   ", "strong"), digest)


@command()
@_data
@_output
@_force
@pass_invocation
def export(invocation: Invocation, *, data: str, output: Path | None, force: bool) -> None:
    """Write a version as .csv, .tsv, .jsonl, .parquet or .xlsx, as the name of the file says."""
    with invocation.project() as project:
        dataset, version = _found(project, data)
        row = dataset.row(version)
        path = output or Path(f"{row.name}-v{row.version}.csv")
        _refuse_to_replace(path, force=force)
        rows = dataset.export(path, row.version)
    if invocation.as_json:
        invocation.output.json({"file": str(path), "rows": rows, "version": row.version})
        return
    invocation.output.line(("wrote    ", "good"), f"{path}, {rows:,} rows")


@command()
@_data
@click.option("--column", "columns", multiple=True, help="Only this column; repeatable.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write a page with pictures, which needs nothing else.",
)
@pass_invocation
def profile(
    invocation: Invocation, *, data: str, columns: tuple[str, ...], html: Path | None
) -> None:
    """Show what is in a version at a glance: types, missing cells, ends, quantiles, frequent values."""
    with invocation.project() as project:
        dataset, version = _found(project, data)
        row = dataset.row(version)
        found = dataset.profile(row.version)
        unknown = [name for name in columns if found.column(name) is None]
        if unknown:
            raise UsageError(f"there is no column {unknown[0]!r}", where=data)
        if columns:
            kept = tuple(column for column in found.columns if column.name in columns)
            found = attrs.evolve(found, columns=kept)
        if html is not None:
            dataset.write_profile(html, row.version, found)
    title = f"{row.name}@v{row.version}"
    if invocation.as_json:
        invocation.output.json({"data": title, **attrs.asdict(found)})
        return
    if html is not None:
        invocation.output.line(("wrote    ", "good"), str(html))
        return
    _show_profile(invocation.output, title, found)


def _show_profile(output: Output, title: str, found: TableProfile) -> None:
    output.line((title, "strong"), f"  {found.rows:,} rows, {len(found.columns):,} columns")
    output.line()
    output.table(
        ("COLUMN", "TYPE", "MISSING", "DISTINCT", "", "LOW", "MEDIAN", "HIGH", "MOST FREQUENT"),
        [_profile_row(column) for column in found.columns],
    )
    if any(not column.is_exact for column in found.columns):
        output.line()
        output.line(("~ is an estimate: distinct within some 3 %, the median within 1 %", "dim"))


def _profile_row(column: ColumnProfile) -> tuple[object, ...]:
    about = "" if column.is_exact else "~"
    missing = "" if not column.missing else f"{column.missing / column.rows:.2%}"
    if column.infinite:
        missing += f" {column.infinite:,} infinite"
    median = column.quantiles.get("0.5")
    return (
        column.name,
        column.family,
        missing,
        f"{about}{column.distinct:,}",
        _sparkline(column),
        _brief(column.least),
        "" if median is None else f"{about}{_brief(median)}",
        _brief(column.largest),
        "" if column.mean is not None and not column.is_exact else _frequent(column),
    )


def _sparkline(column: ColumnProfile) -> str:
    counts = [bar.count for bar in column.histogram] or list(column.months.values())
    if len(counts) < 2:  # noqa: PLR2004 - one bar shows nothing
        return ""
    step = max(1, -(-len(counts) // _WIDTH))
    bars = [sum(counts[start : start + step]) for start in range(0, len(counts), step)]
    most = max(bars)
    return "".join(_BARS[-(-bar * (len(_BARS) - 1) // most)] for bar in bars)


def _frequent(column: ColumnProfile) -> str:
    first = column.top[:_TOP]
    cells = column.rows - column.missing
    return ", ".join(
        f"{value} {count / cells:.0%}" for value, count in first if count * 100 >= cells
    )


def _brief(value: Any) -> str:
    if isinstance(value, str):
        return value[:10] if "T" in value else value
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


@command()
@click.argument("before", metavar="NAME@VERSION", shell_complete=completed(names.datasets))
@click.argument("after", metavar="[NAME@]VERSION", default="latest")
@click.option(
    "--key",
    multiple=True,
    help="A column that says which rows belong together; repeatable. The task's id if there is one.",
)
@click.option("--no-key", is_flag=True, help="Compare whole rows.")
@pass_invocation
def diff(
    invocation: Invocation, *, before: str, after: str, key: tuple[str, ...], no_key: bool
) -> None:
    """Show in what two versions differ: columns, rows, cells, distributions."""
    with invocation.project() as project:
        dataset, first = _found(project, before)
        name, _, second = after.partition("@") if "@" in after else (dataset.name, "", after)
        if name != dataset.name:
            raise UsageError("both are versions of one data set", where=after)
        if first is None:
            raise UsageError("say which version", where=before, hint=f"{before}@1")
        old, new = dataset.row(first), dataset.row(second)
        asked = [] if no_key else (list(key) or None)
        found = dataset.compare(old.version, new.version, key=asked)
    title = f"{dataset.name} v{old.version} -> v{new.version}"
    if invocation.as_json:
        invocation.output.json({"data": title, "empty": found.is_empty, **attrs.asdict(found)})
        return
    _show_difference(invocation.output, title, found)


def _show_difference(output: Output, title: str, found: TableDifference) -> None:
    if found.is_empty:
        output.line((title, "strong"), "  no difference")
        return
    by = f"by {', '.join(found.key)}" if found.key else "as whole rows"
    output.line((title, "strong"), f"  {found.rows_before:,} -> {found.rows_after:,} rows, {by}")
    output.facts(
        {
            "added": f"{found.added:,} rows",
            "removed": f"{found.removed:,} rows",
            "changed": f"{found.changed:,} rows" if found.key else "",
        }
    )
    schema = [each for each in found.columns if each.what in {"added", "removed", "type"}]
    if schema:
        output.line()
        output.table(
            ("COLUMN", "WHAT", "BEFORE", "AFTER"),
            [(each.name, each.what, each.before, each.after) for each in schema],
        )
    others = [each for each in found.columns if each not in schema]
    if others:
        output.line()
        output.table(
            ("COLUMN", "CELLS CHANGED", "DISTANCE", "BEFORE", "AFTER", "EXAMPLES"),
            [
                (
                    each.name,
                    "" if each.cells is None else f"{each.cells:,}",
                    "" if not each.distance else f"{each.distance:.3f}",
                    each.before,
                    each.after,
                    "; ".join(f"{key}: {old} -> {new}" for key, old, new in each.examples[:2]),
                )
                for each in sorted(others, key=lambda each: -(each.distance or 0.0))
            ],
        )


@command()
@click.argument("name", shell_complete=completed(names.datasets))
@pass_invocation
def history(invocation: Invocation, *, name: str) -> None:
    """Show who published which version when, and why."""
    with invocation.project() as project:
        rows = project.datasets[name].versions()
    if invocation.as_json:
        invocation.output.json({"name": name, "versions": rows})
        return
    before = [None, *rows[:-1]]
    invocation.output.table(
        ("VERSION", "WHEN (UTC)", "WHO", "ROWS", "CHANGE", "RUN", "WHY"),
        [
            (
                f"v{row.version}",
                moment(row.created),
                row.user,
                row.rows,
                _step(old, row),
                row.run,
                row.note,
            )
            for old, row in zip(before, rows, strict=True)
        ],
    )


def _step(before: Any, row: Any) -> str:
    if before is None or before.rows is None or row.rows is None:
        return ""
    told = [f"{row.rows - before.rows:+,} rows"] if row.rows != before.rows else []
    told += [f"+{name}" for name in row.columns if name not in before.columns]
    told += [f"-{name}" for name in before.columns if name not in row.columns]
    return ", ".join(told) or "cells"


@command()
@click.argument("name", shell_complete=completed(names.datasets))
@click.option("--key", "key", metavar="COLUMN=VALUE", required=True, help="Which row: id=42.")
@pass_invocation
def where(invocation: Invocation, *, name: str, key: str) -> int:
    """Show which versions hold a row, and which models were trained from them."""
    column, sign, value = key.partition("=")
    if not sign:
        raise UsageError(f"{key!r} names no row", hint="write column=value, such as id=42")
    with invocation.project() as project:
        found = project.datasets[name].where(column, value)
        models = {version: project.datasets[name].models(version) for version in found}
    if invocation.as_json:
        told = [
            {"version": version, "rows": rows, "models": models[version]}
            for version, rows in found.items()
        ]
        invocation.output.json({"name": name, "key": key, "versions": told})
    elif found:
        invocation.output.table(
            ("VERSION", "ROWS", "MODELS"),
            [
                (f"{name}@v{version}", _numbers(rows), ", ".join(models[version]))
                for version, rows in found.items()
            ],
        )
    else:
        invocation.output.line(f"no version of {name} has a row with {key}")
    return 0 if found else 1


def _numbers(rows: tuple[int, ...]) -> str:
    more = f" and {len(rows) - 5:,} more" if len(rows) > 5 else ""  # noqa: PLR2004 - a cell
    return ", ".join(map(str, rows[:5])) + more
