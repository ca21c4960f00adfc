"""A difference of two models, and what is asked of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import attrs
from scipy.special import ndtri, stdtrit

if TYPE_CHECKING:
    from fourstroke import Metric

Dependence = Literal["auto", "none", "group", "time"]


@attrs.frozen(kw_only=True)
class Difference:
    """A difference of two models, positive if the first is better.

    It is above ``low`` with the confidence that was asked for, and below ``high`` with the same.

    Parameters
    ----------
    value, low, high : float
        The difference and its bounds; all three are equal where there is nothing to doubt.
    method : str
        How the bounds were found, in words.
    rows : int
        The rows that it was found on; 0 if they are not known.
    """

    value: float
    low: float
    high: float
    method: str
    rows: int = 0


@attrs.frozen(kw_only=True)
class Comparison:
    """How a metric of two models is compared.

    Parameters
    ----------
    own, other : Metric
        The candidate's and the champion's, with values.
    confidence : float
        One-sided, such as 0.95.
    resamples : int
        Draws of the bootstrap.
    dependence : {"auto", "none", "group", "time"}
        Which rows tell of each other.
    """

    own: Metric
    other: Metric
    confidence: float
    resamples: int
    dependence: Dependence = "auto"

    @property
    def sign(self) -> int:
        """1 if a larger value is better, else -1."""
        return 1 if self.own.higher_is_better else -1

    @property
    def value(self) -> float:
        """The difference, positive if the candidate is better."""
        return self.sign * (value_of(self.own) - value_of(self.other))

    def around(
        self,
        error: float,
        method: str,
        *,
        value: float | None = None,
        freedom: float = math.inf,
        rows: int = 0,
    ) -> Difference:
        """Give the difference with bounds by its standard error, normal or as Student's t."""
        # Not scipy.stats, whose checks take a hundred times as long as the numbers.
        is_normal = math.isinf(freedom)
        quantile = ndtri(self.confidence) if is_normal else stdtrit(freedom, self.confidence)
        reach, middle = float(quantile) * error, self.value if value is None else value
        return Difference(
            value=middle, low=middle - reach, high=middle + reach, method=method, rows=rows
        )


def value_of(metric: Metric) -> float:
    """Give a metric's value as a number."""
    return math.nan if metric.value is None else metric.value
