"""Search for parameters by folds of the training rows, with every trial told."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import get_scorer_names
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score

from fourstroke import ConfigError, StepError
from fourstroke_sklearn.estimators import takes
from fourstroke_sklearn.warned import first_line

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from fourstroke import Context
    from fourstroke_sklearn.folds import Rows
    from fourstroke_sklearn.train import Search

    Folds = list[tuple[Rows, Rows]]

_METRICS: Final = {
    "binary": "roc_auc",
    "multiclass": "neg_log_loss",
    "regression": "neg_root_mean_squared_error",
}
_MOST_SEED: Final = 2**32
_TABLE: Final = "trials"


def search(
    settings: Search,
    pipeline: Pipeline,
    features: pd.DataFrame,
    target: Any,
    folds: Folds,
    context: Context,
    weights: Mapping[str, Any],
) -> dict[str, Any]:
    """Try parameters, tell each trial, and give the best.

    Returns
    -------
    dict
        Parameters of the estimator.

    Raises
    ------
    ConfigError
        If the space names no parameter, or is none.
    StepError
        If no trial could be fitted; names the first reason.
    """
    where = f"{context.step}.search"
    metric = settings.metric or _METRICS[context.task.kind]
    if metric not in get_scorer_names():
        raise ConfigError(f"scikit-learn has no scorer {metric!r}", where=f"{where}.metric")
    for name in settings.space:
        if not takes(pipeline[-1], name):
            raise ConfigError(
                f"{type(pipeline[-1]).__name__} has no parameter {name!r}",
                where=f"{where}.space.{name}",
            )
    run = _optuna if settings.kind == "optuna" else _by_sklearn
    with warnings.catch_warnings():
        # Each failed trial is told by its row of the table.
        warnings.simplefilter("ignore", FitFailedWarning)
        warnings.filterwarnings("ignore", message="One or more of the test scores are non-finite")
        trials = run(settings, pipeline, features, target, folds, context, dict(weights), metric)
    _tell(trials, metric, context)
    return dict(trials[_best(trials, where)]["params"])


def _best(trials: list[dict[str, Any]], where: str) -> int:
    scores = [trial["mean"] for trial in trials]
    if all(math.isnan(score) for score in scores):
        why = next((trial["why"] for trial in trials if trial.get("why")), "no score is a number")
        raise StepError(f"none of {len(trials)} trials could be fitted: {why}", where=where)
    return int(np.nanargmax(scores))


def _tell(trials: list[dict[str, Any]], metric: str, context: Context) -> None:
    for number, trial in enumerate(trials):
        if not math.isnan(trial["mean"]):
            context.log_metric(f"search.{metric}", trial["mean"], step=number)
    rows = [
        {"trial": number, **trial["params"], metric: trial["mean"], "std": trial["std"],
         "seconds": trial["seconds"], "why": trial.get("why", "")}
        for number, trial in enumerate(trials)
    ]  # fmt: skip
    table = pd.DataFrame(rows).sort_values(metric, ascending=False, kind="stable")
    context.log_table(_TABLE, table)
    failed = sum(math.isnan(trial["mean"]) for trial in trials)
    best = table.iloc[0]
    context.say(
        f"the best of {len(trials)} trials has {metric} {best[metric]:.4f}"
        + (f"; {failed} could not be fitted" if failed else "")
    )


# scikit-learn


def _by_sklearn(
    settings: Search,
    pipeline: Pipeline,
    features: pd.DataFrame,
    target: Any,
    folds: Folds,
    context: Context,
    weights: dict[str, Any],
    metric: str,
) -> list[dict[str, Any]]:
    where, seed = f"{context.step}.search.space", context.seed % _MOST_SEED
    common: dict[str, Any] = {"scoring": metric, "refit": False, "error_score": np.nan}
    if settings.kind == "grid":
        grid = {
            f"estimator__{name}": _listed(values, f"{where}.{name}")
            for name, values in settings.space.items()
        }
        searched: Any = GridSearchCV(pipeline, grid, cv=folds, **common)
    else:
        space = {
            f"estimator__{name}": _spread(values, f"{where}.{name}")
            for name, values in settings.space.items()
        }
        if settings.kind == "halving":
            searched = _halving(settings, pipeline, space, context, common)
        else:
            searched = RandomizedSearchCV(
                pipeline, space, n_iter=settings.trials, cv=folds, random_state=seed, **common
            )
    try:
        searched.fit(features, target, **weights)
    except ValueError as error:
        raise StepError(
            f"no trial could be fitted: {_last_line(error)}", where=f"{context.step}.search"
        ) from error
    return _trials(searched.cv_results_)


def _halving(
    settings: Search,
    pipeline: Pipeline,
    space: dict[str, Any],
    context: Context,
    common: dict[str, Any],
) -> Any:
    """Give more and more rows to fewer and fewer trials."""
    if context.task.time or context.task.group:
        raise ConfigError(
            "halving takes fewer rows at first, and knows neither time nor groups",
            where=f"{context.step}.search.kind",
            hint='kind = "random"',
        )
    # scikit-learn calls it experimental: without this import there is none.
    from sklearn.experimental import enable_halving_search_cv  # noqa: F401, PLC0415
    from sklearn.model_selection import HalvingRandomSearchCV  # noqa: PLC0415

    return HalvingRandomSearchCV(
        pipeline,
        space,
        n_candidates=settings.trials,
        cv=settings.folds,
        random_state=context.seed % _MOST_SEED,
        **common,
    )


def _trials(results: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = [str(name).removeprefix("estimator__") for name in results["params"][0]]
    return [
        {
            "params": dict(zip(names, map(_plain, params.values()), strict=True)),
            "mean": float(results["mean_test_score"][number]),
            "std": float(results["std_test_score"][number]),
            "seconds": float(results["mean_fit_time"][number]),
            "why": ""
            if np.isfinite(results["mean_test_score"][number])
            else "it could not be fitted",
        }
        for number, params in enumerate(results["params"])
    ]


def _last_line(error: Exception) -> str:
    """Give what scikit-learn tells at last: the error of the first fit."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _listed(values: Any, where: str) -> list[Any]:
    if not isinstance(values, list | tuple) or not values:
        raise ConfigError(
            "a grid takes lists of values", where=where, hint='[1, 2], or kind = "random"'
        )
    return list(values)


