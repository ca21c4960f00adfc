"""Fit a pipeline on a training table."""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_sample_weight

from fourstroke import ConfigError, Context, DataError, StepError
from fourstroke_sklearn.estimators import make_estimator, takes
from fourstroke_sklearn.frames import as_frame, need_columns
from fourstroke_sklearn.labels import label_text, target_of
from fourstroke_sklearn.pipeline import make_pipeline_for
from fourstroke_sklearn.safekeeping import refuse_unsafe
from fourstroke_sklearn.signature import Signature

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

    from fourstroke_sklearn.train import Sklearn

# A text column with that many rows and nearly as many values names its rows: it can only be learnt by heart.
_NAMES_ROWS: Final = 0.9
_ENOUGH_ROWS: Final = 100


def fit(settings: Sklearn, data: Any, context: Context) -> Pipeline:
    """Fit what the settings ask for.

    Raises
    ------
    ConfigError
        If the settings name something that does not exist, or do not fit the task.
    DataError
        If the table cannot be learnt from.
    StepError
        If the estimator fails.
    """
    task = context.task
    estimator = make_estimator(
        settings.estimator, settings.params, kind=task.kind, seed=context.seed, where=context.step
    )
    refuse_unsafe(estimator)
    frame = as_frame(data)
    target = target_of(frame, task)
    features = _features(settings, frame, context)
    signature = Signature().fit(features)
    _tell_unused(features, signature, context)
    signature.target_ = task.target
    signature.prior_ = _prior(target, task.kind)
    pipeline = make_pipeline_for(signature, estimator, max_categories=settings.max_categories)
    extra = _balance(settings, estimator, target, context.step)
    return _fitted(pipeline, features, target, extra, context)


def _features(settings: Sklearn, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    task = context.task
    if settings.features:
        need_columns(frame, settings.features)
        own = [name for name in settings.features if name in task.not_features]
        if own:
            raise ConfigError(
                f"{own[0]!r} is the target, the id or ignored by the task",
                where=f"{context.step}.features",
            )
        return frame[list(settings.features)]
    names = [name for name in frame.columns if name not in task.not_features]
    return frame[[name for name in names if not _names_rows(frame[name], context)]]


def _names_rows(column: pd.Series[Any], context: Context) -> bool:
    """Say whether a text column gives nearly every row a name of its own, and tell people if so."""
    is_text = column.dtype.kind in "OU" and not hasattr(column, "cat")
    present = column.dropna()
    if not is_text or len(present) < _ENOUGH_ROWS or not isinstance(present.iloc[0], str):
        return False
    distinct = present.nunique()
    if distinct < _NAMES_ROWS * len(present):
        return False
    context.say(
        f"column {column.name!r} is no feature: {distinct:,} different texts in {len(present):,} rows"
    )
    return True


def _tell_unused(features: pd.DataFrame, signature: Signature, context: Context) -> None:
    for name in features.columns:
        if name not in signature.families_:
            context.say(f"column {name!r} is no feature: it has no value in any row")


def _prior(target: Any, kind: str) -> dict[str, float]:
    """Describe the target alone: what a model that ignores all features would go by."""
    if kind == "regression":
        return {"mean": float(np.mean(target))}
    classes, counts = np.unique(target, return_counts=True)
    shares = counts / counts.sum()
    return {label_text(label): float(share) for label, share in zip(classes, shares, strict=True)}


def _balance(settings: Sklearn, estimator: Any, target: Any, step: str) -> dict[str, Any]:
    """Give all classes the same weight, by the estimator's own means if it has some."""
    if not settings.balanced:
        return {}
    if takes(estimator, "class_weight"):
        estimator.set_params(class_weight="balanced")
        return {}
    if "sample_weight" in inspect.signature(estimator.fit).parameters and target.dtype.kind != "f":
        return {"estimator__sample_weight": compute_sample_weight("balanced", target)}
    raise ConfigError(f"{type(estimator).__name__} cannot weigh classes", where=f"{step}.balanced")


def _fitted(
    pipeline: Pipeline, features: pd.DataFrame, target: Any, extra: dict[str, Any], context: Context
) -> Pipeline:
    name = type(pipeline[-1]).__name__
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            pipeline.fit(features, target, **extra)
        except DataError:
            raise
        except (ValueError, TypeError) as error:
            raise StepError(
                f"{name} cannot be fitted: {_first_line(error)}", where=context.step
            ) from error
    for text in sorted({_in_words(item, name) for item in caught}):
        context.say(text)
    return pipeline


def _in_words(item: warnings.WarningMessage, name: str) -> str:
    if issubclass(item.category, ConvergenceWarning):
        return f"{name} did not converge: raise params.max_iter, or loosen params.tol"
    return f"{name}: {_first_line(item.message)}"


def _first_line(error: Exception | Warning | str) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
