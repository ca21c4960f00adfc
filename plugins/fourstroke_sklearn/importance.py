"""Permutation importance on the raw columns of a table.

L. Breiman (2001), Random forests, section 10; on held-out rows, and on the columns before any
encoding, so that a column counts once however many features are made of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke import Chart, Section, Series, Table
from fourstroke_sklearn.figures import primary
from fourstroke_sklearn.resampled import Uncertainty
from fourstroke_sklearn.scored import scored_rows

if TYPE_CHECKING:
    from fourstroke import Metric
    from fourstroke_sklearn.intervals import Array
    from fourstroke_sklearn.probe import Probe

_SHOWN: Final = 20
_TITLE: Final = "Which columns the model goes by"


@attrs.frozen(kw_only=True)
class Importance:
    """How much worse the primary figure gets when a column is shuffled, over all repeats."""

    column: str
    mean: float
    deviation: float


def importance(
    probe: Probe,
    sample: pd.DataFrame,
    features: pd.DataFrame,
    *,
    repeats: int,
    most_columns: int,
    of_rows: int,
    random: np.random.Generator,
) -> tuple[list[Importance], Section]:
    """Measure each column's importance, and tell it as a section of the report.

    Parameters
    ----------
    probe : Probe
        The model.
    sample : DataFrame
        Held-out rows with the target.
    features : DataFrame
        The same rows as the probe takes them.
    repeats : int
        How often each column is shuffled.
    most_columns : int
        How many columns are tried.
    of_rows : int
        How many rows the sample was drawn from.
    random : Generator
        Gives the orders.

    Returns
    -------
    list of Importance
        The most important first; empty if it cannot be told.
    Section
        The same for people, or why it cannot be told.
    """
    trial = _Trial(
        features=features,
        stacked=pd.concat([features] * repeats, ignore_index=True),
        labelled=sample,
        probe=probe,
        random=random,
    )
    said = probe.predict(features)
    before = trial.measure(said)
    if before.value is None:
        return [], Section(title=_TITLE, text=f"It cannot be told: {before.name}: {before.why}.")
    names = _screened(features, said, most_columns)
    found = [trial.of(name, before) for name in names]
    found.sort(key=lambda item: -item.mean)
    rows = f"{len(sample):,} held-out rows"
    if len(sample) < of_rows:
        rows = f"{len(sample):,} of {of_rows:,} held-out rows, drawn at random"
    text = (
        f"How much worse {before.name} gets when one column's values are shuffled: mean and standard"
        f" deviation of {repeats} times, on {rows}. Columns that say the same share their importance."
    )
    if len(names) < features.shape[1]:
        text += (
            f" Of {features.shape[1]:,} columns the {len(names):,} that go with the prediction most"
            " were tried."
        )
    return found, _section(found, text, before.name)


@attrs.frozen(kw_only=True, eq=False)
class _Trial:
    """Shuffles columns of held-out rows and measures the model again.

    Parameters
    ----------
    features : DataFrame
        What is shuffled and predicted from.
    stacked : DataFrame
        As many copies of it as there are repeats: most of a prediction's time is its beginning.
    labelled : DataFrame
        The same rows with the target.
    """

    features: pd.DataFrame
    stacked: pd.DataFrame
    labelled: pd.DataFrame
    probe: Probe
    random: np.random.Generator

    def measure(self, predictions: pd.DataFrame) -> Metric:
        rows = scored_rows(self.labelled, predictions, self.probe.task)
        return primary(rows, Uncertainty(resamples=0))

    def of(self, name: str, before: Metric) -> Importance:
        sign = 1 if before.higher_is_better else -1
        drops = [
            0.0 if after.value is None or before.value is None else before.value - after.value
            for after in self._shuffled(name)
        ]
        return Importance(
            column=name, mean=sign * float(np.mean(drops)), deviation=float(np.std(drops, ddof=1))
        )

    def _shuffled(self, name: str) -> list[Metric]:
        rows = len(self.features)
        orders = [self.random.permutation(rows) for _ in range(len(self.stacked) // rows)]
        column = self.features[name].array.take(np.concatenate(orders))
        said = self.probe.predict(self.stacked.assign(**{name: column}))
        return [
            self.measure(said.iloc[number * rows : (number + 1) * rows])
            for number in range(len(orders))
        ]


def _screened(features: pd.DataFrame, predictions: pd.DataFrame, most: int) -> list[str]:
    """Choose the columns that go with the prediction most, if there are too many to try all."""
    names = list(features.columns)
    if len(names) <= most:
        return names
    said = _centred(_ranks(predictions.iloc[:, -1]))
    strength = [abs(float(_centred(_ranks(features[name])) @ said)) for name in names]
    chosen = np.argsort(-np.asarray(strength), kind="stable")[:most]
    return [names[number] for number in np.sort(chosen)]


def _ranks(column: pd.Series[Any]) -> Array:
    if not pd.api.types.is_numeric_dtype(column) and column.dtype.kind != "M":
        # Rare text against frequent text is the most that one number can tell of it.
        column = column.map(column.value_counts())
    return np.asarray(column.rank().fillna(0.0).to_numpy())


def _centred(values: Array) -> Array:
    values = values - values.mean()
    return np.asarray(values / max(float(np.linalg.norm(values)), np.finfo(float).tiny))


def _section(found: list[Importance], text: str, figure: str) -> Section:
    shown = found[:_SHOWN]
    series = Series(
        name="importance",
        x=tuple(item.column for item in shown),
        y=tuple(_short(item.mean) for item in shown),
        low=tuple(_short(item.mean - item.deviation) for item in shown),
        high=tuple(_short(item.mean + item.deviation) for item in shown),
    )
    label = f"how much worse {figure} gets"
    chart = Chart(title=_TITLE, kind="bars", series=(series,), y_label=label)
    table = Table(
        columns=("column", "importance", "standard deviation"),
        rows=tuple((item.column, _short(item.mean), _short(item.deviation)) for item in found),
    )
    return Section(title=_TITLE, text=text, charts=(chart,), tables=(table,))


def _short(value: float) -> float:
    """Keep the digits that mean something."""
    return float(f"{value:.4g}")
