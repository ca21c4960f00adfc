"""Compare two areas under the ROC curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata

from fourstroke_threshold.compared import column_of
from fourstroke_threshold.in_time import long_run

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke_threshold.compared import Array, Compared
    from fourstroke_threshold.figured import Comparison, Difference


def delong(how: Comparison, rows: Compared) -> Difference | None:
    """Compare two areas under the ROC curve; nothing if there is none of these rows.

    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Comparing the areas under two or more
    correlated receiver operating characteristic curves; by ranks as in X. Sun, W. Xu (2014), Fast
    implementation of DeLong's algorithm; clusters as in N. A. Obuchowski (1997), Nonparametric analysis
    of clustered ROC curve data. In time order the same influences of the rows are taken as a series.
    """
    positive = rows.is_positive
    own, other = _scores(rows.own, rows.positive), _scores(rows.other, rows.positive)
    if own is None or other is None or positive.all() or not positive.any():
        return None
    area_own, influence_own = _auc_influence(positive, own)
    area_other, influence_other = _auc_influence(positive, other)
    influence = influence_own - influence_other
    if rows.moments is not None:
        return long_run(how, influence, rows.moments, value=area_own - area_other)
    if rows.clusters is not None:
        parts = [np.bincount(rows.clusters, weights=influence)]
    else:
        parts = [influence[positive], influence[~positive]]
    error = math.sqrt(sum(_scaled_squares(part) for part in parts))
    return how.around(error, "DeLong's test", value=area_own - area_other, rows=len(influence))


def _auc_influence(positive: Array, scores: Array) -> tuple[float, Array]:
    """Give the area, and how far each row moves it."""
    yes, no = scores[positive], scores[~positive]
    ranks = rankdata(scores)
    above_no = (ranks[positive] - rankdata(yes)) / len(no)
    below_yes = 1 - (ranks[~positive] - rankdata(no)) / len(yes)
    area = float(above_no.mean())
    influence = np.empty(len(scores))
    influence[positive] = (above_no - area) / len(yes)
    influence[~positive] = (below_yes - area) / len(no)
    return area, influence


def _scaled_squares(parts: Array) -> float:
    return float((parts**2).sum()) * len(parts) / max(len(parts) - 1, 1)


def _scores(table: pd.DataFrame, positive: str) -> Array | None:
    probability = column_of(table, "probability", positive)
    return column_of(table, "score", positive) if probability is None else probability
