"""Make a plugin of the settings in the project file: strictly, without any silent conversion.

cattrs converts where it can (``True`` of "no", ``1`` of 1.9); a project file that says something else than
it means must be an error instead. So values are only ever checked here, and each fault names its path.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from fourstroke.errors import ConfigError, nearest

_PLAIN: Mapping[type, str] = {
    str: "text",
    int: "int",
    float: "number",
    bool: "true or false",
    Path: "a path",
}


def structure_settings(cls: type, raw: Mapping[str, Any], *, where: str, root: Path) -> Any:
    """Build a plugin from its table.

    Parameters
    ----------
    cls : type
        An attrs class; its fields are its settings.
    raw : mapping
        The table, with secrets resolved.
    where : str
        The path of the table, for messages.
    root : Path
        The project's folder: fields of type ``Path`` are relative to it.

    Raises
    ------
    ConfigError
        With a line for every key that is unknown, missing, or of the wrong type.
    """
    return _Structure(root).build(cls, raw, where)


class _Structure:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._faults: list[ConfigError] = []

    def build(self, cls: type, raw: Mapping[str, Any], where: str) -> Any:
        made = self._instance(cls, raw, where)
        if self._faults:
            raise ConfigError.join(self._faults)
        return made

    def _instance(self, cls: type, raw: Mapping[str, Any], where: str) -> Any:
        faults = len(self._faults)
        fields = {field.alias: field for field in attrs.fields(_resolved(cls)) if field.init}
        for key in raw:
            if key not in fields:
                self._fault(f"{where}.{key}", "there is no such setting", nearest(key, fields))
        values = {
            name: self._value(field.type, raw[name], f"{where}.{name}")
            for name, field in fields.items()
            if name in raw
        }
        for name, field in fields.items():
            if name in raw:
                continue
            if field.default is attrs.NOTHING:
                self._fault(f"{where}.{name}", f"it is missing: expected {_in_words(field.type)}")
            elif isinstance(field.default, Path):
                values[name] = self._root / field.default
        if len(self._faults) > faults:
            return None
        return self._made(cls, values, where)

    def _made(self, cls: type, values: dict[str, Any], where: str) -> Any:
        try:
            return cls(**values)
        except (ValueError, TypeError) as error:
            self._fault(where, _first_line(error))
            return None

    def _value(self, kind: Any, value: Any, where: str) -> Any:
        if kind is None or kind is Any:
            self._check_finite(value, where)
            return value
        origin = get_origin(kind)
        if origin is Literal:
            return self._choice(get_args(kind), value, where)
        if origin in {Union, types.UnionType}:
            return self._union(get_args(kind), value, where)
        if origin in {tuple, list, Sequence} or kind in {tuple, list}:
            return self._several(kind, value, where)
        if origin in {dict, Mapping} or kind is dict:
            return self._mapping(kind, value, where)
        if isinstance(kind, type) and attrs.has(kind):
            if isinstance(value, Mapping):
                return self._instance(kind, value, where)
            return self._wrong(kind, value, where)
        return self._plain(kind, value, where)

    def _plain(self, kind: Any, value: Any, where: str) -> Any:
        if kind is Path and isinstance(value, str):
            return self._root / value
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if type(value) is not kind:
            return self._wrong(kind, value, where)
        self._check_finite(value, where)
        return value

    def _choice(self, choices: tuple[Any, ...], value: Any, where: str) -> Any:
        if any(value == choice and type(value) is type(choice) for choice in choices):
            return value
        hint = nearest(value, choices) if isinstance(value, str) else ""
        listed = ", ".join(map(str, choices))
        self._fault(where, f"expected one of {listed}, got {value!r}", hint)
        return None

    def _union(self, kinds: tuple[Any, ...], value: Any, where: str) -> Any:
        tables = [kind for kind in kinds if isinstance(kind, type) and attrs.has(kind)]
        if isinstance(value, Mapping) and len(tables) == 1:
            return self._value(tables[0], value, where)
        for kind in kinds:
            attempt = _Structure(self._root)
            found = attempt._value(kind, value, where)
            if not attempt._faults and kind is not type(None):
                return found
        return self._wrong(Union[kinds], value, where)  # noqa: UP007 - made of a tuple

    def _several(self, kind: Any, value: Any, where: str) -> Any:
        if not isinstance(value, list | tuple):
            return self._wrong(kind, value, where)
        inner = next((part for part in get_args(kind) if part is not Ellipsis), Any)
        items = [self._value(inner, item, f"{where}[{index}]") for index, item in enumerate(value)]
        return tuple(items) if (get_origin(kind) or kind) is tuple else items

    def _mapping(self, kind: Any, value: Any, where: str) -> Any:
        if not isinstance(value, Mapping):
            return self._wrong(kind, value, where)
        inner = get_args(kind)[1] if get_args(kind) else Any
        return {key: self._value(inner, item, f"{where}.{key}") for key, item in value.items()}

    def _check_finite(self, value: Any, where: str) -> None:
        if isinstance(value, float) and not math.isfinite(value):
            self._fault(where, f"expected a finite number, got {value}")
        elif isinstance(value, Mapping):
            for key, item in value.items():
                self._check_finite(item, f"{where}.{key}")
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                self._check_finite(item, f"{where}[{index}]")

    def _wrong(self, kind: Any, value: Any, where: str) -> None:
        self._fault(where, f"expected {_in_words(kind)}, got {value!r}")

    def _fault(self, where: str, message: str, hint: str = "") -> None:
        self._faults.append(ConfigError(message, where=where, hint=hint))


def _resolved(cls: type) -> type:
    """Resolve annotations that are text, where all their names are known at run time."""
    try:
        return attrs.resolve_types(cls)
    except NameError:
        return cls


def _in_words(kind: Any) -> str:
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin = get_origin(kind)
    if origin is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    if origin in {Union, types.UnionType}:
        return " or ".join(_in_words(part) for part in get_args(kind) if part is not type(None))
    if origin in {tuple, list, Sequence} or kind in {tuple, list}:
        inner = next((part for part in get_args(kind) if part is not Ellipsis), None)
        return f"a list of {_in_words(inner)}" if inner else "a list"
    if origin in {dict, Mapping} or kind is dict or (isinstance(kind, type) and attrs.has(kind)):
        return "a table"
    return getattr(kind, "__name__", str(kind))


def _first_line(error: Exception) -> str:
    # attrs' validators put the attribute and the class behind the sentence.
    text = error.args[0] if error.args else error
    return str(text).splitlines()[0]
