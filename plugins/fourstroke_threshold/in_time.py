"""Differences of rows in time: what is wrong today is often wrong tomorrow, so rows tell of each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from fourstroke import StepError
from fourstroke_threshold.figured import Difference

if TYPE_CHECKING:
    from fourstroke_threshold.compared import Array
    from fourstroke_threshold.figured import Comparison
    from fourstroke_threshold.sums import Pair

# Of the number of frequencies: E. Lazarus, D. J. Lewis, J. H. Stock, M. W. Watson (2018), eq. 4.
_SHARE: Final = 0.4
_POWER: Final = 2 / 3
# A step of a numerical derivative, in shares of what is moved: the cube root of the rounding of numbers.
_STEP: Final = float(np.finfo(float).eps) ** (1 / 3)
_FEWEST: Final = 8


def long_run(
    how: Comparison, influence: Array, moments: Array, *, value: float | None = None
) -> Difference:
    """Give the difference with bounds that allow for dependence between neighbours in time.

    The variance of the sum is that of the slowest movements of the series: the mean square of its
    first cosine transforms, ``0.4 * T ** (2/3)`` of them for T moments, with Student's t of as many
    degrees of freedom. E. Lazarus, D. J. Lewis, J. H. Stock, M. W. Watson (2018), HAR inference:
    recommendations for practice, Journal of Business & Economic Statistics 36 (the equal-weighted
    periodogram, with the cosines of U. K. Müller 2004). They find that it keeps its level better than
    the estimator of Newey and West with normal quantiles. Rows of one moment are added up first, so that
    they may depend on each other in any way (J. C. Driscoll, A. C. Kraay 1998).

    Parameters
    ----------
    how : Comparison
        Says how sure the bounds have to be.
    influence : array of shape (n,)
        How far each row moves the difference.
    moments : array of shape (n,), int
        The place of each row's moment in their order, from 0.
    value : float, optional
        The difference; that of the metrics without it.

    Raises
    ------
    StepError
        If there are too few moments to tell anything of time.
    """
    series = np.bincount(moments, weights=influence)
    length = len(series)
    if length < _FEWEST:
        raise StepError(
            f"the held-out rows are of {length} moments: too few to tell how they depend on time",
            hint='dependence = "none" takes rows as independent, "group" by task.group',
        )
    number = int(_SHARE * length**_POWER)
    series = series - series.mean()
    angles = math.pi * (np.arange(length) + 0.5) / length
    transforms = [math.sqrt(2 / length) * series @ np.cos(k * angles) for k in range(1, number + 1)]
    error = math.sqrt(length * float(np.mean(np.square(transforms))))
    method = f"its {length:,} moments in order (long-run variance of {number} cosines)"
    return how.around(error, method, value=value, freedom=number, rows=len(influence))


def influences(pair: Pair, sign: int) -> Array:
    """Give how far each row moves the difference of a figure, to first order."""
    return sign * (_moved(pair, pair.own) - _moved(pair, pair.other))


def _moved(pair: Pair, statistics: Array) -> Array:
    """Give how far each row moves one model's figure: the slope in each sum, times the row's share of it."""
    sums = statistics.sum(axis=0)
    steps = _STEP * np.maximum(np.abs(sums), 1.0)
    around = np.vstack([sums + np.diag(steps), sums - np.diag(steps)])
    with np.errstate(divide="ignore", invalid="ignore"):
        above, below = np.split(pair.figure(around), 2)
    slopes = np.where(statistics.any(axis=0), (above - below) / (2 * steps), 0.0)
    return np.asarray(statistics @ slopes)
