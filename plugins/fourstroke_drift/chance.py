"""What chance alone makes of a measure in a window of some size, over all columns together."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.special import gammaincc, gammainccinv

from fourstroke_drift.distance import STATISTICS, Statistic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke_drift.histogram import Counts, Histogram

# Enough for mean and variance; the tail comes from the fitted distribution.
_DRAWS = 1000
# A binomial draw needs a whole number that the platform's integers hold.
_LARGEST_SAMPLE = 10**9


@attrs.frozen
class Chance:
    """The values that a statistic has by chance, for a reference and for windows of one size.

    Samples as large as reference and window are drawn of the reference's histogram; where the window
    had a say in what the cells are, the rows of both are dealt out anew. The right power
    of the statistic is, for large counts, a multiple of chi-squared; windows are small and cells may
    be nearly empty, so a gamma distribution with the mean and the variance of the draws gives the
    tail, also where it is too thin to be counted in them.
    """

    shape: float
    scale: float
    power: int

    @classmethod
    def of(cls, statistic: Statistic, histogram: Histogram, seed: Sequence[int]) -> Chance:
        """Draw pairs of samples; those of one reference and of windows of one size only once."""
        widths = histogram.widths
        if histogram.dealt is not None:
            return _fitted(statistic, *histogram.dealt(np.random.default_rng(seed), _DRAWS), widths)
        return _drawn(
            statistic.name,
            histogram.reference.tobytes(),
            None if widths is None else widths.tobytes(),
            round(float(histogram.window.sum())),
            tuple(seed),
        )

    def probability(self, value: float) -> float:
        """Give the probability of a value at least this large."""
        if self.shape == 0:
            return 1.0 if value == 0 else 0.0
        return float(gammaincc(self.shape, value**self.power / self.scale))

    def value(self, probability: float) -> float:
        """Give the value that is exceeded with this probability."""
        if self.shape == 0:
            return 0.0
        found = self.scale * float(gammainccinv(self.shape, probability))
        return math.sqrt(found) if self.power == 2 else found  # noqa: PLR2004 - a square


@lru_cache(maxsize=4096)
def _drawn(
    name: str, reference: bytes, widths: bytes | None, rows: int, seed: tuple[int, ...]
) -> Chance:
    statistic, counts = STATISTICS[name], np.frombuffer(reference)
    sizes = [min(max(size, 1), _LARGEST_SAMPLE) for size in (round(counts.sum()), rows)]
    # What N rows never showed may still be one in N.
    shares = np.maximum(counts, 1.0)
    shares /= shares.sum()
    generator = np.random.default_rng(seed)
    first, second = (generator.multinomial(size, shares, size=_DRAWS) for size in sizes)
    return _fitted(
        statistic,
        first.astype(float),
        second.astype(float),
        None if widths is None else np.frombuffer(widths),
    )


def _fitted(statistic: Statistic, first: Counts, second: Counts, widths: Counts | None) -> Chance:
    drawn = statistic.measure(first, second, widths) ** statistic.power
    mean, variance = float(drawn.mean()), float(drawn.var())
    if mean <= 0 or variance <= 0:
        return Chance(shape=0.0, scale=0.0, power=statistic.power)
    return Chance(shape=mean**2 / variance, scale=variance / mean, power=statistic.power)


def significance_level(probabilities: Sequence[float], rate: float) -> float:
    """Find how small a probability has to be, so that false discoveries stay rare over all columns.

    Returns
    -------
    float
        The largest ``rate * i / m`` that the i-th smallest of the m probabilities does not exceed;
        ``rate / m`` if none does: what a single drifting column would have to reach.

    Notes
    -----
    Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", Journal of the Royal
    Statistical Society B 57 (1995). Where no column drifts at all, ``rate`` is also the probability
    of any alarm.

    Examples
    --------
    >>> significance_level([0.9, 0.01, 0.02, 0.5], rate=0.05)
    0.025
    """
    count = len(probabilities)
    passed = [
        rank
        for rank, probability in enumerate(sorted(probabilities), start=1)
        if probability <= rate * rank / count
    ]
    return rate * max(passed, default=1) / max(count, 1)