def _spread(values: Any, where: str) -> Any:
    """Read a list, or a range as ``{low = 0.01, high = 10, log = true}``."""
    if isinstance(values, list | tuple) and values:
        return list(values)
    if not isinstance(values, Mapping) or not {"low", "high"} <= set(values):
        raise ConfigError(
            "expected a list, or a range", where=where, hint="{ low = 0.01, high = 10, log = true }"
        )
    odd = sorted(set(values) - {"low", "high", "log", "whole"})
    if odd:
        raise ConfigError(f"a range has no {odd[0]!r}", where=where, hint="low, high, log, whole")
    low, high, is_log = values["low"], values["high"], bool(values.get("log", False))
    if not low < high or (is_log and low <= 0):
        raise ConfigError("low is below high, and above 0 with log", where=where)
    if values.get("whole", isinstance(low, int) and isinstance(high, int) and not is_log):
        return _Whole(low, high, is_log=is_log)
    return stats.loguniform(low, high) if is_log else stats.uniform(low, high - low)


class _Whole:
    """Whole numbers from ``low`` to ``high``, both included."""

    def __init__(self, low: int, high: int, *, is_log: bool) -> None:
        self.low, self.high, self.is_log = low, high, is_log

    def rvs(self, random_state: Any = None) -> int:
        """Draw one."""
        if not self.is_log:
            return int(stats.randint(self.low, self.high + 1).rvs(random_state=random_state))
        drawn = stats.loguniform(self.low, self.high + 1).rvs(random_state=random_state)
        return min(int(drawn), self.high)


# Optuna


def _optuna(
    settings: Search,
    pipeline: Pipeline,
    features: pd.DataFrame,
    target: Any,
    folds: Folds,
    context: Context,
    weights: dict[str, Any],
    metric: str,
) -> list[dict[str, Any]]:
    try:
        import optuna  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError(
            "optuna is not installed",
            where=f"{context.step}.search.kind",
            hint="pip install 'fourstroke[optuna]'",
        ) from error
    where = f"{context.step}.search.space"
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    reasons: dict[int, str] = {}

    def objective(trial: Any) -> float:
        params = {
            name: _suggested(trial, name, values, f"{where}.{name}")
            for name, values in settings.space.items()
        }
        tried = _with(pipeline, params)
        try:
            scores = cross_val_score(
                tried,
                features,
                target,
                cv=folds,
                scoring=metric,
                params=weights or None,
                error_score="raise",
            )
        except (ValueError, TypeError, ArithmeticError) as error:
            reasons[trial.number] = first_line(error)
            raise optuna.TrialPruned from error
        trial.set_user_attr("std", float(np.std(scores)))
        return float(np.mean(scores))

    sampler = optuna.samplers.TPESampler(seed=context.seed % _MOST_SEED)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=settings.trials, timeout=settings.seconds or None)
    return [
        {
            "params": dict(trial.params),
            "mean": math.nan if trial.value is None else trial.value,
            "std": trial.user_attrs.get("std", math.nan),
            "seconds": trial.duration.total_seconds() if trial.duration else 0.0,
            "why": reasons.get(trial.number, ""),
        }
        for trial in study.trials
    ]


def _with(pipeline: Pipeline, params: Mapping[str, Any]) -> Pipeline:
    from sklearn.base import clone  # noqa: PLC0415 - beside its use

    made: Pipeline = clone(pipeline)
    made[-1].set_params(**params)
    return made


def _suggested(trial: Any, name: str, values: Any, where: str) -> Any:
    if isinstance(values, list | tuple):
        return trial.suggest_categorical(name, list(values))
    _spread(values, where)  # what is wrong with it is told in the same words
    low, high, is_log = values["low"], values["high"], bool(values.get("log", False))
    if values.get("whole", isinstance(low, int) and isinstance(high, int) and not is_log):
        return trial.suggest_int(name, low, high, log=is_log)
    return trial.suggest_float(name, low, high, log=is_log)
