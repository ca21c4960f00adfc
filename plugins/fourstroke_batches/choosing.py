"""Which rows a sample takes, so that what the task rests on is still there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from fourstroke import Task

    Positions = npt.NDArray[np.intp]

# With the usual quarter or fifth of the rows held out, five of the class are among them: fewer give
# no interval.
_LEAST_OF_A_CLASS = 25
# A split by groups leaves too few on a side.
_LEAST_GROUPS = 10


def chosen_rows(total: int, rows: int, generator: np.random.Generator) -> Positions:
    """Choose rows that all have the same chance, in their order."""
    return np.sort(generator.choice(total, size=min(rows, total), replace=False))


def chosen_for_task(
    pieces: Iterable[pd.DataFrame], rows: int, task: Task, generator: np.random.Generator
) -> Positions:
    """Choose rows in their order: whole groups if the task has groups, else by class.

    A column that is not there yet, since a later step makes it, is passed over. Where whole groups
    would leave fewer than ten of them, rows are chosen. Of each class the sample has the share that
    the table has, and at least 25 rows, or all. Time needs no care: rows of all times are taken.

    Parameters
    ----------
    pieces : iterable of DataFrame
        The table, with more rows than are to be kept.
    rows : int
        How many to keep: with groups and rare classes it may be somewhat more.
    task : Task
        What is predicted.
    generator : Generator
        Decides.
    """
    is_by_class = task.kind in {"binary", "multiclass"}
    wanted = {task.group, task.target if is_by_class else ""} - {"", None}
    columns = _columns(pieces, wanted)
    total = len(next(iter(columns.values()))) if columns else sum(len(each) for each in pieces)
    if task.group in columns:
        chosen = _whole_groups(_codes(columns[task.group]), rows, generator)
        if chosen is not None:
            return chosen
    if is_by_class and task.target in columns:
        return _by_class(_codes(columns[task.target]), rows, generator)
    return chosen_rows(total, rows, generator)


def _columns(pieces: Iterable[pd.DataFrame], wanted: set[str]) -> dict[str, pd.Series[Any]]:
    parts: dict[str, list[pd.Series[Any]]] = {}
    for piece in pieces:
        for name in wanted & set(piece.columns):
            parts.setdefault(name, []).append(piece[name])
    return {name: pd.concat(several, ignore_index=True) for name, several in parts.items()}


def _codes(column: pd.Series[Any]) -> Positions:
    """Give each value of a column a number; a missing one is a value like any other."""
    return pd.factorize(column.astype("string"), use_na_sentinel=False)[0]


def _whole_groups(codes: Positions, rows: int, generator: np.random.Generator) -> Positions | None:
    sizes = np.bincount(codes)
    order = generator.permutation(len(sizes))
    count = int(np.searchsorted(np.cumsum(sizes[order]), rows)) + 1
    if count < _LEAST_GROUPS:
        return None
    return np.flatnonzero(np.isin(codes, order[:count]))


def _by_class(codes: Positions, rows: int, generator: np.random.Generator) -> Positions:
    chosen = []
    for code, count in enumerate(np.bincount(codes)):
        share = round(rows * count / len(codes))
        size = min(int(count), max(share, _LEAST_OF_A_CLASS))
        chosen.append(generator.choice(np.flatnonzero(codes == code), size=size, replace=False))
    return np.sort(np.concatenate(chosen))
