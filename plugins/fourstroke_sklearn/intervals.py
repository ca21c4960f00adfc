"""Confidence intervals of quality figures: Wilson's, DeLong's, and the bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from scipy.stats import binom, norm, rankdata

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Bounds: TypeAlias = tuple[float, float]

_TOO_FEW: Final = 2
# Drawn rows that are counted in one call: as many as stay in a processor's cache.
_COUNTED_AT_ONCE: Final = 2**15


def wilson(successes: float, trials: float, confidence: float) -> Bounds:
    """Give the score interval of a proportion, without continuity correction.

    Parameters
    ----------
    successes, trials : float
        Counts; ``trials`` is above 0.
    confidence : float
        Such as 0.95.

    Returns
    -------
    (float, float)
        Within 0 and 1.

    Notes
    -----
    E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference;
    method 3 in R. G. Newcombe (1998), Two-sided confidence intervals for the single proportion.

    Examples
    --------
    >>> low, high = wilson(81, 263, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.2553, 0.3662)
    """
    z = normal_quantile(confidence)
    share = successes / trials
    centre = share + z * z / (2 * trials)
    half = z * np.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    scale = 1 + z * z / trials
    # At none and at all successes the bound is exact, and rounding must not move it.
    low = 0.0 if successes == 0 else (centre - half) / scale
    high = 1.0 if successes == trials else (centre + half) / scale
    return float(max(low, 0.0)), float(min(high, 1.0))


def logit_interval(area: float, positives: int, confidence: float) -> Bounds:
    """Give the interval of an average precision, on the scale of its logit.

    Parameters
    ----------
    area : float
        The average precision.
    positives : int
        How many rows are of the class of interest; above 0.
    confidence : float
        Such as 0.95.

    Notes
    -----
    K. Boyd, K. H. Eng, C. D. Page (2013), Area under the precision-recall curve: point estimates and
    confidence intervals, section 4: the binomial error of ``positives`` draws, on the logit scale.

    Examples
    --------
    >>> low, high = logit_interval(0.5, 100, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.4032, 0.5968)
    """
    if area <= 0.0 or area >= 1.0:
        return wilson(area * positives, positives, confidence)
    centre = np.log(area / (1 - area))
    reach = normal_quantile(confidence) / np.sqrt(positives * area * (1 - area))
    low, high = 1 / (1 + np.exp(-(centre - reach))), 1 / (1 + np.exp(-(centre + reach)))
    return float(low), float(high)


def median_interval(values: Array, confidence: float) -> Bounds:
    """Give the interval of a median: between two values of the sample, whatever their distribution.

    Parameters
    ----------
    values : array of shape (n,)
        Of independent rows; ``n`` is above 0.
    confidence : float
        Such as 0.95; the interval covers the median at least as surely, if ``n`` allows it.

    Notes
    -----
    W. R. Thompson (1936), On confidence ranges for the median and other expectation distributions
    for populations of unknown distribution form: how many values lie below it is binomial.

    Examples
    --------
    >>> median_interval(np.arange(1.0, 101.0), 0.95)
    (40.0, 61.0)
    """
    ordered = np.sort(values)
    below = int(binom.ppf((1 - confidence) / 2, len(values), 0.5))
    first = max(below - 1, 0)
    return float(ordered[first]), float(ordered[len(values) - 1 - first])


def normal_quantile(confidence: float) -> float:
    """Give how many standard errors a two-sided interval reaches to each side."""
    return float(norm.ppf(0.5 + confidence / 2))


def auc_influence(positive: Array, scores: Array) -> tuple[float, Array]:
    """Give the area under the ROC curve, and how far each row moves it.

    Parameters
    ----------
    positive : array of shape (n,), bool
        Both values occur.
    scores : array of shape (n,), float
        Higher for a likelier positive.

    Returns
    -------
    float
        The area; ties count half.
    array of shape (n,)
        The row's structural component, centred, over the size of its class. The area's variance is
        the sum of their squares, times ``m / (m - 1)`` in a class of ``m``; that of a mean of areas,
        of a difference, or of rows in clusters follows from sums of these.

    Notes
    -----
    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Comparing the areas under two or more
    correlated receiver operating characteristic curves; by ranks as in X. Sun, W. Xu (2014), Fast
    implementation of DeLong's algorithm.
    """
    yes, no = scores[positive], scores[~positive]
    ranks = rankdata(scores)
    above_no = (ranks[positive] - rankdata(yes)) / len(no)
    below_yes = 1 - (ranks[~positive] - rankdata(no)) / len(yes)
    area = float(above_no.mean())
    influence = np.empty(len(scores))
    influence[positive] = (above_no - area) / len(yes)
    influence[~positive] = (below_yes - area) / len(no)
    return area, influence


def standard_error(influence: Array, *, strata: Array, clusters: Array | None) -> float:
    """Give the standard error of a figure from the influences of rows.

    Parameters
    ----------
    influence : array of shape (n,)
        How far each row moves the figure.
    strata : array of shape (n,), int
        Rows of each stratum, such as a class, were drawn by themselves.
    clusters : array of shape (n,), int, optional
        Rows of one cluster belong together and were drawn as a whole; strata then do not count
        (N. A. Obuchowski 1997, Nonparametric analysis of clustered ROC curve data).
    """
    if clusters is not None:
        sums = np.bincount(clusters, weights=influence)
        return float(np.sqrt(_scaled_squares(sums)))
    parts = [influence[strata == stratum] for stratum in np.unique(strata)]
    return float(np.sqrt(sum(_scaled_squares(part) for part in parts)))


def resampled_sums(
    statistics: Array,
    *,
    strata: Array,
    clusters: Array | None,
    resamples: int,
    random: np.random.Generator,
) -> Array:
    """Draw rows again and again, and sum their statistics.

    Parameters
    ----------
    statistics : array of shape (n, k)
        What figures are made of, row by row.
    strata : array of shape (n,), int
        As many rows of each stratum are drawn as there are.
    clusters : array of shape (n,), int, optional
        Whole clusters are drawn instead, and strata do not count.
    resamples : int
        How often.
    random : numpy.random.Generator
        Seeded by the caller.

    Returns
    -------
    array of shape (resamples, k)
        The sums of each draw.
    """
    if clusters is not None:
        units = np.zeros((int(clusters.max()) + 1, statistics.shape[1]))
        np.add.at(units, clusters, statistics)
        return _drawn(units, resamples, random)
    total = np.zeros((resamples, statistics.shape[1]))
    for stratum in np.unique(strata):
        total += _drawn(statistics[strata == stratum], resamples, random)
    return total


def percentile_bounds(
    sums: Array, figures: Mapping[str, Callable[[Array], Array]], confidence: float
) -> dict[str, Bounds]:
    """Give the bounds of figures from resampled sums.

    Draws in which a figure is not defined do not count; one that is never defined has no bounds.
    """
    bounds = {}
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    for name, figure in figures.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            values = figure(sums)
        values = values[np.isfinite(values)]
        if len(values):
            low, high = np.quantile(values, tails)
            bounds[name] = (float(low), float(high))
    return bounds


def _scaled_squares(parts: Array) -> float:
    if len(parts) < _TOO_FEW:
        return 0.0
    return float((parts**2).sum()) * len(parts) / (len(parts) - 1)


def _drawn(units: Array, resamples: int, random: np.random.Generator) -> Array:
    unique, counts = np.unique(units, axis=0, return_counts=True)
    if len(unique) <= len(units) // 4:
        # Units that are alike need not be told apart: draw how often each kind comes.
        draws = random.multinomial(len(units), counts / len(units), size=resamples)
        return np.asarray(draws @ unique, dtype=np.float64)
    sums = np.empty((resamples, units.shape[1]))
    # Of few units many draws at once: one alone would cost more in calls than in counting.
    at_once = max(1, _COUNTED_AT_ONCE // len(units))
    for first in range(0, resamples, at_once):
        part = sums[first : first + at_once]
        rows = random.integers(len(units), size=(len(part), len(units)))
        rows += len(units) * np.arange(len(part))[:, None]
        counts = np.bincount(rows.ravel(), minlength=rows.size).reshape(rows.shape)
        part[:] = counts @ units
    return sums
