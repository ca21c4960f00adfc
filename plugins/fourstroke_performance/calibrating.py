"""Turning scores into probabilities that hold on the reference: an isotonic map, as a list of points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedShuffleSplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke_performance.labels import Array

_BINS: Final = 10
_SPLITS: Final = 10
_HELD_OUT: Final = 1 / 3
# As NannyML splits.
_POOLED_SHARE: Final = 0.1
_FEWEST_POOLED: Final = 20
# A map of more points is drawn through as many of them, evenly: it travels with every version.
_MOST_POINTS: Final = 500


@attrs.frozen(kw_only=True, eq=False)
class Calibration:
    """A rising map from scores to probabilities; without points a score stands as it is.

    Parameters
    ----------
    scores, probabilities : array of shape (m,)
        Its points, between which it runs straight; beyond the ends it is level.
    """

    scores: Array
    probabilities: Array

    @classmethod
    def none(cls) -> Calibration:
        """Give the map that changes nothing."""
        return cls(scores=np.zeros(0), probabilities=np.zeros(0))

    @classmethod
    def fitted(cls, score: Array, positive: Array, weights: Array | None = None) -> Calibration:
        """Fit a rising step map by least squares.

        Notes
        -----
        B. Zadrozny, C. Elkan (2002), Transforming classifier scores into accurate multiclass
        probability estimates; fitted by scikit-learn.
        """
        isotonic = IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0)
        isotonic.fit(score, positive, sample_weight=weights)
        points = np.arange(len(isotonic.X_thresholds_))
        if len(points) > _MOST_POINTS:
            points = np.unique(np.linspace(0, points[-1], _MOST_POINTS).round().astype(int))
        return cls(
            scores=isotonic.X_thresholds_[points], probabilities=isotonic.y_thresholds_[points]
        )

    @classmethod
    def if_better(cls, score: Array, positive: Array, *, seed: int) -> Calibration:
        """Fit a map if it makes scores hold better on rows that it was not fitted on; else leave them.

        Notes
        -----
        The mean calibration error of ten random splits decides, a third of the rows held out of each. Chance
        within a split makes that of both larger, so that a map that helps little may be refused.
        """
        generator = np.random.default_rng(seed)
        raw = mapped = 0.0
        tested = max(int(len(score) * _HELD_OUT), 1)
        for _ in range(_SPLITS):
            order = generator.permutation(len(score))
            test, train = order[:tested], order[tested:]
            if not len(train) or positive[train].min() == positive[train].max():
                return cls.none()
            fitted = cls.fitted(score[train], positive[train])
            raw += calibration_error(score[test], positive[test])
            mapped += calibration_error(fitted(score[test]), positive[test])
        return cls.fitted(score, positive) if mapped < raw else cls.none()

    @classmethod
    def if_better_together(cls, score: Array, positive: Array, *, seed: int) -> Calibration:
        """Fit a map if it makes scores hold better on the held-out rows of all splits together.

        Notes
        -----
        As `needs_calibration` of NannyML 0.13.1: ten stratified splits, a tenth of the rows held out of
        each, and one calibration error over all that were held out. What one split's map says too much
        another one's says too little, so it sees small faults, and mends probabilities that have none.
        """
        rarest = int(min(positive.sum(), len(positive) - positive.sum()))
        if rarest <= 1 or len(score) < _FEWEST_POOLED:
            return cls.none()
        splits = StratifiedShuffleSplit(_SPLITS, test_size=_POOLED_SHARE, random_state=seed)
        tested, mapped = [], []
        for train, test in splits.split(score, positive):
            tested.append(test)
            mapped.append(cls.fitted(score[train], positive[train])(score[test]))
        rows = np.concatenate(tested)
        raw = calibration_error(score[rows], positive[rows])
        is_better = calibration_error(np.concatenate(mapped), positive[rows]) < raw
        return cls.fitted(score, positive) if is_better else cls.none()

    def __call__(self, score: Array) -> Array:
        """Map scores to probabilities."""
        if not len(self.scores):
            return score
        return np.asarray(np.interp(score, self.scores, self.probabilities))

    def to_json(self) -> list[list[float]]:
        """Turn into a list of scores and one of probabilities."""
        return [self.scores.tolist(), [round(value, 9) for value in self.probabilities.tolist()]]

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> Calibration:
        """Read back what `to_json` gave."""
        scores, probabilities = value
        return cls(scores=np.array(scores, float), probabilities=np.array(probabilities, float))


def calibration_error(probability: Array, positive: Array) -> float:
    """Give the expected calibration error over ten bins of as many rows each.

    Notes
    -----
    M. P. Naeini, G. F. Cooper, M. Hauskrecht (2015), Obtaining well calibrated probabilities using
    Bayesian binning.
    """
    order = np.argsort(probability, kind="stable")
    gaps = [abs(float((positive[b] - probability[b]).sum())) for b in np.array_split(order, _BINS)]
    return sum(gaps) / max(len(probability), 1)


def beliefs(calibrations: Sequence[Calibration], scores: Array) -> Array:
    """Give the probability of each row: of the class of interest, or of each class, which sum to 1."""
    if scores.ndim == 1:
        return np.clip(calibrations[0](scores), 0.0, 1.0)
    found = np.column_stack(
        [calibration(scores[:, n]) for n, calibration in enumerate(calibrations)]
    )
    sums = found.sum(axis=1, keepdims=True)
    even = np.full_like(found, 1 / found.shape[1])
    return np.asarray(np.divide(found, sums, out=even, where=sums > 0))
