"""Compare figures of two models by drawing rows again and again, each time the same ones for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from fourstroke_threshold.figured import Difference

if TYPE_CHECKING:
    from fourstroke_threshold.compared import Array, Compared
    from fourstroke_threshold.figured import Comparison
    from fourstroke_threshold.sums import Pair

# A quantile with fewer draws beyond it is nearly a matter of chance.
_FEWEST_BEYOND: Final = 20


def bootstrap(
    how: Comparison, rows: Compared, pair: Pair, random: np.random.Generator
) -> Difference | None:
    """Give the difference with quantiles of what was drawn; nothing if no draw has a value.

    Where so much confidence is asked for that hardly a draw lies beyond the bounds, their standard
    deviation gives normal ones.
    """
    both = np.hstack([pair.own, pair.other])
    sums = _resampled(both, rows, how.resamples, random)
    width = pair.own.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = how.sign * (pair.figure(sums[:, :width]) - pair.figure(sums[:, width:]))
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return None
    count = len(rows.truth)
    if (1 - how.confidence) * len(drawn) < _FEWEST_BEYOND:
        error = float(np.std(drawn))
        return how.around(error, "the standard error of a paired bootstrap", rows=count)
    low, high = np.quantile(drawn, [1 - how.confidence, how.confidence])
    return Difference(
        value=how.value, low=float(low), high=float(high), method="a paired bootstrap", rows=count
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
