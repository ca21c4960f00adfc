"""Compare a window with its reference, column by column."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from fourstroke import Observation, Window
from fourstroke_drift.distance import Chance, jensen_shannon, significance_level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fourstroke_drift.histogram import Histogram
    from fourstroke_drift.reference import Profile, Reference

STATISTIC = "jensen_shannon"


@attrs.frozen(kw_only=True)
class Limits:
    """From when on a difference is drift; see the settings of the plugin."""

    effect: float
    false_alarms: float
    minimum_rows: int


@attrs.frozen(kw_only=True)
class Measured:
    """One column of a window, measured but not judged yet."""

    name: str
    column: str
    distance: float
    chance: Chance
    probability: float
    change: str


def watch(
    window: Window, reference: Reference, limits: Limits, *, seed: int
) -> tuple[Observation, ...]:
    """Give one observation a column: alerts first, then the largest distance."""
    rows = sum(len(batch.data) for batch in window.batches)
    if min(rows, reference.rows) < limits.minimum_rows:
        which = "window" if rows < limits.minimum_rows else "reference"
        few = f"{min(rows, reference.rows)} rows, and fewer than {limits.minimum_rows}"
        why = f"the {which} has {few} say too little"
        return (Observation(name="drift", status="unknown", statistic=STATISTIC, why=why),)
    observations = []
    measured = []
    for name, column, profile, tables in _columns(window, reference):
        try:
            found = _measure(name, column, profile, tables, seed)
        except (TypeError, ValueError, ArithmeticError, NotImplementedError) as error:
            # One bad column must neither silence the others nor go unseen.
            why = f"the column cannot be compared: {error}"
            observations.append(
                Observation(name=name, column=column, status="alert", statistic=STATISTIC, why=why)
            )
            continue
        if isinstance(found, Observation):
            observations.append(found)
        else:
            measured.append(found)
    level = significance_level([item.probability for item in measured], limits.false_alarms)
    observations += [_judged(item, level, limits.effect) for item in measured]
    return tuple(sorted(observations, key=_rank))


def _columns(
    window: Window, reference: Reference
) -> Iterator[tuple[str, str, Profile, list[pd.DataFrame]]]:
    data = [batch.data for batch in window.batches]
    predictions = [batch.predictions for batch in window.batches]
    for column, profile in reference.predictions.items():
        yield "prediction_drift", column, profile, predictions
    for column, profile in reference.columns.items():
        yield "drift", column, profile, data


def _measure(
    name: str, column: str, profile: Profile, tables: Sequence[pd.DataFrame], seed: int
) -> Measured | Observation:
    parts = [_column(table, column) for table in tables if column in table.columns]
    absent = sum(len(table) for table in tables if column not in table.columns)
    if not parts:
        why = "the reference has this column and the window has not"
        return Observation(name=name, column=column, status="alert", why=why)
    histogram = profile.histogram(parts, absent)
    # Of its own for each column, so that one more column changes nothing for the others.
    generator = np.random.default_rng([abs(seed), zlib.crc32(f"{name}/{column}".encode())])
    distance = jensen_shannon(histogram)
    chance = Chance.of(histogram, generator)
    return Measured(
        name=name,
        column=column,
        distance=distance,
        chance=chance,
        probability=chance.probability(distance),
        change="; ".join(filter(None, [profile.change(parts), _largest_change(histogram)])),
    )


def _column(table: pd.DataFrame, column: str) -> pd.Series[Any]:
    found: Any = table[column]
    if found.ndim > 1:
        raise ValueError("there are several columns of this name")
    series: pd.Series[Any] = found
    return series


def _largest_change(histogram: Histogram) -> str:
    """Name the cell whose share has changed most."""
    reference, window = histogram.shares()
    at = int(np.argmax(np.abs(window - reference)))
    return f"{histogram.labels[at]} {_percent(reference[at])} became {_percent(window[at])}"


def _judged(item: Measured, level: float, effect: float) -> Observation:
    threshold = max(effect, item.chance.distance(level))
    is_drifting = item.distance > threshold
    return Observation(
        name=item.name,
        column=item.column,
        status="alert" if is_drifting else "ok",
        value=item.distance,
        threshold=threshold,
        statistic=STATISTIC,
        why=f"{item.column} drifts: {item.change}" if is_drifting else item.change,
    )


def _rank(observation: Observation) -> tuple[bool, float, str, str]:
    distance = observation.value if isinstance(observation.value, float) else 2.0
    return (observation.status != "alert", -distance, observation.name, observation.column)


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")
