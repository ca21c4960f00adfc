"""Held-out rows with what a model said of them, in the form that figures are computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs
import numpy as np
import pandas as pd

from fourstroke import DataError, StepError, Task, class_order, predicted_classes
from fourstroke_sklearn.families import plain_column
from fourstroke_sklearn.labels import class_names, positive_text, target_column

if TYPE_CHECKING:
    from fourstroke_sklearn.intervals import Array

# What rounding may add to a probability.
_SLACK: Final = 1e-6


@attrs.frozen(kw_only=True, eq=False)
class Classified:
    """Rows of a classification.

    Parameters
    ----------
    classes : list of str
        All classes by name, in the model's order, then those that only the rows have.
    positive : str
        The class of interest of a binary task; empty for more classes.
    truth, said : array of shape (n,), int
        Positions in ``classes``.
    probabilities : array of shape (n, k), optional
        What the model gave; ``None`` if it gives none.
    scores : array of shape (n, k), optional
        What rows can be ranked by: the probabilities, or a model's own scores.
    clusters : array of shape (n,), int, optional
        Which rows belong together, by the task's group.
    """

    classes: list[str]
    positive: str
    truth: Array
    said: Array
    probabilities: Array | None
    scores: Array | None
    clusters: Array | None

    @property
    def is_positive(self) -> Array:
        """Which rows are of the class of interest."""
        return np.asarray(self.truth == self.classes.index(self.positive))

    @property
    def said_positive(self) -> Array:
        """Which rows the model puts into the class of interest."""
        return np.asarray(self.said == self.classes.index(self.positive))

    @property
    def strata(self) -> Array:
        """What a bootstrap keeps the sizes of: the classes."""
        return self.truth

    def of_class(self, values: Array, name: str) -> Array:
        """Give one class's column."""
        return np.asarray(values[:, self.classes.index(name)])

    def rows(self, chosen: Array) -> Classified:
        """Give some of the rows."""
        return attrs.evolve(
            self,
            truth=self.truth[chosen],
            said=self.said[chosen],
            probabilities=None if self.probabilities is None else self.probabilities[chosen],
            scores=None if self.scores is None else self.scores[chosen],
            clusters=_renumbered(self.clusters, chosen),
        )


@attrs.frozen(kw_only=True, eq=False)
class Estimated:
    """Rows of a regression: ``truth`` and ``said`` are ``float64``."""

    truth: Array
    said: Array
    clusters: Array | None

    @property
    def strata(self) -> Array:
        """What a bootstrap keeps the sizes of: nothing but the whole."""
        return np.zeros(len(self.truth), dtype=np.intp)

    def rows(self, chosen: Array) -> Estimated:
        """Give some of the rows."""
        return Estimated(
            truth=self.truth[chosen],
            said=self.said[chosen],
            clusters=_renumbered(self.clusters, chosen),
        )


Scored: TypeAlias = Classified | Estimated


def scored_rows(data: pd.DataFrame, predictions: pd.DataFrame, task: Task) -> Scored:
    """Bring held-out rows, all of them with a label, and predictions together.

    Raises
    ------
    DataError
        If there is no target.
    StepError
        If the predictions are not one for each row, or hold what is none.
    """
    if len(data) != len(predictions):
        raise StepError(f"there are {len(predictions):,} predictions for {len(data):,} rows")
    if "prediction" not in predictions.columns:
        raise StepError("the table of predictions has no column 'prediction'")
    target = target_column(data, task)
    clusters = _clusters(data, task)
    if task.kind == "regression":
        truth = _numbers(target, DataError)
        return Estimated(
            truth=truth, said=_numbers(predictions["prediction"], StepError), clusters=clusters
        )
    return _classified(target, predictions, task, clusters)


def _numbers(column: pd.Series[Any], error: type[DataError | StepError]) -> Array:
    values = plain_column(column).values
    where = f"column {column.name!r}"
    if values.dtype.kind != "f":
        raise error("it is not made of numbers", where=where)
    odd = np.flatnonzero(~np.isfinite(values))
    if len(odd):
        raise error(f"it holds {values[odd[0]]}", where=f"{where}, row {odd[0]}")
    return np.asarray(values)


def _classified(
    target: pd.Series[Any], predictions: pd.DataFrame, task: Task, clusters: Array | None
) -> Classified:
    truth, said = class_names(target), class_names(predictions["prediction"])
    classes = _classes(predictions, truth, said)
    position = {name: number for number, name in enumerate(classes)}
    probabilities = _columns(predictions, "probability", classes, 0.0)
    if probabilities is not None:
        _refuse_improbable(probabilities)
    return Classified(
        classes=classes,
        positive=positive_text(task, classes) if task.kind == "binary" else "",
        truth=np.array([position[name] for name in truth], dtype=np.intp),
        said=np.array([position[name] for name in said], dtype=np.intp),
        probabilities=probabilities,
        scores=_columns(predictions, "score", classes, -np.inf)
        if probabilities is None
        else probabilities,
        clusters=clusters,
    )


def _classes(predictions: pd.DataFrame, truth: Array, said: Array) -> list[str]:
    """Name all classes: the model's in its order, which is that of its columns, then any other."""
    return list(
        dict.fromkeys([*predicted_classes(predictions.columns), *class_order({*truth, *said})])
    )


def _columns(
    predictions: pd.DataFrame, what: str, classes: list[str], absent: float
) -> Array | None:
    names = [f"{what}_{name}" for name in classes]
    if not any(name in predictions.columns for name in names):
        return None
    columns = [
        predictions[name].to_numpy(dtype=np.float64, na_value=np.nan)
        if name in predictions.columns
        else np.full(len(predictions), absent)
        for name in names
    ]
    return np.column_stack(columns)


def _refuse_improbable(probabilities: Array) -> None:
    possible = (probabilities >= -_SLACK) & (probabilities <= 1 + _SLACK)
    rows = np.flatnonzero(~possible.all(axis=1))
    if len(rows):
        shown = probabilities[rows[0]][~possible[rows[0]]][0]
        raise StepError(f"{shown} is no probability", where=f"predictions, row {rows[0]}")


def _clusters(data: pd.DataFrame, task: Task) -> Array | None:
    if not task.group or task.group not in data.columns:
        return None
    codes, _ = pd.factorize(data[task.group], use_na_sentinel=False)
    return np.asarray(codes, dtype=np.intp)


def _renumbered(clusters: Array | None, chosen: Array) -> Array | None:
    if clusters is None:
        return None
    return np.asarray(np.unique(clusters[chosen], return_inverse=True)[1], dtype=np.intp)
