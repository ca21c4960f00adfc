"""How far a window lies from its reference: six measures, all taken from one pair of histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from fourstroke_drift.histogram import Histogram

    Counts = NDArray[np.float64]
    Measure = Callable[[Counts, Counts, Counts | None], Counts]

StatisticName = Literal[
    "jensen_shannon",
    "wasserstein",
    "psi",
    "kolmogorov_smirnov",
    "chi_squared",
    "l_infinity",
]


# Of Pearson's chi-squared: rows expected in a cell.
_SMALLEST_CELL = 5


@attrs.frozen
class Statistic:
    """A measure, and how it is judged.

    Parameters
    ----------
    name : str
        As the settings call it.
    effect : float
        The smallest value that matters, if the settings say nothing.
    power : int
        Raised to it, the measure of two samples of one distribution is nearly gamma distributed:
        2 for distances, whose squares are sums of squares, 1 for what is such a sum already.
    needs : {"", "order", "categories"}
        The kind of columns that it says something about; empty for all.
    measure : callable
        Takes counts of the reference, of the window, and widths; works along the last axis.
    """

    name: StatisticName
    effect: float
    power: int
    needs: Literal["", "order", "categories"]
    measure: Measure = attrs.field(repr=False)

    def of(self, histogram: Histogram) -> float:
        """Measure one histogram."""
        return float(self.measure(histogram.reference, histogram.window, histogram.widths))

    def suits(self, histogram: Histogram) -> bool:
        """Tell whether it says something about such cells."""
        is_ordered = histogram.widths is not None
        return self.needs == "" or (self.needs == "order") == is_ordered


def jensen_shannon(reference: Counts, window: Counts, _: Counts | None = None) -> Counts:
    """Give the square root of the Jensen-Shannon divergence in bits: 0 if equal, 1 if disjoint.

    Notes
    -----
    D. M. Endres and J. E. Schindelin, "A new metric for probability distributions", IEEE
    Transactions on Information Theory 49 (2003).
    """
    first, second = _shares(reference), _shares(window)
    middle = (first + second) / 2
    total = (_relative_entropy(first, middle) + _relative_entropy(second, middle)) / 2
    found: Counts = np.sqrt(np.clip(total, 0.0, 1.0))  # clipped against rounding
    return found


def stability_index(reference: Counts, window: Counts, _: Counts | None = None) -> Counts:
    """Give the population stability index in nats: 0 if equal, unbounded above.

    Notes
    -----
    The sum of ``(q - p) ln(q / p)``: N. Siddiqi, "Credit Risk Scorecards" (2006), who calls less
    than 0.1 insignificant. An empty cell counts as half a row, so that the logarithm is finite.
    """
    first, second = (_shares(np.maximum(counts, 0.5)) for counts in (reference, window))
    found: Counts = ((second - first) * np.log(second / first)).sum(axis=-1)
    return found


def cohens_w(reference: Counts, window: Counts, _: Counts | None = None) -> Counts:
    """Give the size of effect of Pearson's chi-squared: the root of the statistic by rows.

    Notes
    -----
    The root of the sum of ``(q - p)^2 / p``: J. Cohen, "Statistical Power Analysis for the
    Behavioral Sciences" (1988), 7.2, who calls 0.1 small and 0.3 medium. Unlike the statistic it
    does not grow with the rows. Cells in which a window of this size is expected to have fewer than
    five rows are taken together, and held for five at least: W. G. Cochran, "Some methods for
    strengthening the common chi-squared tests", Biometrics 10 (1954).
    """
    first, second = _shares(reference), _shares(window)
    least = _SMALLEST_CELL / np.maximum(window.sum(axis=-1, keepdims=True), 1.0)
    is_small = first < least
    rest = [np.where(is_small, each, 0.0).sum(axis=-1) for each in (first, second)]
    own = np.where(is_small, 0.0, (second - first) ** 2 / np.maximum(first, least)).sum(axis=-1)
    found: Counts = np.sqrt(own + (rest[1] - rest[0]) ** 2 / np.maximum(rest[0], least[..., 0]))
    return found


def largest_difference(reference: Counts, window: Counts, _: Counts | None = None) -> Counts:
    """Give the largest difference between shares of a cell, the distance L-infinity: 0 to 1."""
    found: Counts = np.abs(_shares(reference) - _shares(window)).max(axis=-1)
    return found


def kolmogorov_smirnov(reference: Counts, window: Counts, _: Counts | None = None) -> Counts:
    """Give the largest difference between cumulated shares at the cells' borders: 0 to 1.

    What is missing or no number stands before all numbers, so that it counts as well.

    Notes
    -----
    Between the borders the difference may be larger than at them, at most by a cell's share.
    N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", The Annals
    of Mathematical Statistics 19 (1948).
    """
    moved = (_shares(reference) - _shares(window)).cumsum(axis=-1)
    found: Counts = np.abs(moved).max(axis=-1)
    return found


def wasserstein(reference: Counts, window: Counts, widths: Counts | None = None) -> Counts:
    """Give how far values have to be moved, on average, in standard deviations of the reference.

    Values are taken as spread evenly over their cell. Those beyond all bins have a cell as wide as
    any other has it, two standard deviations: one wild value cannot carry the measure away, and a
    column that was constant can be seen to move. A value that became missing counts as moved by one
    standard deviation.

    Notes
    -----
    In one dimension it is the area between both cumulated distributions: S. S. Vallender,
    "Calculation of the Wasserstein distance between probability distributions on the line",
    Theory of Probability and its Applications 18 (1974).
    """
    if widths is None:
        raise TypeError("categories have no distances between them")
    is_number = ~np.isnan(widths)
    known, seen = reference[..., is_number], window[..., is_number]
    empty = (known.sum(axis=-1) == 0) | (seen.sum(axis=-1) == 0)
    moved = (_shares(seen) - _shares(known)).cumsum(axis=-1)
    before = np.concatenate([np.zeros_like(moved[..., :1]), moved[..., :-1]], axis=-1)
    area = (_area(before, moved) * widths[is_number]).sum(axis=-1)
    lost = _shares(window)[..., ~is_number].sum(axis=-1)
    had = _shares(reference)[..., ~is_number].sum(axis=-1)
    found: Counts = np.where(empty, 0.0, area) + np.abs(lost - had)
    return found


STATISTICS: Mapping[str, Statistic] = {
    each.name: each
    for each in (
        Statistic("jensen_shannon", 0.1, 2, "", jensen_shannon),
        Statistic("wasserstein", 0.1, 2, "order", wasserstein),
        Statistic("psi", 0.1, 1, "", stability_index),
        Statistic("kolmogorov_smirnov", 0.1, 2, "order", kolmogorov_smirnov),
        Statistic("chi_squared", 0.2, 2, "", cohens_w),
        Statistic("l_infinity", 0.1, 2, "categories", largest_difference),
    )
}


def _shares(counts: Counts) -> Counts:
    total = counts.sum(axis=-1, keepdims=True)
    found: Counts = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return found


def _relative_entropy(first: Counts, second: Counts) -> Counts:
    # Where `first` is 0 its term is 0 by continuity; `second` is 0 only where `first` is.
    ratio = np.divide(first, second, out=np.ones_like(first), where=first > 0)
    total: Counts = (first * np.log2(ratio)).sum(axis=-1)
    return total


def _area(left: Counts, right: Counts) -> Counts:
    """Integrate the size of a straight line from `left` to `right` over a unit."""
    same = (np.abs(left) + np.abs(right)) / 2
    across = np.divide(
        left**2 + right**2,
        2 * (np.abs(left) + np.abs(right)),
        out=np.zeros_like(left),
        where=left * right < 0,
    )
    found: Counts = np.where(left * right < 0, across, same)
    return found
