"""Figures of a regression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from fourstroke_performance.measured import Figure
from fourstroke_performance.of_two import ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke_performance.labels import Array

_NO_ROWS: Final = "there are no rows"


def figure_of_numbers(name: str, truth: Array, said: Array) -> Figure:
    """Compute one figure of numbers that were estimated."""
    return _FIGURES[name](name, truth, said)


def root(figure: Figure, name: str) -> Figure:
    """Take the square root of a mean of squares; the influences follow by the delta method."""
    if figure.value is None or figure.influence is None:
        return Figure(name=name, value=None, why=figure.why)
    value = float(np.sqrt(figure.value))
    scale = 2 * value if value > 0 else 1.0
    return Figure(name=name, value=value, influence=figure.influence / scale, basis=figure.basis)


def mean_loss(name: str, loss: Array) -> Figure:
    """Compute the mean of a loss over rows."""
    return ratio(name, loss, np.ones(len(loss)), _NO_ROWS)


def _mae(name: str, truth: Array, said: Array) -> Figure:
    return mean_loss(name, np.abs(truth - said))


def _mse(name: str, truth: Array, said: Array) -> Figure:
    return mean_loss(name, (truth - said) ** 2)


def _rmse(name: str, truth: Array, said: Array) -> Figure:
    return root(_mse(name, truth, said), name)


def _mape(name: str, truth: Array, said: Array) -> Figure:
    if not truth.all():
        return Figure(name=name, value=None, why="an outcome is 0")
    return mean_loss(name, np.abs((truth - said) / truth))


def _r2(name: str, truth: Array, said: Array) -> Figure:
    """Compute the share of the outcomes' variance that the model explains."""
    error = mean_loss(name, (truth - said) ** 2)
    if error.value is None or error.influence is None:
        return error
    square = (truth - truth.mean()) ** 2
    variance = float(square.mean())
    if not variance > 0:
        return Figure(name=name, value=None, why="all outcomes are the same")
    unexplained = error.value / variance
    influence = (unexplained * (square - variance) - error.influence) / variance
    return Figure(name=name, value=1 - unexplained, influence=influence, basis=error.basis)


_FIGURES: Final[dict[str, Callable[[str, Array, Array], Figure]]] = {
    "rmse": _rmse,
    "mae": _mae,
    "mse": _mse,
    "r2": _r2,
    "mape": _mape,
}
