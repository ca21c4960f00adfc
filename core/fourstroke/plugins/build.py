"""Build what a table of the project file names: find it, check that it keeps to its hooks, give it its settings."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import attrs

from fourstroke.config import resolve_secrets
from fourstroke.errors import FourstrokeError, PluginError, nearest
from fourstroke.plugins.discovery import find
from fourstroke.plugins.functions import plugin_of_function
from fourstroke.plugins.inhouse import is_inhouse, load_object
from fourstroke.plugins.specification import event_names, hooks, needed
from fourstroke.plugins.structure import structure_settings

if TYPE_CHECKING:
    from fourstroke.config import Config, PluginTable

_MARK = "fourstroke_impl"  # where pluggy's marker leaves its options


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
    found, identity, label = _found(table, config.root)
    where = f"{table.where} ({label})"
    if inspect.isfunction(found):
        found = plugin_of_function(found, table.stage, where)
    _check_class(found, where)
    served = _check_hooks(found, table.stage, where)
    settings = resolve_secrets(dict(table.settings), where=table.where)
    instance = structure_settings(found, settings, where=table.where, root=config.root)
    return BuiltPlugin(table=table, instance=instance, identity=identity, label=label, hooks=served)


def build_all(config: Config) -> Mapping[tuple[str, str], BuiltPlugin]:
    """Build every plugin of a project, by stage and name.

    Raises
    ------
    ConfigError, PluginError
        With a line for everything that is wrong.
    """
    built: dict[tuple[str, str], BuiltPlugin] = {}
    faults: list[FourstrokeError] = []
    tables = [table for several in config.tables.values() for table in several]
    for table in (*tables, config.storage, config.executor):
        try:
            built[table.stage, table.name] = build(table, config)
        except FourstrokeError as error:
            faults.append(error)
    if faults:
        raise FourstrokeError.join(faults)
    return built


def _found(table: PluginTable, root: Path) -> tuple[Any, Identity, str]:
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


def _check_class(found: Any, where: str) -> None:
    if not isinstance(found, type):
        raise PluginError(f"it is {found!r}, neither a class nor a function", where=where)
    if not attrs.has(found):
        raise PluginError("it is no plugin", where=where, hint="put @plugin above the class")
    if found.__eq__ is not object.__eq__:
        # pluggy would take two steps with equal settings for one, and needs to hash them.
        raise PluginError("its instances are compared by value", where=where, hint="use @plugin")


def _check_hooks(found: type, stage: str, where: str) -> frozenset[str]:
    """Check every marked method, and look for one that was meant to be marked."""
    known = hooks()
    marked = {name for name in dir(found) if _is_marked(found, name)}
    for name in sorted(marked):
        if name not in known:
            raise PluginError(f"there is no hook {name!r}", where=where, hint=nearest(name, known))
        _check_arguments(getattr(found, name), name, known[name], where)
    for name in known:
        if name in vars(found) and name not in marked and callable(getattr(found, name)):
            raise PluginError(
                f"{name} has no @hookimpl, so that it would never be called", where=where
            )
    missing = [name for name in needed(stage) if name not in marked]
    if missing:
        raise PluginError(
            f"it does not serve {stage}: it has no {' and no '.join(missing)}",
            where=where,
            hint=f"it serves {', '.join(sorted(marked)) or 'nothing'}",
        )
    if stage != "observe":
        _refuse_wrappers(found, marked, where)
    return frozenset(marked)


def _refuse_wrappers(found: type, marked: set[str], where: str) -> None:
    for name in sorted(marked - event_names()):
        options = getattr(getattr(found, name), _MARK)
        if options.get("wrapper") or options.get("hookwrapper"):
            raise PluginError(
                f"{name} is a wrapper", where=where, hint="list the plugin under [[observe]]"
            )


def _is_marked(found: type, name: str) -> bool:
    # Looked up without calling descriptors: a property of a plugin must not run here.
    member = inspect.getattr_static(found, name)
    return getattr(member, _MARK, None) is not None


def _check_arguments(method: Any, name: str, known: tuple[str, ...], where: str) -> None:
    if inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method):
        raise PluginError(f"{name} is async, and hooks are not", where=where, hint="write `def`")
    for argument, parameter in list(inspect.signature(method).parameters.items())[1:]:
        if argument not in known and parameter.default is parameter.empty:
            raise PluginError(
                f"{name} has no argument {argument!r}", where=where, hint=nearest(argument, known)
            )
