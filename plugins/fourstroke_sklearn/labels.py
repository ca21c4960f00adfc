"""The target's values: what a model learns, and what they are called in tables and reports."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

from fourstroke import ConfigError, DataError, Task, class_name, class_of_interest
from fourstroke_sklearn.families import IN_WORDS, find_infinite, plain_column
from fourstroke_sklearn.frames import likely

_TWO: Final = 2
# More classes than this are almost surely numbers to be estimated, or names of rows.
_MOST_CLASSES: Final = 1000


def target_of(data: pd.DataFrame, task: Task) -> Any:
    """Take the target from a training table, as an array that scikit-learn fits on.

    Returns
    -------
    array of shape (n,)
        ``float64`` for a regression; else text, integers, whole floats or booleans.

    Raises
    ------
    DataError
        If there is no such column, a cell is missing or infinite, or the values do not fit the task.
    ConfigError
        If the task's positive class is none of them.
    """
    column = target_column(data, task)
    missing = np.flatnonzero(column.isna().to_numpy())
    if len(missing):
        raise DataError(
            f"the target is missing in {len(missing):,} of {len(column):,} rows",
            where=f"column {task.target!r}, row {missing[0]}",
            hint="leave these rows out in a prepare step: use = 'filter'",
        )
    if task.kind == "regression":
        return _numbers(column)
    labels = _labels(column)
    _refuse_odd_classes(labels, task)
    return labels


def target_column(data: pd.DataFrame, task: Task) -> pd.Series[Any]:
    """Give the target's column.

    Raises
    ------
    DataError
        If there is none.
    """
    if not task.target:
        raise ConfigError("the project names no column to predict", where="task.target")
    if task.target not in data.columns:
        raise DataError(
            "the target is not in the table",
            where=f"column {task.target!r}",
            hint=likely(task.target, map(str, data.columns)),
        )
    return data[task.target]


def class_names(values: Any) -> Any:
    """Name the class of each row: an object array of text."""
    codes, unique = pd.factorize(np.asarray(values))
    names = np.array([class_name(label) for label in unique], dtype=object)
    return names[codes] if len(codes) else np.array([], dtype=object)


def positive_text(task: Task, names: list[str]) -> str:
    """Name the class of interest of a binary task.

    Parameters
    ----------
    task : Task
        Its ``positive``; if it says nothing, the last class in sorted order counts.
    names : list of str
        The classes.

    Raises
    ------
    ConfigError
        If the task's positive class is none of them.
    """
    positive = class_of_interest(task.positive, names)
    if positive not in names:
        raise ConfigError(
            f"the target has no class {positive!r}",
            where="task.positive",
            hint=f"there are: {_listed(names)}",
        )
    return positive


def _numbers(column: pd.Series[Any]) -> Any:
    plain = plain_column(column)
    if plain.family not in {"number", "boolean", "duration"}:
        raise DataError(
            f"the target of a regression must be numbers, and holds {IN_WORDS[plain.family]}",
            where=f"column {column.name!r}",
            hint="set task.kind to 'binary' or 'multiclass', or cast the column",
        )
    row = find_infinite(plain)
    if row is not None:
        raise DataError("the target is infinite", where=f"column {column.name!r}, row {row}")
    return plain.values


def _labels(column: pd.Series[Any]) -> Any:
    plain = plain_column(column)
    if plain.family == "boolean":
        return plain.values.astype(bool)
    if plain.family == "text":
        return plain.values.astype(str)
    if plain.family == "number":
        return _whole(column, plain.values)
    raise DataError(
        f"the target holds {IN_WORDS[plain.family]}, which are no classes",
        where=f"column {column.name!r}",
    )


def _whole(column: pd.Series[Any], values: Any) -> Any:
    broken = np.flatnonzero(values != np.floor(values))
    if len(broken):
        raise DataError(
            f"the target holds fractions such as {values[broken[0]]:g}, which are no classes",
            where=f"column {column.name!r}, row {broken[0]}",
            hint="set task.kind to 'regression'",
        )
    return values.astype(np.int64)


def _refuse_odd_classes(labels: Any, task: Task) -> None:
    classes = np.unique(labels)
    names = [class_name(label) for label in classes]
    where = f"column {task.target!r}"
    if len(classes) < _TWO:
        raise DataError(
            f"all rows to train on are of one class, {names[0]!r}: there is nothing to tell apart"
            if names
            else "there is no row to train on",
            where=where,
        )
    if len(classes) > _MOST_CLASSES:
        raise DataError(
            f"the target has {len(classes):,} classes; {_MOST_CLASSES:,} are possible",
            where=where,
            hint="set task.kind to 'regression', or group rare classes",
        )
    if task.kind == "binary":
        if len(classes) > _TWO:
            raise DataError(
                f"a binary task has two classes, and there are {len(classes)}: {_listed(names)}",
                where=where,
                hint="set task.kind to 'multiclass'",
            )
        positive_text(task, names)


def _listed(names: list[str], most: int = 6) -> str:
    return ", ".join(map(repr, names[:most])) + (", ..." if len(names) > most else "")
