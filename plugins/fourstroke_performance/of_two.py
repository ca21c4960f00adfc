"""Figures of a binary task, of outcomes that are known or only believed with some probability.

Every figure takes for each row the probability that it is positive: 0 or 1 where the outcome is
known, a calibrated score where it is not. One formula then serves realised and estimated
performance, and so do the influences of rows, which are linear in that probability.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from fourstroke_performance.measured import Figure

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke_performance.labels import Array

_NO_SCORES: Final = "the model gives no probabilities"
_ONE_CLASS: Final = "all rows are of one class"
_SMALLEST: Final = float(np.finfo(float).eps)


@attrs.frozen(kw_only=True, eq=False)
class TwoClasses:
    """Rows of a binary task.

    Parameters
    ----------
    positive : array of shape (n,), float
        The probability that a row is positive.
    said : array of shape (n,), bool
        Whether the model says so.
    score : array of shape (n,), float, optional
        What the model ranks rows by.
    is_probability : bool
        Whether the score claims to be a probability.
    """

    positive: Array
    said: Array
    score: Array | None
    is_probability: bool = True


def figure_of_two(name: str, rows: TwoClasses) -> Figure:
    """Compute one figure.

    Notes
    -----
    With p the probability of being positive and h whether the model says so, expected cells are sums
    of ``p h``, ``(1 - p) h``, ``p (1 - h)``: NannyML's documentation of CBPE
    (https://nannyml.readthedocs.io), and J. Białek, J. Kivimäki, W. Kuberski, N. Perrakis (2025),
    Estimating model performance under covariate shift without labels, NeurIPS, arXiv 2401.08348.
    Ratios of such sums have the influence ``(numerator - ratio * denominator) / mean denominator``.
    """
    return _FIGURES[name](name, rows)


def ratio(name: str, numerator: Array, denominator: Array, why: str) -> Figure:
    """Compute the ratio of two sums, of which the second counts rows."""
    total = float(denominator.sum())
    if not total > 0:
        return Figure(name=name, value=None, why=why)
    value = float(numerator.sum()) / total
    influence = (numerator - value * denominator) * (len(denominator) / total)
    return Figure(name=name, value=value, influence=influence, basis=total)


def area(name: str, positive: Array, score: Array | None) -> Figure:
    """Compute the area under the ROC curve; ties count half.

    Notes
    -----
    A positive row's component is the share of negatives below it, a negative row's that of positives
    above it (DeLong and others 1988), here over weighted rows.
    """
    if score is None:
        return Figure(name=name, value=None, why=_NO_SCORES)
    yes, no = float(positive.sum()), float((1 - positive).sum())
    if not (yes > 0 and no > 0):
        return Figure(name=name, value=None, why=_ONE_CLASS)
    _, place = np.unique(score, return_inverse=True)
    yes_at = np.bincount(place, weights=positive)
    no_at = np.bincount(place, weights=1 - positive)
    no_below = ((np.cumsum(no_at) - no_at / 2) / no)[place]
    yes_above = (1 - (np.cumsum(yes_at) - yes_at / 2) / yes)[place]
    value = float((positive * no_below).sum()) / yes
    rows = len(positive)
    influence = positive * (no_below - value) * (rows / yes)
    influence += (1 - positive) * (yes_above - value) * (rows / no)
    return Figure(name=name, value=value, influence=influence, basis=min(yes, no))


def _average_precision(name: str, rows: TwoClasses) -> Figure:
    """Compute the mean precision at the score of each positive row, as scikit-learn does.

    Notes
    -----
    With P(t) the precision of all rows of a score of at least t, a row of score s moves the figure
    by its own precision, and by ``(p - P(t)) / n(t)`` at every positive row of a score t up to s.
    """
    if rows.score is None:
        return Figure(name=name, value=None, why=_NO_SCORES)
    yes, count = float(rows.positive.sum()), len(rows.positive)
    if not yes > 0:
        return Figure(name=name, value=None, why="no row is of the class of interest")
    _, place = np.unique(rows.score, return_inverse=True)
    yes_at, rows_at = np.bincount(place, weights=rows.positive), np.bincount(place)
    claimed = np.cumsum(rows_at[::-1])[::-1]
    precision = np.cumsum(yes_at[::-1])[::-1] / claimed
    value = float((yes_at * precision).sum()) / yes
    # Sums over the positive rows at or below a score, of 1 / n(t) and of P(t) / n(t).
    reach = np.cumsum(yes_at / claimed)[place]
    drag = np.cumsum(yes_at * precision / claimed)[place]
    own = rows.positive * (precision[place] - value)
    influence = (own + rows.positive * reach - drag) * (count / yes)
    return Figure(name=name, value=value, influence=influence, basis=yes)


def _accuracy(name: str, rows: TwoClasses) -> Figure:
    hit = np.where(rows.said, rows.positive, 1 - rows.positive)
    return ratio(name, hit, np.ones(len(hit)), "there are no rows")


def _precision(name: str, rows: TwoClasses) -> Figure:
    said = rows.said.astype(float)
    return ratio(name, rows.positive * said, said, "no row was put into the class of interest")


def _recall(name: str, rows: TwoClasses) -> Figure:
    why = "no row is of the class of interest"
    return ratio(name, rows.positive * rows.said, rows.positive, why)


def _specificity(name: str, rows: TwoClasses) -> Figure:
    negative = 1 - rows.positive
    return ratio(name, negative * ~rows.said, negative, "all rows are of the class of interest")


def _f1(name: str, rows: TwoClasses) -> Figure:
    """Compute twice the hits over hits and claims and positives."""
    both = rows.positive * rows.said
    why = "no row is of the class of interest, and none was put into it"
    figure = ratio(name, 2 * both, rows.positive + rows.said, why)
    # The rows that are positive or said to be: F1 is a function of the share of hits among them.
    return attrs.evolve(figure, basis=float((rows.positive + rows.said - both).sum()))


def _balanced_accuracy(name: str, rows: TwoClasses) -> Figure:
    return mean_figure(name, [_recall(name, rows), _specificity(name, rows)])


def _brier(name: str, rows: TwoClasses) -> Figure:
    if rows.score is None or not rows.is_probability:
        return Figure(name=name, value=None, why=_NO_SCORES)
    loss = rows.positive * (1 - rows.score) ** 2 + (1 - rows.positive) * rows.score**2
    return ratio(name, loss, np.ones(len(loss)), "there are no rows")


def _log_loss(name: str, rows: TwoClasses) -> Figure:
    if rows.score is None or not rows.is_probability:
        return Figure(name=name, value=None, why=_NO_SCORES)
    claimed = np.clip(rows.score, _SMALLEST, 1 - _SMALLEST)
    loss = -rows.positive * np.log(claimed) - (1 - rows.positive) * np.log1p(-claimed)
    return ratio(name, loss, np.ones(len(loss)), "there are no rows")


def mean_figure(name: str, parts: list[Figure]) -> Figure:
    """Average figures over the same rows; their influences average as well."""
    undefined = [part for part in parts if part.value is None]
    if undefined or not parts:
        why = undefined[0].why if undefined else "there are no classes"
        return Figure(name=name, value=None, why=why)
    influences = [part.influence for part in parts if part.influence is not None]
    return Figure(
        name=name,
        value=float(np.mean([part.value for part in parts if part.value is not None])),
        influence=np.mean(influences, axis=0),
        basis=min(part.basis for part in parts),
    )


_FIGURES: Final[dict[str, Callable[[str, TwoClasses], Figure]]] = {
    "roc_auc": lambda name, rows: area(name, rows.positive, rows.score),
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _f1,
    "precision": _precision,
    "recall": _recall,
    "specificity": _specificity,
    "average_precision": _average_precision,
    "brier": _brier,
    "log_loss": _log_loss,
}
