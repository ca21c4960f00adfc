"""Check, before anything runs, that a class keeps to the hooks of the stage that it is named for.

pluggy is lenient where a pipeline must not be: a misspelt hook is never called, a method that
overrides a marked one un-hooks it, an async one gives a coroutine. Each of them is an error here.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.errors import PluginError, nearest
from fourstroke.plugins.implementations import Implementation, implementations, lost
from fourstroke.plugins.specification import Hook, hooks, needed, served_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Fault = tuple[str, str]


def admit(cls: object, stage: str, *, where: str) -> frozenset[str]:
    """Check a plugin class.

    Parameters
    ----------
    cls : object
        What was found under the name that the project file says.
    stage : str
        The stage or service that it is to serve.
    where : str
        For messages.

    Returns
    -------
    frozenset of str
        The hooks that it serves.

    Raises
    ------
    PluginError
        With a line for everything that is wrong with it.
    """
    if not isinstance(cls, type):
        raise _no_class(cls, where)
    served, faults = _looked_over(cls, stage)
    if faults:
        raise PluginError.join(
            [PluginError(message, where=where, hint=hint) for message, hint in faults]
        )
    return served


# A hundred steps may be of one class: it is looked over once.
@functools.lru_cache(maxsize=256)
def _looked_over(cls: type, stage: str) -> tuple[frozenset[str], tuple[_Fault, ...]]:
    found = implementations(cls)
    faults = [*_of_class(cls), *_unmarked(cls, stage, found)]
    for item in found:
        faults += _of_implementation(item, is_observer=stage == "observe")
    if not faults:
        faults += _missing(cls, stage, found)
    return frozenset(item.hook for item in found if item.hook in hooks()), tuple(faults)


def refuse_promises(function: Callable[..., Any], hook: Hook) -> Iterator[_Fault]:
    """Refuse what gives something to wait for, or to iterate over, instead of a result."""
    name = function.__name__
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        yield f"{name} is async, and hooks are not", "write `def`"
    elif inspect.isgeneratorfunction(function) and not hook.may_yield:
        yield f"{name} yields", "return the whole result"


def _no_class(found: object, where: str) -> PluginError:
    kind = type(found)
    if attrs.has(kind) and implementations(kind):
        hint = "name the class: fourstroke makes one of it for each step"
        return PluginError(f"it is an object of {kind.__name__}", where=where, hint=hint)
    return PluginError(f"it is of type {kind.__name__}, neither class nor function", where=where)


def _of_class(cls: type) -> Iterator[_Fault]:
    if not attrs.has(cls):
        yield f"{cls.__name__} is no plugin", "put @plugin above the class"
    elif cls.__eq__ is not object.__eq__:
        # pluggy would take two steps with equal settings for one, and needs to hash them.
        yield f"{cls.__name__} objects are compared by value", "use @plugin, which does not"


def _unmarked(cls: type, stage: str, found: tuple[Implementation, ...]) -> Iterator[_Fault]:
    marked = {item.method for item in found} | {item.hook for item in found}
    own = {
        name
        for name in served_by(stage) - marked
        if inspect.isroutine(inspect.getattr_static(cls, name, None))
    }
    for name in sorted(own.union(lost(cls))):
        yield f"{name} has no @hookimpl: it would never be called", "put it above the method"


def _of_implementation(item: Implementation, *, is_observer: bool) -> Iterator[_Fault]:
    hook = hooks().get(item.hook)
    if hook is None:
        # Who writes optionalhook means a hook that this version may not have.
        if not item.options.get("optionalhook"):
            yield f"there is no hook {item.hook!r}", nearest(item.hook, hooks())
        return
    yield from _arguments(item, hook)
    if item.is_wrapper:
        yield from _wrapper(item, hook, is_observer=is_observer)
        return
    yield from refuse_promises(item.function, hook)
    if is_observer and not hook.is_event:
        hint = "wrap it: @hookimpl(wrapper=True)"
        yield f"{item.method} would do the work itself, and an observer only watches", hint


def _wrapper(item: Implementation, hook: Hook, *, is_observer: bool) -> Iterator[_Fault]:
    if not is_observer:
        yield f"{item.method} is a wrapper", "list the plugin under [[observe]]"
    elif not hook.is_stage:
        yield f"{item.method} wraps what is no stage", "wrap stages, and hear events"
    elif item.options.get("hookwrapper"):
        yield f"{item.method} is a wrapper in the old form", "@hookimpl(wrapper=True)"
    elif not inspect.isgeneratorfunction(item.function):
        yield f"{item.method} is a wrapper without `yield`", "yield once: there the stage runs"


def _arguments(item: Implementation, hook: Hook) -> Iterator[_Fault]:
    known = hook.arguments
    first = next(iter(inspect.signature(item.function).parameters), "")
    if not item.is_static and (not first or first in known):
        yield f"{item.method} has no self", f"def {item.method}(self, ...)"
        return
    for parameter in item.parameters:
        if parameter.default is not parameter.empty:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY:
            yield f"{item.method} takes {parameter.name!r} by keyword only", "leave out the *"
        elif parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            hint = f"name what it takes of {', '.join(known)}"
            yield f"{item.method} takes {parameter}, which stays empty", hint
        elif parameter.name not in known:
            hint = nearest(parameter.name, known)
            yield f"{item.method} has no argument {parameter.name!r}", hint


def _missing(cls: type, stage: str, found: tuple[Implementation, ...]) -> Iterator[_Fault]:
    served = {item.hook for item in found}
    absent = [name for name in needed(stage) if name not in served]
    if absent:
        marked = {item.method for item in found}
        others = {name for name, each in vars(cls).items() if inspect.isfunction(each)} - marked
        close = nearest(absent[0], (name for name in others if not name.startswith("_")))
        does = f"it serves {', '.join(sorted(served))}" if served else "it serves nothing"
        hint = close if close.startswith("did you mean") else does
        yield f"{cls.__name__} does not serve {stage}: it has no {' and no '.join(absent)}", hint
    elif not served:
        yield f"{cls.__name__} hears no event and wraps no stage", nearest("", served_by(stage))
