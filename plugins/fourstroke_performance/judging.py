"""Whether a figure of a window is worse than in the reference: by more than chance, and enough to matter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke_performance.catalogue import ends_at_one, higher_is_better, loss_of
from fourstroke_performance.measured import FEWEST, Measured
from fourstroke_performance.tails import normal_quantile, upper_quantile, upper_tail

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE: Final = 0.95


@attrs.frozen(kw_only=True)
class Limits:
    """From when on a figure is worse.

    Parameters
    ----------
    effect : float
        The smallest drop of a figure between 0 and 1 that matters.
    growth : float
        The smallest growth of what is missing to a perfect figure that matters, as a share of it.
    false_alarms : float
        The share of windows like the reference in which chance may raise an alarm, over all figures.
    minimum_rows : int
        With fewer rows nothing is judged.
    """

    effect: float
    growth: float
    false_alarms: float
    minimum_rows: int


@attrs.frozen(kw_only=True)
class Comparison:
    """A figure of a window beside that of the reference.

    Parameters
    ----------
    window, reference : Measured
        The two.
    worse : float
        By how much it is worse; negative if it is better.
    error : float
        The standard error of that difference, if the window is like the reference.
    skewness : float
        Of that difference, so that its longer tail is the worse one if positive.
    """

    window: Measured
    reference: Measured
    worse: float
    error: float
    skewness: float

    @property
    def probability(self) -> float:
        """How often chance alone makes a window as bad as this one."""
        if not self.error > 0:
            return 0.0 if self.worse > 0 else 1.0
        return upper_tail(self.worse / self.error, self.skewness)

    def chance(self, level: float) -> float:
        """Give by how much chance alone makes a window worse, all but a share ``level`` of them."""
        if not self.error > 0:
            return 0.0
        return self.error * upper_quantile(level, self.skewness)


def compare(window: Measured, reference: Measured, *, held: Measured | None = None) -> Comparison:
    """Set a figure of a window beside that of the reference.

    Parameters
    ----------
    window, reference : Measured
        The two.
    held : Measured, optional
        What says how far chance moves the reference's own value; without it the reference does.

    Notes
    -----
    If the window is like the reference, the figure over ``n`` rows has the variance ``spread**2 / n``
    and the skewness ``skewness / sqrt(n)``; the reference has its own error over its ``m`` rows. So
    the difference has the variance ``spread**2 (1/n + 1/m)`` and the third central moment
    ``skewness * spread**3 (1/n**2 - 1/m**2)``. ``n`` counts what the figure rests on: for a recall the
    window's positives, over their share in the reference. A Pearson curve of type III of these
    moments gives the tail (K. Pearson 1895, Contributions to the mathematical theory of evolution,
    II): the normal curve gives too many alarms where a figure is near 1, and for long-tailed errors.
    """
    held = held or reference
    spread, skewness = _floored(reference)
    held_spread, held_skewness = _floored(held)
    many = window.basis / max(reference.basis / reference.rows, 1e-12)
    own, other = spread**2 / many, held_spread**2 / held.rows
    error = math.sqrt(own + other)
    third = skewness * own * spread / many - held_skewness * other * held_spread / held.rows
    sign = -1 if higher_is_better(window.name) else 1
    return Comparison(
        window=window,
        reference=reference,
        worse=sign * (window.value - reference.value),
        error=error,
        skewness=sign * third / error**3 if error > 0 else 0.0,
    )


def widened(reference: Measured, window: Measured) -> Measured:
    """Let a window whose errors scatter more than the reference's say how far chance moves them.

    A reference that by chance holds none of the rare large errors knows neither their size nor how
    much they scatter. Figures between 0 and 1 have no such tail.
    """
    if ends_at_one(reference.name) or window.spread <= reference.spread:
        return reference
    return attrs.evolve(reference, spread=window.spread, skewness=window.skewness)


def holm_level(probabilities: Sequence[float], share: float) -> float:
    """Give the level at or below which a probability is no chance, over all figures together.

    Notes
    -----
    S. Holm (1979), A simple sequentially rejective multiple test procedure: in at most ``share`` of
    the windows in which nothing changed is any figure found worse, however the figures hang together.

    Examples
    --------
    >>> holm_level([0.001, 0.2, 0.9], 0.03), holm_level([], 0.03)
    (0.015, 0.03)
    """
    left = len(probabilities)
    for probability in sorted(probabilities):
        if probability > share / left:
            break
        left -= 1
    return share / max(left, 1)


def smallest_effect(reference: Measured, limits: Limits) -> float:
    """Give the drop from which on it matters."""
    growth = limits.growth * abs(loss_of(reference.name, reference.value))
    return max(growth, limits.effect) if ends_at_one(reference.name) else growth


def interval(measured: Measured, rows: float | None = None) -> tuple[float, float]:
    """Give the interval of a figure, of 95 %.

    Notes
    -----
    Between 0 and 1 Wilson's (1927) with the effective size ``value (1 - value) / error**2`` (E. L.
    Korn, B. I. Graubard 1998, Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data): for a share that is the number of rows it is taken
    of. Else the normal one.
    """
    z = normal_quantile(CONFIDENCE)
    error = measured.spread / math.sqrt(rows or measured.rows)
    if not ends_at_one(measured.name):
        low = measured.value - z * error
        return (low if measured.name == "r2" else max(low, 0.0)), measured.value + z * error
    inner = measured.value * (1 - measured.value)
    size = inner / error**2 if error > 0 and inner > 0 else measured.basis
    return wilson(measured.value, max(size, 1.0), z)


def difference_interval(window: Measured, reference: Measured) -> tuple[float, float]:
    """Give the interval of by how much a window's figure is worse, of 95 %.

    Notes
    -----
    Each end is as far away as the two figures' own intervals say, squared and summed: method 10 of R.
    G. Newcombe (1998), Interval estimation for the difference between independent proportions; for any
    figure G. Y. Zou, A. Donner (2008), Construction of confidence limits about effect measures.
    """
    (low, high), (low_known, high_known) = interval(window), interval(reference)
    value, known = window.value, reference.value
    down = math.hypot(known - low_known, high - value), math.hypot(value - low, high_known - known)
    if higher_is_better(window.name):
        return known - value - down[0], known - value + down[1]
    return value - known - down[1], value - known + down[0]


def wilson(share: float, trials: float, z: float) -> tuple[float, float]:
    """Give the score interval of a proportion.

    Notes
    -----
    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference; method 3
    in R. G. Newcombe (1998), Two-sided confidence intervals for the single proportion.

    Examples
    --------
    >>> low, high = wilson(81 / 263, 263, 1.959964)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    centre = share + z * z / (2 * trials)
    half = z * math.sqrt(max(share * (1 - share), 0.0) / trials + (z / (2 * trials)) ** 2)
    scale = 1 + z * z / trials
    return max((centre - half) / scale, 0.0), min((centre + half) / scale, 1.0)


def lacks(measured: Measured) -> str:
    """Say what a figure has too little of to be judged; nothing if it has enough."""
    if measured.basis >= FEWEST:
        return ""
    return f"it rests on {measured.basis:.3g} rows, and {FEWEST} are needed"


def _floored(measured: Measured) -> tuple[float, float]:
    """Never let a figure that was perfect by chance be perfect by nature: half a miss is added."""
    if measured.spread > 0 or not ends_at_one(measured.name):
        return measured.spread, measured.skewness
    miss = 0.5 / (measured.basis + 1)
    scale = math.sqrt(measured.rows / max(measured.basis, 1.0))
    side = -1 if measured.value > 0.5 else 1  # noqa: PLR2004 - which end it stands at
    skewness = side * (1 - 2 * miss) / math.sqrt(miss * (1 - miss)) * scale
    return math.sqrt(miss * (1 - miss)) * scale, skewness
