"""By how much the metrics of two models differ on the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke import Metric
from fourstroke_threshold.figured import Comparison
from fourstroke_threshold.known import usable
from fourstroke_threshold.paired import difference

if TYPE_CHECKING:
    from fourstroke import Candidate, Context

# Of two sides together.
_CONFIDENCE = 0.95


def differences(
    first: Candidate, second: Candidate, context: Context, resamples: int
) -> list[Metric]:
    """Take the difference of each metric that both have, with a two-sided interval of 95 %.

    Parameters
    ----------
    first, second : Candidate
        With predictions for the same rows.
    context : Context
        Names target, positive class and group.
    resamples : int
        Draws of the bootstrap.

    Returns
    -------
    list of Metric
        The value of the second less that of the first: positive is not always better.
    """
    found = []
    for own in second.evaluation.metrics:
        other = first.evaluation.metric(own.name)
        if other is None or isinstance(usable(own), str) or isinstance(usable(other), str):
            continue
        one_sided = 1 - (1 - _CONFIDENCE) / 2
        how = Comparison(own=own, other=other, confidence=one_sided, resamples=resamples)
        taken = difference(how, second, first, context)
        # What was taken is positive if the second is better.
        signs = (
            (1, taken.low, taken.high) if own.higher_is_better else (-1, -taken.high, -taken.low)
        )
        sign, low, high = signs
        found.append(
            attrs.evolve(
                own,
                value=sign * taken.value,
                low=low,
                high=high,
                confidence=_CONFIDENCE,
                method=taken.method,
            )
        )
    return found
