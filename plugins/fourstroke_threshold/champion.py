"""Hold a candidate against the model that is at work."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from fourstroke import Candidate, Check, Context, Metric, hookimpl, plugin
from fourstroke_threshold.known import brief, find_metric

# These are in the unit of the target, so that no number fits all projects.
_IN_UNITS_OF_THE_TARGET = frozenset({"rmse", "mae", "mse"})


@plugin
class Champion:
    """Ask that a candidate is not worse than the champion, on the same rows, beyond chance.

    The difference is taken row by row, which tells much more than two intervals do: by DeLong's test for
    ``roc_auc`` of two classes, else by a paired bootstrap. A metric that neither knows is compared by the
    two intervals.
    """

    # The metric; empty for the primary one.
    metric: str = ""
    # By how much the candidate may be worse; of rmse, mae and mse a share of the champion's value.
    tolerance: float = attrs.field(default=0.01, validator=attrs.validators.ge(0.0))
    # How sure it has to be that the candidate is not worse than that.
    confidence: float = attrs.field(
        default=0.95, validator=[attrs.validators.gt(0.5), attrs.validators.lt(1.0)]
    )
    # Draws of the bootstrap.
    resamples: int = attrs.field(default=2000, validator=attrs.validators.ge(100))

    @hookimpl
    def validate(
        self, candidate: Candidate, champion: Candidate | None, context: Context
    ) -> Sequence[Check]:
        """Give one check; it passes if there is no champion yet."""
        if champion is None:
            return [
                Check(
                    name="not worse than the champion",
                    status="pass",
                    why="there is no champion yet",
                )
            ]
        own = find_metric(candidate.evaluation, self.metric)
        if isinstance(own, str):
            return [_refusal(f"the candidate cannot be compared: {own}")]
        other = find_metric(champion.evaluation, own.name)
        if isinstance(other, str):
            return [_refusal(f"the champion cannot be compared: {other}")]
        return [self._compared(own, other, candidate, champion, context)]

    def _compared(
        self,
        own: Metric,
        other: Metric,
        candidate: Candidate,
        champion: Candidate,
        context: Context,
    ) -> Check:
        from fourstroke_threshold.paired import difference  # noqa: PLC0415 - loads pandas when used

        found = difference(
            own,
            other,
            candidate,
            champion,
            context,
            confidence=self.confidence,
            resamples=self.resamples,
        )
        tolerance = self._tolerance(other)
        name = f"v{champion.version}" if champion.version is not None else "the champion"
        check = Check(
            name=f"{own.name} against {name}",
            status="pass",
            observed=found.value,
            required=f">= {brief(-tolerance)}" if tolerance else ">= 0",
            interval=(found.low, found.high),
            why=f"{own.name} is {brief(_number(own))}, that of {name} {brief(_number(other))};"
            f" the difference, positive if better, is {brief(found.value)}"
            f" [{brief(found.low)}, {brief(found.high)}] by {found.method}",
        )
        if found.low >= -tolerance:
            return check
        if found.high < -tolerance:
            return attrs.evolve(check, status="fail")
        why = f"{check.why}: too few rows to exclude that it is worse by {brief(tolerance)}"
        return attrs.evolve(check, status="inconclusive", why=why)

    def _tolerance(self, other: Metric) -> float:
        if other.name in _IN_UNITS_OF_THE_TARGET:
            return self.tolerance * abs(_number(other))
        return self.tolerance


def _number(metric: Metric) -> float:
    return float("nan") if metric.value is None else metric.value


def _refusal(why: str) -> Check:
    return Check(name="not worse than the champion", status="fail", why=why)
