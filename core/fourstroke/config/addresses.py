"""Keys as people name them on a command line: which table, and which key in it, they mean."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.config.keys import KEYS, Key, keys_of_table
from fourstroke.config.node import DEFAULT, KeyPath, dotted, grow, leaves
from fourstroke.config.overrides import key_parts
from fourstroke.config.secrets import referenced
from fourstroke.config.settings import Config, PluginTable, flat
from fourstroke.config.variables import stands_for, variable_of
from fourstroke.errors import UsageError, nearest
from fourstroke.stages import STAGES, Stage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_INDEX = re.compile(r"\[(\d+)\]")


@attrs.frozen(kw_only=True)
class Address:
    """One key of a project, as `config show` prints it.

    Parameters
    ----------
    path : str
        The key, such as ``model.train.logistic.params``.
    parts : tuple of str
        The same in parts.
    key : Key or None
        What fourstroke says of it; ``None`` for a setting of a plugin.
    table : PluginTable or None
        The table that it stands in, if that is a plugin's.
    within : tuple of str
        The key within the plugin's table.
    """

    path: str
    parts: tuple[str, ...]
    key: Key | None = None
    table: PluginTable | None = None
    within: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Secret:
    """A variable of the environment that a value refers to, and the key of that value."""

    variable: str
    key: str
    is_set: bool


def secrets_of(config: Config) -> tuple[Secret, ...]:
    """List what a project needs from the environment, sorted by variable and key."""
    found = {(name, entry.path) for entry in flat(config) for name in referenced(entry.value)}
    return tuple(
        Secret(variable=name, key=key, is_set=name in os.environ) for name, key in sorted(found)
    )


def address_of(config: Config, text: str) -> Address:
    """Find what a key means; an entry of an array may be named by its index too.

    Raises
    ------
    UsageError
        If there is no such key, or it is a table with keys in it; names the nearest or what is
        there.
    """
    try:
        parts = tuple(key_parts(_INDEX.sub(r".\1", text), text))
    except UsageError as error:
        raise UsageError("this is not a key", where=text, hint="data.split.test") from error
    for key in KEYS:
        if key.path == parts:
            return Address(path=dotted(parts), parts=parts, key=key)
    for stage in STAGES:
        if parts[: len(stage.path)] == stage.path and len(parts) > len(stage.path):
            return _in_stage(config, stage, parts[len(stage.path) :])
    raise _unknown(config, text)


def tables_of(config: Config, stage: Stage) -> tuple[PluginTable, ...]:
    """Give the tables of a stage or backend."""
    backends = {"storage": config.storage, "executor": config.executor}
    if stage.name in backends:
        return (backends[stage.name],)
    return config.tables[stage.name]


def value_at(config: Config, parts: Sequence[str]) -> Any:
    """Give what is in force under a key; ``None`` if nothing is."""
    found: Any = config.values
    for part in parts:
        if isinstance(found, list):
            names = [entry.get("name") if isinstance(entry, dict) else None for entry in found]
            found = found[names.index(part)] if part in names else None
        else:
            found = found.get(part) if isinstance(found, dict) else None
    return found


def origin_at(config: Config, address: Address) -> str:
    """Say where a value was written; of a table, where each of its parts was."""
    exact = config.origins.get(address.path)
    if exact is not None:
        return exact
    node = grow(value_at(config, address.parts))
    below = [f"{address.path}.{path}" for path, _ in leaves(node) if path]
    origins = [config.origins[path] for path in below if path in config.origins]
    return ", ".join(dict.fromkeys(origins)) or DEFAULT


def variable_at(config: Config, address: Address) -> str:
    """Name the variable of the environment that would set a key; empty if none can."""
    name = variable_of(address.parts)
    return name if name and stands_for(name, grow(config.values)) == [*address.parts] else ""


def _in_stage(config: Config, stage: Stage, rest: tuple[str, ...]) -> Address:
    tables = tables_of(config, stage)
    names = [table.name for table in tables]
    at = _entry(rest[0], names)
    if at is not None and (len(rest) > 1 or rest[0] not in _known_keys(stage)):
        table, within = tables[at], rest[1:]
    elif len(tables) == 1:
        table, within = tables[0], rest
    else:
        raise _which(stage, names, rest)
    around = _around(config, stage, table)
    if not within:
        raise _is_table(config, around)
    parts = (*around, *within)
    key = _known_keys(stage).get(within[0])
    if key is not None and len(within) > 1:
        raise UsageError(f"{dotted((*around, within[0]))} is no table", where=dotted(parts))
    return Address(path=dotted(parts), parts=parts, key=key, table=table, within=within)


def _entry(label: str, names: Sequence[str]) -> int | None:
    if label in names:
        return names.index(label)
    return int(label) if label.isdecimal() and int(label) < len(names) else None


def _around(config: Config, stage: Stage, table: PluginTable) -> tuple[str, ...]:
    """Give the key of a table; one of an array has its name at the end."""
    is_array = isinstance(value_at(config, stage.path), list)
    return (*stage.path, table.name) if is_array else stage.path


def _known_keys(stage: Stage) -> Mapping[str, Key]:
    return {key.name: key for key in keys_of_table(stage.name, is_service=stage.is_service)}


def _which(stage: Stage, names: Sequence[str], rest: KeyPath) -> UsageError:
    path = dotted(stage.path)
    if not names:
        return UsageError(f"there is no table {path}", where=dotted((*stage.path, *rest)))
    each = [dotted((*stage.path, name)) for name in names]
    hint = nearest(dotted((*stage.path, rest[0])), each)
    return UsageError(
        f"{path} has {len(names)} tables: name the one",
        where=dotted((*stage.path, *rest)),
        hint=hint,
    )


def _is_table(config: Config, parts: Sequence[str]) -> UsageError:
    path = dotted(tuple(parts))
    below = [entry.path for entry in flat(config) if entry.path.startswith(f"{path}.")]
    return UsageError("this is a table", where=path, hint=nearest("", below))


def _unknown(config: Config, text: str) -> UsageError:
    known = [*(entry.path for entry in flat(config)), *(dotted(key.path) for key in KEYS)]
    below = [path for path in known if path.startswith(f"{text}.")]
    if below:
        return UsageError("this is a table", where=text, hint=nearest("", below))
    close = nearest(text, known)
    hint = close if close.startswith("did you mean") else "fourstroke config show lists them"
    return UsageError("there is no such key", where=text, hint=hint)
