"""How much rows and classes count in training."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.utils.class_weight import compute_sample_weight

from fourstroke import ConfigError, DataError, class_name
from fourstroke_sklearn.estimators import takes
from fourstroke_sklearn.frames import need_columns

if TYPE_CHECKING:
    from fourstroke import Context
    from fourstroke_sklearn.train import Sklearn


def weights_of(
    settings: Sklearn, estimator: Any, frame: pd.DataFrame, target: Any, context: Context
) -> dict[str, Any]:
    """Give the weight of each row for ``fit``; none if all count the same.

    Classes are weighed by the estimator's own means if it has some, and by weights of rows else.

    Raises
    ------
    ConfigError
        If the estimator knows no weights, or a class is named that is not there.
    DataError
        If a weight is missing, negative or infinite, or all are zero.
    """
    step = context.step
    by_class = _by_class(settings, target, step)
    if by_class is not None and not settings.weight and takes(estimator, "class_weight"):
        estimator.set_params(class_weight=by_class)
        return {}
    if by_class is None and not settings.weight:
        return {}
    if "sample_weight" not in inspect.signature(estimator.fit).parameters:
        what = "rows" if settings.weight else "classes"
        setting = (
            "weight" if settings.weight else "balanced" if settings.balanced else "class_weight"
        )
        raise ConfigError(
            f"{type(estimator).__name__} cannot weigh {what}", where=f"{step}.{setting}"
        )
    found = np.ones(len(target))
    if settings.weight:
        found = found * _column(frame, settings.weight)
    if by_class is not None:
        found = found * compute_sample_weight(by_class, target)
    return {"sample_weight": found}


def _by_class(settings: Sklearn, target: Any, step: str) -> Any:
    if settings.balanced and settings.class_weight:
        raise ConfigError("give one of balanced and class_weight", where=f"{step}.class_weight")
    if not settings.balanced and not settings.class_weight:
        return None
    setting = "balanced" if settings.balanced else "class_weight"
    if target.dtype.kind == "f":
        raise ConfigError("a regression has no classes to balance", where=f"{step}.{setting}")
    if settings.balanced:
        return "balanced"
    classes = {class_name(label): label for label in np.unique(target)}
    for name, weight in settings.class_weight.items():
        if name not in classes:
            raise ConfigError(
                f"there is no class {name!r}",
                where=f"{step}.class_weight",
                hint=f"there are: {', '.join(classes)}",
            )
        if not weight > 0:
            raise ConfigError("a class counts more than 0", where=f"{step}.class_weight.{name}")
    plain = {
        text: getattr(label, "item", lambda kept=label: kept)() for text, label in classes.items()
    }
    return {plain[text]: float(settings.class_weight.get(text, 1.0)) for text in classes}


def _column(frame: pd.DataFrame, name: str) -> Any:
    need_columns(frame, [name])
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~np.isfinite(values) | (values < 0)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"{int(wrong.sum()):,} rows have no weight from 0 on, the first is row {row}:"
            f" {frame[name].iloc[row]!r}",
            where=f"column {name!r}",
        )
    if not values.any():
        raise DataError("all weights are 0", where=f"column {name!r}")
    return values
