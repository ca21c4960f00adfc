"""How well a classifier tells two samples of rows apart, and by which columns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
from scipy.stats import rankdata, tiecorrect
from sklearn.ensemble import HistGradientBoostingClassifier

from fourstroke_drift.cells import MISSING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from fourstroke_drift.cells import Codes

    Floats = NDArray[np.float64]

_FOLDS: Final = 3
# Measured with 2,000 rows of 50 columns beside 1,000: smaller trees see less of a dependence between
# columns, and larger or more of them take longer and see no more.
_ROUNDS: Final = 40
_LEAVES: Final = 16
# As many columns are shuffled at once, each in a copy of the rows.
_AT_ONCE: Final = 16
# So many rows of each side of a fold say which columns tell most; the AUC itself is taken of all.
_ENOUGH: Final = 200


@attrs.frozen(kw_only=True)
class Auc:
    """The area under the ROC curve of rows that the classifier was not fitted on.

    Parameters
    ----------
    value : float
        0.5 if the samples are not told apart, 1 if they are always.
    error : float
        The standard error that it has by chance where nothing tells the samples apart.
    """

    value: float
    error: float

    @classmethod
    def of(cls, scores: Floats, is_second: NDArray[np.bool_]) -> Auc:
        """Measure how often a row of the second sample has the larger score.

        Notes
        -----
        The Mann-Whitney statistic, divided by all pairs, and its variance with ties under equal
        distributions: E. L. Lehmann, Nonparametrics (1975), 1.2 and 1.4.
        """
        ranks = rankdata(scores)
        many, few = int((~is_second).sum()), int(is_second.sum())
        above = float(ranks[is_second].sum()) - few * (few + 1) / 2
        variance = (many + few + 1) / (12 * many * few) * float(tiecorrect(ranks))
        return cls(value=above / (many * few), error=math.sqrt(variance))

    @classmethod
    def mean(cls, folds: Sequence[Auc]) -> Auc:
        """Give the mean of folds, with the error that it has at most.

        Notes
        -----
        Given the classifier, which has not seen them, the rows of a fold are exchangeable where
        nothing has changed, so that each fold's AUC is 0.5 in the mean, with the variance above.
        Folds depend on each other, because each is among what the others' classifiers were fitted
        on. However they do, the mean of equal variances has no larger one; it is not divided by
        the number of folds, as it would be for independent ones.
        """
        squares = [each.error**2 for each in folds]
        return cls(
            value=float(np.mean([each.value for each in folds])),
            error=math.sqrt(float(np.mean(squares))),
        )


class Domain:
    """A classifier for each fold, fitted on all rows but those of it.

    Parameters
    ----------
    reference, window : array of shape (n, k) and (m, k), uint8
        Codes of the same columns.
    categories : sequence of bool
        Which columns have no order.
    seed : int
        Of folds and classifiers.
    """

    def __init__(
        self, reference: Codes, window: Codes, categories: Sequence[bool], *, seed: int
    ) -> None:
        self._random = np.random.default_rng(abs(seed))
        self._rows = _for_trees(np.concatenate([reference, window]))
        self._is_window = np.repeat([False, True], [len(reference), len(window)])
        self._fold = np.concatenate(
            [self._random.permutation(len(part)) % _FOLDS for part in (reference, window)]
        )
        self._classifiers = [
            _fitted(self._rows[other], self._is_window[other], categories)
            for other in (self._fold != fold for fold in range(_FOLDS))
        ]

    def auc(self) -> Auc:
        """Tell how well the two samples are told apart."""
        parts = [self._fold == fold for fold in range(_FOLDS)]
        return Auc.mean(
            [
                self._aucs(fold, [self._rows[part]], self._is_window[part])[0]
                for fold, part in enumerate(parts)
            ]
        )

    def importance(self) -> Floats:
        """Tell for each column how much smaller the AUC is once its cells are shuffled.

        Notes
        -----
        L. Breiman, "Random forests", Machine Learning 45 (2001), on rows that were not fitted on.
        Of columns that say the same each may look as if it said little.
        """
        count = self._rows.shape[1]
        lost = np.zeros((_FOLDS, count))
        for fold in range(_FOLDS):
            at = np.concatenate(
                [
                    self._random.permutation(np.flatnonzero(part & (self._fold == fold)))[:_ENOUGH]
                    for part in (self._is_window, ~self._is_window)
                ]
            )
            rows, is_window = self._rows[at], self._is_window[at]
            whole = self._aucs(fold, [rows], is_window)[0].value
            for start in range(0, count, _AT_ONCE):
                columns = range(start, min(start + _AT_ONCE, count))
                copies = [self._shuffled(rows, column) for column in columns]
                aucs = self._aucs(fold, copies, is_window)
                lost[fold, columns] = [whole - auc.value for auc in aucs]
        return np.asarray(lost.mean(axis=0), dtype=np.float64)

    def _shuffled(self, rows: Floats, column: int) -> Floats:
        shuffled = rows.copy()
        shuffled[:, column] = self._random.permutation(rows[:, column])
        return shuffled

    def _aucs(self, fold: int, copies: Sequence[Floats], is_window: NDArray[np.bool_]) -> list[Auc]:
        """Measure on copies of rows of a fold; all at once, because a call takes longer than a row."""
        scores = self._classifiers[fold].decision_function(np.concatenate(copies))
        return [Auc.of(part, is_window) for part in np.split(scores, len(copies))]


def _fitted(rows: Floats, is_window: NDArray[np.bool_], categories: Sequence[bool]) -> Any:
    classifier = HistGradientBoostingClassifier(
        max_iter=_ROUNDS,
        max_leaf_nodes=_LEAVES,
        categorical_features=np.array(categories, dtype=bool),
        early_stopping=False,
        random_state=0,
    )
    return classifier.fit(rows, is_window)


def _for_trees(codes: Codes) -> Floats:
    """Give codes as boosted trees take them: missing is NaN."""
    found = codes.astype(np.float64)
    found[codes == MISSING] = np.nan
    return found
