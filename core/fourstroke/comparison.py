"""In what two runs differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.config import flat_values

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen(kw_only=True)
class Difference:
    """One thing in which two runs differ.

    Parameters
    ----------
    kind : {"setting", "data", "chosen", "metric", "code", "commit", "environment", "result"}
        What it is: a key of the project file, a data set, what was chosen and its figures, a figure of
        any candidate, a file of the project, the commit, a distribution or the platform, the digest
        of what a step gave.
    name : str
        Which one, such as ``data.split.test`` or ``model.evaluate.logistic.quality.roc_auc``.
    first, second : object
        What it is in each run; ``None`` where it is not there.
    change : float, optional
        Of a metric that both have: by how much the second is higher.
    is_better : bool, optional
        Whether that is an improvement; ``None`` if no evaluator has said which direction is.
    low, high : float, optional
        Where both were measured on the same rows: the change's interval of 95 %.
    method : str
        How the interval was found; without one, why there is none.
    """

    kind: str
    name: str
    first: Any
    second: Any
    change: float | None = None
    is_better: bool | None = None
    low: float | None = None
    high: float | None = None
    method: str = ""


def differences(
    kind: str, first: Mapping[str, Any], second: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Give what differs, by name; NaN equals NaN."""
    return tuple(
        Difference(kind=kind, name=name, first=first.get(name), second=second.get(name))
        for name in sorted({**first, **second})
        if not _is_same(first.get(name), second.get(name))
    )


def judged(metric: Difference, *, higher_is_better: bool | None) -> Difference:
    """Say of a metric by how much it has changed, and whether for the better."""
    if metric.first is None or metric.second is None:
        return metric
    change = metric.second - metric.first
    if math.isnan(change):
        return metric
    is_better = None if higher_is_better is None else (change > 0) is higher_is_better
    return attrs.evolve(metric, change=change, is_better=is_better)


def settings_by_name(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Give settings by their names as ``--set`` writes them."""
    return {entry.path: entry.value for entry in flat_values(settings)}


def metrics_by_name(metrics: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Give values by step and metric; those that no step logged by the metric alone."""
    return {
        f"{step}.{name}" if step else name: value
        for step, values in metrics.items()
        for name, value in values.items()
    }


def _is_same(one: Any, other: Any) -> bool:
    is_nan = isinstance(one, float) and isinstance(other, float) and one != one and other != other  # noqa: PLR0124
    return is_nan or (one == other and type(one) is type(other))
