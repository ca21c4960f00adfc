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
from fourstroke_sklearn.frames import as_frame
from fourstroke_sklearn.labels import label_text, target_column
from fourstroke_sklearn.resampled import Uncertainty
from fourstroke_sklearn.scored import scored_rows
from fourstroke_sklearn.scoring import predictions_of
from fourstroke_sklearn.signature import Signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke import Context, Metric, Task
    from fourstroke_sklearn.explain import Permutation
    from fourstroke_sklearn.intervals import Array

    Predict = Callable[[pd.DataFrame], pd.DataFrame]

_SHOWN: Final = 20
# A wide table gets fewer rows, so that all repeats of a column can be predicted at once.
_MOST_CELLS: Final = 10_000_000
_FEWEST_ROWS: Final = 100
_TITLE: Final = "Which columns the model goes by"


@attrs.frozen(kw_only=True)
class Importance:
    """How much worse the primary figure gets when a column is shuffled, over all repeats."""

    column: str
    mean: float
    deviation: float


def importance(
    settings: Permutation, model: Any, data: Any, context: Context
) -> tuple[Section, ...]:
    """Measure each column's importance, and tell it as a section of the report."""
    frame = as_frame(data)
    frame = frame[target_column(frame, context.task).notna().to_numpy()]
    random = np.random.default_rng(context.seed)
    fitting = max(_FEWEST_ROWS, _MOST_CELLS // (frame.shape[1] * settings.repeats))
    sample = _sampled(frame, min(settings.rows, fitting), random)
    features, predict = _prepared(model, sample, context.task)
    trial = _Trial(
        features=features,
        stacked=pd.concat([features] * settings.repeats, ignore_index=True),
        labelled=sample,
        predict=predict,
        task=context.task,
        random=random,
    )
    before = trial.measure(predict(features))
    if before.value is None:
        return (Section(title=_TITLE, text=f"It cannot be told: {before.name}: {before.why}."),)
    names = _screened(features, predict, settings.columns)
    found = [trial.of(name, before) for name in names]
    found.sort(key=lambda item: -item.mean)
    rows = f"{len(sample):,} held-out rows"
    if len(sample) < len(frame):
        rows = f"{len(sample):,} of {len(frame):,} held-out rows, drawn at random"
    text = (
        f"How much worse {before.name} gets when one column's values are shuffled: mean and standard"
        f" deviation of {settings.repeats} times, on {rows}. Columns that say the same share their"
        " importance."
    )
    if len(names) < features.shape[1]:
        text += (
            f" Of {features.shape[1]:,} columns the {len(names):,} that go with the prediction most"
            " were tried."
        )
    return (_section(found, text, before.name),)


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
    predict: Predict
    task: Task
    random: np.random.Generator

    def measure(self, predictions: pd.DataFrame) -> Metric:
        rows = scored_rows(self.labelled, predictions, self.task)
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
        said = self.predict(self.stacked.assign(**{name: column}))
        return [
            self.measure(said.iloc[number * rows : (number + 1) * rows])
            for number in range(len(orders))
        ]


def _prepared(model: Any, sample: pd.DataFrame, task: Task) -> tuple[pd.DataFrame, Predict]:
    """Give the columns to shuffle, and what predicts from them.

    Of a model with a signature its plain columns are shuffled, so that they are checked once and not
    each time; a signature works cell by cell, and the result is the same.
    """
    first = model[0] if hasattr(model, "steps") else None
    if isinstance(first, Signature):
        return first.transform(sample), lambda clean: predictions_of(model, clean)
    names = getattr(model, "feature_names_in_", None)
    if names is None:
        names = [name for name in sample.columns if name not in task.not_features]
    return sample[list(names)], lambda frame: _foreign(model, frame)


def _foreign(model: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Predict with a model of another plugin, if it has scikit-learn's methods."""
    columns = {"prediction": model.predict(frame)}
    if hasattr(model, "predict_proba"):
        values = model.predict_proba(frame)
        columns |= {
            f"probability_{label_text(label)}": values[:, number]
            for number, label in enumerate(model.classes_)
        }
    return pd.DataFrame(columns, index=frame.index)


def _sampled(frame: pd.DataFrame, most: int, random: np.random.Generator) -> pd.DataFrame:
    if len(frame) <= most:
        return frame
    return frame.iloc[np.sort(random.choice(len(frame), size=most, replace=False))]


def _screened(features: pd.DataFrame, predict: Predict, most: int) -> list[str]:
    """Choose the columns that go with the prediction most, if there are too many to try all."""
    names = list(features.columns)
    if len(names) <= most:
        return names
    said = _centred(_ranks(predict(features).iloc[:, -1]))
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
