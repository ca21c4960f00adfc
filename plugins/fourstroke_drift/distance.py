"""The Jensen-Shannon distance of two histograms, and what chance alone makes of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np
from scipy.special import gammaincc, gammainccinv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fourstroke_drift.histogram import Histogram

# Enough for mean and variance of the divergence; the tail comes from the fitted distribution.
_DRAWS = 1000
# A binomial draw needs a whole number that the platform's integers hold.
_LARGEST_SAMPLE = 10**9


def jensen_shannon(histogram: Histogram) -> float:
    """Measure how far the window is from the reference.

    Returns
    -------
    float
        The square root of the Jensen-Shannon divergence in bits: 0 for equal distributions, 1 for
        disjoint ones.

    Notes
    -----
    D. M. Endres and J. E. Schindelin, "A new metric for probability distributions", IEEE
    Transactions on Information Theory 49 (2003).
    """
    reference, window = histogram.shares()
    return math.sqrt(float(_divergence(reference, window)))


@attrs.frozen
class Chance:
    """The distances that two samples of one distribution have by chance.

    The divergence of two samples of sizes N and n follows, for large counts, a multiple of a
    chi-squared distribution. Windows are small and cells may be nearly empty, so its mean and
    variance are taken from samples drawn of the pooled histogram, and a gamma distribution with
    these moments gives the tail, also where it is too thin to be counted in the draws.
    """

    shape: float
    scale: float

    @classmethod
    def of(cls, histogram: Histogram, generator: np.random.Generator) -> Chance:
        """Draw pairs of samples, as large as reference and window, of the pooled histogram."""
        reference, window = histogram.reference, histogram.window
        pooled = (reference + window) / (reference.sum() + window.sum())
        sizes = [min(round(float(part.sum())), _LARGEST_SAMPLE) for part in (reference, window)]
        first, second = (generator.multinomial(size, pooled, size=_DRAWS) / size for size in sizes)
        drawn = _divergence(first, second)
        mean, variance = float(drawn.mean()), float(drawn.var())
        if mean <= 0 or variance <= 0:
            return cls(shape=0.0, scale=0.0)
        return cls(shape=mean**2 / variance, scale=variance / mean)

    def probability(self, distance: float) -> float:
        """Give the probability of a distance at least this large."""
        if self.shape == 0:
            return 1.0 if distance == 0 else 0.0
        return float(gammaincc(self.shape, distance**2 / self.scale))

    def distance(self, probability: float) -> float:
        """Give the distance that is exceeded with this probability."""
        if self.shape == 0:
            return 0.0
        return math.sqrt(self.scale * float(gammainccinv(self.shape, probability)))


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


def _divergence(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the divergence in bits along the last axis, clipped to [0, 1] against rounding."""
    middle = (first + second) / 2
    total = (_relative_entropy(first, middle) + _relative_entropy(second, middle)) / 2
    return np.clip(total, 0.0, 1.0)


def _relative_entropy(
    first: NDArray[np.float64], second: NDArray[np.float64]
) -> NDArray[np.float64]:
    # Where `first` is 0 its term is 0 by continuity; `second` is 0 only where `first` is.
    ratio = np.divide(first, second, out=np.ones_like(first), where=first > 0)
    total: NDArray[np.float64] = (first * np.log2(ratio)).sum(axis=-1)
    return total
