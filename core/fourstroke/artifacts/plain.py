"""Entities as plain JSON values, and back, equal to what they were.

JSON knows neither tuples nor classes nor times, so those travel as an object with one key that
begins with ``$`` and names the kind. A mapping that looks like that itself travels as a list of
pairs. Which classes may be made again is settled here and never by the file that is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Final

import attrs

from fourstroke.entities import (
    backtest,
    data_card,
    facts,
    model,
    occasion,
    operations,
    profile,
    run,
    task,
    traffic,
)
from fourstroke.errors import StepError, StoreError

_MODULES: Final = (
    backtest,
    data_card,
    facts,
    model,
    occasion,
    operations,
    profile,
    run,
    task,
    traffic,
)
# Exactly these: pandas' Timestamp and NaT are datetimes too, and would not come back as they were.
_TIMES: Final = (datetime, date, time)


def is_plain_type(kind: type) -> bool:
    """Say whether values of this type can become JSON; what they hold may still be refused."""
    if issubclass(kind, tuple):
        return not hasattr(kind, "_fields")
    if kind in _TIMES or _ENTITIES.get(kind.__name__) is kind:
        return True
    return issubclass(kind, str | int | float | list | dict)


def to_plain(value: Any) -> Any:
    """Turn a value into what ``json`` writes, with entities, tuples, times and numpy scalars.

    Raises
    ------
    StepError
        If a part of it is of another type, NaN or infinite, or nested without end; names the part.
    """
    try:
        return _plain(value)
    except _UnfitError as error:
        raise StepError(f"value{error.path} {error}") from None
    except RecursionError as error:
        raise StepError("a value is nested too deeply to be kept as JSON") from error


def from_plain(plain: Any) -> Any:
    """Turn what ``json`` read back into the value.

    Raises
    ------
    StoreError
        If it names a class that may not be made, or one that has other fields by now.
    """
    try:
        return _value(plain)
    except (TypeError, ValueError, AttributeError) as error:
        raise StoreError(
            f"a stored value does not fit this version of fourstroke: {error}",
            hint="upgrade, or run the step that made it again",
        ) from error
    except RecursionError as error:
        raise StoreError("a stored value is nested too deeply") from error


class _UnfitError(Exception):
    """A part cannot be kept. Its path grows on the way up, and costs nothing if all is well."""

    path = ""


def _plain(value: Any) -> Any:
    kind = type(value)
    if value is None or kind is bool or kind is int or kind is str:
        return value
    if isinstance(value, float):
        return _finite(float(value))
    if isinstance(value, Mapping):
        return _plain_mapping(value)
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return {"$tuple": _plain_items(value)}
    if isinstance(value, list):
        return _plain_items(value)
    if _ENTITIES.get(kind.__name__) is kind:
        # Not attrs.asdict, which would turn the entities inside into dictionaries too.
        parts = ((field, getattr(value, field.name)) for field in attrs.fields(kind))
        kept = ((field.name, part) for field, part in parts if not _is_left_out(field, part))
        return {f"${kind.__name__}": _plain_parts(kept)}
    if kind in _TIMES:
        return {f"${kind.__name__}": value.isoformat()}
    return _plain_scalar(value)


def _is_left_out(field: attrs.Attribute[Any], part: Any) -> bool:
    """Say whether a field that came later has its default: digests of older values must not move."""
    return "later" in field.metadata and bool(part == field.default)


def _plain_items(values: Iterable[Any]) -> list[Any]:
    plain: list[Any] = []
    try:
        for item in values:
            plain.append(_plain(item))  # noqa: PERF401 - its length tells where it failed
    except _UnfitError as error:
        error.path = f"[{len(plain)}]{error.path}"
        raise
    return plain


def _plain_parts(parts: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, part in parts:
        if not isinstance(name, str):
            raise _UnfitError(f"has the key {name!r}, and keys have to be text")
        try:
            plain[str.__str__(name)] = _plain(part)
        except _UnfitError as error:
            error.path = f".{name}{error.path}"
            raise
    return plain


def _plain_mapping(value: Mapping[Any, Any]) -> Any:
    plain = _plain_parts(value.items())
    if len(plain) == 1 and next(iter(plain)).startswith("$"):
        return {"$dict": [list(pair) for pair in plain.items()]}
    return plain


def _plain_scalar(value: Any) -> Any:
    """Turn subtypes of text and whole numbers, and scalars of numpy, into Python's own."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    # By name, because the core does not import numpy.
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        item = value.item()
        if type(item) is not type(value):
            return _plain(item)
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    raise _UnfitError(f"is a {kind}, and that cannot be kept as JSON")


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise _UnfitError(f"is {value}: a missing value has to be None, with the reason beside it")
    return value


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_value(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    if len(plain) == 1:
        [(name, content)] = plain.items()
        if name.startswith("$"):
            return _tagged(name, content)
    return {name: _value(item) for name, item in plain.items()}


def _tagged(name: str, content: Any) -> Any:
    if name == "$tuple":
        return tuple(_value(item) for item in content)
    if name == "$dict":
        return {key: _value(item) for key, item in content}
    moment = next((kind for kind in _TIMES if kind.__name__ == name.removeprefix("$")), None)
    if moment is not None:
        return moment.fromisoformat(content)
    kind = _ENTITIES.get(name.removeprefix("$"))
    if kind is None:
        raise ValueError(f"there is no entity {name.removeprefix('$')!r}")
    return kind(**{field: _value(item) for field, item in content.items()})


def _entities() -> dict[str, type]:
    return {
        name: kind
        for module in _MODULES
        for name, kind in vars(module).items()
        if isinstance(kind, type) and attrs.has(kind) and kind.__module__ == module.__name__
    }


_ENTITIES: Final = _entities()
