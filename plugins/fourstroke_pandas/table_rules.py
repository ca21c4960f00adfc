"""What any table must keep to; columns at fault are named one by one, and the good ones counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke import Check, DataError, Task
from fourstroke_pandas.frames import likely, quoted, shown
from fourstroke_pandas.gathering import gather

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fourstroke_pandas.gathering import ColumnFacts, TableFacts

# A table of thousands of columns that are all constant is told in one check more than that.
_MOST_NAMED = 20
# A column of which so many cells and so many different values are numbers was meant to hold them.
_NEARLY = 0.9
# Types of cells that are named.
_MOST_KINDS = 4
_NUMBERS = {"integer", "number"}


def check_table(data: Any, task: Task, *, rows_min: int, duplicates: float) -> list[Check]:
    """Check a table.

    Parameters
    ----------
    rows_min : int
        The least number of rows.
    duplicates : float
        The share of rows that may be equal to one before without a warning.
    """
    told_apart = {task.target} if task.kind != "regression" else set()
    try:
        facts = gather(data, told_apart)
    except DataError as error:
        return [Check(name="names", status="fail", why=str(error))]
    names = f"{len(facts.columns):,} columns, each with a name of its own"
    checks = [
        Check(name="names", status="pass", observed=len(facts.columns), why=names),
        _rows(facts, rows_min),
        *_target(facts, task),
        *_task_columns(facts, task),
    ]
    if facts.rows:
        checks += [
            *_id(facts, task),
            *_by_column(facts, "infinite", "fail", _infinite),
            *_by_column(facts, "missing", "warn", _all_missing),
            *_by_column(facts, "constant", "warn", _constant),
            *_by_column(facts, "nearly numbers", "warn", _nearly_numbers),
            *_by_column(facts, "cells", "warn", _odd_cells),
            _duplicates(facts, duplicates),
        ]
    return checks


def _rows(table: TableFacts, least: int) -> Check:
    return Check(
        name="rows",
        status="pass" if table.rows >= least else "fail",
        observed=table.rows,
        required=f">= {least}",
        why=f"the table has {table.rows:,} rows",
    )


def _target(table: TableFacts, task: Task) -> Iterator[Check]:
    if not task.target:
        return
    if task.target not in table.columns:
        yield Check(
            name="target",
            status="fail",
            required="present",
            why=f"there is no column {task.target!r} ({likely(task.target, table.columns)})",
            column=task.target,
        )
        return
    column = table.columns[task.target]
    yield Check(name="target", status="pass", required="present", column=task.target)
    yield _complete(column)
    if task.kind == "regression":
        yield _number(column)
        return
    found = table.values[task.target]
    yield _classes(column.name, found, task)
    if task.positive is not None:
        yield _positive(column.name, found, task.positive)


def _complete(column: ColumnFacts) -> Check:
    return Check(
        name="target complete",
        status="fail" if column.missing else "pass",
        observed=column.missing,
        required="no missing cell",
        why=f"{column.missing:,} of {column.rows:,} rows have no {column.name}",
        column=column.name,
        rows=column.missing_rows,
    )


def _number(column: ColumnFacts) -> Check:
    family = column.family
    return Check(
        name="target number",
        status="pass" if family in _NUMBERS else "fail",
        observed=family,
        required="a number",
        why=f"the cells of {column.name} are {family}, and a regression needs numbers",
        column=column.name,
    )


def _classes(name: str, found: list[Any], task: Task) -> Check:
    wanted = "2 classes" if task.kind == "binary" else "2 classes at least"
    fits = len(found) == 2 if task.kind == "binary" else len(found) >= 2  # noqa: PLR2004 - as asked
    return Check(
        name="target classes",
        status="pass" if fits else "fail",
        observed=len(found),
        required=wanted,
        why=f"{name} has {_counted(len(found))}: {shown(found[:4])}",
        column=name,
    )


def _counted(classes: int) -> str:
    return "one class only" if classes == 1 else f"{classes:,} classes"


def _positive(name: str, found: list[Any], positive: Any) -> Check:
    # In Python 1 == True; a truth value is no number here.
    is_there = any(
        value == positive and isinstance(value, bool) == isinstance(positive, bool)
        for value in found
    )
    why = f"{positive!r} is a class of {name}"
    if not is_there:
        why = f"there is no {positive!r} in {name}, but {shown(found[:4])}"
    return Check(
        name="positive class",
        status="pass" if is_there else "fail",
        required=str(positive),
        why=why,
        column=name,
    )


def _task_columns(data: TableFacts, task: Task) -> Iterator[Check]:
    named: dict[str, tuple[str, ...]] = {
        "id": (task.id,),
        "time": (task.time,),
        "group": (task.group,),
    }
    named |= {"sensitive": task.sensitive, "ignore": task.ignore}
    for key, names in named.items():
        for name in names:
            if name and name not in data.columns:
                yield Check(
                    name=f"task.{key}: {name}",
                    status="fail",
                    required="present",
                    why=f"there is no column {name!r} ({likely(name, data.columns)})",
                    column=name,
                )


def _id(data: TableFacts, task: Task) -> Iterator[Check]:
    if not task.id or task.id not in data.columns:
        return
    again = data.repeats([task.id])
    yield Check(
        name="id unique",
        status="warn" if again.count else "pass",
        severity="warning",
        observed=again.count,
        required="no id twice",
        why=f"{again.count:,} rows have an id that a row before has",
        column=task.id,
        rows=again.rows,
    )


def _by_column(
    data: TableFacts,
    name: str,
    status: Any,
    look: Callable[[ColumnFacts], tuple[str, Sequence[int]] | None],
) -> Iterator[Check]:
    """Look at each column; what is found is a check of its own."""
    found = {column: fault for column, facts in data.columns.items() if (fault := look(facts))}
    severity: Any = "warning" if status == "warn" else "error"
    for column, (why, rows) in [*found.items()][:_MOST_NAMED]:
        yield Check(
            name=f"{name}: {column}",
            status=status,
            severity=severity,
            why=why,
            column=column,
            rows=tuple(rows),
        )
    more = len(found) - _MOST_NAMED
    if more > 0:
        why = f"{more:,} more columns, up to {[*found][-1]!r}"
        yield Check(name=f"{name}: others", status=status, severity=severity, why=why)
    if not found:
        yield Check(name=name, status="pass", observed=0, why=f"no column is {_SAID[name]}")


_SAID = {
    "infinite": "infinite anywhere",
    "missing": "without any cell",
    "constant": "constant",
    "nearly numbers": "of numbers but for a few words",
    "cells": "of several types, or of lists and mappings",
}


def _infinite(column: ColumnFacts) -> tuple[str, Sequence[int]] | None:
    if not column.infinite:
        return None
    rows = column.infinite_rows
    return f"{column.infinite:,} cells are infinite, the first in row {rows[0]}", rows


def _all_missing(column: ColumnFacts) -> tuple[str, Sequence[int]] | None:
    return ("all cells are missing", ()) if column.missing == column.rows else None


def _constant(column: ColumnFacts) -> tuple[str, Sequence[int]] | None:
    if column.rows < 2 or column.missing == column.rows:  # noqa: PLR2004 - one row is constant
        return None
    return (f"all cells are {quoted(column.only)}", ()) if column.is_constant else None


def _odd_cells(column: ColumnFacts) -> tuple[str, Sequence[int]] | None:
    """Find columns of several types, and of what is no single value: lists, mappings."""
    if not column.kinds:
        return None
    kinds = [*column.kinds][:_MOST_KINDS]
    more = ", ..." * (len(column.kinds) > _MOST_KINDS)
    why = f"cells are of {', '.join(kinds)}{more}: no model takes them"
    return why, sorted(column.kinds.values())[:_MOST_KINDS]


def _nearly_numbers(column: ColumnFacts) -> tuple[str, Sequence[int]] | None:
    """Find the few words that make text of a column of numbers: a typing error, a missing cell."""
    if column.family != "text" or not column.words:
        return None
    if len(column.words) > (len(column.words) + len(column.numbers)) * (1 - _NEARLY):
        return None
    share = column.number_cells / (column.rows - column.missing)
    if share < _NEARLY:
        return None
    word, row = quoted(column.first_word), column.word_rows[0]
    return (
        f"{share:.1%} of its cells are numbers, and {word} in row {row} is none",
        column.word_rows,
    )


def _duplicates(data: TableFacts, most: float) -> Check:
    again = data.repeats()
    share = again.count / data.rows
    is_fine = share <= most
    return Check(
        name="duplicates",
        status="pass" if is_fine else "warn",
        severity="warning",
        observed=round(share, 4),
        required=f"<= {most:g}",
        why=f"{again.count:,} rows ({share:.1%}) repeat earlier ones",
        rows=() if is_fine else again.rows,
    )
