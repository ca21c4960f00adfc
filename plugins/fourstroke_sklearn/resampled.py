"""Bootstrap intervals of the figures that have no formula of their own.

Each figure is a function of sums over rows, so that a draw of rows is a draw of their sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import numpy as np

from fourstroke_sklearn.intervals import percentile_bounds, resampled_sums

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fourstroke_sklearn.intervals import Array, Bounds
    from fourstroke_sklearn.scored import Classified, Estimated, Scored

    Figures: TypeAlias = Mapping[str, Callable[[Array], Array]]


@attrs.frozen(kw_only=True)
class Uncertainty:
    """How intervals are found.

    Parameters
    ----------
    confidence : float
        Such as 0.95.
    resamples : int
        Draws of the bootstrap; 0 for no bootstrap intervals.
    seed : int
        Of the bootstrap.
    """

    confidence: float = 0.95
    resamples: int = 1000
    seed: int = 0


def bounds_of_two(rows: Classified, how: Uncertainty) -> dict[str, Bounds]:
    """Give the bounds of a binary task's figures, from the four cells of its table.

    The proportions among them are needed only where rows belong together: Wilson's interval takes
    rows for independent.
    """
    truth, said = rows.is_positive, rows.said_positive
    cells = np.column_stack([truth & said, ~truth & said, truth & ~said, ~truth & ~said])
    figures: Figures = {
        "balanced_accuracy": lambda s: (_part(s, 0, 0, 2) + _part(s, 3, 3, 1)) / 2,
        "f1": lambda s: 2 * s[:, 0] / (2 * s[:, 0] + s[:, 1] + s[:, 2]),
        "accuracy": lambda s: (s[:, 0] + s[:, 3]) / s.sum(axis=1),
        "precision": lambda s: _part(s, 0, 0, 1),
        "recall": lambda s: _part(s, 0, 0, 2),
        "specificity": lambda s: _part(s, 3, 3, 1),
        "mcc": _matthews,
    }
    return _bounds(cells.astype(float), figures, rows, how)


def bounds_of_many(rows: Classified, how: Uncertainty) -> dict[str, Bounds]:
    """Give the bounds of a multi-class task's figures, from each class's hits, rows and claims."""
    every = np.arange(len(rows.classes))
    truth, said = rows.truth[:, None] == every, rows.said[:, None] == every
    statistics = np.hstack([truth & said, truth, said]).astype(float)
    return _bounds(
        statistics,
        {
            "f1_macro": _f1_macro,
            "f1_weighted": _f1_weighted,
            "balanced_accuracy": _mean_recall,
            "accuracy": _accuracy,
        },
        rows,
        how,
    )


def bounds_of_regression(rows: Estimated, how: Uncertainty) -> dict[str, Bounds]:
    """Give the bounds of a regression's figures."""
    if not len(rows.truth):
        return {}
    error = rows.truth - rows.said
    # Around the mean, so that the sum of squares does not drown in rounding.
    centred = rows.truth - rows.truth.mean()
    size = np.abs(rows.truth)
    relative = np.divide(np.abs(error), size, out=np.zeros_like(error), where=size > 0)
    statistics = [
        error**2,
        np.abs(error),
        relative,
        centred,
        centred**2,
        np.ones_like(error),
    ]
    figures: Figures = {
        "rmse": lambda s: np.sqrt(s[:, 0] / s[:, -1]),
        "mae": lambda s: s[:, 1] / s[:, -1],
        "mape": lambda s: s[:, 2] / s[:, -1],
        "r2": lambda s: 1 - s[:, 0] / (s[:, 4] - s[:, 3] ** 2 / s[:, -1]),
    }
    return _bounds(np.column_stack(statistics), figures, rows, how)


