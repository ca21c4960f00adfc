"""Describe a plugin from its class: its docstring, and its settings with all that they hold."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

import attrs

from fourstroke.plugins.annotations import Unknown, of_fields
from fourstroke.plugins.meanings import of_comments

if TYPE_CHECKING:
    from fourstroke.plugins.discovery import Offer


@attrs.frozen
class Setting:
    """One field of a plugin; its default is ``required`` if it has none."""

    name: str
    type: str
    default: str
    meaning: str = ""


@attrs.frozen
class InnerTable:
    """A table that stands in a setting, such as the rules of a column."""

    name: str
    description: str
    settings: tuple[Setting, ...]


@attrs.frozen
class Description:
    """What only the import of a plugin tells.

    Parameters
    ----------
    description : str
        Its docstring.
    settings : tuple of Setting
        Its fields.
    tables : tuple of InnerTable
        What the types of the fields are made of, each once.
    """

    description: str = ""
    settings: tuple[Setting, ...] = ()
    tables: tuple[InnerTable, ...] = ()


def describe(offer: Offer) -> Description:
    """Import a plugin and tell what it is for and which settings it has.

    Parameters
    ----------
    offer : Offer
        What its distribution says of it.

    Raises
    ------
    PluginError
        If it cannot be imported.
    """
    loaded = offer.load()
    text = inspect.getdoc(loaded) or ""
    if not inspect.isclass(loaded) or not attrs.has(loaded):
        return Description(text)
    inner = tuple(
        InnerTable(kind.__name__, inspect.getdoc(kind) or "", _settings(kind))
        for kind in _tables_in(loaded, ())
    )
    return Description(text, _settings(loaded), inner)


def _settings(kind: type) -> tuple[Setting, ...]:
    types_, meanings = of_fields(kind), of_comments(kind)
    # What a plugin asks for itself comes before what it shares with others.
    fields = sorted(attrs.fields(kind), key=lambda field: field.inherited)
    return tuple(
        Setting(
            field.alias or field.name,
            written(types_[field.alias or field.name]),
            _default(field.default),
            meanings.get(field.name, ""),
        )
        for field in fields
        if field.init
    )


def _tables_in(kind: type, around: tuple[type, ...]) -> tuple[type, ...]:
    """Give the classes that the fields of a class are made of, the nearest first, each once."""
    found: tuple[type, ...] = ()
    for declared in of_fields(kind).values():
        for part in _parts(declared):
            if part is not kind and part not in (*around, *found):
                found += (part, *_tables_in(part, (*around, *found, part)))
    return tuple(dict.fromkeys(found))


def _parts(declared: Any) -> Iterator[type]:
    if inspect.isclass(declared) and attrs.has(declared):
        yield declared
    for argument in typing.get_args(declared):
        yield from _parts(argument)


def written(declared: Any) -> str:
    """Write a type as a reader of the docs knows it: aliases resolved, choices listed.

    Examples
    --------
    >>> written(typing.Mapping[str, Literal["low", "high"]]), written(int | None)
    ("Mapping[str, 'low' | 'high']", 'int | None')
    """
    origin, arguments = typing.get_origin(declared), typing.get_args(declared)
    if origin is Literal:
        return " | ".join(map(repr, arguments))
    if origin in {typing.Union, types.UnionType}:
        return " | ".join(map(written, arguments))
    if origin is typing.Annotated:
        return written(arguments[0])
    if origin is not None and arguments:
        inner = ", ".join("..." if part is Ellipsis else written(part) for part in arguments)
        return f"{origin.__name__}[{inner}]"
    if declared is None or declared is type(None):
        return "None"
    if isinstance(declared, Unknown):
        return declared.text
    return getattr(declared, "__name__", str(declared))


def _default(default: object) -> str:
    if default is attrs.NOTHING:
        return "required"
    if isinstance(default, PurePath):
        return default.as_posix()
    factory = getattr(default, "factory", None)  # attrs' own wrapper of a factory
    if factory is not None:
        return "computed" if getattr(default, "takes_self", False) else repr(factory())
    return repr(default)
