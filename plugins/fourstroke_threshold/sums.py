"""What the figures of a model are made of: sums over rows, and what is computed of the sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs
import numpy as np

from fourstroke_threshold.compared import Array, Compared, column_of, names_of

if TYPE_CHECKING:
    import pandas as pd

Maker: TypeAlias = "Callable[[Compared, pd.DataFrame], Array | None]"
Figure: TypeAlias = Callable[[Array], Array]

_SMALLEST: Final = float(np.finfo(float).eps)


@attrs.frozen(kw_only=True, eq=False)
class Pair:
    """A figure's statistics of two models, row by row, and the figure as a function of their sums."""

    own: Array
    other: Array
    figure: Figure
    # By how much the first is better in each row, if the figure is the mean of that; else nothing.
    gaps: Array | None = None


def pair_of(name: str, rows: Compared) -> Pair | None:
    """Give what the figure of this name is made of; nothing if it is not known for such rows."""
    of_classes = _TWO_CLASSES | _CLASSES if rows.positive else _CLASSES
    known = _REGRESSION if rows.is_regression else of_classes
    if name not in known:
        return None
    make, figure = known[name]
    own, other = make(rows, rows.own), make(rows, rows.other)
    if own is None or other is None:
        return None
    gaps = None
    if name in _MEANS:
        column, sign = _MEANS[name]
        gaps = sign * (own[:, column] - other[:, column])
    return Pair(own=own, other=other, figure=figure, gaps=gaps)


def _cells(rows: Compared, table: pd.DataFrame) -> Array:
    truth, said = rows.is_positive, names_of(table["prediction"]) == rows.positive
    return np.column_stack([truth & said, ~truth & said, truth & ~said]).astype(float)


def _hits(rows: Compared, table: pd.DataFrame) -> Array:
    return _with_count(rows.truth == names_of(table["prediction"]))


def _classes(rows: Compared, table: pd.DataFrame) -> Array:
    """Each class's hits, rows and claims."""
    said = names_of(table["prediction"])
    # The same classes for both models, also if one of them never names some.
    claimed = [names_of(predictions["prediction"]) for predictions in (rows.own, rows.other)]
    every = np.unique(np.concatenate([rows.truth, *claimed]))
    truth_is, said_is = rows.truth[:, None] == every, said[:, None] == every
    return np.hstack([truth_is & said_is, truth_is, said_is]).astype(float)


def _log_losses(rows: Compared, table: pd.DataFrame) -> Array | None:
    if not any(str(name).startswith("probability_") for name in table.columns):
        return None
    own = np.zeros(len(rows.truth))
    for name in np.unique(rows.truth):
        column = column_of(table, "probability", str(name))
        if column is not None:
            own = np.where(rows.truth == name, column, own)
    return _with_count(-np.log(np.clip(own, _SMALLEST, 1.0)))


def _squares(rows: Compared, table: pd.DataFrame) -> Array | None:
    claimed = column_of(table, "probability", rows.positive)
    return None if claimed is None else _with_count((rows.is_positive - claimed) ** 2)


def _errors(rows: Compared, table: pd.DataFrame) -> Array:
    error = rows.truth - table["prediction"].to_numpy(dtype=np.float64)
    # Around the mean, so that the sum of squares does not drown in rounding.
    centred = rows.truth - rows.truth.mean()
    return np.column_stack([error**2, np.abs(error), centred, centred**2, np.ones(len(error))])


def _with_count(values: Array) -> Array:
    return np.column_stack([values.astype(float), np.ones(len(values))])


def _mean(sums: Array) -> Array:
    return np.asarray(sums[:, 0] / sums[:, -1])


def _f1_macro(sums: Array) -> Array:
    hits, own, claimed = np.split(sums, 3, axis=1)
    known = own + claimed > 0
    scores = 2 * hits / np.where(known, own + claimed, 1)
    return np.asarray(scores.sum(axis=1) / known.sum(axis=1))


def _mean_recall(sums: Array) -> Array:
    hits, own, _ = np.split(sums, 3, axis=1)
    return np.asarray((hits / np.where(own > 0, own, 1)).sum(axis=1) / (own > 0).sum(axis=1))


# Figures that are the mean of one of their statistics: which one, and whether more of it is better.
_MEANS: Final = {
    "accuracy": (0, 1),
    "log_loss": (0, -1),
    "brier": (0, -1),
    "mse": (0, -1),
    "mae": (1, -1),
}
_CLASSES: Final[dict[str, tuple[Maker, Figure]]] = {
    "accuracy": (_hits, _mean),
    "balanced_accuracy": (_classes, _mean_recall),
    "f1_macro": (_classes, _f1_macro),
    "log_loss": (_log_losses, _mean),
}
_TWO_CLASSES: Final[dict[str, tuple[Maker, Figure]]] = {
    "f1": (_cells, lambda s: np.asarray(2 * s[:, 0] / (2 * s[:, 0] + s[:, 1] + s[:, 2]))),
    "precision": (_cells, lambda s: np.asarray(s[:, 0] / (s[:, 0] + s[:, 1]))),
    "recall": (_cells, lambda s: np.asarray(s[:, 0] / (s[:, 0] + s[:, 2]))),
    "brier": (_squares, _mean),
}
_REGRESSION: Final[dict[str, tuple[Maker, Figure]]] = {
    "rmse": (_errors, lambda s: np.sqrt(s[:, 0] / s[:, -1])),
    "mse": (_errors, _mean),
    "mae": (_errors, lambda s: np.asarray(s[:, 1] / s[:, -1])),
    "r2": (_errors, lambda s: np.asarray(1 - s[:, 0] / (s[:, 3] - s[:, 2] ** 2 / s[:, -1]))),
}
