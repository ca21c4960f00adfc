"""How much better one model is than another on the same rows, and how sure that is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.stats import norm, rankdata

from fourstroke_threshold.compared import Compared, column_of
from fourstroke_threshold.sums import pair_of

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke import Candidate, Context, Metric
    from fourstroke_threshold.compared import Array
    from fourstroke_threshold.sums import Pair


@attrs.frozen(kw_only=True)
class Difference:
    """A difference of two models, positive if the first is better.

    It is above ``low`` with the confidence that was asked for, and below ``high`` with the same.
    """

    value: float
    low: float
    high: float
    method: str


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
    """

    own: Metric
    other: Metric
    confidence: float
    resamples: int

    @property
    def value(self) -> float:
        """The difference, positive if the candidate is better."""
        sign = 1 if self.own.higher_is_better else -1
        return sign * (value_of(self.own) - value_of(self.other))

    def around(self, value: float, error: float, method: str) -> Difference:
        """Give the difference with bounds by its standard error."""
        reach = float(norm.ppf(self.confidence)) * error
        return Difference(value=value, low=value - reach, high=value + reach, method=method)


def difference(
    how: Comparison, candidate: Candidate, champion: Candidate, context: Context
) -> Difference:
    """Compare a metric of two models, as exactly as their predictions allow.

    Parameters
    ----------
    how : Comparison
        What is compared.
    candidate, champion : Candidate
        With the same held-out rows and both models' predictions.
    context : Context
        Names target, positive class and group; its seed is the bootstrap's.
    """
    rows = Compared.of(candidate, champion, context.task)
    if rows is None:
        return _unpaired(how)
    if how.own.name == "roc_auc" and rows.positive:
        return _delong(how, rows) or _unpaired(how)
    pair = pair_of(how.own.name, rows)
    if pair is None:
        return _unpaired(how)
    return _bootstrap(how, rows, pair, np.random.default_rng(context.seed))


def value_of(metric: Metric) -> float:
    """Give a metric's value as a number."""
    return math.nan if metric.value is None else metric.value


def _delong(how: Comparison, rows: Compared) -> Difference | None:
    """Compare two areas under the ROC curve.

    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Comparing the areas under two or more
    correlated receiver operating characteristic curves; by ranks as in X. Sun, W. Xu (2014), Fast
    implementation of DeLong's algorithm; clusters as in N. A. Obuchowski (1997), Nonparametric analysis
    of clustered ROC curve data.
    """
    positive = rows.is_positive
    own, other = _scores(rows.own, rows.positive), _scores(rows.other, rows.positive)
    if own is None or other is None or positive.all() or not positive.any():
        return None
    area_own, influence_own = _auc_influence(positive, own)
    area_other, influence_other = _auc_influence(positive, other)
    influence = influence_own - influence_other
    if rows.clusters is not None:
        parts = [np.bincount(rows.clusters, weights=influence)]
    else:
        parts = [influence[positive], influence[~positive]]
    error = math.sqrt(sum(_scaled_squares(part) for part in parts))
    return how.around(area_own - area_other, error, "DeLong's test")


def _auc_influence(positive: Array, scores: Array) -> tuple[float, Array]:
    """Give the area, and how far each row moves it."""
    yes, no = scores[positive], scores[~positive]
    ranks = rankdata(scores)
    above_no = (ranks[positive] - rankdata(yes)) / len(no)
    below_yes = 1 - (ranks[~positive] - rankdata(no)) / len(yes)
    area = float(above_no.mean())
    influence = np.empty(len(scores))
    influence[positive] = (above_no - area) / len(yes)
    influence[~positive] = (below_yes - area) / len(no)
    return area, influence


def _scaled_squares(parts: Array) -> float:
    return float((parts**2).sum()) * len(parts) / max(len(parts) - 1, 1)


def _scores(table: pd.DataFrame, positive: str) -> Array | None:
    probability = column_of(table, "probability", positive)
    return column_of(table, "score", positive) if probability is None else probability


def _bootstrap(
    how: Comparison, rows: Compared, pair: Pair, random: np.random.Generator
) -> Difference:
    """Draw rows again and again, each time the same ones for both models."""
    both = np.hstack([pair.own, pair.other])
    sums = _resampled(both, rows, how.resamples, random)
    width = pair.own.shape[1]
    sign = 1 if how.own.higher_is_better else -1
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = sign * (pair.figure(sums[:, :width]) - pair.figure(sums[:, width:]))
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return _unpaired(how)
    low, high = np.quantile(drawn, [1 - how.confidence, how.confidence])
    return Difference(
        value=how.value, low=float(low), high=float(high), method="a paired bootstrap"
    )


def _resampled(
    statistics: Array, rows: Compared, resamples: int, random: np.random.Generator
) -> Array:
    """Sum the statistics of drawn rows: as many of each class as there are, or whole clusters."""
    if rows.clusters is None:
        parts = [statistics[rows.strata == stratum] for stratum in np.unique(rows.strata)]
    else:
        units = np.zeros((int(rows.clusters.max()) + 1, statistics.shape[1]))
        np.add.at(units, rows.clusters, statistics)
        parts = [units]
    total = np.zeros((resamples, statistics.shape[1]))
    for part in parts:
        unique, counts = np.unique(part, axis=0, return_counts=True)
        if len(unique) <= len(part) // 4:
            # Rows that are alike need not be told apart: draw how often each kind comes.
            total += random.multinomial(len(part), counts / len(part), size=resamples) @ unique
            continue
        for number in range(resamples):
            drawn = random.integers(len(part), size=len(part))
            total[number] += np.bincount(drawn, minlength=len(part)) @ part
    return total


def _unpaired(how: Comparison) -> Difference:
    """Compare by the two intervals: as if the models had seen different rows, so wider."""
    errors = [_error(metric) for metric in (how.own, how.other)]
    if None in errors:
        return how.around(how.value, 0.0, "their values alone, since there are no intervals")
    return how.around(how.value, math.hypot(*(e or 0.0 for e in errors)), "the two intervals")


def _error(metric: Metric) -> float | None:
    if metric.low is None or metric.high is None:
        return None
    return (metric.high - metric.low) / (2 * float(norm.ppf(0.5 + metric.confidence / 2)))
