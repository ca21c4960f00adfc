"""What annotations mean, each by itself: one that only type checkers can read spoils no other."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any

import attrs


@attrs.frozen
class Unknown:
    """An annotation with a name that is not there at run time."""

    text: str


def of_parameters(function: Callable[..., Any]) -> dict[str, Any]:
    """Give the types of a function's parameters; ``Any`` where there is no annotation."""
    inner = inspect.unwrap(function)
    return {
        name: Any
        if parameter.annotation is parameter.empty
        else _meaning(parameter.annotation, [inner.__globals__])
        for name, parameter in inspect.signature(function).parameters.items()
    }


def of_fields(cls: type) -> dict[str, Any]:
    """Give the types of an attrs class's fields, by the names that its constructor takes."""
    modules = [
        sys.modules[base.__module__] for base in cls.__mro__ if base.__module__ in sys.modules
    ]
    namespaces = [vars(module) for module in dict.fromkeys(modules)]
    return {
        field.alias: Any if field.type is None else _meaning(field.type, namespaces)
        for field in attrs.fields(cls)
        if field.init
    }


def _meaning(annotation: Any, namespaces: Iterable[dict[str, Any]]) -> Any:
    if isinstance(annotation, type):
        return annotation
    bearer = types.SimpleNamespace(__annotations__={"it": annotation})
    for namespace in namespaces:
        try:
            return typing.get_type_hints(bearer, globalns=namespace)["it"]
        except Exception:  # noqa: BLE001, S112 - evaluating a foreign text may raise anything
            continue
    return Unknown(annotation if isinstance(annotation, str) else repr(annotation))
