"""Find a metric of an evaluation, and say in words why it cannot be used."""

from __future__ import annotations

import difflib
import math

from fourstroke import Evaluation, Metric


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
    if metric.value is None:
        return f"{metric.name} is not defined: {metric.why or 'no reason was given'}"
    if math.isnan(metric.value):
        return f"{metric.name} is NaN"
    return metric


def brief(value: float) -> str:
    """Write a figure with four digits.

    Examples
    --------
    >>> brief(0.92968), brief(1234567.0)
    ('0.9297', '1,234,567')
    """
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"  # noqa: PLR2004 - four digits


def _likely(name: str, evaluation: Evaluation) -> str:
    names = [metric.name for metric in evaluation.metrics]
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(names)}"
