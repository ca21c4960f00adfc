"""The column to predict: what it may hold, and the classes that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pandas as pd
from pandas.api import types

from fourstroke import ConfigError, DataError, Task
from fourstroke_lightgbm.columns import family_of, likely, texts

if TYPE_CHECKING:
    Array: TypeAlias = "np.ndarray[Any, Any]"

Label: TypeAlias = str | int | bool

_TWO: Final = 2


def target_numbers(data: pd.DataFrame, task: Task) -> Array:
    """Take the target of a regression.

    Raises
    ------
    DataError
        If it is missing, incomplete, or holds something else than finite numbers.
    """
    values = _complete(data, task)
    if family_of(values) != "number":
        raise DataError(
            "the target of a regression must be numbers",
            where=f"column {task.target!r}",
            hint="set task.kind to 'binary' or 'multiclass', or cast the column",
        )
    numbers = values.to_numpy(dtype=np.float64)
    if np.isinf(numbers).any():
        row = int(np.isinf(numbers).argmax())
        raise DataError("the target is infinite", where=f"column {task.target!r}, row {row}")
    return numbers


def target_classes(data: pd.DataFrame, task: Task) -> tuple[Array, tuple[Label, ...]]:
    """Take the target of a classification.

    Returns
    -------
    array of shape (n,), int
        Each row's class by its number.
    tuple of str, int or bool
        The classes, sorted.

    Raises
    ------
    DataError
        If the target is missing, incomplete, or does not fit the task.
    ConfigError
        If the task's positive class is none of the classes.
    """
    cells = _labels(_complete(data, task))
    found, numbers = np.unique(cells, return_inverse=True)
    labels: tuple[Label, ...] = tuple(found.tolist())
    _refuse_odd(labels, task)
    return numbers, labels


def label_text(label: object) -> str:
    """Name a class, the same for 1 and 1.0.

    Examples
    --------
    >>> label_text(1.0), label_text(True), label_text(">50K")
    ('1', 'True', '>50K')
    """
    return str(int(label)) if isinstance(label, float) and label.is_integer() else str(label)


def _complete(data: pd.DataFrame, task: Task) -> pd.Series[Any]:
    if not task.target:
        raise ConfigError("the project names no column to predict", where="task.target")
    where = f"column {task.target!r}"
    if task.target not in data.columns:
        hint = likely(task.target, data.columns)
        raise DataError("the target is not in the table", where=where, hint=hint)
    values = data[task.target]
    if values.empty:
        raise DataError("there is no row to train on", where=where)
    missing = values.isna().to_numpy()
    if missing.any():
        raise DataError(
            f"the target is missing in {missing.sum():,} of {len(values):,} rows",
            where=f"{where}, row {missing.argmax()}",
            hint="leave these rows out in a prepare step: use = 'filter'",
        )
    return values


def _labels(values: pd.Series[Any]) -> Array:
    family = family_of(values)
    if family == "text":
        return texts(values).to_numpy(dtype=str)
    if family != "number":
        raise DataError("the target holds no classes", where=f"column {values.name!r}")
    if types.is_bool_dtype(values) or types.infer_dtype(values) == "boolean":
        return values.to_numpy(dtype=bool)
    numbers = values.to_numpy(dtype=np.float64)
    broken = numbers != np.floor(numbers)
    if broken.any() or np.isinf(numbers).any():
        row = int((broken | np.isinf(numbers)).argmax())
        raise DataError(
            f"the target holds fractions such as {numbers[row]:g}, which are no classes",
            where=f"column {values.name!r}, row {row}",
            hint="set task.kind to 'regression'",
        )
    return numbers.astype(np.int64)


def _refuse_odd(labels: tuple[Label, ...], task: Task) -> None:
    where = f"column {task.target!r}"
    names = [label_text(label) for label in labels]
    if len(labels) < _TWO:
        raise DataError(f"all rows to train on are of one class, {names[0]!r}", where=where)
    if task.kind != "binary":
        return
    if len(labels) > _TWO:
        raise DataError(
            f"a binary task has two classes, and there are {len(labels)}: {', '.join(names[:6])}",
            where=where,
            hint="set task.kind to 'multiclass'",
        )
    if task.positive is not None and label_text(task.positive) not in names:
        raise ConfigError(
            f"the target has no class {label_text(task.positive)!r}",
            where="task.positive",
            hint=f"there are: {', '.join(names)}",
        )
