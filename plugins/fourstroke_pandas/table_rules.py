"""What any table must keep to; columns at fault are named one by one, and the good ones counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fourstroke import Check, DataError, Task
from fourstroke_pandas.families import family_of, first_rows
from fourstroke_pandas.frames import as_frame, likely, quoted, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pandas import DataFrame

# A table of thousands of columns that are all constant is told in one check more than that.
_MOST_NAMED = 20
# A column of which so many cells and so many different values are numbers was meant to hold them.
_NEARLY = 0.9
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
    try:
        frame = as_frame(data)
    except DataError as error:
        return [Check(name="names", status="fail", why=str(error))]
    names = f"{len(frame.columns):,} columns, each with a name of its own"
    checks = [
        Check(name="names", status="pass", observed=len(frame.columns), why=names),
        _rows(frame, rows_min),
        *_target(frame, task),
        *_task_columns(frame, task),
    ]
    if len(frame):
        checks += [
            *_id(frame, task),
            *_by_column(frame, "infinite", "fail", _infinite),
            *_by_column(frame, "missing", "warn", _all_missing),
            *_by_column(frame, "constant", "warn", _constant),
            *_by_column(frame, "nearly numbers", "warn", _nearly_numbers),
            _duplicates(frame, duplicates),
        ]
    return checks


def _rows(data: DataFrame, least: int) -> Check:
    return Check(
        name="rows",
        status="pass" if len(data) >= least else "fail",
        observed=len(data),
        required=f">= {least}",
        why=f"the table has {len(data):,} rows",
    )


def _target(data: DataFrame, task: Task) -> Iterator[Check]:
    if not task.target:
        return
    if task.target not in data.columns:
        yield Check(
            name="target",
            status="fail",
            required="present",
            why=f"there is no column {task.target!r} ({likely(task.target, data.columns)})",
            column=task.target,
        )
        return
    values = data[task.target]
    yield Check(name="target", status="pass", required="present", column=task.target)
    yield _complete(values, "target complete")
    yield _number(values) if task.kind == "regression" else _classes(values, task)
    if task.kind != "regression" and task.positive is not None:
        yield _positive(values, task.positive)


def _complete(values: pd.Series[Any], name: str) -> Check:
    missing = values.isna()
    count = int(missing.sum())
    return Check(
        name=name,
        status="fail" if count else "pass",
        observed=count,
        required="no missing cell",
        why=f"{count:,} of {len(values):,} rows have no {values.name}",
        column=str(values.name),
        rows=first_rows(missing),
    )


def _number(values: pd.Series[Any]) -> Check:
    family = family_of(values)
    return Check(
        name="target number",
        status="pass" if family in _NUMBERS else "fail",
        observed=family,
        required="a number",
        why=f"the cells of {values.name} are {family}, and a regression needs numbers",
        column=str(values.name),
    )


def _classes(values: pd.Series[Any], task: Task) -> Check:
    found = values.dropna().unique()
    wanted = "2 classes" if task.kind == "binary" else "2 classes at least"
    fits = len(found) == 2 if task.kind == "binary" else len(found) >= 2  # noqa: PLR2004 - as asked
    return Check(
        name="target classes",
        status="pass" if fits else "fail",
        observed=len(found),
        required=wanted,
        why=f"{values.name} has {_counted(len(found))}: {shown(list(found[:4]))}",
        column=str(values.name),
    )


def _counted(classes: int) -> str:
    return "one class only" if classes == 1 else f"{classes:,} classes"


def _positive(values: pd.Series[Any], positive: Any) -> Check:
    found = values.dropna().unique().tolist()
    # In Python 1 == True; a truth value is no number here.
    is_there = any(
        value == positive and isinstance(value, bool) == isinstance(positive, bool)
        for value in found
    )
    why = f"{positive!r} is a class of {values.name}"
    if not is_there:
        why = f"there is no {positive!r} in {values.name}, but {shown(found[:4])}"
    return Check(
        name="positive class",
        status="pass" if is_there else "fail",
        required=str(positive),
        why=why,
        column=str(values.name),
    )


def _task_columns(data: DataFrame, task: Task) -> Iterator[Check]:
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


def _id(data: DataFrame, task: Task) -> Iterator[Check]:
    if not task.id or task.id not in data.columns:
        return
    again = data[task.id].duplicated()
    count = int(again.sum())
    yield Check(
        name="id unique",
        status="warn" if count else "pass",
        severity="warning",
        observed=count,
        required="no id twice",
        why=f"{count:,} rows have an id that a row before has",
        column=task.id,
        rows=first_rows(again),
    )


def _by_column(
    data: DataFrame,
    name: str,
    status: Any,
    look: Callable[[pd.Series[Any]], tuple[str, Sequence[int]] | None],
) -> Iterator[Check]:
    """Look at each column; what is found is a check of its own."""
    found = {column: fault for column in data.columns if (fault := look(data[column]))}
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
}


def _infinite(values: pd.Series[Any]) -> tuple[str, Sequence[int]] | None:
    if family_of(values) != "number":
        return None
    infinite = np.isinf(values.to_numpy(dtype=np.float64, na_value=np.nan))
    if not infinite.any():
        return None
    rows = first_rows(infinite)
    return f"{int(infinite.sum()):,} cells are infinite, the first in row {rows[0]}", rows


def _all_missing(values: pd.Series[Any]) -> tuple[str, Sequence[int]] | None:
    return ("all cells are missing", ()) if values.isna().all() else None


def _constant(values: pd.Series[Any]) -> tuple[str, Sequence[int]] | None:
    if len(values) < 2 or values.isna().all():  # noqa: PLR2004 - one row is always constant
        return None
    # Almost every column shows at once that it is none.
    if len(values.iloc[[0, -1]].unique()) > 1 or len(values.unique()) > 1:
        return None
    return f"all cells are {quoted(values.iloc[0])}", ()


def _nearly_numbers(values: pd.Series[Any]) -> tuple[str, Sequence[int]] | None:
    """Find the few words that make text of a column of numbers: a typing error, a missing cell."""
    if family_of(values) != "text":
        return None
    distinct = pd.Series(values.dropna().unique(), dtype=object)
    words = set(distinct[pd.to_numeric(distinct, errors="coerce").isna()])
    if not words or len(words) > len(distinct) * (1 - _NEARLY):
        return None
    strange = values.isin(words)
    share = 1 - float(strange.sum()) / float(values.notna().sum())
    if share < _NEARLY:
        return None
    rows = first_rows(strange)
    word = quoted(values.iloc[rows[0]])
    return f"{share:.1%} of its cells are numbers, and {word} in row {rows[0]} is none", rows


def _duplicates(data: DataFrame, most: float) -> Check:
    again = data.duplicated()
    share = float(again.mean())
    is_fine = share <= most
    return Check(
        name="duplicates",
        status="pass" if is_fine else "warn",
        severity="warning",
        observed=round(share, 4),
        required=f"<= {most:g}",
        why=f"{int(again.sum()):,} rows ({share:.1%}) repeat earlier ones",
        rows=() if is_fine else first_rows(again),
    )
