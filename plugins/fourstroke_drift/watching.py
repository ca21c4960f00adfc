"""Compare a window with its reference, column by column, in one pass over its batches."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from fourstroke import Observation, Window
from fourstroke_drift.chance import Chance, significance_level
from fourstroke_drift.distance import STATISTICS, Statistic

if TYPE_CHECKING:
    from fourstroke import Batch
    from fourstroke_drift.histogram import Histogram
    from fourstroke_drift.reference import Profile, Reference

# Of two changes this much alike either is the largest.
_NEARLY = 0.95


@attrs.frozen(kw_only=True)
class Limits:
    """What is measured, and from when on a difference is drift; see the settings of the plugin."""

    statistic: str
    effect: float | None
    false_alarms: float
    minimum_rows: int

    def of(self, histogram: Histogram) -> tuple[Statistic, float]:
        """Give the statistic for such cells, and the smallest value that matters."""
        wanted = STATISTICS[self.statistic]
        if wanted.suits(histogram):
            return wanted, wanted.effect if self.effect is None else self.effect
        instead = STATISTICS["jensen_shannon"]
        return instead, instead.effect


@attrs.frozen(kw_only=True)
class Measured:
    """One column of a window, measured but not judged yet."""

    name: str
    column: str
    statistic: Statistic
    effect: float
    value: float
    chance: Chance
    probability: float
    change: str


class Watched:
    """One column while the batches of a window pass by: nothing but its counts is kept."""

    def __init__(self, name: str, column: str, profile: Profile) -> None:
        self.name = name
        self.column = column
        self._tally = profile.tally()
        self._is_there = self._is_lacking = self._is_left_out = False
        self._fault = ""

    @property
    def rows(self) -> int:
        """Tell how many were counted."""
        return self._tally.rows

    def look_at(self, batch: Batch) -> None:
        """Count what the model took of a batch."""
        if batch.leaves_out(self.column):
            self._is_left_out = True
        else:
            self.look(batch.data)

    def look(self, table: pd.DataFrame) -> None:
        """Count a table; what cannot be counted is remembered, and stops no other column."""
        if self.column not in table.columns:
            self._is_lacking = True
            self._tally.skip(len(table))
            return
        self._is_there = True
        found: Any = table[self.column]
        if found.ndim > 1:
            self._fault = "there are several columns of this name"
        else:
            self.count(found)

    def count(self, values: pd.Series[Any]) -> None:
        """Count values."""
        self._is_there = True
        if self._fault:
            return
        try:
            self._tally.add(values)
        except (TypeError, ValueError, ArithmeticError, NotImplementedError) as error:
            self._fault = str(error)

    def measure(self, limits: Limits, seed: int) -> Measured | Observation:
        """Compare all that was counted with the reference."""
        if self._fault:
            return self._alert(f"the column cannot be compared: {self._fault}")
        if self._is_left_out and not self._is_there and not self._is_lacking:
            return Observation.of_left_out(self.name, self.column)
        if not self._is_there:
            return self._alert("the reference has this column and the window has not")
        histogram = self._tally.histogram()
        statistic, effect = limits.of(histogram)
        value = statistic.of(histogram)
        # Of its own for each column, so that one more column changes nothing for the others.
        own = zlib.crc32(f"{self.name}/{self.column}".encode())
        chance = Chance.of(statistic, histogram, (abs(seed), own))
        said = filter(None, [self._tally.change(), _largest_change(histogram)])
        return Measured(
            name=self.name,
            column=self.column,
            statistic=statistic,
            effect=effect,
            value=value,
            chance=chance,
            probability=chance.probability(value),
            change="; ".join(said),
        )

    def _alert(self, why: str) -> Observation:
        return Observation(name=self.name, column=self.column, status="alert", why=why)


def watch(
    window: Window, reference: Reference, limits: Limits, *, target: str, seed: int
) -> tuple[Observation, ...]:
    """Give one observation a column: alerts first, then the largest value."""
    features = [Watched("drift", *each) for each in reference.columns.items()]
    outputs = [Watched("prediction_drift", *each) for each in reference.predictions.items()]
    label = Watched("label_drift", target, reference.label) if reference.label else None
    rows = known = 0
    for batch in window.batches:
        rows += len(batch.data)
        for column in features:
            column.look_at(batch)
        for column in outputs:
            column.look(batch.predictions)
        labels = _known(batch.labels)
        known += len(labels)
        if label and len(labels):
            label.count(labels)
    watched = [*outputs, *features]
    if why := _too_few(rows, reference.rows, limits.minimum_rows):
        return tuple(
            Observation(
                name=each.name,
                column=each.column,
                status="unknown",
                statistic=limits.statistic,
                why=why,
            )
            for each in watched
        )
    observations = []
    if known and (why := _no_label(label, known, limits.minimum_rows)):
        observations.append(
            Observation(name="label_drift", column=target, status="unknown", why=why)
        )
    elif known and label:
        watched.append(label)
    return tuple(sorted([*observations, *_judged_together(watched, limits, seed)], key=_rank))


def _judged_together(watched: list[Watched], limits: Limits, seed: int) -> list[Observation]:
    found = [column.measure(limits, seed) for column in watched]
    measured = [each for each in found if isinstance(each, Measured)]
    level = significance_level([each.probability for each in measured], limits.false_alarms)
    return [each if isinstance(each, Observation) else _judged(each, level) for each in found]


def _judged(item: Measured, level: float) -> Observation:
    threshold = max(item.effect, item.chance.value(level))
    is_drifting = item.value > threshold
    return Observation(
        name=item.name,
        column=item.column,
        status="alert" if is_drifting else "ok",
        value=item.value,
        threshold=threshold,
        statistic=item.statistic.name,
        why=f"{item.column} drifts: {item.change}" if is_drifting else item.change,
    )


def _known(labels: Any) -> pd.Series[Any]:
    """Give the outcomes that are known."""
    if labels is None:
        return pd.Series(dtype=float)
    values = pd.Series(labels)
    return values[values.notna()]


def _too_few(window: int, reference: int, least: int) -> str:
    rows = min(window, reference)
    if rows >= least:
        return ""
    which = "window" if window < least else "reference"
    return f"the {which} has {rows} rows, and fewer than {least} say too little"


def _no_label(label: Watched | None, known: int, least: int) -> str:
    if label is None:
        return "the reference keeps no outcomes to compare with: the next turn makes one that does"
    if known < least:
        return f"{known} outcomes are known, and fewer than {least} say too little"
    return ""


def _largest_change(histogram: Histogram) -> str:
    """Name the cell whose share has changed most; what came rather than what it came instead of."""
    reference, window = histogram.shares()
    moved = np.abs(window - reference)
    at = int(np.argmax(np.where(moved >= _NEARLY * moved.max(), window - reference, -1.0)))
    return f"{histogram.labels[at]} {_percent(reference[at])} became {_percent(window[at])}"


def _rank(observation: Observation) -> tuple[bool, float, str, str]:
    value = observation.value if isinstance(observation.value, float) else 1e9
    return (observation.status != "alert", -value, observation.name, observation.column)


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")
