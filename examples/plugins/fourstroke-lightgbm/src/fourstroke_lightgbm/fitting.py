"""Fit trees on a training table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np

from fourstroke import ConfigError, Context, DataError, StepError
from fourstroke_lightgbm.columns import Column, as_frame, learn_column, likely, matrix_of
from fourstroke_lightgbm.model import Boosted, BoostedClassifier, BoostedRegressor
from fourstroke_lightgbm.parameters import QUIET, parameters_of
from fourstroke_lightgbm.target import target_classes, target_numbers

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke_lightgbm.target import Array, Label
    from fourstroke_lightgbm.train import LightGBM


def fit(settings: LightGBM, data: Any, context: Context) -> Boosted:
    """Fit what the settings ask for.

    Raises
    ------
    ConfigError
        If the settings name something that does not exist, or do not fit the task.
    DataError
        If the table cannot be learnt from.
    StepError
        If LightGBM refuses a parameter's value.
    """
    frame = as_frame(data)
    task = context.task
    if task.kind == "regression":
        if settings.balanced:
            raise ConfigError(
                "a regression has no classes to balance", where=f"{context.step}.balanced"
            )
        labels: tuple[Label, ...] = ()
        target = target_numbers(frame, task)
    else:
        target, labels = target_classes(frame, task)
    columns = _learnt(settings, frame, context)
    parameters = parameters_of(settings, context, classes=len(labels))
    weights = _balance(target) if settings.balanced else None
    text = _trees(
        matrix_of(frame, columns), target, weights, columns, parameters, settings, context
    )
    if labels:
        return BoostedClassifier(text=text, columns=columns, labels=labels)
    return BoostedRegressor(text=text, columns=columns)


def _learnt(settings: LightGBM, frame: pd.DataFrame, context: Context) -> tuple[Column, ...]:
    """Choose the features, and tell which columns are none though nobody excluded them."""
    faults: list[DataError] = []
    columns: list[Column] = []
    for name in _asked(settings, frame, context):
        try:
            column = learn_column(frame[name])
        except DataError as fault:
            faults.append(fault)
            continue
        if why := _useless(column, settings.max_categories):
            context.say(f"column {name!r} is no feature: {why}")
        else:
            columns.append(column)
    if faults:
        raise DataError.join(faults)
    if not columns:
        raise DataError("no column is left to learn from", hint="look at task.ignore")
    return tuple(columns)


def _asked(settings: LightGBM, frame: pd.DataFrame, context: Context) -> list[str]:
    excluded = context.task.not_features
    if not settings.features:
        return [name for name in frame.columns if name not in excluded]
    for name in settings.features:
        if name not in frame.columns:
            hint = likely(name, frame.columns)
            raise DataError("there is no such column", where=f"column {name!r}", hint=hint)
        if name in excluded:
            raise ConfigError(
                f"{name!r} is the target, the id or ignored by the task",
                where=f"{context.step}.features",
            )
    return list(dict.fromkeys(settings.features))


def _useless(column: Column, most: int) -> str:
    if column.family == "empty":
        return "it has no value in any row"
    if len(column.categories) > most:
        return (
            f"its text has {len(column.categories):,} values, more than max_categories = {most:,}"
        )
    return ""


def _balance(target: Array) -> Array:
    """Give all classes the same weight together, and all rows one of 1 in the mean."""
    counts = np.bincount(target)
    weights: Array = (len(target) / (len(counts) * counts))[target]
    return weights


def _trees(
    matrix: Array,
    target: Array,
    weights: Array | None,
    columns: tuple[Column, ...],
    parameters: dict[str, Any],
    settings: LightGBM,
    context: Context,
) -> str:
    texts = [number for number, column in enumerate(columns) if column.family == "text"]
    # The columns go by number: LightGBM takes no name with a comma, colon or bracket.
    rows = lightgbm.Dataset(
        matrix, target, weight=weights, categorical_feature=texts, params=dict(QUIET)
    )
    try:
        booster = lightgbm.train(parameters, rows, num_boost_round=settings.rounds)
    # What LightGBM raises for values of parameters that do not suit it.
    except (lightgbm.basic.LightGBMError, ValueError, TypeError) as error:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StepError(
            f"LightGBM cannot be trained: {message}", where=context.step, hint="look at params"
        ) from error
    return booster.model_to_string()
