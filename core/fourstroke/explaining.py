"""Explain a registered version: what its run found out, and single rows of it when they are asked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fourstroke.cycles.smoke import measured_on
from fourstroke.engine.workshop import Workshop
from fourstroke.errors import StoreError, UsageError, nearest
from fourstroke.outside import outside
from fourstroke.outside_tables import TableShop
from fourstroke.plugins.build import build_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fourstroke.entities.facts import Section
    from fourstroke.project import Project
    from fourstroke.records.rows import VersionRow

_STAGE = "explain"
_HOOK = "explain_rows"


def held_out(project: Project, row: VersionRow) -> Any:
    """Give the rows that a version was measured on; ``None`` if they are gone."""
    store = Workshop.of(project.config).store
    for step in project.records.steps(row.run):
        test = step.outputs.get("test")
        if step.fact.stage == "split" and test is not None and store.has(test):
            return store.load(test)
    return None


def measured(project: Project, row: VersionRow) -> tuple[Any, Any] | None:
    """Give the rows that a version was measured on, and what it said of them; ``None`` if gone."""
    store = Workshop.of(project.config).store
    known = measured_on(project.records, row, store)
    return None if known is None else (store.load(known[0]), store.load(known[1]))


def recorded(project: Project, row: VersionRow) -> tuple[Section, ...]:
    """Give what the run found out that made the version."""
    store = Workshop.of(project.config).store
    return tuple(
        section
        for step in project.records.steps(row.run)
        if step.fact.stage == _STAGE and "value" in step.outputs
        for section in store.load(step.outputs["value"])
    )


def explain_rows(project: Project, row: VersionRow, rows: Any) -> tuple[Section, ...]:
    """Let the project's explainers say why a version says what it says of single rows.

    Raises
    ------
    UsageError
        If no explainer of the project does that.
    StoreError
        If the held-out rows, which they compare with, are gone.
    """
    config = project.config
    plugins = {
        key: each
        for key, each in build_all(config).items()
        if key[0] == _STAGE and _HOOK in each.hooks
    }
    if not plugins:
        raise UsageError(
            "no plugin of [[model.explain]] explains single rows", hint='use = "inspection"'
        )
    data = held_out(project, row)
    if data is None:
        raise StoreError(
            "the rows that it was measured on are gone, and nothing stands for what is usual",
            where=f"{row.model}@v{row.version}",
            hint="fourstroke run",
        )
    model = Workshop.of(config).store.load(row.artifact)
    found: list[Section] = []
    with outside(config, plugins, _STAGE) as shop:
        for built in plugins.values():
            step = f"model.explain.{built.table.name}"
            caller, context = shop.shop.caller(step, (built.table,)), shop.context(step)
            call = partial(caller.explain_rows, step, model=model, rows=rows, data=data)
            found += shop.guarded(step, partial(call, context=context))
    return tuple(found)


def chosen_rows(
    project: Project,
    row: VersionRow,
    *,
    key: tuple[str, str] | None = None,
    numbers: Sequence[int] = (),
    file: Path | None = None,
) -> Any:
    """Pick rows of a file, or of those held out; by a cell also of all that the version scored.

    Parameters
    ----------
    project : Project
        Whose version it is.
    row : VersionRow
        The version.
    key : (str, str), optional
        A column and the cell in it, as people write it.
    numbers : sequence of int
        Of rows, from 0; instead of a key.
    file : Path, optional
        Read and prepared as `predict` does.

    Returns
    -------
    table
        The rows of the first table that has any: those held out come before the latest scored.

    Raises
    ------
    UsageError
        If there is none.
    """
    tables = _tables(project, row) if file is None else iter([_batch(project, file)])
    if key is not None:
        return _by_cell(project, tables, *key, f"{row.model}@v{row.version}", file)
    table = next(tables, None)
    if table is None:
        raise UsageError("its held-out rows are gone", hint="name rows of a file: --data FILE")
    if not numbers and file is not None:
        return table
    if len(table) <= max(numbers):
        raise UsageError(f"there is no row {max(numbers):,}", hint=f"it has {len(table):,} rows")
    return _picked(table, numbers)


def _by_cell(
    project: Project,
    tables: Iterator[Any],
    column: str,
    value: str,
    version: str,
    file: Path | None,
) -> Any:
    shop, known = Workshop.of(project.config), set[str]()
    for table in tables:
        names = {str(name) for name in getattr(table, "columns", ())}
        known |= names
        if column in names and (numbers := list(shop.tables.find(table, column, value))):
            return _picked(table, numbers)
    if column not in known:
        raise UsageError(f"there is no column {column!r}", hint=nearest(column, sorted(known)))
    where = f"neither the held-out rows of {version} nor what it scored has a row with"
    raise UsageError(
        f"{where if file is None else 'the file has no row with'} {column}={value}",
        where="" if file is None else str(file),
        hint="" if file is not None else "name a file with it: --data FILE",
    )


def _tables(project: Project, row: VersionRow) -> Iterator[Any]:
    data = held_out(project, row)
    if data is not None:
        yield data
    store = Workshop.of(project.config).store
    for batch in reversed(project.records.predictions(row.model, row.version)):
        if store.has(batch.data):
            yield store.load(batch.data)


def _batch(project: Project, file: Path) -> Any:
    with outside(project.config, project.check(), _STAGE) as made:
        return TableShop.around(made, project).batch(file)


def _picked(table: Any, numbers: Sequence[int]) -> Any:
    if not hasattr(table, "iloc"):
        raise UsageError(f"rows of a {type(table).__name__} cannot be picked one by one")
    return table.iloc[list(numbers)]
