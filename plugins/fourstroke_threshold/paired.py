"""How much better one model is than another on the same rows, and how sure that is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from fourstroke_threshold.areas import delong
from fourstroke_threshold.compared import Compared
from fourstroke_threshold.figured import Comparison, Difference
from fourstroke_threshold.in_time import influences, long_run
from fourstroke_threshold.proportions import Discordant
from fourstroke_threshold.resampled import bootstrap
from fourstroke_threshold.sums import pair_of

if TYPE_CHECKING:
    from fourstroke import Candidate, Context, Metric
    from fourstroke_threshold.compared import Array


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
        Names target, positive class, group and time; its seed is the bootstrap's.
    """
    rows = Compared.of(candidate, champion, context.task, how.dependence)
    if rows is None:
        return _unpaired(how)
    if how.own.name == "roc_auc" and rows.positive:
        return delong(how, rows) or _unpaired(how)
    pair = pair_of(how.own.name, rows)
    if pair is None:
        return _unpaired(how)
    if rows.moments is not None:
        return long_run(how, influences(pair, how.sign), rows.moments)
    if pair.gaps is None or rows.clusters is not None:
        random = np.random.default_rng(context.seed)
        return bootstrap(how, rows, pair, random) or _unpaired(how)
    if how.own.name == "accuracy":
        return _mcnemar(how, rows, pair.gaps)
    return _paired_t(how, pair.gaps)


def _mcnemar(how: Comparison, rows: Compared, gaps: Array) -> Difference:
    """Compare shares of right rows by those on which only one model is right."""
    found = Discordant(int((gaps > 0).sum()), int((gaps < 0).sum()), len(gaps))
    method = (
        f"McNemar's exact test of {found.gained:,} rows gained and {found.lost:,} lost "
        f"(one-sided p {found.chance():.2g}, mid-p {found.chance(is_mid=True):.2g}; Tango's interval)"
    )
    if rows.say_the_same:
        low = high = found.value
    else:
        low, high = found.interval(how.confidence)
    return Difference(value=found.value, low=low, high=high, method=method, rows=found.rows)


def _paired_t(how: Comparison, gaps: Array) -> Difference:
    """Compare means of losses by the mean of their differences (Student 1908)."""
    count = len(gaps)
    if count < 2:  # noqa: PLR2004 - one row has no spread
        return _unpaired(how)
    error = float(np.std(gaps, ddof=1)) / math.sqrt(count)
    return how.around(error, "a paired t test", freedom=count - 1, rows=count)


def _unpaired(how: Comparison) -> Difference:
    """Compare by the two intervals: as if the models had seen different rows, so wider."""
    rows = min(how.own.rows, how.other.rows)
    errors = [_error(metric) for metric in (how.own, how.other)]
    if None in errors:
        return how.around(0.0, "their values alone, since there are no intervals", rows=rows)
    return how.around(math.hypot(*(e or 0.0 for e in errors)), "the two intervals", rows=rows)


def _error(metric: Metric) -> float | None:
    if metric.low is None or metric.high is None:
        return None
    return (metric.high - metric.low) / (2 * float(norm.ppf(0.5 + metric.confidence / 2)))
