"""Partial dependence: what a model says on average if one column had this value in all rows.

J. Friedman (2001), Greedy function approximation, section 8.2; the spread over the rows is that of
individual conditional expectations, A. Goldstein et al. (2015), Peeking inside the black box.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke import Chart, Section, Series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke_sklearn.intervals import Array
    from fourstroke_sklearn.probe import Probe

_TITLE: Final = "How the prediction goes with a column"
_POINTS: Final = 20
_MOST_VALUES: Final = 12
_MOST_CLASSES: Final = 3
# The ends hold few rows: what is said of them is said of next to nobody.
_ENDS: Final = (0.02, 0.98)
_SPREAD: Final = (0.1, 0.9)
_DAYS_A_YEAR: Final = 365.25


@attrs.frozen(kw_only=True, eq=False)
class Dependence:
    """Partial dependence on one column.

    Parameters
    ----------
    column : str
        Its name.
    grid : list
        The values that all rows got in turn: numbers, dates or text.
    mean, low, high : array of shape (len(grid),), float64
        Mean of the model's response, and the bounds of four fifths of the rows.
    """

    column: str
    grid: list[Any]
    mean: Array
    low: Array
    high: Array


def dependence(probe: Probe, features: pd.DataFrame, column: str, label: str) -> Dependence:
    """Compute the partial dependence of a model on one column.

    Parameters
    ----------
    probe : Probe
        The model.
    features : DataFrame
        Rows as the probe takes them.
    column : str
        One of their columns.
    label : str
        The class whose probability is told; nothing for a regression.
    """
    grid = grid_of(features[column])
    rows, of_value = len(features), np.arange(len(grid)).repeat(len(features))
    # All values at once: most of a prediction's time is its beginning.
    stacked = pd.concat([features] * max(len(grid), 1), ignore_index=True)
    cells = pd.Series(grid, dtype=features[column].dtype).array.take(of_value)
    said = probe.response(stacked.assign(**{column: cells}), label).reshape(len(grid), rows)
    low, high = np.quantile(said, _SPREAD, axis=1)
    return Dependence(column=column, grid=grid, mean=said.mean(axis=1), low=low, high=high)


def grid_of(column: pd.Series[Any]) -> list[Any]:
    """Choose the values of a column to look at: evenly by rank, or the most frequent text."""
    present = column.dropna()
    if not _is_ordered(column):
        return list(present.value_counts().head(_MOST_VALUES).index)
    values = present.drop_duplicates().sort_values()
    if len(values) > _POINTS:
        shares = np.linspace(*_ENDS, _POINTS)
        values = present.quantile(shares, interpolation="nearest").drop_duplicates()
    return list(values)


def dependence_section(
    probe: Probe, features: pd.DataFrame, columns: Sequence[str]
) -> tuple[Section, ...]:
    """Draw the dependence on each of these columns; nothing if none can be drawn."""
    said = probe.predict(features)
    labels = _shown_classes(probe, said)
    charts = [
        _chart(probe, features, name, labels, said)
        for name in columns
        if len(grid_of(features[name])) > 1
    ]
    if not charts:
        return ()
    of_classes = " of the classes that it says most" * (len(labels) > 1)
    text = (
        f"The mean prediction{of_classes} if every row had this value and all else stayed as it is"
        f" ({len(features):,} held-out rows); a shade holds four fifths of them. It shows what the"
        " model does, not what causes what, and misleads where columns go together."
    )
    return (Section(title=_TITLE, text=text, charts=tuple(charts)),)


def _chart(
    probe: Probe, features: pd.DataFrame, column: str, labels: list[str], said: pd.DataFrame
) -> Chart:
    is_line = _is_ordered(features[column])
    is_shaded, series = is_line and len(labels) == 1, []
    for label in labels:
        found = dependence(probe, features, column, label)
        one = Series(
            name=label or "prediction",
            x=tuple(_x(value) for value in found.grid),
            y=_short(found.mean),
            low=_short(found.low) if is_shaded else (),
            high=_short(found.high) if is_shaded else (),
        )
        series.append(one)
    measured = probe.measured(said, labels[0]) if len(labels) == 1 else "probability"
    return Chart(
        title=column,
        kind="lines" if is_line else "bars",
        series=tuple(series if is_line else series[:1]),
        x_label=_x_label(features[column]) if is_line else "",
        y_label=measured if is_line or len(labels) == 1 else probe.measured(said, labels[0]),
    )


def _shown_classes(probe: Probe, said: pd.DataFrame) -> list[str]:
    labels = probe.classes(said)
    if len(labels) <= _MOST_CLASSES:
        return labels
    counts = said["prediction"].astype(str).value_counts()
    return sorted(labels, key=lambda name: -int(counts.get(name, 0)))[:_MOST_CLASSES]


def _is_ordered(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) or column.dtype.kind == "M"


def _x(value: Any) -> float | str:
    if isinstance(value, pd.Timestamp | np.datetime64):
        day = pd.Timestamp(value)
        return round(day.year + (day.day_of_year - 1) / _DAYS_A_YEAR, 3)
    return value if isinstance(value, str) else float(f"{float(value):.6g}")


def _x_label(column: pd.Series[Any]) -> str:
    return f"{column.name} (year)" if column.dtype.kind == "M" else str(column.name)


def _short(values: Array) -> tuple[float, ...]:
    return tuple(float(f"{value:.5g}") for value in values)