def bounds_of_calibration(
    rows: Classified, came_true: Array, probability: Array, how: Uncertainty
) -> dict[str, Bounds]:
    """Give the bounds of the expected calibration error, with the bins of the whole sample.

    Of a sample the error is never 0, and of a draw from it larger still: the bounds are moved down
    by as much as the draws lie above the sample (the basic bootstrap: B. Efron, R. Tibshirani 1993,
    An introduction to the bootstrap, section 13.4). An error that a perfectly calibrated model
    would show as well does not rule out 0 (J. Bröcker, L. A. Smith 2007, Increasing the reliability
    of reliability diagrams: what a model shows that is right about itself).
    """
    bins = equal_bins(probability)
    gap = came_true - probability
    statistics = np.zeros((len(gap), len(bins) + 1))
    statistics[:, -1] = 1.0
    for number, chosen in enumerate(bins):
        statistics[chosen, number] = gap[chosen]
    sample = float(np.abs(statistics[:, :-1].sum(axis=0)).sum() / len(gap))
    figures: Figures = {"ece": lambda s: np.abs(s[:, :-1]).sum(axis=1) / s[:, -1]}
    found = _bounds(statistics, figures, rows, how)
    if not found:
        return {}
    low, high = found["ece"]
    is_calibrated = sample <= _by_chance(bins, probability, how)
    return {
        "ece": (
            0.0 if is_calibrated else max(2 * sample - high, 0.0),
            max(2 * sample - low, sample),
        )
    }


def _by_chance(bins: list[Array], probability: Array, how: Uncertainty) -> float:
    """Give the error that a perfectly calibrated model stays below, as surely as is asked."""
    spread = [np.sqrt((probability[b] * (1 - probability[b])).sum()) for b in bins]
    random = np.random.default_rng(how.seed)
    draws = np.abs(random.standard_normal((how.resamples, len(bins))) * spread).sum(axis=1)
    return float(np.quantile(draws / len(probability), (1 + how.confidence) / 2))


def equal_bins(values: Array, bins: int = 10) -> list[Array]:
    """Divide rows by value into bins of equal size; gives positions."""
    order = np.argsort(values, kind="stable")
    return [part for part in np.array_split(order, bins) if len(part)]


def bounds_of_means(
    losses: Mapping[str, Array], rows: Classified, how: Uncertainty
) -> dict[str, Bounds]:
    """Give the bounds of means over rows."""
    statistics = np.column_stack([*losses.values(), np.ones(len(rows.truth))])
    figures = {name: _mean_of(number) for number, name in enumerate(losses)}
    return _bounds(statistics, figures, rows, how)


def _bounds(
    statistics: Array, figures: Figures, rows: Scored, how: Uncertainty
) -> dict[str, Bounds]:
    if not how.resamples or not len(statistics):
        return {}
    sums = resampled_sums(
        statistics,
        strata=rows.strata,
        clusters=rows.clusters,
        resamples=how.resamples,
        random=np.random.default_rng(how.seed),
    )
    return percentile_bounds(sums, figures, how.confidence)


def _part(sums: Array, hits: int, own: int, other: int) -> Any:
    return sums[:, hits] / (sums[:, own] + sums[:, other])


def _mean_of(column: int) -> Callable[[Array], Array]:
    return lambda sums: np.asarray(sums[:, column] / sums[:, -1])


def _matthews(sums: Array) -> Array:
    """Give Matthews' correlation: B. W. Matthews (1975), of found, false, missed and right no."""
    hit, false, missed, right = sums.T
    product = (hit + false) * (hit + missed) * (right + false) * (right + missed)
    return np.asarray((hit * right - false * missed) / np.sqrt(product))


def _f1_weighted(sums: Array) -> Array:
    hits, own, claimed = np.split(sums, 3, axis=1)
    scores = 2 * hits / np.where(own + claimed > 0, own + claimed, 1)
    return np.asarray((scores * own).sum(axis=1) / own.sum(axis=1))


def _f1_macro(sums: Array) -> Array:
    hits, own, claimed = np.split(sums, 3, axis=1)
    known = own + claimed > 0
    scores = 2 * hits / np.where(known, own + claimed, 1)
    return np.asarray(scores.sum(axis=1) / known.sum(axis=1))


def _mean_recall(sums: Array) -> Array:
    hits, own, _ = np.split(sums, 3, axis=1)
    return np.asarray((hits / np.where(own > 0, own, 1)).sum(axis=1) / (own > 0).sum(axis=1))


def _accuracy(sums: Array) -> Array:
    hits, own, _ = np.split(sums, 3, axis=1)
    return np.asarray(hits.sum(axis=1) / own.sum(axis=1))
