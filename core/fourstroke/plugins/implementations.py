"""Which hooks a class implements, read from it without running any of its code."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import attrs

MARK = "fourstroke_impl"  # where pluggy's marker of this project leaves its options


@attrs.frozen
class Implementation:
    """One method with ``@hookimpl``.

    Parameters
    ----------
    method, hook : str
        The method's own name, and the hook that it serves: the same, unless ``specname`` says so.
    function : callable
        The plain function, with ``self``.
    options : mapping
        What the marker was given.
    is_static : bool
        Whether it has no ``self``.
    """

    method: str
    hook: str
    function: Callable[..., Any]
    options: Mapping[str, Any]
    is_static: bool = False

    @property
    def is_wrapper(self) -> bool:
        """Whether it runs around the others, in the new or the old form."""
        return bool(self.options.get("wrapper") or self.options.get("hookwrapper"))

    @property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """Its parameters, without ``self``."""
        found = tuple(inspect.signature(self.function).parameters.values())
        return found if self.is_static else found[1:]


def implementations(cls: type) -> tuple[Implementation, ...]:
    """List the methods of a class that are marked with ``@hookimpl``, sorted by name.

    Looked up statically: a property that fails before a model is fitted must not fail here.
    """
    names = (name for name in dir(cls) if not name.startswith("__"))
    found = (_implementation(cls, name) for name in names)
    return tuple(item for item in found if item is not None)


def lost(cls: type) -> tuple[str, ...]:
    """Name the methods that take the place of a marked one of a base class and are not marked.

    pluggy takes them for ordinary methods, so that the stage would silently not be served.
    """
    marked = {item.method for item in implementations(cls)}
    inherited = {item.method for base in cls.__mro__[1:] for item in implementations(base)}
    return tuple(sorted(inherited - marked))


def _implementation(cls: type, name: str) -> Implementation | None:
    static: Any = inspect.getattr_static(cls, name, None)
    function = getattr(static, "__func__", static)
    options = getattr(static, MARK, None) or getattr(function, MARK, None)
    if not isinstance(options, Mapping) or not inspect.isfunction(function):
        return None
    hook = options.get("specname") or name
    return Implementation(name, hook, function, options, isinstance(static, staticmethod))
