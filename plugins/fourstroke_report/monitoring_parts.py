"""Put what monitors saw in the order in which people ask for it: columns, outputs, performance, and so on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import attrs

from fourstroke import MonitoringHistory, Observation, Trend

Part = Literal["columns", "outputs", "performance", "fairness", "service", "other"]

# The order in which people want to see them.
URGENCY: Final = {"alert": 0, "unknown": 1, "ok": 2}
# All but the columns, with their headings.
PARTS: Final[tuple[tuple[Part, str], ...]] = (
    ("performance", "Performance: realised and estimated"),
    ("outputs", "Predictions and outcomes"),
    ("fairness", "Fairness"),
    ("service", "Service"),
    ("other", "Other figures"),
)
# As the bundled monitors call them; a figure of any other name is of a column, or stands with the others.
_OUTPUTS: Final = frozenset({"prediction_drift", "label_drift", "strange_outcomes"})
# Of how many rows the outcome is known.
COVERAGE: Final = "outcomes"
_PERFORMANCE: Final = frozenset({"performance", COVERAGE, "unusable_predictions"})
_SERVICE: Final = frozenset({"rows", "volume", "freshness", "latency", "errors", "refused"})
ESTIMATED: Final = "estimated_"
_REALISED: Final = "realised"
DRIFT: Final = "drift"
# What crosses its limit so many times over, or has no figure at all, is as bad as it gets.
_MOST_FORCE: Final = 10.0


def part_of(name: str, column: str, statistic: str) -> Part:
    """Say where a figure belongs.

    Examples
    --------
    >>> part_of("drift", "age", "psi"), part_of("roc_auc", "", "realised"), part_of("orders", "", "")
    ('columns', 'performance', 'other')
    """
    if name in _OUTPUTS:
        return "outputs"
    if name.endswith("_gap") or name == "fairness":
        return "fairness"
    if statistic == _REALISED or name.startswith(ESTIMATED) or name in _PERFORMANCE:
        return "performance"
    if name in _SERVICE:
        return "service"
    return "columns" if column else "other"


def of_part(observations: Iterable[Observation], part: Part) -> list[Observation]:
    """Give the observations of a part: the urgent first, then those with a figure."""
    found = [
        each for each in observations if part_of(each.name, each.column, each.statistic) == part
    ]
    return sorted(found, key=lambda each: (each.status != "alert", each.value is None))


@attrs.frozen(kw_only=True)
class ColumnRow:
    """One column that the model takes, with all that is known of it in the latest window.

    Parameters
    ----------
    name : str
        Of the column.
    rank : int, optional
        Its place by importance, from 1; ``None`` if that is not known.
    importance : float, optional
        As the explanation has it.
    status : {"alert", "unknown", "ok"}
        The worst of its observations; ``unknown`` if there are none.
    drift : Observation, optional
        How far it drifted.
    worst : Observation, optional
        What makes its status.
    crossed : tuple of str
        The names of all that crossed its limits.
    why : str
        In words.
    since : str
        The first window of those running in which it crossed a limit; empty if it did not.
    running : int
        How many windows that are.
    """

    name: str
    rank: int | None
    importance: float | None
    status: Literal["alert", "unknown", "ok"]
    drift: Observation | None
    worst: Observation | None
    crossed: tuple[str, ...]
    why: str
    since: str = ""
    running: int = 0

    @property
    def weight(self) -> float:
        """How much it counts: how far beyond its limit it is, by how important it is to the model."""
        force = _force(self.worst) if self.worst is not None else 0.0
        return force * (1.0 if self.importance is None else max(self.importance, 0.0))


def columns_of(history: MonitoringHistory) -> list[ColumnRow]:
    """Give every column with a status: what drifts and is important first, what is well last."""
    seen: dict[str, list[Observation]] = {}
    for each in of_part(history.latest.observations, "columns"):
        seen.setdefault(each.column, []).append(each)
    trends: dict[str, list[Trend]] = {}
    for trend in history.trends:
        if part_of(trend.name, trend.column, trend.statistic) == "columns":
            trends.setdefault(trend.column, []).append(trend)
    ranks = {
        name: place
        for place, name in enumerate(
            sorted(history.importances, key=lambda name: -history.importances[name]), start=1
        )
    }
    names = dict.fromkeys([*seen, *trends, *ranks])
    why = _why_nothing(history)
    rows = [
        _row(name, seen.get(name, []), trends.get(name, []), ranks.get(name), history, why)
        for name in names
    ]
    return sorted(rows, key=_order)


def began(history: MonitoringHistory, trends: Iterable[Trend]) -> tuple[str, int]:
    """Say since which window some of these figures are beyond their limits, and how many windows that are.

    Windows in which a figure was not taken, or not judged, end nothing and count for nothing.
    """
    first, most = "", 0
    for trend in trends:
        if trend.statuses[-1] != "alert":
            continue
        place, running = len(trend.statuses) - 1, 0
        for number in range(len(trend.statuses) - 1, -1, -1):
            status = trend.statuses[number]
            if status == "ok":
                break
            if status == "alert":
                place, running = number, running + 1
        if running > most:
            first, most = history.windows[place].name, running
    return first, most


def _row(
    name: str,
    seen: Sequence[Observation],
    trends: Sequence[Trend],
    rank: int | None,
    history: MonitoringHistory,
    why: str,
) -> ColumnRow:
    worst = min(seen, key=lambda each: (URGENCY[each.status], -_force(each))) if seen else None
    drift = next((each for each in seen if each.name == DRIFT), None)
    since, running = began(history, trends)
    told = worst.why if worst is not None else ""
    if worst is not None and told and worst is not drift:
        told = f"{worst.name.replace('_', ' ')}: {told}"
    return ColumnRow(
        name=name,
        rank=rank,
        importance=history.importances.get(name),
        status=worst.status if worst is not None else "unknown",
        drift=drift,
        worst=worst,
        crossed=tuple(each.name for each in seen if each.status == "alert"),
        why=(told or (drift.why if drift else "")) if worst is not None else why,
        since=since,
        running=running,
    )


def _why_nothing(history: MonitoringHistory) -> str:
    """Say why a column has no observation: a monitor that judges nothing says so once for all."""
    for each in history.latest.observations:
        if each.status == "unknown" and not each.column and each.name in {DRIFT, "schema"}:
            return each.why
    return "no monitor looked at it in this window"


def _force(seen: Observation) -> float:
    """Say how far a figure is beyond its limit; 1 is at it."""
    value, limit = seen.value, seen.threshold
    if seen.status != "alert" and (value is None or not limit):
        return 0.0
    if not isinstance(value, int | float) or not limit:
        return _MOST_FORCE
    return min(abs(value / limit), _MOST_FORCE)


def _order(row: ColumnRow) -> tuple[int, float, float, str]:
    force = _force(row.worst) if row.worst is not None else 0.0
    importance = -1.0 if row.importance is None else row.importance
    # What is well is looked up by how important it is; what is not, by how much it counts.
    first = -row.weight if row.status == "alert" else -importance
    return URGENCY[row.status], first, -force, row.name
