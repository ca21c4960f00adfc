"""Hold a metric against fixed bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import attrs

from fourstroke import Candidate, Check, Metric, hookimpl, plugin
from fourstroke_threshold.known import brief, find_metric


@plugin
class Threshold:
    """Ask for a metric within bounds, of all held-out rows or of each slice of a column."""

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
        """Give a check for each bound."""
        if self.slice:
            return self._of_slices(candidate)
        return self._of(find_metric(candidate.evaluation, self.metric), "")

    def _of_slices(self, candidate: Candidate) -> list[Check]:
        slices = [item for item in candidate.evaluation.slices if item.column == self.slice]
        primary = find_metric(candidate.evaluation, "")
        name = self.metric or (primary.name if isinstance(primary, Metric) else "")
        checks = []
        for item in slices:
            place = f" where {item.column} is {item.value}"
            if name and item.metric.name != name:
                return self._of(f"slices are measured by {item.metric.name}, not by {name}", place)
            found = item.metric if item.metric.value is not None else _undefined(item.metric)
            checks += self._of(found, place)
        return checks or self._of(f"column {self.slice!r} has no slices", f" by {self.slice}")

    def _of(self, found: Metric | str, place: str) -> list[Check]:
        return [
            _check(
                found, self.metric, bound, place, is_least=is_least, by_interval=self._by_interval
            )
            for bound, is_least in ((self.min, True), (self.max, False))
            if bound is not None
        ]

    @property
    def _by_interval(self) -> bool:
        return self.bound == "interval"


def _undefined(metric: Metric) -> str:
    return f"{metric.name} is not defined: {metric.why or 'no reason was given'}"


def _check(
    found: Metric | str, name: str, bound: float, place: str, *, is_least: bool, by_interval: bool
) -> Check:
    sign = ">=" if is_least else "<="
    required = f"{sign} {bound:g}"
    if isinstance(found, str):
        return Check(
            name=f"{name or 'metric'} {required}{place}",
            status="fail",
            required=required,
            why=found,
        )
    check = Check(
        name=f"{found.name} {required}{place}",
        status="pass",
        observed=found.value,
        required=required,
        interval=_interval(found),
    )
    if by_interval and check.interval is None:
        why = f"{found.name} has no confidence interval, and the interval was asked for"
        return attrs.evolve(check, status="fail", why=why)
    return _judged(check, found, bound, is_least=is_least, by_interval=by_interval)


def _judged(
    check: Check, metric: Metric, bound: float, *, is_least: bool, by_interval: bool
) -> Check:
    value = metric.value if metric.value is not None else float("nan")
    side = "above" if is_least else "below"
    if not _keeps(value, bound, is_least=is_least):
        off = "below" if is_least else "above"
        why = f"{metric.name} is {brief(value)}, {off} {bound:g}"
        return attrs.evolve(check, status="fail", why=why)
    if not by_interval or check.interval is None:
        return attrs.evolve(check, why=f"{metric.name} is {brief(value)}")
    edge = check.interval[0] if is_least else check.interval[1]
    if _keeps(edge, bound, is_least=is_least):
        return attrs.evolve(check, why=f"{metric.name} is {side} {bound:g} with its whole interval")
    return attrs.evolve(
        check,
        status="inconclusive",
        why=f"{metric.name} is {brief(value)}, but its interval reaches {brief(edge)};"
        f" {_rows_needed(metric, value, edge, bound)}",
    )


def _keeps(value: float, bound: float, *, is_least: bool) -> bool:
    """Compare so that NaN keeps no bound."""
    return value >= bound if is_least else value <= bound


def _interval(metric: Metric) -> tuple[float, float] | None:
    return None if metric.low is None or metric.high is None else (metric.low, metric.high)


def _rows_needed(metric: Metric, value: float, edge: float, bound: float) -> str:
    """Say how many held-out rows would tell, if the value stays: an interval shrinks with their root."""
    if value == bound or not metric.rows:
        return "no number of rows would tell"
    rows = metric.rows * ((value - edge) / (value - bound)) ** 2
    return f"some {rows:,.0f} held-out rows would tell, here are {metric.rows:,}"
