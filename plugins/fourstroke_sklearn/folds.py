"""Folds within the training rows, that respect time and groups as the split does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)

from fourstroke import StepError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from fourstroke import Context

    Rows = npt.NDArray[np.intp]

_MOST_SEED = 2**32


def folds_of(
    frame: pd.DataFrame, target: Any, context: Context, count: int
) -> list[tuple[Rows, Rows]]:
    """Divide training rows into folds: rows to fit on, and rows to score.

    With ``task.time`` every fold is scored on later rows than it was fitted on. With ``task.group`` no
    group is on both sides. With both, earlier rows of a group that is scored are left out. Otherwise rows
    are dealt at random, classes in equal shares.

    Raises
    ------
    StepError
        If there are too few rows, groups, or rows of a class.
    """
    task, seed = context.task, context.seed % _MOST_SEED
    groups = frame[task.group].to_numpy() if task.group in frame.columns else None
    try:
        if task.time in frame.columns:
            return _in_time(frame, task.time, groups, count)
        rows = np.zeros((len(frame), 1))
        is_class = target.dtype.kind != "f"
        if groups is not None:
            splitter: Any = (
                StratifiedGroupKFold(count, shuffle=True, random_state=seed)
                if is_class
                else GroupKFold(count)
            )
            return list(splitter.split(rows, target, groups))
        _refuse_rare(target, count, is_class=is_class)
        splitter = StratifiedKFold if is_class else KFold
        return list(splitter(count, shuffle=True, random_state=seed).split(rows, target))
    except ValueError as error:
        raise StepError(f"no {count} folds: {error}", where=f"{context.step}.folds") from error


def _in_time(frame: pd.DataFrame, time: str, groups: Any, count: int) -> list[tuple[Rows, Rows]]:
    order = np.argsort(frame[time].to_numpy(), kind="stable")
    found = []
    for fitted, scored in TimeSeriesSplit(count).split(order):
        train, test = order[fitted], order[scored]
        if groups is not None:
            train = train[~np.isin(groups[train], groups[test])]
        if not len(train):
            raise ValueError("a fold has no earlier rows of other groups to fit on")
        found.append((train, test))
    return found


def _refuse_rare(target: Any, count: int, *, is_class: bool) -> None:
    """Refuse a class that could not be in every fold: scikit-learn would only warn."""
    if not is_class:
        return
    classes, counts = np.unique(target, return_counts=True)
    if counts.min() < count:
        rare = classes[counts.argmin()]
        raise ValueError(f"the class {rare!r} has {counts.min()} rows")
