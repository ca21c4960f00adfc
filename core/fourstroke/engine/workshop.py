"""What a process needs to do a project's steps: store, plugins, observers."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts import files
from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.digest import digest_json
from fourstroke.artifacts.stat_index import StatIndex
from fourstroke.artifacts.store import ArtifactStore
from fourstroke.artifacts.table_service import TableService
from fourstroke.config.settings import HOME
from fourstroke.engine.memory import Memory
from fourstroke.fingerprint.keys import plugin_parts
from fourstroke.plugins.build import BuiltPlugin, build
from fourstroke.plugins.calls import Caller
from fourstroke.plugins.services import StorageCaller

if TYPE_CHECKING:
    from fourstroke.config import Config, PluginTable
    from fourstroke.entities.model import Deployment, ModelVersion

__all__ = ["HOME", "Workshop", "plugin_names", "workshop"]


@attrs.frozen(kw_only=True, eq=False)
class Workshop:
    """Store, plugins and observers of one project, for one process."""

    config: Config
    store: ArtifactStore
    tables: TableService
    index: StatIndex
    scratch: Path
    observers: dict[str, object]
    plugins: dict[tuple[str, str], BuiltPlugin]
    _caller: Caller

    @classmethod
    def of(
        cls, config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin] | None = None
    ) -> Workshop:
        """Build it from the project file; plugins that are built already are used as they are."""
        home = config.home
        scratch = home / "tmp"
        with files.explained(scratch):
            scratch.mkdir(parents=True, exist_ok=True)
        storage = StorageCaller(build(config.storage, config).instance)
        known = dict(plugins or {})
        observers = {
            table.name: _built(table, config, known).instance
            for table in config.tables.get("observe", ())
        }
        codecs = Codecs(config.root)
        return cls(
            config=config,
            store=ArtifactStore(storage, codecs, scratch),
            tables=TableService(codecs),
            index=StatIndex(home / "index.sqlite"),
            scratch=scratch,
            observers=observers,
            plugins=known,
            caller=Caller({}, observers),
        )

    def caller(self, step: str, tables: tuple[PluginTable, ...]) -> Caller:
        """Give the caller that reaches a step's plugins, the main one under the step's name."""
        for name, table in zip(plugin_names(step, tables), tables, strict=True):
            self._caller.put(name, _built(table, self.config, self.plugins).instance)
        return self._caller

    def modules(self, tables: tuple[PluginTable, ...]) -> list[str]:
        """Name the modules in which the plugins of these tables are defined."""
        built = (self.plugins.get((table.stage, table.name)) for table in tables)
        return [type(each.instance).__module__ for each in built if each is not None]

    def memory(self, tables: tuple[PluginTable, ...]) -> Memory | None:
        """Give what the first of these plugins may remember; nothing for a step of the core."""
        if not tables:
            return None
        built = _built(tables[0], self.config, self.plugins)
        return Memory(
            store=self.store,
            folder=self.remembered,
            scope=functools.cache(
                lambda: digest_json(plugin_parts(built, self.config, self.digest))
            ),
        )

    @property
    def remembered(self) -> Path:
        """The folder of the notes on what plugins remember."""
        return self.scratch.parent / "remembered"

    def digest(self, path: Path) -> str:
        """Give the digest of a file's content, without reading it again if it did not change."""
        return self.index.digest(path)

    def dataset(self, reference: str) -> Any:
        """Load a published table by ``name``, ``name@3`` or ``name@latest``."""
        # Only a step that asks for a data set opens the records in a worker.
        from fourstroke.project import Project  # noqa: PLC0415

        with Project(config=self.config) as project:
            name, _, version = reference.partition("@")
            return project.datasets[name].load(version or None)

    def export(self, version: ModelVersion, folder: Path) -> None:
        """Write a version into a new folder that predicts without project, records and store."""
        from fourstroke.project import Project  # noqa: PLC0415 - as above

        with Project(config=self.config) as project:
            project.models[version.model][version.version].export(folder)

    def score(self, deployment: Deployment, folder: Path, data: Any) -> Any:
        """Score rows with a copy of a version's files, by the plugin that trained it."""
        from fourstroke.project import Project  # noqa: PLC0415 - as above

        with Project(config=self.config) as project:
            version = project.models[deployment.model][deployment.version]
            return version.predict(data, folder=folder)


def _built(
    table: PluginTable, config: Config, known: dict[tuple[str, str], BuiltPlugin]
) -> BuiltPlugin:
    """Build a plugin once; a table of the same name with other settings is another plugin."""
    found = known.get((table.stage, table.name))
    if found is None or found.table != table:
        found = known[table.stage, table.name] = build(table, config)
    return found


def plugin_names(step: str, tables: tuple[PluginTable, ...]) -> tuple[str, ...]:
    """Name the plugins of a step: the main one as the step, the others by stage and name."""
    others = (f"{table.stage}.{table.name}" for table in tables[1:])
    return (step, *others) if tables else ()


_latest: dict[str, Workshop] = {}


def workshop(
    config: Config, run: str, plugins: Mapping[tuple[str, str], BuiltPlugin] | None = None
) -> Workshop:
    """Give this process's workshop of a run.

    Only the latest is kept: a worker serves one run after the other, and a later run must see the
    project's code as it is then.
    """
    if run not in _latest:
        _latest.clear()
        _latest[run] = Workshop.of(config, plugins)
    return _latest[run]
