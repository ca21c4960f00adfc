"""Figures by groups of rows: a good mean can hide a bad part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from fourstroke import DataError, Metric, Slice, Task
from fourstroke_sklearn.families import Plain, plain_column
from fourstroke_sklearn.figures import primary, quality
from fourstroke_sklearn.intervals import Array
from fourstroke_sklearn.resampled import Uncertainty
from fourstroke_sklearn.scored import Scored

# Below that a group's figure says more about chance than about the model.
_FEWEST_ROWS: Final = 50
_SMALLEST_SHARE: Final = 0.01
_MOST_GROUPS: Final = 10
_MOST_COLUMNS: Final = 12
_MISSING: Final = "(missing)"


def slices_of(
    data: pd.DataFrame,
    rows: Scored,
    task: Task,
    how: Uncertainty,
    columns: Sequence[str],
    metrics: Sequence[str] = (),
) -> tuple[Slice, ...]:
    """Measure the primary figure in groups of rows, and others that were asked for.

    Parameters
    ----------
    data : DataFrame
        The rows' columns.
    rows : Classified or Estimated
        The same rows with what the model said.
    task : Task
        Its sensitive columns are always looked at.
    how : Uncertainty
        How intervals are found.
    columns : sequence of str
        The columns to look at; none for all with at most ten values, up to twelve columns.
    metrics : sequence of str
        Names of further figures. One that this task has not is left out.

    Returns
    -------
    tuple of Slice
        The worst first by the primary figure, then by each of the others; groups of fewer than 50 rows
        or 1 % of them are left out.
    """
    found = [
        Slice(column=name, value=value, metric=metric)
        for name in _names(data, task, columns)
        for value, chosen in groups_of(data[name], is_asked=name in {*columns, *task.sensitive})
        for metric in _figures(rows.rows(chosen), how, metrics)
    ]
    order = list(dict.fromkeys(each.metric.name for each in found))
    return tuple(sorted(found, key=lambda each: (order.index(each.metric.name), *_badness(each))))


def _figures(rows: Scored, how: Uncertainty, metrics: Sequence[str]) -> list[Metric]:
    first = primary(rows, how)
    others = set(metrics) - {first.name}
    # All of them are resampled together, so that none is cheaper by itself.
    every = quality(rows, how) if others else ()
    return [first, *(each for each in every if each.name in others)]


def _names(data: pd.DataFrame, task: Task, columns: Sequence[str]) -> list[str]:
    for name in columns:
        if name not in data.columns:
            raise DataError("there is no such column to slice by", where=f"column {name!r}")
    asked = [name for name in task.sensitive if name in data.columns]
    if columns:
        return list(dict.fromkeys([*asked, *columns]))
    others = [
        name
        for name in data.columns
        if name not in {task.target, task.id, task.time, task.group} and name not in asked
    ]
    few = (name for name in others if _has_few_values(data[name]))
    return [*asked, *(name for name, _ in zip(few, range(_MOST_COLUMNS), strict=False))]


def _has_few_values(column: pd.Series[Any]) -> bool:
    try:
        distinct = column.nunique(dropna=False)
    except TypeError:  # lists and the like cannot be told apart
        return False
    return 1 < distinct <= _MOST_GROUPS


def groups_of(column: pd.Series[Any], *, is_asked: bool) -> Iterator[tuple[str, Array]]:
    """Give the groups of a column that are large enough, by name, with the rows of each."""
    try:
        plain = plain_column(column)
    except DataError:
        return
    fewest = max(_FEWEST_ROWS, int(_SMALLEST_SHARE * len(column)))
    names = group_names(plain, is_asked=is_asked)
    for name, count in pd.Series(names, dtype=object).value_counts(sort=False).items():
        if fewest <= count < len(column):
            yield str(name), np.asarray(names == name)


def group_names(plain: Plain, *, is_asked: bool) -> Array:
    """Name each row's group: its value, or the quarter that its number lies in."""
    values = pd.Series(plain.values)
    if (
        plain.family in {"number", "duration", "date"}
        and values.nunique() > _MOST_GROUPS
        and is_asked
    ):
        values = pd.qcut(values, 4, duplicates="drop", precision=3)
    elif plain.family == "boolean":
        values = values.map({0.0: "False", 1.0: "True"})
    elif plain.family in {"number", "duration"}:
        values = values.map("{:g}".format, na_action="ignore")
    return np.asarray(values.astype(object).where(values.notna(), _MISSING).map(str), dtype=object)


def _badness(item: Slice) -> tuple[bool, float]:
    metric: Metric = item.metric
    if metric.value is None:
        return True, 0.0
    return False, metric.value if metric.higher_is_better else -metric.value
