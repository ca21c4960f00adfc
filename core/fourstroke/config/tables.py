"""Read the plugin tables of every stage, and those that a stage has without any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from fourstroke.config.faults import Faults
from fourstroke.config.keys import keys_of_table
from fourstroke.config.kinds import shown
from fourstroke.config.merge import as_table
from fourstroke.config.naming import USUAL, step_names
from fourstroke.config.node import KeyPath, Node, dotted, plain
from fourstroke.config.scalars import read_value
from fourstroke.config.settings import PluginTable
from fourstroke.stages import STAGES, Stage


@attrs.frozen(kw_only=True)
class StageRead:
    """The tables of one stage.

    Parameters
    ----------
    stage : Stage
        The stage.
    tables : tuple of PluginTable
        What was read, or what the stage has without.
    entries : tuple of Node
        Each table as it was written; empty if fourstroke supplied them.
    shown : Node or None
        All of it with names and defaults filled in; ``None`` if there is nothing to show.
    """

    stage: Stage
    tables: tuple[PluginTable, ...] = ()
    entries: tuple[Node, ...] = ()
    shown: Node | None = None


def read_stages(
    tree: Node, usual: Mapping[str, Any], faults: Faults, *, has_target: bool
) -> dict[str, StageRead]:
    """Read all stages, in the order of the cycles.

    Parameters
    ----------
    tree : Node
        The project file.
    usual : mapping
        ``retries`` and ``timeout_seconds`` of steps that do not say otherwise.
    faults : Faults
        Where to note what is wrong.
    has_target : bool
        Whether something is predicted; without it, only the data cycle has defaults.
    """
    read = {}
    for stage in STAGES:
        reader = _Reader(stage, {} if stage.is_service else usual, faults)
        node = tree.get(*stage.path)
        if node is not None:
            read[stage.name] = reader.written(as_table(node, stage))
        elif has_target or not stage.needs_target:
            read[stage.name] = reader.supplied()
        else:
            read[stage.name] = StageRead(stage=stage)
    if not has_target:
        _refuse_without_target(read, faults)
    return read


@attrs.frozen
class _Reader:
    """Reads the tables of one stage."""

    stage: Stage
    usual: Mapping[str, Any]
    faults: Faults

    def written(self, node: Node) -> StageRead:
        """Read what the file has."""
        entries = self._entries(node)
        names = step_names([entry for _, entry in entries], self.stage.path[-1])
        self._check_names(entries, names)
        self._check_number(node, entries)
        tables = tuple(
            self._table(entry, path, name)
            for (path, entry), name in zip(entries, names, strict=True)
        )
        nodes = tuple(entry for _, entry in entries)
        filled = [_filled(entry, table) for entry, table in zip(nodes, tables, strict=True)]
        shown_as = filled[0] if node.table is not None else Node(filled, node.origin)
        return StageRead(stage=self.stage, tables=tables, entries=nodes, shown=shown_as)

    def supplied(self) -> StageRead:
        """Give what the stage has if the file has no table."""
        nodes = [Node({} if use is None else {"use": Node(use)}) for use in self.stage.without]
        names = step_names(nodes, self.stage.path[-1])
        tables = tuple(
            PluginTable(
                stage=self.stage.name,
                name=name,
                use=use,
                where=dotted(self.stage.path),
                **self.usual,
            )
            for use, name in zip(self.stage.without, names, strict=True)
        )
        filled = [_filled(entry, table) for entry, table in zip(nodes, tables, strict=True)]
        shown_as = (filled[0] if len(filled) == 1 else Node(filled)) if filled else None
        return StageRead(stage=self.stage, tables=tables, shown=shown_as)

    def _entries(self, node: Node) -> list[tuple[KeyPath, Node]]:
        if node.table is not None:
            return [(self.stage.path, node)]
        if not isinstance(node.content, list):
            kinds = "text or a table" if self.stage.may_be_text else "a table or an array of tables"
            message = f"expected {kinds}, got {shown(node.content)}"
            self.faults.at(node, self.stage.path, message)
            return []
        entries: list[tuple[KeyPath, Node]] = []
        for index, entry in enumerate(node.content):
            path: KeyPath = (*self.stage.path, index)
            if entry.table is not None:
                entries.append((path, entry))
            else:
                self.faults.at(entry, path, f"expected a table, got {shown(plain(entry))}")
        return entries

    def _check_number(self, node: Node, entries: list[tuple[KeyPath, Node]]) -> None:
        if self.stage.is_single and len(entries) > 1:
            path, second = entries[1]
            self.faults.at(second, path, f"there can be one {dotted(self.stage.path)} only")
        if self.stage.is_needed and node.content == []:
            usual = "; without this key it is the usual one" if self.stage.without else ""
            self.faults.at(node, self.stage.path, f"there has to be one{usual}")

    def _check_names(self, entries: list[tuple[KeyPath, Node]], names: list[str]) -> None:
        first: dict[str, KeyPath] = {}
        for (path, entry), name in zip(entries, names, strict=True):
            if name in first:
                # Names that are made of `use` never repeat: this one was written.
                message = f"{dotted(first[name])} has the name {name!r} too"
                self.faults.at(entry.content["name"], (*path, "name"), message)
            first.setdefault(name, path)

    def _table(self, entry: Node, path: KeyPath, name: str) -> PluginTable:
        keys = keys_of_table(self.stage.name, is_service=self.stage.is_service)
        own = {
            key.name: read_value(key, entry.content[key.name], (*path, key.name), self.faults)
            for key in keys
            if key.name in entry.content
        }
        self._check_use(entry, path)
        self._check_from(entry, path)
        reserved = {key.name for key in keys} | {"from"}
        use = own.pop("use", None)
        settings = {
            key: plain(value) for key, value in entry.content.items() if key not in reserved
        }
        return PluginTable(
            stage=self.stage.name,
            use=None if use == USUAL else use,
            settings=settings,
            where=dotted(path),
            inputs=own.pop("from", ()),
            **{**self.usual, **own, "name": name},
        )

    def _check_use(self, entry: Node, path: KeyPath) -> None:
        if self.stage.needs_use and "use" not in entry.content:
            self.faults.at(entry, path, "it does not say which plugin to use", 'write use = "..."')

    def _check_from(self, entry: Node, path: KeyPath) -> None:
        # `from` is a word of Python's: no plugin can have a setting of this name.
        if self.stage.name != "prepare" and "from" in entry.content:
            message = "only a table of [[data.prepare]] takes `from`"
            self.faults.at(entry.content["from"], (*path, "from"), message)


def _filled(entry: Node, table: PluginTable) -> Node:
    """Show, too, what the file does not say: the step's name, and that it uses the usual plugin."""
    supplied = {"name": Node(table.name), "use": Node(table.use or USUAL)}
    return Node({**supplied, **entry.content}, entry.origin)


def _refuse_without_target(read: Mapping[str, StageRead], faults: Faults) -> None:
    for each in read.values():
        if each.stage.needs_target and each.entries:
            faults.at(
                each.entries[0],
                each.stage.path,
                "this needs task.target, the column to predict",
                'write target = "..." under [task]',
            )
            return
