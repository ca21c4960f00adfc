"""Hide the values of secrets in whatever leaves a plugin: errors, facts, notes, logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from fourstroke.config import mask
from fourstroke.config.secrets import referenced
from fourstroke.errors import FourstrokeError

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.config import Config

E = TypeVar("E", bound=FourstrokeError)

_ENTITIES = "fourstroke.entities."


def masked_error(error: E, config: Config) -> E:
    """Hide secrets in all that an error says; changes the error itself."""
    several: tuple[FourstrokeError, ...] = (error, *error.others)
    for each in several:
        each.message = mask(each.message, config)
        each.where = mask(each.where, config)
        each.hint = mask(each.hint, config)
        each.frames = tuple(mask(line, config) for line in each.frames)
        each.trace = mask(each.trace, config)
        each.args = (each.message,)
    return error


def masked(value: Any, config: Config) -> Any:
    """Hide secrets in a text, a fact of the core, or plain values that hold some.

    Tables, models and other values of plugins' own are theirs: they are given back as they are.
    """
    return _masked(value, config) if referenced(config.values) else value


def mask_file(path: Path, config: Config) -> None:
    """Hide secrets in a log that has been written: compiled code and child processes write there too."""
    if not referenced(config.values) or not path.is_file():
        return
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    hidden = mask(text, config)
    if hidden != text:
        path.write_text(hidden, encoding="utf-8", errors="surrogateescape")


def _masked(value: Any, config: Config) -> Any:
    if isinstance(value, str):
        return mask(value, config)
    if type(value) in {tuple, list}:
        return type(value)(_masked(item, config) for item in value)
    if type(value) is dict:
        return {_masked(key, config): _masked(item, config) for key, item in value.items()}
    if attrs.has(type(value)) and type(value).__module__.startswith(_ENTITIES):
        return _masked_entity(value, config)
    return value


def _masked_entity(value: Any, config: Config) -> Any:
    changed = {}
    for field in attrs.fields(type(value)):
        before = getattr(value, field.name)
        after = _masked(before, config)
        if after is not before and after != before:
            changed[field.name] = after
    return attrs.evolve(value, **changed) if changed else value
