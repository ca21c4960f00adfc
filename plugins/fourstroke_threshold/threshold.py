"""Hold a metric against fixed bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from fourstroke import Check, Metric, hookimpl, plugin
from fourstroke_threshold.known import (
    bounds_of,
    brief,
    find_metric,
    interval_of,
    measured_by,
    rows_needed,
    usable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fourstroke import Candidate


@plugin
class Threshold:
    """Ask for a metric within bounds, on all held-out rows or on each slice of a column."""

    # The metric, such as roc_auc; empty for the primary one.
    metric: str = ""
    # The least that is enough; none for no lower bound.
    min: float | None = None
    # The most that is allowed; none for no upper bound.
    max: float | None = None
    # Whether the value counts, or the whole confidence interval has to lie within the bounds.
    bound: Literal["value", "interval"] = "value"
    # A column, each of whose slices has to keep the bounds; empty for all rows together.
    slice: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse settings that ask for nothing."""
        if self.min is None and self.max is None:
            raise ValueError("neither 'min' nor 'max' is set: there is nothing to ask for")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"'min' {self.min} is above 'max' {self.max}")

    @hookimpl
    def validate(self, candidate: Candidate) -> Sequence[Check]:
        """Give a check for each bound, and for each slice if slices were asked for."""
        found = self._of_slices(candidate) if self.slice else self._of_all(candidate)
        checks = [
            self._check(metric, place, limit)
            for place, metric in found.items()
            for limit in self._limits()
        ]
        return [*checks, *self._doubts(found.values())]

    def slice_asked(self) -> tuple[str, str] | None:
        """Give the column and the metric of the slices that have to be measured for it."""
        return (self.slice, self.metric) if self.slice else None

    def _doubts(self, found: Iterable[Metric | str]) -> list[Check]:
        """Warn of a least error without a largest one: it passes what is bad."""
        if self.max is not None:
            return []
        names = {
            each.name for each in found if isinstance(each, Metric) and not each.higher_is_better
        }
        return [
            Check(
                name=f"sense of min for {name}",
                status="warn",
                severity="warning",
                why=f"a lower {name} is better: min lets every bad model through; max is meant?",
            )
            for name in sorted(names)
        ]

    def _of_all(self, candidate: Candidate) -> dict[str, Metric | str]:
        return {"": find_metric(candidate.evaluation, self.metric)}

    def _of_slices(self, candidate: Candidate) -> dict[str, Metric | str]:
        evaluation = candidate.evaluation
        name = self.metric or (evaluation.metrics[0].name if evaluation.metrics else "")
        slices = [item for item in evaluation.slices if item.column == self.slice]
        found = {
            f" where {item.column} is {item.value}": usable(item.metric)
            for item in slices
            if item.metric.name == name
        }
        if found:
            return found
        measured = sorted({item.metric.name for item in slices})
        why = (
            f"there are no slices by {self.slice!r}: the evaluator has to be asked for them, "
            f'slices = ["{self.slice}"] of [[model.evaluate]] use = "quality"; groups of few rows are '
            "left out"
        )
        if measured:
            why = (
                f"slices by {self.slice!r} are measured by {', '.join(measured)}, not by {name}: "
                f'the evaluator has to be asked for it, slice_metrics = ["{name}"] of '
                '[[model.evaluate]] use = "quality"'
            )
        return {f" by {self.slice}": why}

    def _limits(self) -> list[_Limit]:
        given = [(self.min, True), (self.max, False)]
        return [
            _Limit(bound, is_least=is_least, by_interval=self.bound == "interval")
            for bound, is_least in given
            if bound is not None
        ]

    def _check(self, found: Metric | str, place: str, limit: _Limit) -> Check:
        if isinstance(found, str):
            name = f"{self.metric or 'metric'} {limit}{place}"
            return Check(name=name, status="fail", required=str(limit), why=found)
        return limit.judge(found, place)


@attrs.frozen
class _Limit:
    bound: float
    is_least: bool = attrs.field(kw_only=True)
    by_interval: bool = attrs.field(kw_only=True)

    def __str__(self) -> str:
        return f"{'>=' if self.is_least else '<='} {self.bound:g}"

    def judge(self, metric: Metric, place: str) -> Check:
        value = metric.value or 0.0
        bounds = bounds_of(metric)
        check = Check(
            name=f"{metric.name} {self}{place}",
            status="pass",
            observed=value,
            required=str(self),
            interval=bounds,
            why=f"{metric.name} is {brief(value)}",
            evidence=measured_by(metric),
        )
        if not self._is_kept_by(value):
            side = "below" if self.is_least else "above"
            return attrs.evolve(check, status="fail", why=f"{check.why}, {side} {self.bound:g}")
        if not self.by_interval:
            return check
        if bounds is None:
            reason = metric.why or "it was measured without"
            why = f"{metric.name} has no confidence interval, and one is asked for: {reason}"
            return attrs.evolve(check, status="fail", why=why)
        shown = f"{check.why} {interval_of(*bounds)}"
        edge = bounds[0 if self.is_least else 1]
        if self._is_kept_by(edge):
            return attrs.evolve(check, why=shown)
        needed = rows_needed(metric, self.bound, edge)
        why = f"{shown}, and the interval goes past {self.bound:g}"
        if needed is not None:
            why += f"; some {needed:,} held-out rows would tell, there are {metric.rows:,}"
        return attrs.evolve(check, status="inconclusive", why=why, rows_needed=needed)

    def _is_kept_by(self, value: float) -> bool:
        return value >= self.bound if self.is_least else value <= self.bound
