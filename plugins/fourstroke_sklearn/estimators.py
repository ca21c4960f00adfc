"""Find estimators of scikit-learn by name, and make them with the parameters of a project file."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Mapping
from typing import Any, Final

from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.utils import all_estimators

from fourstroke import ConfigError
from fourstroke.entities.task import TaskKind

_DEFAULT: Final[Mapping[str, str]] = {
    "binary": "HistGradientBoostingClassifier",
    "multiclass": "HistGradientBoostingClassifier",
    "regression": "HistGradientBoostingRegressor",
}
_ONLY_SKLEARN: Final = (
    "models of scikit-learn alone can be stored in a form that is safe to open; for others write a"
    " trainer and a codec of your own"
)
_MOST_RANDOM: Final = 2**32


def make_estimator(
    name: str, params: Mapping[str, Any], *, kind: TaskKind, seed: int, where: str
) -> Any:
    """Make an unfitted estimator.

    Parameters
    ----------
    name : str
        A class of scikit-learn such as ``LogisticRegression``, or its dotted path; empty for histogram
        gradient boosting of the task's kind.
    params : mapping
        Its parameters. A table with the key ``estimator`` stands for an estimator within it; a list of
        such tables for several, with ``name`` as their names.
    kind : {"binary", "multiclass", "regression"}
        What the estimator must be made for.
    seed : int
        For a parameter ``random_state`` that ``params`` does not set.
    where : str
        The path of the settings, for messages.

    Raises
    ------
    ConfigError
        If there is no such estimator or parameter, or it is made for another kind of task.
    """
    cls = _find(name or _DEFAULT[kind], where=f"{where}.estimator")
    made = _make(cls, params, seed=seed, where=where)
    _refuse_wrong_kind(made, kind, where=f"{where}.estimator")
    return made


def takes(estimator: Any, parameter: str) -> bool:
    """Say whether an estimator has a parameter of this name."""
    return parameter in estimator.get_params(deep=False)


def _make(cls: type, params: Mapping[str, Any], *, seed: int, where: str) -> Any:
    known = _parameters(cls)
    for key in params:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            raise ConfigError(
                f"{cls.__name__} has no parameter {key!r}",
                where=f"{where}.params.{key}",
                hint=f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known)}",
            )
    values = {
        key: _value(value, seed=seed, where=f"{where}.params.{key}")
        for key, value in params.items()
    }
    if "random_state" in known:
        values.setdefault("random_state", seed % _MOST_RANDOM)
    try:
        return cls(**values)
    except TypeError as error:  # a parameter without default is missing
        raise ConfigError(f"{cls.__name__}: {error}", where=f"{where}.params") from error


def _value(value: Any, *, seed: int, where: str) -> Any:
    if isinstance(value, Mapping) and "estimator" in value:
        cls = _find(value["estimator"], where=f"{where}.estimator")
        return _make(cls, value.get("params", {}), seed=seed, where=where)
    if isinstance(value, list) and value and all(_is_named(item) for item in value):
        return [(item["name"], _value(item, seed=seed, where=where)) for item in value]
    return value


def _is_named(value: object) -> bool:
    return isinstance(value, Mapping) and "estimator" in value and "name" in value


def _find(name: object, *, where: str) -> type:
    if not isinstance(name, str):
        raise ConfigError(f"expected the name of an estimator, got {name!r}", where=where)
    module, _, last = name.rpartition(".")
    if module and module.partition(".")[0] != "sklearn":
        raise ConfigError(f"{name} is not part of scikit-learn", where=where, hint=_ONLY_SKLEARN)
    found = _imported(module, last, where=where) if module else _by_name().get(last)
    if isinstance(found, type) and issubclass(found, BaseEstimator):
        return found
    close = difflib.get_close_matches(last, _by_name(), n=1)
    raise ConfigError(
        f"scikit-learn has no estimator {name!r}",
        where=where,
        hint=f"did you mean {close[0]!r}?" if close else "",
    )


def _imported(module: str, name: str, *, where: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        raise ConfigError(f"there is no module {module!r}", where=where) from error


def _by_name() -> dict[str, type]:
    return dict(all_estimators())


def _parameters(cls: type) -> list[str]:
    signature = inspect.signature(cls)
    return [
        name
        for name, parameter in signature.parameters.items()
        if parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
    ]


def _refuse_wrong_kind(estimator: Any, kind: TaskKind, *, where: str) -> None:
    name = type(estimator).__name__
    if kind == "regression" and not is_regressor(estimator):
        raise ConfigError(f"{name} is no regressor", where=where, hint="task.kind is 'regression'")
    if kind != "regression" and not is_classifier(estimator):
        raise ConfigError(f"{name} is no classifier", where=where, hint=f"task.kind is {kind!r}")
