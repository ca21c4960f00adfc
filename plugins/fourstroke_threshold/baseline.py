"""Hold a candidate against a model that ignores all features."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke import Check, Evaluation, hookimpl, plugin
from fourstroke_threshold.known import (
    bounds_of,
    brief,
    find_metric,
    interval_of,
    measured_by,
    rows_needed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Candidate, Metric


@plugin
class Baseline:
    """Ask that a metric is better than the baseline's, with the whole of its confidence interval."""

    # The metric; empty for the primary one.
    metric: str = ""
    # By how much it has to be better, in the metric's own unit.
    margin: float = attrs.field(default=0.0, validator=attrs.validators.ge(0.0))

    @hookimpl
    def validate(self, candidate: Candidate) -> Sequence[Check]:
        """Give one check."""
        own = find_metric(candidate.evaluation, self.metric)
        if isinstance(own, str):
            return [_refusal(own)]
        dull = find_metric(Evaluation(metrics=candidate.evaluation.baseline), own.name)
        if isinstance(dull, str):
            return [_refusal(f"the baseline cannot be compared: {dull}")]
        return [self._compared(own, dull)]

    def _compared(self, own: Metric, dull: Metric) -> Check:
        sign = 1 if own.higher_is_better else -1
        value, bound = own.value or 0.0, (dull.value or 0.0) + sign * self.margin
        bounds = bounds_of(own)
        check = Check(
            name=f"{own.name} against the baseline",
            status="pass",
            observed=value,
            required=f"{'>' if sign > 0 else '<'} {brief(bound)}",
            interval=bounds,
            why=f"{own.name} is {brief(value)}; a model that ignores all features has"
            f" {brief(dull.value or 0.0)}",
            evidence=measured_by(own),
        )
        if sign * (value - bound) <= 0:
            return attrs.evolve(check, status="fail")
        if bounds is None and own.why:
            return attrs.evolve(check, status="inconclusive", why=f"{check.why}; {own.why}")
        worst = value if bounds is None else bounds[0 if sign > 0 else 1]
        if bounds is not None and sign * (worst - bound) <= 0:
            why = f"{check.why}, which lies within the confidence interval {interval_of(*bounds)}"
            needed = rows_needed(own, bound, worst)
            return attrs.evolve(check, status="inconclusive", why=why, rows_needed=needed)
        return check


def _refusal(why: str) -> Check:
    return Check(name="better than the baseline", status="fail", why=why)
