"""Hold a candidate against a model that ignores all features."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from fourstroke import Candidate, Check, Evaluation, Metric, hookimpl, plugin
from fourstroke_threshold.known import brief, find_metric


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
        known = {metric.name: metric for metric in candidate.evaluation.baseline}
        baseline = find_metric(Evaluation(metrics=tuple(known.values())), own.name)
        if isinstance(baseline, str):
            return [_refusal(f"the baseline cannot be compared: {baseline}")]
        return [self._compared(own, baseline)]

    def _compared(self, own: Metric, baseline: Metric) -> Check:
        sign = 1 if own.higher_is_better else -1
        value, dull = _number(own.value), _number(baseline.value)
        edge = _worse_end(own)
        bound = dull + sign * self.margin
        check = Check(
            name=f"{own.name} against the baseline",
            status="pass",
            observed=value,
            required=f"{'above' if sign > 0 else 'below'} {brief(bound)}",
            interval=None if own.low is None or own.high is None else (own.low, own.high),
            why=f"{own.name} is {brief(value)}; a model that ignores all features has {brief(dull)}",
        )
        if sign * (value - bound) <= 0:
            return attrs.evolve(check, status="fail")
        if sign * (edge - bound) <= 0:
            why = f"{check.why}, and the confidence interval reaches {brief(edge)}"
            return attrs.evolve(check, status="inconclusive", why=why)
        return check


def _worse_end(metric: Metric) -> float:
    end = metric.low if metric.higher_is_better else metric.high
    return _number(metric.value if end is None else end)


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _refusal(why: str) -> Check:
    return Check(name="better than the baseline", status="fail", why=why)
