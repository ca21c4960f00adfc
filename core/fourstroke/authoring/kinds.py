"""Which stage a plugin serves, told from the plugin itself and from the project that uses it."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Final

from fourstroke.errors import UsageError, nearest
from fourstroke.plugins.implementations import implementations
from fourstroke.plugins.offers import STAGES
from fourstroke.plugins.specification import hooks, needed

if TYPE_CHECKING:
    from fourstroke.config import Config

_SAME: Final = {"batch": "collect"}
# What a function's annotation says that it gives; several stages may give the same.
_GIVES: Final[dict[str, tuple[str, ...]]] = {
    "DataFrame": ("collect", "prepare"),
    "Check": ("check", "audit", "validate"),
    "dict": ("split",),
    "Mapping": ("split",),
    "Evaluation": ("evaluate",),
    "Section": ("explain",),
    "Decision": ("approve", "retrain"),
    "Deployment": ("deploy",),
    "Observation": ("monitor",),
    "bool": ("alert",),
    "Path": ("render",),
    "Executor": ("executor",),
}


def known_stage(stage: str) -> str:
    """Give a stage back, if there is one of this name.

    Raises
    ------
    UsageError
        If there is none; names the nearest.
    """
    if stage not in STAGES:
        raise UsageError(f"there is no stage {stage!r}", hint=nearest(stage, STAGES))
    return stage


def is_function_enough(stage: str) -> bool:
    """Say whether a plain function can serve a stage: whether one hook is all that it needs."""
    return len(needed(stage)) == 1


def stage_of(found: Any, *, use: str, config: Config | None) -> str:
    """Say which stage a class or function serves.

    What the project uses it for comes first, then the hooks of a class, then what a function takes
    and gives.

    Parameters
    ----------
    found : object
        A plugin class or a function.
    use : str
        How a project file names it.
    config : Config, optional
        The project, if there is one.

    Raises
    ------
    UsageError
        If it may serve several; names them.
    """
    tables = [] if config is None else [each for known in config.tables.values() for each in known]
    # What a project calls a batch is a source like any other.
    used = {_SAME.get(table.stage, table.stage) for table in tables if table.use == use}
    candidates = used or (_of_class(found) if isinstance(found, type) else _of_function(found))
    if len(candidates) == 1:
        return candidates.pop()
    what = f"it may serve {' or '.join(sorted(candidates))}" if candidates else "it serves no stage"
    raise UsageError(what, where=use, hint="say which one: --stage STAGE")


def _of_class(found: type) -> set[str]:
    served = {each.hook for each in implementations(found)}
    stages = {stage for stage in STAGES if needed(stage) and served.issuperset(needed(stage))}
    return stages or ({"observe"} if served else set())


def _of_function(found: Any) -> set[str]:
    parameters = inspect.signature(found).parameters
    # A parameter with neither annotation nor default is no setting: the hook has to give it.
    bare = {
        name
        for name, each in parameters.items()
        if each.annotation is each.empty and each.default is each.empty
    }
    fitting = {
        stage
        for stage in STAGES
        if is_function_enough(stage) and _is_served(hooks()[stage].arguments, bare, set(parameters))
    }
    return _by_result(found, fitting)


def _is_served(arguments: tuple[str, ...], bare: set[str], named: set[str]) -> bool:
    payload = set(arguments) - {"context"}
    return bare <= set(arguments) and (bool(payload & named) or not payload)


def _by_result(found: Any, stages: set[str]) -> set[str]:
    annotation = inspect.signature(found).return_annotation
    words = set(re.findall(r"\w+", annotation if isinstance(annotation, str) else repr(annotation)))
    told = {stage for word in words & set(_GIVES) for stage in _GIVES[word]} & stages
    return told or stages
