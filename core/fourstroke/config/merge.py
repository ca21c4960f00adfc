"""Lay one tree of the project file over another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke.config.keys import keys_of_table
from fourstroke.config.naming import step_names
from fourstroke.config.node import KeyPath, Node
from fourstroke.stages import STAGE_AT

if TYPE_CHECKING:
    from fourstroke.stages import Stage


def merge(base: Node, over: Node, path: KeyPath = ()) -> Node:
    """Lay a value over another.

    Tables are merged key by key. An array of tables is replaced whole, unless one of the new
    entries has the name of one that is there: then each is merged into its namesake, and new ones
    follow. A plugin table that is given another ``use`` loses the settings of the plugin before.
    """
    stage = STAGE_AT.get(path)
    if stage is not None:
        return _merge_stage(as_table(base, stage), as_table(over, stage), stage, path)
    if base.table is not None and over.table is not None:
        return _merge_tables(base, over, path)
    if base.tables is not None and over.tables is not None:
        names = [entry.text("name") for entry in base.tables]
        return _merge_entries(base, over, names, path)
    return over


def as_table(node: Node, stage: Stage) -> Node:
    """Write ``storage = "local"`` as the table that it stands for."""
    if stage.may_be_text and isinstance(node.content, str):
        return Node({"use": node}, node.origin)
    return node


def _merge_tables(base: Node, over: Node, path: KeyPath) -> Node:
    merged = dict(base.content)
    for key, value in over.content.items():
        merged[key] = merge(merged[key], value, (*path, key)) if key in merged else value
    return Node(merged, base.origin)


def _merge_stage(base: Node, over: Node, stage: Stage, path: KeyPath) -> Node:
    if base.table is not None and over.table is not None:
        return merge_plugin(base, over, stage)
    below = base.tables or ([base] if base.table is not None else [])
    above = over.tables or ([over] if over.table is not None else [])
    if not below or not above:
        return over
    if over.table is not None and len(below) == 1 and over.text("name") is None:
        return Node([merge_plugin(below[0], over, stage)], base.origin)
    names = step_names(below, stage.name)
    return _merge_entries(Node(below, base.origin), Node(above, over.origin), [*names], path, stage)


def merge_plugin(base: Node, over: Node, stage: Stage) -> Node:
    """Lay a plugin table over another: settings belong to a plugin, and go with it."""
    use = over.text("use")
    if use is None or use == base.text("use"):
        return _merge_tables(base, over, stage.path)
    kept = {key.name for key in keys_of_table(stage.name, is_service=stage.is_service)}
    stripped = {key: value for key, value in base.content.items() if key in kept}
    return _merge_tables(Node(stripped, base.origin), over, stage.path)


def _merge_entries(
    base: Node, over: Node, names: list[str | None], path: KeyPath, stage: Stage | None = None
) -> Node:
    wanted = [entry.text("name") for entry in over.content]
    if not any(name is not None and name in names for name in wanted):
        return over
    entries = list(base.content)
    for name, entry in zip(wanted, over.content, strict=True):
        if name is None or name not in names:
            entries.append(entry)
            continue
        at = names.index(name)
        entries[at] = (
            merge_plugin(entries[at], entry, stage)
            if stage is not None
            else _merge_tables(entries[at], entry, (*path, at))
        )
    return Node(entries, base.origin)
