"""Permutation importance on the raw columns of a table.

L. Breiman (2001), Random forests, section 10; on held-out rows and on the columns before any encoding, so
that a column counts once however many features are made of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke import Chart, Context, Section, Series, Table
from fourstroke_sklearn.figures import primary
from fourstroke_sklearn.frames import as_frame
from fourstroke_sklearn.labels import target_column
from fourstroke_sklearn.resampled import Uncertainty
from fourstroke_sklearn.scored import Scored, scored_rows
from fourstroke_sklearn.scoring import predictions_of
from fourstroke_sklearn.signature import Signature

if TYPE_CHECKING:
    from fourstroke_sklearn.explain import Permutation
    from fourstroke_sklearn.intervals import Array

_SHOWN: Final = 20
# As many as a table of that many columns can be predicted at once without filling the memory.
_MOST_CELLS: Final = 20_000_000
_TITLE: Final = "Which columns the model goes by"


@attrs.frozen(kw_only=True)
class _Importance:
    """How much worse the primary figure gets when a column is shuffled: mean and deviation of the repeats."""

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
    sample = _sampled(frame, settings.rows, random)
    features, predict = _prepared(model, sample, context)
    rows = scored_rows(sample, predict(features), context.task)
    before = primary(rows, Uncertainty(resamples=0))
    if before.value is None:
        return (Section(title=_TITLE, text=f"It cannot be told: {before.name}: {before.why}."),)
    names = _screened(features, rows, settings.columns)
    found = [
        _of_column(name, features, sample, predict, before.value, settings.repeats, random, context)
        for name in names
    ]
    sign = 1 if before.higher_is_better else -1
    found = [attrs.evolve(item, mean=sign * item.mean) for item in found]
    found.sort(key=lambda item: -item.mean)
    text = _text(settings, before.name, len(sample), len(frame), len(names), features.shape[1])
    return (_section(found, text, before.name),)


def _prepared(
    model: Any, sample: pd.DataFrame, context: Context
) -> tuple[pd.DataFrame, Callable[[pd.DataFrame], pd.DataFrame]]:
    """Give the columns to shuffle, and what predicts from them.

    Of a model with a signature its plain columns are shuffled, so that they are checked once and not
    each time; the signature works cell by cell, and the result is the same.
    """
    first = model[0] if hasattr(model, "steps") else None
    if isinstance(first, Signature):
        return first.transform(sample), lambda clean: predictions_of(model, clean)
    names = getattr(model, "feature_names_in_", None)
    wanted = [name for name in sample.columns if name not in context.task.not_features]
    features = sample[list(names) if names is not None else wanted]
    return features, lambda frame: _foreign(model, frame)


def _foreign(model: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Predict with a model that another plugin trained, if it speaks scikit-learn's language."""
    columns = {"prediction": model.predict(frame)}
    if hasattr(model, "predict_proba"):
        values = model.predict_proba(frame)
        columns |= {f"probability_{label}": values[:, n] for n, label in enumerate(model.classes_)}
    return pd.DataFrame(columns, index=frame.index)


def _of_column(
    name: str,
    features: pd.DataFrame,
    sample: pd.DataFrame,
    predict: Callable[[pd.DataFrame], pd.DataFrame],
    before: float,
    repeats: int,
    random: np.random.Generator,
    context: Context,
) -> _Importance:
    # All repeats at once where memory allows it: most of a prediction's time is its beginning.
    together = max(1, min(repeats, _MOST_CELLS // max(features.size, 1)))
    drops: list[float] = []
    while len(drops) < repeats:
        count = min(together, repeats - len(drops))
        orders = [random.permutation(len(features)) for _ in range(count)]
        stacked = pd.concat([features] * count, ignore_index=True)
        stacked[name] = features[name].take(np.concatenate(orders)).to_numpy()
        stacked[name] = stacked[name].astype(features[name].dtype)
        said = predict(stacked)
        for number in range(count):
            part = said.iloc[number * len(features) : (number + 1) * len(features)]
            value = primary(scored_rows(sample, part, context.task), Uncertainty(resamples=0)).value
            drops.append(before - value if value is not None else 0.0)
    return _Importance(
        column=name, mean=float(np.mean(drops)), deviation=float(np.std(drops, ddof=1))
    )


def _sampled(frame: pd.DataFrame, most: int, random: np.random.Generator) -> pd.DataFrame:
    if len(frame) <= most:
        return frame
    return frame.iloc[np.sort(random.choice(len(frame), size=most, replace=False))]


def _screened(features: pd.DataFrame, rows: Scored, most: int) -> list[str]:
    """Choose the columns that go with the prediction most, if there are too many to try all."""
    names = list(features.columns)
    if len(names) <= most:
        return names
    said = _centred(pd.Series(rows.said).rank().to_numpy())
    strength = [abs(float(_centred(_ranks(features[name])) @ said)) for name in names]
    chosen = np.argsort(-np.asarray(strength), kind="stable")[:most]
    return [names[number] for number in np.sort(chosen)]


def _ranks(column: pd.Series[Any]) -> Array:
    if column.dtype == object:
        # Codes by frequency: rare values against frequent ones is the best that one number can tell.
        column = column.map(column.value_counts())
    return np.asarray(column.rank().fillna(0.0).to_numpy())


def _centred(values: Array) -> Array:
    values = values - values.mean()
    return np.asarray(values / max(float(np.linalg.norm(values)), np.finfo(float).tiny))


def _text(
    settings: Permutation, figure: str, used: int, there: int, tried: int, columns: int
) -> str:
    rows = f"{used:,} held-out rows" if used == there else f"{used:,} of {there:,} held-out rows"
    text = (
        f"How much worse {figure} gets when one column's values are shuffled: mean and standard deviation of"
        f" {settings.repeats} times, on {rows}. Columns that say the same share their importance."
    )
    if tried < columns:
        text += (
            f" Of {columns:,} columns the {tried:,} that go with the prediction most were tried."
        )
    return text


def _section(found: list[_Importance], text: str, figure: str) -> Section:
    shown = found[:_SHOWN]
    series = Series(
        name="importance",
        x=tuple(item.column for item in shown),
        y=tuple(_short(item.mean) for item in shown),
        low=tuple(_short(item.mean - item.deviation) for item in shown),
        high=tuple(_short(item.mean + item.deviation) for item in shown),
    )
    chart = Chart(
        title=f"Change of {figure}", kind="bars", series=(series,), y_label=f"change of {figure}"
    )
    table = Table(
        columns=("column", "importance", "standard deviation"),
        rows=tuple((item.column, _short(item.mean), _short(item.deviation)) for item in found),
    )
    return Section(title=_TITLE, text=text, charts=(chart,), tables=(table,))


def _short(value: float) -> float:
    return float(f"{value:.4g}")
