"""Compare the shares of rows that two models get right: the rows on which they differ tell it all."""

from __future__ import annotations

import math

import attrs
from scipy.optimize import brentq
from scipy.stats import binom, norm


@attrs.frozen
class Discordant:
    """Rows that one model got right and the other did not, of all rows that both were asked about.

    Parameters
    ----------
    gained, lost : int
        Rows that only the first model got right, and only the second.
    rows : int
        All of them.
    """

    gained: int
    lost: int
    rows: int

    @property
    def value(self) -> float:
        """By how much the first model's share is larger."""
        return (self.gained - self.lost) / self.rows

    def chance(self, *, is_mid: bool = False) -> float:
        """Give how likely so many gained rows are, or more, if both models are equally good.

        Q. McNemar (1947), Note on the sampling error of the difference between correlated proportions;
        exact by the binomial distribution of the rows that differ. The mid-p value counts half of what
        is as likely as the sample: M. W. Fagerland, S. Lydersen, P. Laake (2013), The McNemar test for
        binary matched-pairs data: mid-p and asymptotic are better than exact conditional.

        Examples
        --------
        Their example of airways before and after a treatment, two-sided there:

        >>> airways = Discordant(gained=7, lost=1, rows=21)
        >>> round(2 * airways.chance(), 4), round(2 * airways.chance(is_mid=True), 4)
        (0.0703, 0.0391)
        """
        differ = self.gained + self.lost
        tail = float(binom.sf(self.gained - 1, differ, 0.5))
        return tail - (float(binom.pmf(self.gained, differ, 0.5)) / 2 if is_mid else 0.0)

    @property
    def mirrored(self) -> Discordant:
        """Give the same with the models exchanged."""
        return Discordant(gained=self.lost, lost=self.gained, rows=self.rows)

    def interval(self, confidence: float) -> tuple[float, float]:
        """Give bounds of the difference, each of which holds with this one-sided confidence.

        T. Tango (1998), Equivalence test and confidence interval for the difference in proportions for
        the paired-sample design: all differences that the score test does not rule out. At 0 it is
        McNemar's test without its correction; there the exact test has the last word, so that no bound
        rules out equal models where that test does not.

        Examples
        --------
        >>> [round(end, 4) for end in Discordant(gained=6, lost=16, rows=161).interval(0.975)]
        [-0.124, 0.0]
        """
        low, high = self.score_interval(confidence)
        if self.chance() > 1 - confidence:
            low = min(low, 0.0)
        if self.mirrored.chance() > 1 - confidence:
            high = max(high, 0.0)
        return low, high

    def score_interval(self, confidence: float) -> tuple[float, float]:
        """Give Tango's interval alone.

        Examples
        --------
        As in M. W. Fagerland, S. Lydersen, P. Laake (2014), Recommended tests and confidence intervals
        for paired binomial proportions, their example of complete response:

        >>> [round(end, 4) for end in Discordant(gained=6, lost=16, rows=161).score_interval(0.975)]
        [-0.124, -0.0054]
        """
        reach = float(norm.ppf(confidence))
        ends = []
        for sign, far in ((1, -1.0), (-1, 1.0)):

            def beyond(difference: float, sign: int = sign) -> float:
                return sign * self._score(difference) - reach

            has_end = beyond(far) > 0
            ends.append(float(brentq(beyond, far, self.value, xtol=1e-12)) if has_end else far)
        return ends[0], ends[1]

    def _score(self, difference: float) -> float:
        """Give how many standard errors the sample lies above a difference (Tango 1998, eq. 8)."""
        rows, gained, lost = self.rows, self.gained, self.lost
        a = 2 * rows
        b = -gained - lost + (2 * rows - gained + lost) * difference
        c = -lost * difference * (1 - difference)
        # The share of lost rows that fits the sample best if the difference is this one.
        share = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
        variance = rows * (2 * share + difference * (1 - difference))
        above = gained - lost - rows * difference
        if variance <= 0:
            return math.copysign(math.inf, above) if above else 0.0
        return above / math.sqrt(variance)
