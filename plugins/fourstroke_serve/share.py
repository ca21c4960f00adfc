"""How often something happens, with bounds that hold at every moment: looking at it makes it no less true."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import attrs

# Jeffreys' prior: the bounds are narrow for rare and for frequent things alike.
_PRIOR: Final = 0.5
# A millionth of a millionth.
_STEPS: Final = 40


@attrs.define
class Share:
    """Counts how often something has happened.

    Examples
    --------
    >>> share = Share()
    >>> for _ in range(1000):
    ...     share.add(False)
    >>> share.lower(0.01), round(share.upper(0.01), 4)
    (0.0, 0.0086)
    """

    count: int = 0
    happened: int = 0

    def add(self, has_happened: bool) -> None:  # noqa: FBT001 - the one thing that it is told
        """Count one request."""
        self.count += 1
        self.happened += has_happened

    def lower(self, alpha: float) -> float:
        """Give the lower end of the confidence sequence: at no time above the truth, but with ``alpha``.

        Notes
        -----
        Mixed over a beta prior, the likelihood of what was seen divided by its likelihood under the
        true share is a martingale that begins with 1, so that it ever reaches ``1 / alpha`` with a
        probability of at most ``alpha`` (Ville's inequality). The shares under which it is smaller are
        the confidence sequence (Robbins 1970, "Statistical methods related to the law of the iterated
        logarithm"; Howard, Ramdas, McAuliffe and Sekhon 2021, "Time-uniform, nonparametric,
        nonasymptotic confidence sequences", the beta-binomial mixture). Both ends together, and all
        times together, miss the truth with a probability of at most ``alpha``.
        """
        if not self.happened:
            return 0.0
        bar = self._bar(alpha)
        return _last(lambda share: self._log_likelihood(share) <= bar, 0.0, self._mean)

    def upper(self, alpha: float) -> float:
        """Give the upper end of the same confidence sequence."""
        if self.happened == self.count:
            return 1.0
        bar = self._bar(alpha)
        return _last(lambda share: self._log_likelihood(share) > bar, self._mean, 1.0)

    @property
    def _mean(self) -> float:
        return self.happened / self.count

    def _bar(self, alpha: float) -> float:
        """Give the log-likelihood up to which a share is impossible."""
        missed = self.count - self.happened
        mixed = _log_beta(self.happened + _PRIOR, missed + _PRIOR) - _log_beta(_PRIOR, _PRIOR)
        return mixed + math.log(alpha)

    def _log_likelihood(self, share: float) -> float:
        """Give it for a share within 0 and 1, both left out."""
        missed = self.count - self.happened
        return self.happened * math.log(share) + missed * math.log1p(-share)


def _log_beta(first: float, second: float) -> float:
    return math.lgamma(first) + math.lgamma(second) - math.lgamma(first + second)


def _last(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Give the last point up to which something holds that holds at first, then no more."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low
