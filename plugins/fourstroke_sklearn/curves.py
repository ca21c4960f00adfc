"""Curves and tables that show where a model is right and where it is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from sklearn import metrics as sk

from fourstroke import Chart, Section, Series, Table
from fourstroke_sklearn.costs import Costs
from fourstroke_sklearn.intervals import Array, wilson
from fourstroke_sklearn.resampled import equal_bins
from fourstroke_sklearn.scored import Classified, Estimated, Scored
from fourstroke_sklearn.thresholds import thresholds_section

# More points than this make a file larger and no curve smoother.
_MOST_POINTS: Final = 200
_BINS: Final = 10
_MOST_CLASSES: Final = 15


def charts_of(rows: Scored) -> tuple[Chart, ...]:
    """Draw what the kind of task calls for; nothing of rows that do not allow it."""
    if not len(rows.truth):
        return ()
    if isinstance(rows, Estimated):
        return (_estimates(rows), _residuals(rows))
    if not rows.positive or rows.scores is None:
        return ()
    positive = rows.is_positive
    if positive.all() or not positive.any():
        return ()
    scores = rows.of_class(rows.scores, rows.positive)
    charts = [_roc(positive, scores), _precision_recall(positive, scores)]
    if rows.probabilities is not None:
        charts += [_calibration(positive, scores), _distribution(positive, scores)]
    return tuple(charts)


def sections_of(rows: Scored, costs: Costs) -> tuple[Section, ...]:
    """Tabulate what the kind of task calls for."""
    if not len(rows.truth) or isinstance(rows, Estimated):
        return ()
    sections = [_confusion(rows)]
    if rows.positive and rows.probabilities is not None and rows.is_positive.any():
        sections.append(thresholds_section(rows, costs))
    if not rows.positive:
        sections.append(_classes(rows))
    return tuple(sections)


def _roc(positive: Array, scores: Array) -> Chart:
    wrong, right, _ = sk.roc_curve(positive, scores)
    return Chart(
        title="ROC curve",
        kind="lines",
        series=(_series("model", wrong, right),),
        x_label="share of the other class that is taken for it",
        y_label="share of the class that is found",
        diagonal=True,
    )


def _precision_recall(positive: Array, scores: Array) -> Chart:
    precision, recall, _ = sk.precision_recall_curve(positive, scores)
    return Chart(
        title="Precision and recall",
        kind="lines",
        series=(_series("model", recall[::-1], precision[::-1]),),
        x_label="recall: share of the class that is found",
        y_label="precision: share of them that is right",
    )


def _calibration(positive: Array, probability: Array) -> Chart:
    bins = equal_bins(probability)
    hits = [int(positive[b].sum()) for b in bins]
    bounds = [wilson(hit, len(b), 0.95) for hit, b in zip(hits, bins, strict=True)]
    series = Series(
        name="model",
        x=tuple(_short(probability[b].mean()) for b in bins),
        y=tuple(_short(hit / len(b)) for hit, b in zip(hits, bins, strict=True)),
        low=tuple(_short(low) for low, _ in bounds),
        high=tuple(_short(high) for _, high in bounds),
    )
    return Chart(
        title="Calibration",
        kind="points",
        series=(series,),
        x_label="predicted probability, mean of a tenth of the rows",
        y_label="share that came true",
        diagonal=True,
    )


def _distribution(positive: Array, probability: Array) -> Chart:
    edges = np.linspace(0, 1, 2 * _BINS + 1)
    centres = tuple(_short(value) for value in (edges[:-1] + edges[1:]) / 2)
    shares = [
        np.histogram(probability[chosen], edges)[0] / max(int(chosen.sum()), 1)
        for chosen in (positive, ~positive)
    ]
    return Chart(
        title="Predicted probabilities",
        kind="lines",
        series=tuple(
            Series(name=name, x=centres, y=tuple(_short(value) for value in share))
            for name, share in zip(("class of interest", "other class"), shares, strict=True)
        ),
        x_label="predicted probability",
        y_label="share of the class's rows",
    )


def _estimates(rows: Estimated) -> Chart:
    some = _evenly(len(rows.truth), _MOST_POINTS, np.argsort(rows.truth, kind="stable"))
    return Chart(
        title="Predicted and true values",
        kind="points",
        series=(_points("rows", rows.truth[some], rows.said[some]),),
        x_label="true value",
        y_label="predicted value",
        diagonal=True,
    )


def _residuals(rows: Estimated) -> Chart:
    bins = equal_bins(rows.said)
    error = rows.truth - rows.said
    return Chart(
        title="Error by predicted value",
        kind="lines",
        series=tuple(
            Series(
                name=name,
                x=tuple(_short(rows.said[b].mean()) for b in bins),
                y=tuple(_short(np.quantile(error[b], share)) for b in bins),
            )
            for name, share in (("upper tenth", 0.9), ("median", 0.5), ("lower tenth", 0.1))
        ),
        x_label="predicted value, mean of a tenth of the rows",
        y_label="true value less predicted value",
    )


def _confusion(rows: Classified) -> Section:
    counts = np.bincount(rows.truth, minlength=len(rows.classes))
    shown = np.sort(np.argsort(-counts, kind="stable")[:_MOST_CLASSES])
    matrix = sk.confusion_matrix(rows.truth, rows.said, labels=shown)
    names = [rows.classes[number] for number in shown]
    cut = f" Of {len(rows.classes)} classes the most frequent are shown." * (
        len(rows.classes) > _MOST_CLASSES
    )
    return Section(
        title="Confusion table",
        text=f"Rows by their true class (down) and their predicted class (across).{cut}",
        tables=(
            Table(
                columns=("true class", *(f"predicted {name}" for name in names)),
                rows=tuple(
                    (name, *(int(count) for count in line))
                    for name, line in zip(names, matrix, strict=True)
                ),
            ),
        ),
    )


def _classes(rows: Classified) -> Section:
    every = np.arange(len(rows.classes))
    precision, recall, f1, support = sk.precision_recall_fscore_support(
        rows.truth, rows.said, labels=every, zero_division=0
    )
    order = np.argsort(f1, kind="stable")
    return Section(
        title="Classes",
        text="Each class against all others, the worst first.",
        tables=(
            Table(
                columns=("class", "rows", "precision", "recall", "f1"),
                rows=tuple(
                    (
                        rows.classes[number],
                        int(support[number]),
                        _short(precision[number]),
                        _short(recall[number]),
                        _short(f1[number]),
                    )
                    for number in order
                ),
            ),
        ),
    )


def _evenly(count: int, most: int, order: Array) -> Array:
    if count <= most:
        return order
    return np.asarray(order[np.linspace(0, count - 1, most).round().astype(int)])


def _series(name: str, x: Array, y: Array) -> Series:
    some = _evenly(len(x), _MOST_POINTS, np.arange(len(x)))
    return _points(name, x[some], y[some])


def _points(name: str, x: Array, y: Array) -> Series:
    return Series(name=name, x=_all_short(x), y=_all_short(y))


def _all_short(values: Sequence[Any] | Array) -> tuple[float, ...]:
    return tuple(_short(value) for value in values)


def _short(value: Any) -> float:
    """Keep the digits that can be seen in a picture."""
    return float(f"{float(value):.5g}")
