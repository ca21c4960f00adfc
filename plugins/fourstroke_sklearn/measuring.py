"""Put an evaluation together."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fourstroke import Context, Evaluation, Section, Table
from fourstroke_sklearn.baseline import baseline_of
from fourstroke_sklearn.costs import Costs, cost_of
from fourstroke_sklearn.curves import charts_of, sections_of
from fourstroke_sklearn.fairness import fairness_section
from fourstroke_sklearn.figures import quality
from fourstroke_sklearn.frames import as_frame
from fourstroke_sklearn.labels import target_column
from fourstroke_sklearn.resampled import Uncertainty
from fourstroke_sklearn.scored import scored_rows
from fourstroke_sklearn.slices import slices_of
from fourstroke_sklearn.weak_spots import weak_spots_section

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke_sklearn.evaluate import Quality

_TIMED_ROWS: Final = 1000
_REPEATS: Final = 5


def measure(
    settings: Quality, model: Any, data: Any, predictions: Any, context: Context
) -> Evaluation:
    """Measure a model on held-out rows; rows without a label are left out and told of."""
    frame, said = _labelled(as_frame(data), as_frame(predictions), context)
    rows = scored_rows(frame, said, context.task)
    how = Uncertainty(
        confidence=settings.confidence, resamples=settings.resamples, seed=context.seed
    )
    costs = Costs(false_positive=settings.false_positive, false_negative=settings.false_negative)
    return Evaluation(
        metrics=(*quality(rows, how), *cost_of(rows, costs, how)),
        baseline=baseline_of(model, rows, costs),
        slices=slices_of(frame, rows, context.task, how, settings.slices, settings.slice_metrics),
        charts=charts_of(rows),
        sections=(
            *sections_of(rows, costs),
            *weak_spots_section(frame, rows, context.task),
            *fairness_section(frame, rows, context.task),
            *(_timing(model, frame, context) if settings.timing and len(frame) else ()),
        ),
    )


def _labelled(
    data: pd.DataFrame, predictions: pd.DataFrame, context: Context
) -> tuple[pd.DataFrame, pd.DataFrame]:
    known = target_column(data, context.task).notna().to_numpy()
    if known.all() or len(known) != len(predictions):
        return data, predictions
    context.say(
        f"{int((~known).sum()):,} of {len(known):,} held-out rows have no label and do not count"
    )
    return data[known], predictions[known]


def _timing(model: Any, data: pd.DataFrame, context: Context) -> tuple[Section, ...]:
    lines = []
    for rows in sorted({1, min(_TIMED_ROWS, len(data))}):
        part = data.head(rows)
        seconds = []
        for _ in range(_REPEATS):
            started = time.perf_counter()
            model.predict(part)
            seconds.append(time.perf_counter() - started)
        milliseconds = round(1000 * float(np.median(seconds)), 3)
        context.log_metric("latency_ms" if rows == 1 else f"latency_ms_{rows}", milliseconds)
        lines.append((rows, milliseconds))
    table = Table(columns=("rows", "milliseconds"), rows=tuple(lines))
    return (Section(title="Speed", text="Median of five predictions.", tables=(table,)),)
