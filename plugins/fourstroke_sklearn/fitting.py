"""Fit a pipeline on a training table."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from fourstroke import ConfigError, StepError
from fourstroke_sklearn.estimators import make_estimator, takes
from fourstroke_sklearn.families import plain_column
from fourstroke_sklearn.frames import as_frame, need_columns
from fourstroke_sklearn.labels import label_text, target_of
from fourstroke_sklearn.pipeline import make_pipeline_for
from fourstroke_sklearn.safekeeping import refuse_unsafe
from fourstroke_sklearn.signature import Signature
from fourstroke_sklearn.warned import first_line

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from fourstroke import Context
    from fourstroke_sklearn.train import Sklearn

# Text that differs in so many of so many rows names the rows: it can only be learnt by heart.
_NAMES_ROWS: Final = 0.9
_ENOUGH_ROWS: Final = 100
_LARGEST_SQUARED: Final = 1e154


def fit(settings: Sklearn, data: Any, context: Context) -> Pipeline:
    """Fit what the settings ask for.

    Raises
    ------
    ConfigError
        If the settings name something that does not exist, or do not fit the task.
    DataError
        If the table cannot be learnt from.
    StepError
        If the estimator cannot be kept, or fails.
    """
    task = context.task
    estimator = make_estimator(
        settings.estimator, settings.params, task=task, seed=context.seed, where=context.step
    )
    refuse_unsafe(estimator)
    frame = as_frame(data)
    target = target_of(frame, task)
    features = _features(settings, frame, context)
    signature = Signature().fit(features)
    signature.prior_ = _prior(target)
    for name in sorted(set(features.columns) - set(signature.columns_)):
        context.say(f"column {name!r} is no feature: it has no value in any row")
    pipeline = make_pipeline_for(signature, estimator, max_categories=settings.max_categories)
    weights = _balance(settings, estimator, target, context.step)
    return _fitted(pipeline, features, target, weights, context)


def _features(settings: Sklearn, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    excluded = context.task.not_features
    if not settings.features:
        names = [name for name in frame.columns if name not in excluded]
        return frame[[name for name in names if not _names_rows(frame[name], context)]]
    need_columns(frame, settings.features)
    for name in settings.features:
        if name in excluded:
            raise ConfigError(
                f"{name!r} is the target, the id or ignored by the task",
                where=f"{context.step}.features",
            )
    return frame[list(dict.fromkeys(settings.features))]


def _names_rows(column: pd.Series[Any], context: Context) -> bool:
    """Say whether a text column gives nearly every row a name of its own, and tell it."""
    if column.dtype.kind not in "OU" or column.count() < _ENOUGH_ROWS:
        return False
    plain = plain_column(column)
    distinct = column.nunique() if plain.family == "text" else 0
    if distinct < _NAMES_ROWS * column.count():
        return False
    context.say(
        f"column {column.name!r} is no feature: its text differs in nearly every row,"
        f" {distinct:,} times in {column.count():,}"
    )
    return True


def _prior(target: Any) -> dict[str, float]:
    """Describe the target alone: what a model that ignores all features would go by."""
    if target.dtype.kind == "f":
        return {"mean": float(np.mean(target))}
    classes, counts = np.unique(target, return_counts=True)
    shares = counts / counts.sum()
    return {label_text(label): float(share) for label, share in zip(classes, shares, strict=True)}


def _balance(settings: Sklearn, estimator: Any, target: Any, step: str) -> dict[str, Any]:
    """Give all classes the same weight, by the estimator's own means if it has some."""
    if not settings.balanced:
        return {}
    if target.dtype.kind == "f":
        raise ConfigError("a regression has no classes to balance", where=f"{step}.balanced")
    if takes(estimator, "class_weight"):
        estimator.set_params(class_weight="balanced")
        return {}
    if "sample_weight" in inspect.signature(estimator.fit).parameters:
        return {"estimator__sample_weight": compute_sample_weight("balanced", target)}
    raise ConfigError(f"{type(estimator).__name__} cannot weigh classes", where=f"{step}.balanced")


def _fitted(
    pipeline: Pipeline,
    features: pd.DataFrame,
    target: Any,
    weights: dict[str, Any],
    context: Context,
) -> Pipeline:
    try:
        pipeline.fit(features, target, **weights)
    # What estimators raise for parameters and tables that do not suit them.
    except (ValueError, TypeError, ArithmeticError, LookupError) as error:
        raise StepError(
            f"{type(pipeline[-1]).__name__} cannot be fitted: {first_line(error)}",
            where=context.step,
            hint=_overflow(features),
        ) from error
    return pipeline


def _overflow(features: pd.DataFrame) -> str:
    """Name a column whose squares are beyond floating point: scaling makes NaN of all of it."""
    for name in features.columns:
        values = plain_column(features[name]).values
        if values.dtype.kind == "f" and (np.abs(values) > _LARGEST_SQUARED).any():
            return f"column {name!r} holds numbers beyond {_LARGEST_SQUARED:g}: clip or filter them"
    return ""
