"""Hold a candidate against the model that is at work."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import attrs

from fourstroke import Check, hookimpl, plugin
from fourstroke_threshold.known import brief, find_metric, interval_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Candidate, Context, Metric
    from fourstroke_threshold.figured import Difference

# These are in the unit of the target, so that no number fits all projects.
_IN_UNITS_OF_THE_TARGET = frozenset({"rmse", "mae", "mse"})
_AGAINST = "against the champion"


@plugin
class Champion:
    """Ask that a candidate is not worse than the champion, or better, on the same rows, beyond chance.

    The difference is taken row by row, which tells much more than two intervals do: by DeLong's test
    for ``roc_auc`` of two classes, McNemar's for ``accuracy``, a paired t test for means of losses, and
    else by a paired bootstrap. A metric of another evaluator is compared by the two intervals.
    """

    # The metric; empty for the primary one.
    metric: str = ""
    # What is asked for: that it is not worse by more than the tolerance, or that it is better by more.
    ask: Literal["not_worse", "better"] = "not_worse"
    # By how much the candidate may be worse, or has to be better; of rmse, mae and mse a share of the
    # champion's value.
    tolerance: float = attrs.field(default=0.01, validator=attrs.validators.ge(0.0))
    # How sure that has to be.
    confidence: float = attrs.field(
        default=0.95, validator=[attrs.validators.gt(0.5), attrs.validators.lt(1.0)]
    )
    # Draws of the bootstrap.
    resamples: int = attrs.field(default=2000, validator=attrs.validators.ge(100))
    # Which rows tell of each other: those of task.group, neighbours by task.time, or none of them. With
    # auto it is the group if the task names one, else the time.
    dependence: Literal["auto", "none", "group", "time"] = "auto"
    # Whether the confidence holds for all comparisons on the same held-out rows together, or for each.
    looks: Literal["correct", "ignore"] = "correct"

    @hookimpl
    def validate(
        self, candidate: Candidate, champion: Candidate | None, context: Context
    ) -> Sequence[Check]:
        """Give one check; it passes if there is no champion yet."""
        own = find_metric(candidate.evaluation, self.metric)
        name = self.metric if isinstance(own, str) else own.name
        # Without the number of the champion: a waiver names the check, and the champion changes.
        check = Check(name=f"{name or 'metric'} {_AGAINST}", status="pass", against="champion")
        if champion is None:
            return [attrs.evolve(check, why="there is no champion yet")]
        if isinstance(own, str):
            why = f"the candidate cannot be compared: {own}"
            return [attrs.evolve(check, status="fail", why=why)]
        other = find_metric(champion.evaluation, own.name)
        if isinstance(other, str):
            why = f"the champion cannot be compared: {other}"
            return [attrs.evolve(check, status="fail", why=why)]
        return [self._compared(check, own, other, candidate, champion, context)]

    def _compared(
        self,
        check: Check,
        own: Metric,
        other: Metric,
        candidate: Candidate,
        champion: Candidate,
        context: Context,
    ) -> Check:
        # NumPy, pandas and SciPy are loaded when there is a champion, and not before.
        from fourstroke_threshold.figured import Comparison, value_of  # noqa: PLC0415
        from fourstroke_threshold.paired import difference  # noqa: PLC0415

        confidence = self._confidence_at(context.look)
        how = Comparison(
            own=own,
            other=other,
            confidence=confidence,
            resamples=self.resamples,
            dependence=self.dependence,
        )
        found = difference(how, candidate, champion, context)
        relative = own.name in _IN_UNITS_OF_THE_TARGET
        least = self.tolerance * (abs(value_of(other)) if relative else 1.0)
        least = least if self.ask == "better" else -least
        sign = ">" if self.ask == "better" else ">="
        name = f"v{champion.version}" if champion.version is not None else "the champion"
        check = attrs.evolve(
            check,
            observed=found.value,
            required=f"difference {sign} {brief(least)}",
            interval=(found.low, found.high),
            why=f"{own.name} is {brief(value_of(own))}, that of {name} {brief(value_of(other))};"
            f" the difference, positive if better, is {brief(found.value)}"
            f" {interval_of(found.low, found.high)} by {found.method}; {self._told(context.look)}",
            evidence=f"{found.method}; {found.rows:,} rows; one-sided confidence {confidence:.6g}",
        )
        return _judged(check, found, least, is_strict=self.ask == "better")

    def _confidence_at(self, look: int) -> float:
        """Give how sure this comparison has to be, so that all on the same rows are as sure as is asked.

        Each look may err with a share of what all may: ``6 / (pi * look) ** 2``, which sums up to 1
        however many looks there are (alpha spending: D. P. Foster, R. A. Stine 2008, Alpha-investing,
        section 2; J. Tian, A. Ramdas 2021, Online control of the familywise error rate, section 3.1).
        By the union bound it does not matter how the comparisons depend on each other.
        """
        if self.looks == "ignore":
            return self.confidence
        return 1 - (1 - self.confidence) * 6 / (math.pi * look) ** 2

    def _told(self, look: int) -> str:
        told = f"look {look} on these rows"
        if self.looks == "ignore":
            return f"{told}, each of which may err by itself"
        return f"{told}, so that {self._confidence_at(look):.2%} of confidence are asked of it"

    @hookimpl
    def compare_models(
        self, first: Candidate, second: Candidate, context: Context
    ) -> Sequence[Metric]:
        """Take the difference of each metric row by row."""
        from fourstroke_threshold.differences import differences  # noqa: PLC0415 - imports SciPy

        return differences(first, second, context, self.resamples)


@plugin
class UnlessWorse:
    """Refuse a candidate that is clearly worse than the champion on the same rows; let doubt pass with a warning.

    What a project without validators of its own asks for. `champion` asks for more: that it is clear
    that the candidate is not worse.
    """

    # The metric; empty for the primary one.
    metric: str = ""
    # By how much the candidate may be worse; of rmse, mae and mse a share of the champion's value.
    tolerance: float = attrs.field(default=0.01, validator=attrs.validators.ge(0.0))

    @hookimpl
    def validate(
        self, candidate: Candidate, champion: Candidate | None, context: Context
    ) -> Sequence[Check]:
        """Give one check; one that cannot tell is a warning."""
        # Looks are not corrected for: to ask for more confidence would let more through here.
        strict = Champion(metric=self.metric, tolerance=self.tolerance, looks="ignore")
        checks: Sequence[Check] = strict.validate(candidate, champion, context)
        return [
            attrs.evolve(check, severity="warning") if check.status == "inconclusive" else check
            for check in checks
        ]

    @hookimpl
    def compare_models(
        self, first: Candidate, second: Candidate, context: Context
    ) -> Sequence[Metric]:
        """Take the difference of each metric row by row."""
        found: Sequence[Metric] = Champion().compare_models(first, second, context)
        return found


def _judged(check: Check, found: Difference, least: float, *, is_strict: bool) -> Check:
    is_certain = found.low == found.high
    if found.low > least or (is_certain and found.low == least and not is_strict):
        return check
    if found.high < least or is_certain:
        return attrs.evolve(check, status="fail")
    tell = "show that it is better" if is_strict else "exclude that it is worse"
    why = f"{check.why}: too few rows to {tell} by more than {brief(abs(least))}"
    if found.value > least:
        times = ((found.value - found.low) / (found.value - least)) ** 2
        why += f"; some {times:.1f} times as many would tell"
        if found.rows:
            needed = math.ceil(times * found.rows)
            return attrs.evolve(check, status="inconclusive", why=why, rows_needed=needed)
    return attrs.evolve(check, status="inconclusive", why=why)
