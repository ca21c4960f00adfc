"""Find estimators of scikit-learn by name, and make them with the parameters of a project file."""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.utils import all_estimators, get_tags

from fourstroke import ConfigError
from fourstroke_sklearn.trusted import ALLOWED_IN_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fourstroke import Task

_DEFAULT: Final[Mapping[str, str]] = {
    "binary": "HistGradientBoostingClassifier",
    "multiclass": "HistGradientBoostingClassifier",
    "regression": "HistGradientBoostingRegressor",
}
_MOST_RANDOM: Final = 2**32


def make_estimator(
    name: str, params: Mapping[str, Any], *, task: Task, seed: int, where: str
) -> Any:
    """Make an unfitted estimator.

    Parameters
    ----------
    name : str
        A class of scikit-learn such as ``LogisticRegression``, or its dotted path; empty for
        histogram gradient boosting of the task's kind.
    params : mapping
        Its parameters. A table with the key ``estimator`` stands for an estimator within it, with
        ``params`` of its own; a list of such tables, each with a ``name``, for several.
    task : Task
        What the estimator must be made for.
    seed : int
        For each parameter ``random_state`` that is not set.
    where : str
        The path of the settings, for messages.

    Raises
    ------
    ConfigError
        If there is no such estimator or parameter, or it is made for another kind of task.
    """
    made = _Maker(seed).make(name or _DEFAULT[task.kind], params, where)
    _refuse_misfit(made, task, where)
    return made


def takes(estimator: Any, parameter: str) -> bool:
    """Say whether an estimator has a parameter of this name."""
    return parameter in estimator.get_params(deep=False)


@attrs.frozen
class _Maker:
    seed: int

    def make(self, name: object, params: object, where: str) -> Any:
        cls = _find(name, f"{where}.estimator")
        if not isinstance(params, Mapping):
            raise ConfigError(f"expected a table, got {params!r}", where=f"{where}.params")
        known = _parameters(cls)
        for key in params:
            if key not in known:
                raise ConfigError(
                    f"{cls.__name__} has no parameter {key!r}",
                    where=f"{where}.params.{key}",
                    hint=_likely(key, known) or f"there are: {', '.join(known)}",
                )
        values = {key: self._value(value, f"{where}.params.{key}") for key, value in params.items()}
        if "random_state" in known:
            values.setdefault("random_state", self.seed % _MOST_RANDOM)
        try:
            return cls(**values)
        except TypeError as error:  # a parameter without default is missing
            raise ConfigError(f"{cls.__name__}: {error}", where=f"{where}.params") from error

    def _value(self, value: Any, where: str) -> Any:
        if isinstance(value, Mapping) and "estimator" in value:
            return self.make(value["estimator"], value.get("params", {}), where)
        if isinstance(value, list) and value and all(_is_named(item) for item in value):
            return [(item["name"], self._value(item, f"{where}.{item['name']}")) for item in value]
        return value


def _is_named(value: object) -> bool:
    return isinstance(value, Mapping) and "estimator" in value and "name" in value


def _find(name: object, where: str) -> type:
    if not isinstance(name, str):
        raise ConfigError(f"expected the name of an estimator, got {name!r}", where=where)
    module, _, last = name.rpartition(".")
    if module and module.partition(".")[0] != "sklearn":
        raise ConfigError(f"{name} is not scikit-learn's", where=where, hint=ALLOWED_IN_WORDS)
    by_name = dict(all_estimators())
    found = _imported(module, last, where) if module else by_name.get(last)
    if isinstance(found, type) and issubclass(found, BaseEstimator):
        return found
    raise ConfigError(
        f"scikit-learn has no estimator {name!r}", where=where, hint=_likely(last, by_name)
    )


def _imported(module: str, name: str, where: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        raise ConfigError(f"there is no module {module!r}", where=where) from error


def _parameters(cls: type) -> list[str]:
    return [
        name
        for name, parameter in inspect.signature(cls).parameters.items()
        if parameter.kind in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}
    ]


def _likely(wrong: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(wrong, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else ""


def _refuse_misfit(estimator: Any, task: Task, where: str) -> None:
    name = type(estimator).__name__
    fits = is_regressor(estimator) if task.kind == "regression" else is_classifier(estimator)
    if not fits:
        kind = "regressor" if task.kind == "regression" else "classifier"
        raise ConfigError(
            f"{name} is no {kind}",
            where=f"{where}.estimator",
            hint=f"task.kind is {task.kind!r}",
        )
    if not get_tags(estimator).target_tags.single_output:
        raise ConfigError(f"{name} is made for several targets", where=f"{where}.estimator")
