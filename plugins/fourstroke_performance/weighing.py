"""Weighing rows of the reference until they look like a window: what PAPE calibrates on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no types

from fourstroke_performance.packing import for_trees

if TYPE_CHECKING:
    from fourstroke_performance.labels import Array

_FOLDS: Final = 3
_ROUNDS: Final = 60
# A row that the classifier never takes for one of the window still counts a little.
_FARTHEST: Final = 1e-3


@attrs.frozen(kw_only=True, eq=False)
class Weighed:
    """Weights of the reference's rows.

    Parameters
    ----------
    weights : array of shape (n,)
        Around 1.
    domain_auc : float
        How well a classifier tells the window from the reference: 0.5 if not at all.
    effective : float
        How many unweighted rows the weighted ones are worth.
    covered : float
        The share of the window that lies where the reference has rows: their mean weight, at most 1.

    Notes
    -----
    The effective size is ``sum(w)**2 / sum(w**2)``: L. Kish (1965), Survey sampling, 11.7.
    """

    weights: Array
    domain_auc: float
    effective: float
    covered: float


def weigh(reference: Array, window: Array, categories: list[bool], *, seed: int) -> Weighed:
    """Weigh rows of the reference by how much likelier they are in the window.

    Parameters
    ----------
    reference, window : array of shape (n, k) and (m, k), uint8
        Codes of features, and of what the model said.
    categories : list of bool
        Which columns have no order.
    seed : int
        Of the folds.

    Notes
    -----
    With p the probability of a row to be of the window, as a classifier says that was fitted on other
    rows, the weight is ``p / (1 - p) * n / m``: S. Bickel, M. Brueckner, T. Scheffer (2009),
    Discriminative learning under covariate shift. Calibration on rows so weighed: J. Białek, J.
    Kivimäki, W. Kuberski, N. Perrakis (2025), Estimating model performance under covariate shift
    without labels, NeurIPS, arXiv 2401.08348.
    """
    rows = for_trees(np.concatenate([reference, window]))
    is_window = np.repeat([0, 1], [len(reference), len(window)])
    generator = np.random.default_rng(seed)
    fold = np.concatenate(
        [generator.permutation(len(part)) % _FOLDS for part in (reference, window)]
    )
    probability = np.empty(len(rows))
    for number in range(_FOLDS):
        classifier = HistGradientBoostingClassifier(
            max_iter=_ROUNDS,
            categorical_features=np.array(categories),
            early_stopping=False,
            random_state=seed,
        )
        out = fold == number
        # Threads that wait for each other on a busy machine take a hundred times as long.
        with threadpool_limits(1):
            classifier.fit(rows[~out], is_window[~out])
            probability[out] = classifier.predict_proba(rows[out])[:, 1]
    own = np.clip(probability[: len(reference)], _FARTHEST, 1 - _FARTHEST)
    weights = own / (1 - own) * (len(reference) / len(window))
    return Weighed(
        weights=weights,
        domain_auc=float(roc_auc_score(is_window, probability)),
        effective=float(weights.sum() ** 2 / (weights**2).sum()),
        covered=min(float(weights.mean()), 1.0),
    )
