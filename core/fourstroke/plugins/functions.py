"""A plain function as a plugin: its keyword parameters are its settings, and it stays callable without fourstroke."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any

import attrs

from fourstroke.errors import PluginError
from fourstroke.hooks import hookimpl
from fourstroke.plugins.specification import hooks, needed


def plugin_of_function(function: Callable[..., Any], stage: str, where: str) -> type:
    """Make a plugin class of a function that serves one stage.

    Parameters
    ----------
    function : callable
        Parameters named as the hook's arguments get the payload; all others are settings.
    stage : str
        The stage that it serves.
    where : str
        For messages.

    Raises
    ------
    PluginError
        If the stage needs more than one hook, the function is async, or a parameter cannot be a setting.
    """
    if inspect.iscoroutinefunction(function):
        raise PluginError("it is async, and hooks are not", where=where, hint="write `def`")
    wanted = needed(stage)
    if len(wanted) != 1:
        raise PluginError(
            f"{stage} needs {' and '.join(wanted) or 'a class'}",
            where=where,
            hint="write a @plugin class",
        )
    (hook,) = wanted
    arguments = hooks()[hook]
    parameters = inspect.signature(function).parameters
    payload = [name for name in parameters if name in arguments]
    settings = {name: p for name, p in parameters.items() if name not in arguments}
    hints = _hints(function)
    fields = {name: _field(p, hints.get(name, Any), where) for name, p in settings.items()}
    names = {"__doc__": function.__doc__, hook: _method(function, hook, payload, tuple(settings))}
    return attrs.make_class(
        function.__name__,
        fields,
        class_body=names,
        frozen=True,
        eq=False,
        kw_only=True,
        slots=False,
    )


def _method(
    function: Callable[..., Any], hook: str, payload: list[str], settings: tuple[str, ...]
) -> Any:
    def call(self: Any, values: dict[str, Any]) -> Any:
        own = {name: getattr(self, name) for name in settings}
        return function(**values, **own)

    return hookimpl(_with_arguments(hook, payload, call))


def _with_arguments(hook: str, names: list[str], call: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function that pluggy sees to take just these arguments.

    pluggy reads names from the code object, follows ``__wrapped__`` and heeds neither ``__signature__`` nor
    ``**kwargs``; so the adapter names what pluggy should read on a stand-in that it wraps.
    """

    def adapter(self: Any, *values: Any) -> Any:
        return call(self, dict(zip(names, values, strict=True)))

    adapter.__name__ = adapter.__qualname__ = hook
    adapter.__wrapped__ = _stand_in(hook, names)  # type: ignore[attr-defined]  # as functools.wraps does
    return adapter


def _stand_in(hook: str, names: list[str]) -> Callable[..., None]:
    def stand_in(self: Any) -> None:
        """Do nothing: only its argument names are read."""

    stand_in.__code__ = stand_in.__code__.replace(
        co_argcount=1 + len(names),
        co_nlocals=1 + len(names),
        co_varnames=("self", *names),
        co_name=hook,
    )
    return stand_in


def _field(parameter: inspect.Parameter, hint: Any, where: str) -> Any:
    if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
        raise PluginError(f"*{parameter.name} cannot be a setting", where=where)
    default = attrs.NOTHING if parameter.default is parameter.empty else parameter.default
    return attrs.field(default=default, type=hint)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except (NameError, TypeError, AttributeError):
        # Annotations of the payload may stand under TYPE_CHECKING: those of settings are plain types.
        return {
            name: _BUILTIN.get(str(annotation), Any)
            for name, annotation in function.__annotations__.items()
        }


_BUILTIN = {"str": str, "int": int, "float": float, "bool": bool, "list[str]": list[str]}
