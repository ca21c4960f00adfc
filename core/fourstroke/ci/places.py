"""Find the line of the project file that an error of a running step speaks of.

A step's errors name its settings as people know them, such as ``model.train.logistic.params.C``: by
then the file has been read, and its lines are forgotten.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from fourstroke.ci.results import PROJECT_FILE, Finding
from fourstroke.config.source import read_tree
from fourstroke.errors import FourstrokeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fourstroke.config import Config
    from fourstroke.config.node import Node

_ENTRY = re.compile(r"\[(\d+)\]$")


def placed(finding: Finding, root: Path, config: Config) -> Finding:
    """Give a finding the line of the setting that it begins with, if it has no place yet."""
    if finding.line or finding.file not in {"", PROJECT_FILE}:
        return finding
    line = _line_of(finding.text.partition(": ")[0], root, config)
    return attrs.evolve(finding, file=PROJECT_FILE, line=line) if line else finding


def _line_of(where: str, root: Path, config: Config) -> int:
    try:
        tree = read_tree(root)
    except FourstrokeError:
        return 0
    found = max(
        (
            (len(name), table, where[len(name) :])
            for name, table in _named_tables(config)
            if where == name or where.startswith(f"{name}.")
        ),
        default=None,
    )
    node = None if found is None else _node(tree, found[1])
    if found is None or node is None:
        return 0
    for key in filter(None, found[2].split(".")):
        inner = node.get(key)
        if inner is None:
            break
        node = inner
    line = node.origin.rpartition(":")[2]
    return int(line) if line.isdecimal() else 0


def _named_tables(config: Config) -> Iterator[tuple[str, str]]:
    """Give each table as steps and as messages about the file name it, with the latter."""
    for tables in config.tables.values():
        for table in tables:
            yield table.where, table.where
            yield f"{_ENTRY.sub('', table.where)}.{table.name}", table.where


def _node(tree: Node, where: str) -> Node | None:
    entry = _ENTRY.search(where)
    node = tree.get(*_ENTRY.sub("", where).split("."))
    if node is None or entry is None:
        return node
    entries, number = node.tables or [], int(entry[1])
    return entries[number] if number < len(entries) else None
