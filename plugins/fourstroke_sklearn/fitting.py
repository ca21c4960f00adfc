"""Fit a pipeline on a training table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fourstroke import ConfigError, StepError, class_name
from fourstroke_sklearn.deciding import calibrated, with_threshold, without_folds
from fourstroke_sklearn.estimators import make_estimator
from fourstroke_sklearn.families import plain_column
from fourstroke_sklearn.folds import folds_of
from fourstroke_sklearn.frames import as_frame, need_columns
from fourstroke_sklearn.incremental import fit_in_passes
from fourstroke_sklearn.labels import target_of
from fourstroke_sklearn.pipeline import make_pipeline_for
from fourstroke_sklearn.safekeeping import refuse_unsafe
from fourstroke_sklearn.searching import search
from fourstroke_sklearn.signature import Signature
from fourstroke_sklearn.warned import first_line
from fourstroke_sklearn.weights import weights_of

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    weights = weights_of(settings, estimator, frame, target, context)
    if settings.search is not None:
        found = search(
            settings.search,
            pipeline,
            features,
            target,
            folds_of(frame, target, context, settings.search.folds),
            context,
            {f"estimator__{name}": value for name, value in weights.items()},
        )
        estimator.set_params(**found)
    _refuse_misfit(settings, weights, context)
    return _fitted(settings, pipeline, frame, features, target, weights, context)


def _refuse_misfit(settings: Sklearn, weights: Mapping[str, Any], context: Context) -> None:
    """Refuse settings that the task or the estimator has no use for."""
    kind, step = context.task.kind, context.step
    if settings.calibrate and kind == "regression":
        raise ConfigError("a regression has no probabilities", where=f"{step}.calibrate")
    if settings.threshold is not None and kind != "binary":
        raise ConfigError(f"a {kind} task has no threshold", where=f"{step}.threshold")
    if settings.threshold is not None and weights:
        raise ConfigError(
            "scikit-learn tunes no threshold with weighted rows",
            where=f"{step}.threshold",
            hint="say what errors cost: threshold = { false_positive = 1, false_negative = 5 }",
        )
    if settings.passes and (settings.calibrate or settings.threshold is not None or weights):
        raise ConfigError(
            "training in passes knows no weights, calibration or threshold", where=f"{step}.passes"
        )


def _features(settings: Sklearn, frame: pd.DataFrame, context: Context) -> pd.DataFrame:
    excluded = {*context.task.not_features, *([settings.weight] if settings.weight else [])}
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
    return {class_name(label): float(share) for label, share in zip(classes, shares, strict=True)}


def _fitted(
    settings: Sklearn,
    pipeline: Pipeline,
    frame: pd.DataFrame,
    features: pd.DataFrame,
    target: Any,
    weights: Mapping[str, Any],
    context: Context,
) -> Pipeline:
    try:
        is_plain = not (settings.calibrate or settings.threshold is not None or settings.passes)
        if is_plain:
            given = {f"estimator__{name}": value for name, value in weights.items()}
            pipeline.fit(features, target, **given)
            return pipeline
        rows = pipeline[:-1].fit_transform(features, target)
        made = _decided(settings, pipeline[-1], rows, frame, target, weights, context)
    # What estimators raise for parameters and tables that do not suit them.
    except (ValueError, TypeError, ArithmeticError, LookupError) as error:
        raise StepError(
            f"{type(pipeline[-1]).__name__} cannot be fitted: {first_line(error)}",
            where=context.step,
            hint=_overflow(features),
        ) from error
    pipeline.steps[-1] = ("estimator", made)
    return pipeline


def _decided(
    settings: Sklearn,
    estimator: Any,
    rows: Any,
    frame: pd.DataFrame,
    target: Any,
    weights: Mapping[str, Any],
    context: Context,
) -> Any:
    """Fit an estimator in passes, or with what is put around it."""
    folds = folds_of(frame, target, context, settings.folds)
    if settings.passes:
        return fit_in_passes(settings.passes, estimator, rows, target, folds, context)
    made = estimator
    if settings.calibrate:
        made = calibrated(made, settings.calibrate, folds, context.step)
    if settings.threshold is not None:
        made = with_threshold(settings, made, rows, target, _inner(settings, folds), context)
    else:
        made.fit(rows, target, **weights)
    without_folds(made)
    return made


def _inner(settings: Sklearn, folds: Any) -> Any:
    """Give the folds for a threshold; around a calibration the rows of one differ from fold to fold."""
    if settings.calibrate and not isinstance(settings.threshold, int | float):
        raise ConfigError(
            "a threshold is tuned for a model without calibration, or given as a probability",
            where="threshold",
            hint="a calibrated probability can be held against costs: 1 / (1 + cost of a missed case)",
        )
    return folds


def _overflow(features: pd.DataFrame) -> str:
    """Name a column whose squares are beyond floating point: scaling makes NaN of all of it."""
    for name in features.columns:
        values = plain_column(features[name]).values
        if values.dtype.kind == "f" and (np.abs(values) > _LARGEST_SQUARED).any():
            return f"column {name!r} holds numbers beyond {_LARGEST_SQUARED:g}: clip or filter them"
    return ""
