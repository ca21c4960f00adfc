"""What one key of the project file is: value, origin, type, meaning, and which variable sets it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.config import mask
from fourstroke.config.addresses import Secret, address_of, origin_at, value_at, variable_at
from fourstroke.config.naming import USUAL
from fourstroke.config.node import DEFAULT
from fourstroke.config.secrets import referenced
from fourstroke.errors import UsageError, nearest
from fourstroke.plugins.annotations import Unknown, of_fields
from fourstroke.plugins.build import load
from fourstroke.plugins.field_help import help_of
from fourstroke.plugins.functions import plugin_of_function
from fourstroke.plugins.shapes import Form, Shape, in_words, shape_of

if TYPE_CHECKING:
    from fourstroke.config import Config, PluginTable
    from fourstroke.config.addresses import Address
    from fourstroke.config.keys import Key

# What a key of a plugin table is called in the table that was read.
_ATTRIBUTES: Final[Mapping[str, str]] = {"from": "inputs"}
# Keys that a table takes from [run] if it does not say otherwise.
_OF_RUN: Final = ("retries", "timeout_seconds")


@attrs.frozen(kw_only=True)
class Explanation:
    """One key.

    Parameters
    ----------
    key : str
        As `config show` prints it.
    value : object
        What is in force; a secret is the ``${NAME}`` of its variable. ``None`` for nothing.
    origin : str
        Where that comes from.
    type : str
        What may stand there.
    help : str
        What it is for.
    plugin : str
        Whose setting it is; empty for a key of fourstroke's own.
    is_required : bool
        Whether it has to be given.
    variable : str
        The variable of the environment that sets it; empty if its name cannot be told in one.
    is_variable_set : bool
        Whether that variable is set.
    secrets : tuple of Secret
        What the value refers to.
    """

    key: str
    value: Any
    origin: str
    type: str
    help: str
    plugin: str = ""
    is_required: bool = False
    variable: str
    is_variable_set: bool
    secrets: tuple[Secret, ...] = ()


def explain(config: Config, text: str) -> Explanation:
    """Explain one key; a plugin is imported if the key is one of its settings.

    Parameters
    ----------
    config : Config
        The project, with environment and overrides.
    text : str
        The key as `config show` prints it; an entry of an array may be named by its index.

    Raises
    ------
    UsageError
        If there is no such key; names the nearest.
    PluginError
        If the plugin whose setting it is cannot be loaded.
    """
    address = address_of(config, text)
    if address.key is not None:
        found = _own(config, address, address.key)
    else:
        assert address.table is not None  # noqa: S101 - what is no key of ours is in a plugin's table
        found = _setting(config, address, address.table)
    variable = variable_at(config, address)
    return Explanation(
        **{**found, "value": _masked(found["value"], config)},
        key=address.path,
        variable=variable,
        is_variable_set=bool(variable) and variable in os.environ,
        secrets=tuple(
            Secret(variable=name, key=address.path, is_set=name in os.environ)
            for name in sorted(referenced(found["value"]))
        ),
    )


def _own(config: Config, address: Address, key: Key) -> dict[str, Any]:
    value, origin = value_at(config, address.parts), origin_at(config, address)
    if value is None:
        value, origin = _without(config, address.table, key)
    return {
        "value": value,
        "origin": origin,
        "type": key.kind.expected,
        "help": key.about,
        "is_required": key.is_required,
    }


def _without(config: Config, table: PluginTable | None, key: Key) -> tuple[Any, str]:
    """Say what is in force where nothing is written."""
    if table is None:
        return key.default, DEFAULT
    value = getattr(table, _ATTRIBUTES.get(key.name, key.name))
    if key.name == "use":
        return value or USUAL, DEFAULT
    if key.name in _OF_RUN:
        return value, f"run.{key.name}: {config.origins.get(f'run.{key.name}', DEFAULT)}"
    return value, DEFAULT


def _setting(config: Config, address: Address, table: PluginTable) -> dict[str, Any]:
    loaded, _, label = load(table, config.root)
    where = f"{table.where} ({label})"
    cls = loaded
    if inspect.isfunction(loaded):
        cls = plugin_of_function(loaded, table.stage, where=where)
    field = _field_at(cls, loaded, address)
    value = value_at(config, address.parts)
    is_given = value is not None
    return {
        "value": value if is_given else field.default,
        "origin": origin_at(config, address) if is_given else DEFAULT,
        "type": field.type,
        "help": field.help,
        "plugin": label,
        "is_required": field.is_required,
    }


@attrs.frozen(kw_only=True)
class _Field:
    """A setting, or a part of one."""

    type: str
    help: str
    default: Any = None
    is_required: bool = False


def _field_at(cls: Any, loaded: Any, address: Address) -> _Field:
    """Walk from a plugin's class down the key: tables within settings are classes of their own."""
    around = address.parts[: -len(address.within)]
    name, *below = address.within
    found = _field_of(cls, loaded, name, (*around, name))
    shape = _shape(of_fields(cls)[name])
    while below:
        shape = _table_in(shape)
        name, *below = below
        if shape is not None and shape.form is Form.TABLE:
            found = _field_of(shape.kind, shape.kind, name, (*around, name))
            shape = _shape(of_fields(shape.kind)[name])
        elif shape is not None and shape.form is Form.MAPPING:
            shape = shape.parts[1]
            found = _Field(type=in_words(shape), help=found.help)
        else:
            raise UsageError("there is no such key", where=address.path)
    return found


def _field_of(cls: Any, source: Any, name: str, path: Sequence[str]) -> _Field:
    kinds = of_fields(cls)
    if name not in kinds:
        where = ".".join(path)
        raise UsageError("there is no such setting", where=where, hint=nearest(name, kinds))
    field = next(each for each in attrs.fields(cls) if each.alias == name)
    is_required = field.default is attrs.NOTHING
    default: Any = None if is_required else field.default
    factory = getattr(default, "factory", None)  # attrs' own wrapper of a factory
    if factory is not None:
        default = None if getattr(default, "takes_self", False) else factory()
    return _Field(
        type=_in_words(kinds[name]),
        help=help_of(source, field.name),
        default=default,
        is_required=is_required,
    )


def _table_in(shape: Shape | None) -> Shape | None:
    if shape is None or shape.form is not Form.UNION:
        return shape
    tables = [part for part in shape.parts if part.form in {Form.TABLE, Form.MAPPING}]
    return tables[0] if len(tables) == 1 else None


def _shape(kind: Any) -> Shape | None:
    try:
        return None if isinstance(kind, Unknown) else shape_of(kind)
    except TypeError:
        return None


def _in_words(kind: Any) -> str:
    shape = _shape(kind)
    if shape is not None:
        return in_words(shape)
    return kind.text if isinstance(kind, Unknown) else str(kind)


def _masked(value: Any, config: Config) -> Any:
    if isinstance(value, str):
        return mask(value, config)
    if isinstance(value, Mapping):
        return {key: _masked(part, config) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(part, config) for part in value]
    return value
