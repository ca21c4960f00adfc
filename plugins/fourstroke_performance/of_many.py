"""Figures of a task of more than two classes: each class against all others, and the mean of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np

from fourstroke_performance.measured import Figure
from fourstroke_performance.of_two import TwoClasses, figure_of_two, mean_figure, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke_performance.labels import Array

_SMALLEST: Final = float(np.finfo(float).eps)


@attrs.frozen(kw_only=True, eq=False)
class ManyClasses:
    """Rows of a task of many classes.

    Parameters
    ----------
    belief : callable
        Gives for a class's position the probability of each row to belong to it, 0 or 1 where it is
        known. One at a time: a matrix of all would not be small.
    said : array of shape (n,), int
        Positions of the predicted classes.
    scores : array of shape (n, k), float, optional
        What the model ranks rows by.
    members : tuple of int
        The classes that means go over.
    left_out : int
        How many classes are too rare for that.
    is_probability : bool
        Whether the scores claim to be probabilities.
    """

    belief: Callable[[int], Array]
    said: Array
    scores: Array | None
    members: tuple[int, ...]
    left_out: int = 0
    is_probability: bool = True


def figure_of_many(name: str, rows: ManyClasses) -> Figure:
    """Compute one figure; a mean over classes says how many it leaves out."""
    figure = _FIGURES[name](name, rows)
    if figure.why or not rows.left_out or name in _OVER_ALL:
        return figure
    every = len(rows.members) + rows.left_out
    return attrs.evolve(figure, why=f"over {len(rows.members)} of {every} classes; others are rare")


def _accuracy(name: str, rows: ManyClasses) -> Figure:
    hit = np.zeros(len(rows.said))
    for number in np.unique(rows.said):
        chosen = rows.said == number
        hit[chosen] = rows.belief(int(number))[chosen]
    return ratio(name, hit, np.ones(len(hit)), "there are no rows")


def _log_loss(name: str, rows: ManyClasses) -> Figure:
    if rows.scores is None or not rows.is_probability:
        return Figure(name=name, value=None, why="the model gives no probabilities")
    loss = np.zeros(len(rows.said))
    known = np.zeros(len(rows.said))
    for number in range(rows.scores.shape[1]):
        belief = rows.belief(number)
        loss -= belief * np.log(np.clip(rows.scores[:, number], _SMALLEST, 1.0))
        known += belief
    # An outcome that the model has never seen had the probability 0.
    loss -= (1 - np.clip(known, 0, 1)) * np.log(_SMALLEST)
    return ratio(name, loss, np.ones(len(loss)), "there are no rows")


def _mean_of(of_one: str) -> Callable[[str, ManyClasses], Figure]:
    def over_classes(name: str, rows: ManyClasses) -> Figure:
        return mean_figure(name, [figure_of_two(of_one, _against(rows, n)) for n in rows.members])

    return over_classes


def _against(rows: ManyClasses, number: int) -> TwoClasses:
    """Set one class against all others."""
    score = None if rows.scores is None else rows.scores[:, number]
    return TwoClasses(positive=rows.belief(number), said=rows.said == number, score=score)


_OVER_ALL: Final = frozenset({"accuracy", "log_loss"})
_FIGURES: Final[dict[str, Callable[[str, ManyClasses], Figure]]] = {
    "accuracy": _accuracy,
    "f1_macro": _mean_of("f1"),
    "precision_macro": _mean_of("precision"),
    "balanced_accuracy": _mean_of("recall"),
    "specificity_macro": _mean_of("specificity"),
    "roc_auc_ovr": _mean_of("roc_auc"),
    "average_precision_macro": _mean_of("average_precision"),
    "log_loss": _log_loss,
}
