"""Hold the facts that a plugin states to their types, before anybody relies on them.

A check with the status "failed", which is none, would say no to nothing: what is not known must not
pass. Harmless differences are evened out, so that equal facts are stored as equal bytes: lists
become tuples, numbers of NumPy become Python's.
"""

from __future__ import annotations

import functools
import types
import typing
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import attrs

if typing.TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


class MisstatedError(ValueError):
    """A fact, or a part of it, is not of its type; says which and what it is."""


def settled(fact: T) -> T:
    """Give a fact of the core with all its fields of the types that they are declared with.

    Parameters
    ----------
    fact : object
        An object of one of the classes in ``fourstroke.entities``.

    Raises
    ------
    MisstatedError
        If a field cannot be what it is declared to be.
    """
    kind: Any = type(fact)
    changed: dict[str, Any] = {}
    for name, annotation in _annotations(kind).items():
        value = getattr(fact, name)
        found = _settled(value, annotation, f"{kind.__name__}.{name}")
        if found is not value:
            changed[name] = found
    if not changed:
        return fact
    made: T = attrs.evolve(fact, **changed)  # type: ignore[misc]  # T is an attrs class here
    return made


@functools.cache
def _annotations(kind: type) -> Mapping[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in attrs.fields(kind)}


def _settled(value: Any, annotation: Any, where: str) -> Any:
    if annotation is Any:
        return value
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return _tuple(value, arguments, where)
    if origin is Literal:
        if value in arguments:
            return value
        raise MisstatedError(f"{where} is {value!r}, not one of {', '.join(map(repr, arguments))}")
    if origin in {Union, types.UnionType}:
        return _any_of(value, arguments, where)
    if attrs.has(annotation):
        if isinstance(value, annotation):
            return settled(value)
        raise _wrong(value, annotation.__name__, where)
    return _plain(value, annotation, where)


def _tuple(value: Any, arguments: tuple[Any, ...], where: str) -> Any:
    if not isinstance(value, list | tuple):
        raise _wrong(value, "a tuple", where)
    if arguments[-1] is Ellipsis:
        kinds = arguments[:1] * len(value)
    elif len(arguments) == len(value):
        kinds = arguments
    else:
        raise MisstatedError(f"{where} has {len(value)} parts, not {len(arguments)}")
    made = tuple(
        _settled(item, kind, f"{where}[{index}]")
        for index, (item, kind) in enumerate(zip(value, kinds, strict=True))
    )
    same = isinstance(value, tuple) and all(map(_is, made, value))
    return value if same else made


def _is(one: object, other: object) -> bool:
    return one is other


def _any_of(value: Any, kinds: tuple[Any, ...], where: str) -> Any:
    # A whole number stays one where both fit.
    for kind in sorted(kinds, key=lambda kind: kind is float):
        try:
            return _settled(value, kind, where)
        except MisstatedError:
            continue
    names = " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds)
    raise _wrong(value, names, where)


def _plain(value: Any, kind: Any, where: str) -> Any:
    if kind not in {str, int, float, bool, type(None)}:
        # Times, callables and paths: whoever uses them finds out.
        return value
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        value = value.item()
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is kind or (isinstance(value, kind) and not isinstance(value, bool)):
        return value
    raise _wrong(value, kind.__name__, where)


def _wrong(value: Any, expected: str, where: str) -> MisstatedError:
    return MisstatedError(f"{where} is {type(value).__name__}, not {expected}")
