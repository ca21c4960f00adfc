"""Putting compared figures into observations, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke import Observation
from fourstroke_performance.catalogue import ends_at_one, higher_is_better
from fourstroke_performance.judging import (
    Comparison,
    Limits,
    difference_interval,
    holm_level,
    interval,
    smallest_effect,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke_performance.measured import Measured


def judged(
    comparisons: Sequence[Comparison],
    limits: Limits,
    *,
    statistic: str,
    prefix: str = "",
    note: str = "",
) -> list[Observation]:
    """Give one observation a figure: an alert if it is worse by more than chance, and enough to matter."""
    level = holm_level([each.probability for each in comparisons], limits.false_alarms)
    return [_judged(each, level, limits, statistic, prefix, note) for each in comparisons]


def _judged(
    found: Comparison, level: float, limits: Limits, statistic: str, prefix: str, note: str
) -> Observation:
    window, reference = found.window, found.reference
    effect, chance = smallest_effect(reference, limits), found.chance(level)
    limit = max(effect, chance)
    is_worse = found.worse > limit and found.probability <= level
    why = f"{_value(window, prefix)}, {_number(reference.value)} in the reference"
    if is_worse:
        least, most = difference_interval(window, reference)
        side = "lower" if higher_is_better(window.name) else "higher"
        why += (
            f": {_number(found.worse)} {side} ({_number(least)} to {_number(most)});"
            f" chance makes {_number(chance)} at this size, and {_number(effect)} matters"
        )
    sign = -1 if higher_is_better(window.name) else 1
    low, high = interval(window)
    return Observation(
        name=f"{prefix}{window.name}",
        status="alert" if is_worse else "ok",
        value=window.value,
        threshold=_within(window.name, reference.value + sign * limit),
        statistic=statistic,
        why="; ".join(filter(None, [why, window.why, note])),
        low=low,
        high=high,
    )


def unjudged(
    name: str,
    why: str,
    measured: Measured | None,
    reference: Measured | None,
    *,
    statistic: str,
    prefix: str = "",
) -> Observation:
    """Give the observation of a figure that is not judged, with its value so far if it has one."""
    so_far = "" if measured is None else f"so far {_value(measured, prefix)}"
    known = "" if reference is None else f"{_number(reference.value)} in the reference"
    low, high = (None, None) if measured is None else interval(measured)
    return Observation(
        name=f"{prefix}{name}",
        status="unknown",
        value=None if measured is None else measured.value,
        statistic=statistic,
        why="; ".join(filter(None, [why, so_far, known])),
        low=low,
        high=high,
    )


def shown(rows: int, unusable: int) -> list[Observation]:
    """Tell of rows that the model said nothing usable of: nothing bad is silent."""
    if not unusable:
        return []
    return [
        Observation(
            name="unusable_predictions",
            status="alert",
            value=unusable / rows,
            threshold=0.0,
            statistic="share",
            why=f"{unusable:,} of {rows:,} rows have no class, number or probability that can be used",
        )
    ]


def _value(measured: Measured, prefix: str) -> str:
    low, high = interval(measured)
    of = "estimated " if prefix else ""
    return f"{of}{measured.name} is {_number(measured.value)} ({_number(low)} to {_number(high)})"


def _within(name: str, limit: float) -> float:
    return max(limit, 0.0) if ends_at_one(name) else limit


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.5g}"
