"""What is told of SHAP values: strength and direction of each column, and single rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from fourstroke import Chart, Section, Series, Table
from fourstroke_sklearn.attribution import cases_section
from fourstroke_sklearn.cases import asked, name_of, said_of, spread
from fourstroke_sklearn.frames import as_frame
from fourstroke_sklearn.labels import target_column
from fourstroke_sklearn.probe import Probe, sampled
from fourstroke_sklearn.shap_values import Values, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fourstroke import Context
    from fourstroke_sklearn.intervals import Array
    from fourstroke_sklearn.shap_explain import Shap

_SHOWN: Final = 20
_MOST_ROWS: Final = 60
_TITLE: Final = "What the columns add to predictions"
# Fewer different values have no direction worth a figure.
_FEWEST_VALUES: Final = 3


def overview(settings: Shap, model: Any, data: Any, context: Context) -> tuple[Section, ...]:
    """Explain a model on held-out rows; rows without a label are left out."""
    frame = as_frame(data)
    frame = frame[target_column(frame, context.task).notna().to_numpy()]
    if not len(frame):
        return (Section(title=_TITLE, text="There are no held-out rows with a label."),)
    random = np.random.default_rng(context.seed)
    sample = sampled(frame, settings.rows, random)
    probe = Probe.of(model, context.task)
    features = probe.plain(sample)
    usual = sampled(features, settings.background, random)
    values = values_of(model, probe, features, usual)
    chosen = spread(probe, features, settings.cases)
    return (
        _strength(values, features, len(usual)),
        *_told(values, probe, sample, features, chosen, len(usual)),
    )


def rows_told(
    settings: Shap, model: Any, rows: Any, data: Any, context: Context
) -> tuple[Section, ...]:
    """Say of each row what its columns add to its prediction.

    Raises
    ------
    DataError
        If there are more rows than anybody reads, or no held-out rows to compare with.
    """
    probe, random = Probe.of(model, context.task), np.random.default_rng(context.seed)
    frame, features, known = asked(rows, data, probe, random)
    if not len(features):
        return ()
    usual = sampled(known, settings.background, random)
    values = values_of(model, probe, features, usual)
    return tuple(_told(values, probe, frame, features, range(len(frame)), len(usual)))


def _strength(values: Values, features: pd.DataFrame, background: int) -> Section:
    """Tell the mean size of what each column adds, over rows and classes."""
    size = np.abs(values.parts).mean(axis=0).sum(axis=1)
    order = np.argsort(-size, kind="stable")
    shown = order[:_SHOWN]
    series = Series(
        name="mean size",
        x=tuple(values.columns[at] for at in shown),
        y=tuple(float(f"{size[at]:.4g}") for at in shown),
    )
    several = len(values.classes) > 1
    heads = ("column", "mean size", *(("correlation",) * (not several)))
    rows = tuple(
        (
            values.columns[at],
            float(f"{size[at]:.4g}"),
            *((_direction(features[values.columns[at]], values.parts[:, at, 0]),) * (not several)),
        )
        for at in order[:_MOST_ROWS]
    )
    added = (
        ", summed over the classes."
        if several
        else (". The last figure is the rank correlation of the column and what it adds.")
    )
    return Section(
        title=_TITLE,
        text=f"SHAP values of {len(features):,} held-out rows against {background:,} of them: the mean size"
        f" of what a column adds to the {values.measured(values.classes[0])}{added}",
        charts=(Chart(title=_TITLE, kind="bars", series=(series,), y_label="mean size"),),
        tables=(Table(columns=heads, rows=rows),),
    )


def _direction(column: pd.Series[Any], parts: Array) -> float | None:
    """Correlate the ranks of a column of numbers and of what it adds (Spearman)."""
    if not pd.api.types.is_numeric_dtype(column) or column.nunique() < _FEWEST_VALUES:
        return None
    numbers = pd.Series(column.to_numpy(dtype=np.float64, na_value=np.nan)).rank()
    found = numbers.corr(pd.Series(parts).rank())
    return None if np.isnan(found) else round(float(found), 2)


def _told(
    values: Values,
    probe: Probe,
    rows: pd.DataFrame,
    features: pd.DataFrame,
    chosen: Sequence[int],
    background: int,
) -> Iterator[Section]:
    """Explain rows, those of one class together."""
    if not len(chosen):
        return
    labels = said_of(probe.predict(features.iloc[list(chosen)]), values.classes)
    several = len(set(labels)) > 1
    for label in dict.fromkeys(labels):
        found = [
            (name_of(rows, at, probe.task.id), rows.iloc[[at]], values.of(at, label))
            for at, each in zip(chosen, labels, strict=True)
            if each == label
        ]
        measured = values.measured(label)
        text = (
            f"What each column adds to the {measured}: SHAP values against {background:,} held-out rows."
            " The parts and what is usual, which is the mean over these rows, add up to it."
        )
        title = {"said": label} if several else {}
        yield cases_section(found, text, measured, **title)
