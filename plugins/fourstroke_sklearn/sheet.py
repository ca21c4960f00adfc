"""Turn values and intervals into metrics, and what is not defined into a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from fourstroke import Metric
from fourstroke_sklearn.intervals import logit_interval, median_interval, normal_quantile, wilson
from fourstroke_sklearn.scored import Classified

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fourstroke_sklearn.intervals import Array, Bounds
    from fourstroke_sklearn.resampled import Uncertainty
    from fourstroke_sklearn.scored import Scored

NO_ROWS: Final = "there is no row with a label"
# By custom: of fewer units than five, resampling repeats a handful of samples, and a variance is a
# guess.
_FEWEST: Final = 5
_LOWER_IS_BETTER: Final = frozenset(
    {"log_loss", "brier", "ece", "mean_cost", "rmse", "mae", "median_ae", "mape"}
)


@attrs.frozen(eq=False)
class Sheet:
    """Writes the metrics of one set of rows.

    Parameters
    ----------
    rows : Classified or Estimated
        What is measured.
    how : Uncertainty
        How intervals are found.
    bounds : mapping of str to (float, float)
        Bootstrap bounds, by the metric's name.
    """

    rows: Scored
    how: Uncertainty
    bounds: Mapping[str, Bounds] = attrs.field(factory=dict)

    def undefined(self, name: str, why: str) -> Metric:
        """Write a metric that has no value."""
        return self._metric(name, None, why=why)

    def figure(self, name: str, value: Callable[[], Any], why: str = "") -> Metric:
        """Write a metric with its bootstrap bounds; with a reason ``why`` it is not defined."""
        if why or not len(self.rows.truth):
            return self.undefined(name, why or NO_ROWS)
        low, high = self.bounds.get(name, (None, None))
        if low is None or (reason := self._too_few()):
            return self._metric(name, float(value()), why="" if low is None else reason)
        return self._metric(name, float(value()), low=low, high=high, method="bootstrap")

    def share(self, name: str, hits: Array, why: str = NO_ROWS) -> Metric:
        """Write a proportion: with Wilson's interval, unless rows belong together."""
        if not len(hits):
            return self.undefined(name, why)
        if self.rows.clusters is not None and name in self.bounds:
            return self.figure(name, hits.mean)
        low, high = wilson(float(hits.sum()), len(hits), self.how.confidence)
        return self._metric(name, float(hits.mean()), low=low, high=high, method="wilson")

    def area(self, name: str, value: float, error: float, rarest: int) -> Metric:
        """Write an area under a curve.

        Parameters
        ----------
        name : str
            Of the metric.
        value, error : float
            The area and its standard error by DeLong's method.
        rarest : int
            Rows of the rarest class. Where ranking is perfect the sample shows no variance, and the
            area is not certain for that: then a proportion of 1 among so many rows gives the bounds.
        """
        if reason := self._too_few():
            return self._metric(name, value, why=reason)
        if error == 0:
            low, high = wilson(value * rarest, rarest, self.how.confidence)
            return self._metric(name, value, low=low, high=high, method="wilson")
        reach = normal_quantile(self.how.confidence) * error
        low, high = max(value - reach, 0.0), min(value + reach, 1.0)
        return self._metric(name, value, low=low, high=high, method="delong")

    def median(self, name: str, values: Array) -> Metric:
        """Write the median of a figure of rows, with the interval between two of its values."""
        if not len(values):
            return self.undefined(name, NO_ROWS)
        middle = float(np.median(values))
        if self.rows.clusters is not None:
            return self._metric(name, middle, why="no interval: rows belong together")
        low, high = median_interval(values, self.how.confidence)
        return self._metric(name, middle, low=low, high=high, method="order statistics")

    def precision_area(self, name: str, value: float, positives: int) -> Metric:
        """Write an average precision, of so many rows of the class of interest."""
        if reason := self._too_few():
            return self._metric(name, value, why=reason)
        if self.rows.clusters is not None:
            return self._metric(name, value, why="no interval: rows belong together")
        low, high = logit_interval(value, positives, self.how.confidence)
        return self._metric(name, value, low=low, high=high, method="logit")

    def _too_few(self) -> str:
        """Say why no interval can be found by drawing from these rows; empty if one can.

        A class of a few rows, or a few groups, shows next to nothing of how much it varies: the
        interval would come out far too narrow.
        """
        clusters = self.rows.clusters
        if clusters is not None and (groups := len(np.unique(clusters))) < _FEWEST:
            return f"no interval: {_only(groups, 'group')} of rows that belong together"
        if isinstance(self.rows, Classified) and self.rows.positive:
            positive = int(self.rows.is_positive.sum())
            rarest = min(positive, len(self.rows.truth) - positive)
            if rarest < _FEWEST:
                return f"no interval: {_only(rarest, 'row')} of one class"
        return ""

    def _metric(self, name: str, value: float | None, **more: Any) -> Metric:
        return Metric(
            name=name,
            value=value,
            confidence=self.how.confidence,
            rows=len(self.rows.truth),
            higher_is_better=name not in _LOWER_IS_BETTER,
            **more,
        )


def _only(number: int, noun: str) -> str:
    return f"only {number} {noun}{'' if number == 1 else 's'}"
