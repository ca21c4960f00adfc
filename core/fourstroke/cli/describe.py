"""Describe a plugin from its class: docstring and fields."""

from __future__ import annotations

import inspect
from pathlib import PurePath
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from fourstroke.plugins.discovery import Offer


@attrs.frozen
class Setting:
    """One field of a plugin; its default is ``required`` if it has none."""

    name: str
    type: str
    default: str


def describe(offer: Offer) -> tuple[str, tuple[Setting, ...]]:
    """Import a plugin and tell what it is for and which settings it has.

    Parameters
    ----------
    offer : Offer
        What its distribution says of it.

    Returns
    -------
    text : str
        Its docstring.
    settings : tuple of Setting
        Its fields.

    Raises
    ------
    PluginError
        If it cannot be imported.
    """
    loaded = offer.load()
    if inspect.isclass(loaded) and attrs.has(loaded):
        fields = tuple(_setting(field) for field in attrs.fields(loaded) if field.init)
        return inspect.getdoc(loaded) or "", fields
    return inspect.getdoc(loaded) or "", ()


def _setting(field: attrs.Attribute[object]) -> Setting:
    return Setting(field.name, _type(field.type), _default(field.default))


def _type(declared: object) -> str:
    if declared is None:
        return ""
    return declared.__name__ if inspect.isclass(declared) else str(declared).replace("typing.", "")


def _default(default: object) -> str:
    if default is attrs.NOTHING:
        return "required"
    if isinstance(default, PurePath):
        return default.as_posix()
    factory = getattr(default, "factory", None)  # attrs' own wrapper of a factory
    if factory is not None:
        return "computed" if getattr(default, "takes_self", False) else repr(factory())
    return repr(default)
