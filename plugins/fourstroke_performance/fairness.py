"""Whether groups of people come to be treated less alike than in the reference.

The rates are those of S. Barocas, M. Hardt, A. Narayanan (2023), Fairness and machine learning, chapter
3: of rows that are put into the class of interest, of those who belong there, and of those who do not.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from fourstroke import Observation, PluginError
from fourstroke_performance.answers import Classes, answers_of, outcomes_of
from fourstroke_performance.groups import Grouping
from fourstroke_performance.judging import CONFIDENCE, holm_level, wilson
from fourstroke_performance.measured import FEWEST
from fourstroke_performance.realised import still_coming
from fourstroke_performance.tails import normal_quantile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke import Task, Window
    from fourstroke_performance.labels import Array

# Of each group: rows that are selected and all rows; found and all who belong there; false alarms and
# all who do not.
RATES: Final = ("selection_rate", "recall", "false_alarm_rate")


@attrs.frozen(kw_only=True)
class Share:
    """So many of so many."""

    hits: float
    rows: float

    @property
    def value(self) -> float:
        """The share."""
        return self.hits / self.rows


@attrs.frozen(kw_only=True)
class Reference:
    """What is kept of the held-out rows: counts of each group.

    Parameters
    ----------
    classes : Classes
        The classes by name.
    groupings : tuple of Grouping
        One a sensitive column.
    counts : tuple of list
        For each of them, for each group, hits and rows of the three rates.
    """

    classes: Classes
    groupings: tuple[Grouping, ...]
    counts: tuple[Any, ...]

    @classmethod
    def of(
        cls, data: pd.DataFrame, predictions: pd.DataFrame, task: Task, *, fewest: int
    ) -> Reference:
        """Count the held-out rows.

        Raises
        ------
        PluginError
            If the task is not binary, or the target is not there.
        """
        if task.kind != "binary":
            raise PluginError("fairness over time is that of a binary task", where="task.kind")
        if task.target not in data.columns:
            raise PluginError(f"the held-out rows have no column {task.target!r}")
        classes = Classes.of(task, predictions, data[task.target])
        found = [
            Grouping.of(data[name], fewest=fewest)
            for name in task.sensitive
            if name in data.columns and name != task.target
        ]
        groupings = tuple(each for each in found if each is not None)
        cells = _cells(predictions, data[task.target], classes)
        counts = tuple(_counted(each, data[each.column], cells).tolist() for each in groupings)
        return cls(classes=classes, groupings=groupings, counts=counts)

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists, text and numbers."""
        return {
            "classes": self.classes.to_json(),
            "groupings": [each.to_json() for each in self.groupings],
            "counts": list(self.counts),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reference:
        """Read back what `to_json` gave."""
        return cls(
            classes=Classes.from_json(value["classes"]),
            groupings=tuple(map(Grouping.from_json, value["groupings"])),
            counts=tuple(value["counts"]),
        )


@attrs.frozen(kw_only=True)
class Gap:
    """The gap of one rate between a group and the largest one, in the window and the reference."""

    column: str
    rate: str
    group: str
    other: str
    now: tuple[Share, Share]
    before: tuple[Share, Share]

    @property
    def value(self) -> float:
        """The group's rate less that of the largest group."""
        return self.now[0].value - self.now[1].value

    @property
    def known(self) -> float:
        """The same in the reference."""
        return self.before[0].value - self.before[1].value

    @property
    def growth(self) -> float:
        """By how much the gap is wider than it was."""
        return abs(self.value) - abs(self.known)

    @property
    def error(self) -> float:
        """The standard error of the change, if nothing has changed.

        Notes
        -----
        Each group's rate is pooled over window and reference, as in the test of two proportions (G. W.
        Snedecor, W. G. Cochran 1989, Statistical methods, 7.5); half a hit and half a miss are added.
        """
        total = 0.0
        for now, before in zip(self.now, self.before, strict=True):
            pooled = (now.hits + before.hits + 0.5) / (now.rows + before.rows + 1)
            total += pooled * (1 - pooled) * (1 / now.rows + 1 / before.rows)
        return math.sqrt(total)

    @property
    def probability(self) -> float:
        """How often chance alone changes the gap as much, to either side."""
        return 2 * float(ndtr(-abs(self.value - self.known) / self.error))


def watch(
    window: Window, reference: Reference, *, effect: float, false_alarms: float, minimum_rows: int
) -> tuple[Observation, ...]:
    """Give one observation a sensitive column, group and rate."""
    if not reference.groupings:
        why = "no sensitive column of the task has two groups that are large enough"
        return (Observation(name="fairness", status="unknown", why=why),)
    counts = _gathered(window, reference)
    told: list[Observation] = []
    gaps: list[Gap] = []
    for grouping, known, found in zip(reference.groupings, reference.counts, counts, strict=True):
        for number in range(1, len(grouping.names)):
            for place, rate in enumerate(RATES):
                now, before = (
                    tuple(_share(table[group][place]) for group in (number, 0))
                    for table in (found, known)
                )
                gap = Gap(
                    column=grouping.column,
                    rate=rate,
                    group=grouping.names[number],
                    other=grouping.names[0],
                    now=(now[0], now[1]),
                    before=(before[0], before[1]),
                )
                why = _doubt(gap, window, minimum_rows)
                if why:
                    told.append(_observation(gap, "unknown", why=why))
                else:
                    gaps.append(gap)
    level = holm_level([gap.probability for gap in gaps], false_alarms)
    return (*told, *(_judged(gap, level, effect) for gap in gaps))


def difference_interval(first: Share, second: Share) -> tuple[float, float]:
    """Give the interval of the difference of two shares, of 95 %.

    Notes
    -----
    Method 10 of R. G. Newcombe (1998), Interval estimation for the difference between independent
    proportions: comparison of eleven methods.

    Examples
    --------
    >>> low, high = difference_interval(Share(hits=56, rows=70), Share(hits=48, rows=80))
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)
    """
    z = normal_quantile(CONFIDENCE)
    (low, high), (other_low, other_high) = (
        wilson(share.value, share.rows, z) for share in (first, second)
    )
    value = first.value - second.value
    down = math.hypot(first.value - low, other_high - second.value)
    up = math.hypot(high - first.value, second.value - other_low)
    return value - down, value + up


def _judged(gap: Gap, level: float, effect: float) -> Observation:
    chance = -gap.error * float(ndtri(level / 2))
    low, high = difference_interval(*gap.now)
    why = (
        f"{gap.rate} of {gap.group} is {gap.now[0].value:.3f}, of {gap.other} {gap.now[1].value:.3f}:"
        f" a gap of {gap.value:+.3f} ({low:+.3f} to {high:+.3f}), {gap.known:+.3f} in the reference"
    )
    # A gap that turned to the other side has changed by more than it has grown.
    is_wider = gap.growth > max(effect, chance)
    if is_wider:
        why += f"; chance makes {chance:.3f}, and {effect:g} matters"
    return _observation(
        gap,
        "alert" if is_wider else "ok",
        value=gap.value,
        threshold=math.copysign(abs(gap.known) + max(effect, chance), gap.value),
        why=why,
        low=low,
        high=high,
    )


def _observation(gap: Gap, status: Any, **more: Any) -> Observation:
    return Observation(
        name=f"{gap.rate}_gap",
        status=status,
        column=gap.column,
        statistic=f"{gap.group} - {gap.other}",
        **more,
    )


def _doubt(gap: Gap, window: Window, minimum_rows: int) -> str:
    needed = minimum_rows if gap.rate == "selection_rate" else FEWEST
    of_whom = {"recall": " who belong there", "false_alarm_rate": " who do not belong there"}
    for shares, which in ((gap.now, "the window"), (gap.before, "the reference")):
        for share, group in zip(shares, (gap.group, gap.other), strict=True):
            if share.rows < needed:
                rows = f"{share.rows:,.0f} rows of {group}{of_whom.get(gap.rate, '')}"
                return f"{which} knows {rows}, and {needed:,} are needed"
    if gap.rate != "selection_rate" and not window.is_mature:
        return still_coming(window)
    return ""


def _gathered(window: Window, reference: Reference) -> list[Array]:
    total = [np.zeros((len(each.names), len(RATES), 2)) for each in reference.groupings]
    for batch in window.batches:
        cells = _cells(batch.predictions, batch.labels, reference.classes)
        for number, grouping in enumerate(reference.groupings):
            # A column that is missing leaves its groups without rows, and says so by that.
            if grouping.column in batch.data.columns:
                total[number] += _counted(grouping, batch.data[grouping.column], cells)
    return total


def _cells(predictions: pd.DataFrame, labels: Any, classes: Classes) -> Array:
    """Give hit and row of each rate, for each row."""
    answers = answers_of(predictions, classes)
    outcomes = outcomes_of(labels, len(predictions), classes)
    said = answers.said == classes.position
    usable = answers.said >= 0
    known = usable & outcomes.known
    true = known & (outcomes.truth == classes.position)
    false = known & ~true
    hits = [said & usable, said & true, said & false]
    return np.stack([np.column_stack(hits), np.column_stack([usable, true, false])], axis=2)


def _counted(grouping: Grouping, cells: pd.Series[Any], of_rows: Array) -> Array:
    codes = grouping.codes(cells)
    return np.stack([of_rows[codes == number].sum(axis=0) for number in range(len(grouping.names))])


def _share(counts: Sequence[float]) -> Share:
    hits, rows = counts
    return Share(hits=float(hits), rows=float(rows))
