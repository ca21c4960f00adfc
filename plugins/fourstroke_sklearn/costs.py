"""What errors cost: by the threshold, and of what a model says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from fourstroke_sklearn.resampled import bounds_of_means
from fourstroke_sklearn.scored import Classified
from fourstroke_sklearn.sheet import Sheet

if TYPE_CHECKING:
    from fourstroke import Metric
    from fourstroke_sklearn.intervals import Array
    from fourstroke_sklearn.resampled import Uncertainty
    from fourstroke_sklearn.scored import Scored


@attrs.frozen(kw_only=True)
class Costs:
    """What an error costs, in any unit: only their ratio says which threshold is best."""

    false_positive: float = 1.0
    false_negative: float = 1.0


def mean_cost(positive: Array, probability: Array, thresholds: Array, costs: Costs) -> Array:
    """Compute what the errors cost a row, by the threshold.

    C. Elkan (2001), The foundations of cost-sensitive learning, section 1.

    Parameters
    ----------
    positive : array of shape (n,), bool
        Which rows are of the class of interest.
    probability : array of shape (n,), float64
        What the model says of them.
    thresholds : array of shape (k,), float64
        From each of which on, itself included, a row counts as of that class.
    costs : Costs
        Of one error.

    Returns
    -------
    array of shape (k,), float64
    """
    missed = np.searchsorted(np.sort(probability[positive]), thresholds, side="left")
    kept = np.searchsorted(np.sort(probability[~positive]), thresholds, side="left")
    alarms = int((~positive).sum()) - kept
    return np.asarray(
        (alarms * costs.false_positive + missed * costs.false_negative) / len(positive)
    )


def cost_of(rows: Scored, costs: Costs, how: Uncertainty) -> tuple[Metric, ...]:
    """Measure what the errors of a binary model cost a row; nothing if both kinds cost the same.

    The mean over rows of what each row's error costs, from what the model says: by its own threshold.
    """
    if not isinstance(rows, Classified) or not rows.positive or not len(rows.truth):
        return ()
    if costs.false_positive == costs.false_negative:
        return ()
    truth, said = rows.is_positive, rows.said_positive
    losses = costs.false_positive * (said & ~truth) + costs.false_negative * (truth & ~said)
    sheet = Sheet(rows, how, bounds_of_means({"mean_cost": losses.astype(np.float64)}, rows, how))
    return (sheet.figure("mean_cost", lambda: float(losses.mean())),)
