"""Make a plugin of the settings in the project file: strictly, without any silent conversion.

Libraries that structure data convert where they can (``True`` of "no", ``1`` of 1.9); a project file
that says something else than it means must be an error instead. So values are only ever checked
here, and each fault names its path.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from fourstroke.errors import ConfigError, FourstrokeError, nearest
from fourstroke.plugins.annotations import Unknown, of_fields
from fourstroke.plugins.shapes import Form, Shape, in_words, rooted, shape_of


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


# To find the nearest name of each of many thousand wrong keys would take seconds.
_MOST_SHOWN = 50

# What the validators of attrs say.
_BOUND = re.compile(
    r"(?P<length>Length of )?'(?P<field>\w+)' must be (?P<bound>[<>]=? .+?): (?P<value>.+)"
)


class _Structure:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._faults: list[FourstrokeError] = []

    def build(self, cls: type, raw: Mapping[str, Any], where: str) -> Any:
        made = self._instance(cls, raw, where)
        if self._faults:
            raise FourstrokeError.join(self._faults)
        return made

    def _instance(self, cls: type, raw: Mapping[str, Any], where: str) -> Any:
        faults = len(self._faults)
        kinds = of_fields(cls)
        unknown = [key for key in raw if key not in kinds]
        for key in unknown[:_MOST_SHOWN]:
            self._fault(f"{where}.{key}", "there is no such setting", nearest(key, kinds))
        if len(unknown) > _MOST_SHOWN:
            self._fault(where, f"and {len(unknown) - _MOST_SHOWN} more settings that there are not")
        values: dict[str, Any] = {}
        for field in attrs.fields(cls):
            if field.alias in kinds:
                kind, place = kinds[field.alias], f"{where}.{field.alias}"
                if field.alias in raw:
                    values[field.alias] = self._of_kind(kind, raw[field.alias], place)
                elif field.default is attrs.NOTHING:
                    self._fault(place, f"it is missing: expected {_expected(kind)}")
                else:
                    values |= self._default(field)
        return None if len(self._faults) > faults else self._made(cls, values, where)

    def _default(self, field: attrs.Attribute[Any]) -> dict[str, Any]:
        """Put paths in a default below the project, as those of the file are."""
        default: Any = field.default
        if getattr(default, "takes_self", False):
            return {}
        factory = getattr(default, "factory", None)  # attrs' own wrapper of a factory
        return {field.alias or field.name: rooted(factory() if factory else default, self._root)}

    def _made(self, cls: type, values: dict[str, Any], where: str) -> Any:
        try:
            return cls(**values)
        except FourstrokeError as error:
            error.where = error.where or where
            self._faults.append(error)
        except (ValueError, TypeError) as error:
            setting, message = _of_validator(_first_line(error), values)
            self._fault(f"{where}.{setting}" if setting else where, message)
        except Exception as error:  # noqa: BLE001 - the plugin border: a validator of somebody's own
            self._fault(where, f"{type(error).__name__}: {_first_line(error)}")
        return None

    def _of_kind(self, kind: Any, value: Any, where: str) -> Any:
        try:
            return self._value(shape_of(kind), value, where)
        except TypeError:
            # Only here is it at fault: a field of any type may have a default and be left alone.
            self._fault(where, f"a project file cannot say {_expected(kind)}", "leave it out")
            return None

    def _value(self, shape: Shape, value: Any, where: str) -> Any:
        match shape.form:
            case Form.PLAIN | Form.PATH:
                return self._plain(shape, value, where)
            case Form.CHOICE:
                return self._choice(shape, value, where)
            case Form.UNION:
                return self._union(shape, value, where)
            case Form.LIST | Form.TUPLE if isinstance(value, list | tuple):
                return self._several(shape, value, where)
            case Form.MAPPING if isinstance(value, Mapping):
                return self._mapping(shape, value, where)
            case Form.TABLE if isinstance(value, Mapping):
                return self._instance(shape.kind, value, where)
            case Form.ANY:
                self._check_finite(value, where)
                return value
        return self._wrong(shape, value, where)

    def _plain(self, shape: Shape, value: Any, where: str) -> Any:
        if shape.form is Form.PATH:
            is_text = isinstance(value, str)
            return self._root / value if is_text else self._wrong(shape, value, where)
        if shape.kind is float and type(value) is int:
            return float(value)
        if type(value) is not shape.kind:
            return self._wrong(shape, value, where)
        self._check_finite(value, where)
        return value

    def _choice(self, shape: Shape, value: Any, where: str) -> Any:
        for said, meant in shape.choices:
            if value == said and type(value) is type(said):
                return meant
        hint = nearest(value, [said for said, _ in shape.choices]) if type(value) is str else ""
        # A hint that lists all choices would say them twice.
        self._wrong(shape, value, where, hint if hint.startswith("did you mean") else "")
        return None

    def _union(self, shape: Shape, value: Any, where: str) -> Any:
        parts = [part for part in shape.parts if part.form is not Form.NONE]
        tables = [part for part in parts if part.form is Form.TABLE]
        if len(parts) == 1:
            return self._value(parts[0], value, where)
        if isinstance(value, Mapping) and len(tables) == 1:
            return self._value(tables[0], value, where)
        for part in parts:
            attempt = _Structure(self._root)
            found = attempt._value(part, value, where)
            if not attempt._faults:
                return found
        return self._wrong(shape, value, where)

    def _several(self, shape: Shape, value: list[Any] | tuple[Any, ...], where: str) -> Any:
        parts = shape.parts * len(value) if shape.form is Form.LIST else shape.parts
        if len(parts) != len(value):
            return self._wrong(shape, value, where)
        pairs = enumerate(zip(parts, value, strict=True))
        items = [self._value(part, item, f"{where}[{index}]") for index, (part, item) in pairs]
        try:
            return shape.kind(items)
        except TypeError:  # a table in a set
            return self._wrong(shape, value, where)

    def _mapping(self, shape: Shape, value: Mapping[str, Any], where: str) -> Any:
        keys, values = shape.parts
        return {
            self._value(keys, key, f"{where}.{key}"): self._value(values, item, f"{where}.{key}")
            for key, item in value.items()
        }

    def _check_finite(self, value: Any, where: str) -> None:
        if isinstance(value, float) and not math.isfinite(value):
            self._fault(where, f"expected a finite number, got {value}")
        elif isinstance(value, Mapping):
            for key, item in value.items():
                self._check_finite(item, f"{where}.{key}")
        elif isinstance(value, list | tuple):
            for index, item in enumerate(value):
                self._check_finite(item, f"{where}[{index}]")

    def _wrong(self, shape: Shape, value: Any, where: str, hint: str = "") -> None:
        self._fault(where, f"expected {in_words(shape)}, got {value!r}", hint)

    def _fault(self, where: str, message: str, hint: str = "") -> None:
        self._faults.append(ConfigError(message, where=where, hint=hint))


def _expected(kind: Any) -> str:
    try:
        return in_words(shape_of(kind))
    except TypeError as error:
        return kind.text if isinstance(kind, Unknown) else f"{error}"


def _of_validator(text: str, values: Mapping[str, Any]) -> tuple[str, str]:
    """Tell which setting a validator means, and what is wrong with it.

    Examples
    --------
    >>> _of_validator("'test' must be < 1.0: 2.0", {"test": 2.0})
    ('test', 'expected < 1.0, got 2.0')
    """
    found = _BOUND.fullmatch(text)
    if found is None:
        setting = next((name for name in values if text.startswith(f"'{name}' ")), "")
        return setting, text
    what = "a length " if found["length"] else ""
    return found["field"], f"expected {what}{found['bound']}, got {found['value']}"


def _first_line(error: Exception) -> str:
    # attrs' validators put the attribute and the class behind the sentence.
    text = str(error.args[0] if error.args else error)
    return text.splitlines()[0] if text else type(error).__name__
