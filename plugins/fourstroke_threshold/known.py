"""Find a metric of an evaluation, and say in words why it cannot be used."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fourstroke import Evaluation, Metric

_WIDE = 10_000


def find_metric(evaluation: Evaluation, name: str) -> Metric | str:
    """Give a metric that has a value, or the reason why there is none.

    Parameters
    ----------
    evaluation : Evaluation
        Of a candidate or the champion.
    name : str
        Of the metric; empty for the primary one.
    """
    if not evaluation.metrics:
        return "nothing was measured"
    metric = evaluation.metric(name) if name else evaluation.metrics[0]
    if metric is None:
        return f"no metric {name!r} was measured; {_likely(name, evaluation)}"
    return usable(metric)


def usable(metric: Metric) -> Metric | str:
    """Give a metric back if its value is a number, else the reason why it is none."""
    if metric.value is None:
        return f"{metric.name} is not defined: {metric.why or 'no reason was given'}"
    if not math.isfinite(metric.value):
        return f"{metric.name} is {metric.value}"
    return metric


def brief(value: float) -> str:
    """Write a figure with four digits.

    Examples
    --------
    >>> brief(0.92968), brief(1234567.0), brief(-0.0)
    ('0.9297', '1,234,567', '0')
    """
    return f"{value:,.0f}" if abs(value) >= _WIDE else f"{value + 0.0:.4g}"


def interval_of(low: float, high: float) -> str:
    """Write an interval."""
    return f"[{brief(low)}, {brief(high)}]"


def bounds_of(metric: Metric) -> tuple[float, float] | None:
    """Give a metric's confidence interval; nothing if it has none, or one that is no number."""
    if metric.low is None or metric.high is None:
        return None
    if not (math.isfinite(metric.low) and math.isfinite(metric.high)):
        return None
    return metric.low, metric.high


def rows_needed(metric: Metric, bound: float, edge: float) -> int | None:
    """Say how many rows would tell if the value stays: an interval shrinks with their root.

    Parameters
    ----------
    metric : Metric
        With a value.
    bound : float
        What it is held against.
    edge : float
        The end of its interval that lies beyond the bound.
    """
    value = metric.value
    if value is None or value == bound or not metric.rows:
        return None
    return math.ceil(metric.rows * ((value - edge) / (value - bound)) ** 2)


def measured_by(metric: Metric) -> str:
    """Say what a figure and its interval rest on."""
    rows = f"{metric.rows:,} rows" if metric.rows else ""
    interval = f"{metric.confidence:.0%} interval by {metric.method}" if metric.method else ""
    return "; ".join(filter(None, (rows, interval)))


def _likely(name: str, evaluation: Evaluation) -> str:
    names = [metric.name for metric in evaluation.metrics]
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(names)}"
