"""The coefficients of a linear model, which are the model itself and no estimate of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.model_selection import FixedThresholdClassifier

from fourstroke import Chart, Section, Series, Table, class_name
from fourstroke_sklearn.origins import Feature, features_of
from fourstroke_sklearn.signature import Signature

if TYPE_CHECKING:
    from fourstroke import Task

_SHOWN: Final = 20
_MOST_ROWS: Final = 60
_MOST_CLASSES: Final = 8
_TITLE: Final = "Coefficients"


def coefficients_section(model: Any, task: Task) -> tuple[Section, ...]:
    """Tell the coefficients of a linear model; nothing of a model that has none, or no way back.

    Parameters
    ----------
    model : Pipeline
        What `fit` gave.
    task : Task
        Names what the model says.
    """
    if not hasattr(model, "steps") or not isinstance(model[0], Signature):
        return ()
    estimator = model[-1]
    if isinstance(estimator, FixedThresholdClassifier):
        estimator = estimator.estimator_
    values = getattr(estimator, "coef_", None)
    features = features_of(model)
    if values is None or np.atleast_2d(values).shape[1] != len(features):
        return ()  # a kernel has coefficients of rows, and not of features
    values = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if len(values) == 1:
        return (_one(features, values[0], estimator, task),)
    return (_several(features, values, [class_name(each) for each in estimator.classes_]),)


def _one(features: list[Feature], values: Any, estimator: Any, task: Task) -> Section:
    order = np.argsort(-np.abs(values), kind="stable")
    shown = order[:_SHOWN]
    says = _says(estimator, task)
    series = Series(
        name="coefficient",
        x=tuple(features[at].name for at in shown),
        y=tuple(_short(values[at]) for at in shown),
    )
    rows = tuple(
        (features[at].name, _short(values[at]), _short(values[at] / features[at].scale))
        for at in order[:_MOST_ROWS]
    )
    intercept = float(np.ravel(estimator.intercept_)[0])
    return Section(
        title=_TITLE,
        text=f"The model is a sum: {_short(intercept):g}, and for each feature its coefficient times its"
        f" value, give {says}. Numbers are scaled: the first figure is for one standard"
        f" deviation more, the second for one unit more.{_cut(len(order))}",
        charts=(
            Chart(title=_TITLE, kind="bars", series=(series,), y_label="for one deviation more"),
        ),
        tables=(Table(columns=("feature", "a deviation", "a unit"), rows=rows),),
    )


def _several(features: list[Feature], values: Any, classes: list[str]) -> Section:
    strength = np.abs(values).max(axis=0)
    order = np.argsort(-strength, kind="stable")[:_MOST_ROWS]
    told = classes[:_MOST_CLASSES]
    cut = f" The first {len(told)} of {len(classes)} classes are shown." * (
        len(classes) > len(told)
    )
    return Section(
        title=_TITLE,
        text="For each class the model is a sum; this is what one standard deviation more of a number,"
        f" or a value of text, adds to it.{cut}{_cut(len(strength))}",
        tables=(
            Table(
                columns=("feature", *told),
                rows=tuple(
                    (features[at].name, *(_short(value) for value in values[: len(told), at]))
                    for at in order
                ),
            ),
        ),
    )


def _says(estimator: Any, task: Task) -> str:
    if task.kind == "regression":
        return f"the predicted {task.target}"
    label = class_name(estimator.classes_[1])
    if hasattr(estimator, "predict_proba"):
        return f"the logarithm of the odds of {label}"
    return f"the score of {label}"


def _cut(features: int) -> str:
    return f" The {_MOST_ROWS} strongest of {features:,} are listed." * (features > _MOST_ROWS)


def _short(value: Any) -> float:
    return float(f"{float(value):.4g}")
