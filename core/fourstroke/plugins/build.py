"""Build what a table of the project file names: find it, check that it keeps to its hooks, give it its settings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs

from fourstroke.config import mask, resolve_secrets
from fourstroke.config.node import DEFAULT
from fourstroke.errors import ConfigError, FourstrokeError, PluginError, nearest
from fourstroke.plugins.admission import admit
from fourstroke.plugins.discovery import find
from fourstroke.plugins.functions import plugin_of_function
from fourstroke.plugins.inhouse import is_inhouse, load_object
from fourstroke.plugins.structure import structure_settings

if TYPE_CHECKING:
    from fourstroke.config import Config, PluginTable


@attrs.frozen(kw_only=True)
class Identity:
    """Where a plugin comes from: a distribution, or a file of the project."""

    kind: Literal["distribution", "file"]
    name: str
    value: str
    distribution: str = ""
    version: str = ""
    file: str = ""


@attrs.frozen(kw_only=True, eq=False)
class BuiltPlugin:
    """A plugin with its settings, ready to be called, and the table that asked for it."""

    table: PluginTable
    instance: object = attrs.field(repr=False)
    identity: Identity
    label: str
    hooks: frozenset[str]


def build(table: PluginTable, config: Config) -> BuiltPlugin:
    """Build one plugin.

    Raises
    ------
    PluginError
        If it cannot be found, does not load, or does not keep to its hooks.
    ConfigError
        If a setting is wrong; all faults of the table at once.
    """
    found, identity, label = load(table, config.root)
    for file in table.depends:
        require_file(config.root / file, file, f"{table.where}.depends")
    where = f"{table.where} ({label})"
    if inspect.isfunction(found):
        found = plugin_of_function(found, table.stage, where=where)
    served = admit(found, table.stage, where=where)
    if table.on_failure == "quarantine" and "set_aside" not in served:
        raise ConfigError(
            "this plugin does not tell good rows from bad ones",
            where=f"{where}.on_failure",
            hint='use = "contract" does',
        )
    instance = _with_settings(found, table, config)
    return BuiltPlugin(table=table, instance=instance, identity=identity, label=label, hooks=served)


def build_all(
    config: Config, stages: Collection[str] | None = None
) -> Mapping[tuple[str, str], BuiltPlugin]:
    """Build every plugin of a project, by stage and name; or those of some stages alone.

    The secrets of ``backends.records``, which no plugin gets, are looked for too.

    Raises
    ------
    ConfigError, PluginError
        With a line for everything that is wrong.
    """
    built: dict[tuple[str, str], BuiltPlugin] = {}
    faults: list[FourstrokeError] = []
    tables = [
        table
        for stage, several in config.tables.items()
        for table in several
        if stages is None or stage in stages
    ]
    for table in (*tables, config.storage, config.executor):
        try:
            built[table.stage, table.name] = build(table, config)
        except FourstrokeError as error:
            faults += [error, *error.others]
            error.others = ()
    try:
        records_url(config)
    except ConfigError as error:
        faults += [error, *error.others]
        error.others = ()
    if faults:
        raise FourstrokeError.join(faults)
    return built


def records_url(config: Config) -> str:
    """Give the URL of the records with its secrets; empty for the project's own file.

    Raises
    ------
    ConfigError
        If a variable is not set; all of them at once.
    """
    key = "backends.records"
    try:
        return str(resolve_secrets(config.records_url or "", where=key))
    except ConfigError as error:
        for each in (error, *error.others):
            each.where = f"{config.origins.get(key, DEFAULT)}: {key}"
        raise


def _with_settings(cls: type, table: PluginTable, config: Config) -> object:
    try:
        settings = resolve_secrets(dict(table.settings), where=table.where)
        return structure_settings(cls, settings, where=table.where, root=config.root)
    except FourstrokeError as error:
        # The values that it tells of are those that the plugin would have got.
        for each in (error, *error.others):
            each.message = mask(each.message, config)
            each.where = _with_line(each.where, table, config)
        raise


def _with_line(where: str, table: PluginTable, config: Config) -> str:
    """Put before a key where it was written, as for the keys that the core itself reads."""
    if not where.startswith(table.where):
        return where
    # Entries of an array are known by number to the reader of a fault, and by name to the origins.
    named = re.sub(r"\[\d+\]$", f".{table.name}", table.where)
    path = f"{named}{where.removeprefix(table.where)}"
    while path not in config.origins and path != named and "." in path:
        path = path.rpartition(".")[0]
    origin = config.origins.get(path, "")
    return where if origin in {"", DEFAULT} else f"{origin}: {where}"


def require_file(path: Path, name: str, where: str) -> None:
    """Refuse what is named under ``depends`` and is not there, in the words of the project file.

    Raises
    ------
    ConfigError
        If it is not there, or is no file.
    """
    if path.is_file():
        return
    if path.exists():
        raise ConfigError(f"{name!r} is not a regular file", where=where, hint="name its files")
    beside = path.parent.iterdir() if path.parent.is_dir() else ()
    files = [each.name for each in beside if each.is_file()]
    raise ConfigError(f"there is no file {name!r}", where=where, hint=nearest(path.name, files))


def load(table: PluginTable, root: Path) -> tuple[Any, Identity, str]:
    """Import what a table names, and give it with where it comes from and what a user calls it.

    Raises
    ------
    PluginError
        If it cannot be found or does not load; its place begins with the table.
    """
    if table.use is not None and is_inhouse(table.use):
        file, _, name = table.use.rpartition(":")
        found = _told(lambda: load_object(root, table.use or ""), table)
        return found, Identity(kind="file", name=name, value=table.use, file=file), table.use
    offer = _told(lambda: find(table.stage, table.use), table)
    identity = Identity(
        kind="distribution",
        name=offer.name,
        value=offer.value,
        distribution=offer.distribution,
        version=offer.version,
    )
    return _told(offer.load, table), identity, table.use or _own_name(offer.value)


def _told(call: Any, table: PluginTable) -> Any:
    """Put the table's path before the error: that is where the user has to look."""
    try:
        return call()
    except PluginError as error:
        error.where = f"{table.where}: {error.where}" if error.where else table.where
        raise


def _own_name(value: str) -> str:
    return value.rpartition(":")[2]
