"""A plain function as a plugin: its keyword parameters are its settings, and it stays callable without fourstroke."""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from fourstroke.errors import PluginError, nearest
from fourstroke.hooks import hookimpl
from fourstroke.plugins.admission import refuse_promises
from fourstroke.plugins.annotations import Unknown, of_parameters
from fourstroke.plugins.specification import Hook, hooks, needed

_STARS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def plugin_of_function(function: Callable[..., Any], stage: str, *, where: str) -> type:
    """Make a plugin class of a function that serves one stage.

    Parameters
    ----------
    function : callable
        Parameters named as the hook's arguments get the payload; all others, which have an
        annotation or a default, are settings.
    stage : str
        The stage that it serves.
    where : str
        For messages.

    Raises
    ------
    PluginError
        If the stage needs more than one hook, or with a line for everything that is wrong with the
        function.
    """
    try:
        return _class_of(function, stage)
    except PluginError as error:
        for each in (error, *error.others):
            each.where = where
        raise


# A hundred steps may be one function with other settings: its class is made once.
@functools.lru_cache(maxsize=256)
def _class_of(function: Callable[..., Any], stage: str) -> type:
    wanted = needed(stage)
    if len(wanted) != 1:
        what = " and ".join(wanted) or "a class"
        raise PluginError(f"{stage} needs {what}", hint="write a @plugin class")
    hook = hooks()[wanted[0]]
    types = of_parameters(function)
    faults = [*refuse_promises(function, hook), *_faults(function, hook, types)]
    if faults:
        raise PluginError.join([PluginError(text, hint=hint) for text, hint in faults])
    parameters = inspect.signature(function).parameters
    payload = [name for name in parameters if name in hook.arguments]
    settings = {name: p for name, p in parameters.items() if name not in hook.arguments}
    return attrs.make_class(
        function.__name__,
        {name: _field(parameter, types[name]) for name, parameter in settings.items()},
        class_body={
            "__doc__": function.__doc__,
            "__module__": function.__module__,
            hook.name: _method(function, hook, payload, tuple(settings)),
        },
        frozen=True,
        eq=False,
        kw_only=True,
        slots=False,
    )


def _faults(
    function: Callable[..., Any], hook: Hook, types: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    for name, parameter in inspect.signature(function).parameters.items():
        is_bare = parameter.annotation is parameter.empty and parameter.default is parameter.empty
        if parameter.kind in _STARS:
            yield f"{_STARS[parameter.kind]}{name} cannot be a setting", "name what it takes"
        elif parameter.kind is parameter.POSITIONAL_ONLY:
            yield f"{name!r} is given by name only", "leave out the /"
        elif name in hook.arguments:
            continue
        elif name == hook.name:
            yield f"{name!r} is the name of its hook, and cannot be a setting", "rename it"
        elif is_bare:
            hint = nearest(name, hook.arguments)
            meant = hint if hint.startswith("did you mean") else "a setting needs an annotation"
            yield f"{hook.name} has no argument {name!r}", meant
        elif isinstance(types[name], Unknown):
            hint = f"{types[name].text} is not there at run time"
            yield f"the type of {name!r} cannot be told", hint


def _method(
    function: Callable[..., Any], hook: Hook, payload: list[str], settings: tuple[str, ...]
) -> Callable[..., Any]:
    """Make the method: it takes all that the hook gives and hands on what the function names."""

    def method(self: Any, *values: Any) -> Any:
        given = dict(zip(hook.arguments, values, strict=True))
        own = {name: getattr(self, name) for name in settings}
        return function(**{name: given[name] for name in payload}, **own)

    # pluggy reads the names of arguments from what is wrapped: that is the specification.
    return hookimpl(functools.update_wrapper(method, hook.function))


def _field(parameter: inspect.Parameter, kind: Any) -> Any:
    default = parameter.default
    if default is parameter.empty:
        return attrs.field(type=kind)
    if isinstance(default, list | dict | set):
        # A function that fills its own default would hand it on from step to step.
        return attrs.field(factory=functools.partial(copy.deepcopy, default), type=kind)
    return attrs.field(default=default, type=kind)
