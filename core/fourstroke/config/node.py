"""Values that know where they come from: the project file as a tree, before it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs

DEFAULT: Final = "default"

KeyPath = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


@attrs.frozen
class Node:
    """A value and its origin.

    Parameters
    ----------
    content : dict of str to Node, list of Node, or a scalar
        The value.
    origin : str
        Where it was written.
    """

    content: Any
    origin: str = DEFAULT

    @property
    def table(self) -> dict[str, Node] | None:
        """The keys of a table; ``None`` for anything else."""
        return self.content if isinstance(self.content, dict) else None

    @property
    def tables(self) -> list[Node] | None:
        """The entries of an array of tables that is not empty; ``None`` for anything else."""
        entries = self.content
        if isinstance(entries, list) and entries and all(e.table is not None for e in entries):
            return entries
        return None

    def get(self, *path: str) -> Node | None:
        """Find what stands under a key, tables within tables."""
        found: Node | None = self
        for part in path:
            found = (found.table or {}).get(part) if found is not None else None
        return found

    def text(self, key: str) -> str | None:
        """Give the text under a key of a table; ``None`` if there is none or it is no text."""
        found = self.get(key)
        return found.content if found is not None and isinstance(found.content, str) else None


def grow(
    value: Any, origin_of: Callable[[KeyPath], str] = lambda _: DEFAULT, path: KeyPath = ()
) -> Node:
    """Make a tree of plain values."""
    origin = origin_of(path)
    if isinstance(value, Mapping):
        table = {key: grow(part, origin_of, (*path, key)) for key, part in value.items()}
        return Node(table, origin)
    if isinstance(value, list | tuple):
        parts = [grow(part, origin_of, (*path, index)) for index, part in enumerate(value)]
        return Node(parts, origin)
    return Node(value, origin)


def plain(node: Node) -> Any:
    """Make plain values of a tree."""
    if node.table is not None:
        return {key: plain(part) for key, part in node.table.items()}
    if isinstance(node.content, list):
        return [plain(part) for part in node.content]
    return node.content


def walk(node: Node, path: KeyPath = ()) -> Iterator[tuple[KeyPath, Node]]:
    """Give every value that holds no others, with its path."""
    if node.table is not None:
        for key, part in node.table.items():
            yield from walk(part, (*path, key))
    elif isinstance(node.content, list):
        for index, part in enumerate(node.content):
            yield from walk(part, (*path, index))
    else:
        yield path, node


def leaves(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Give every value as a person would list it: arrays of scalars whole, entries by their name.

    Examples
    --------
    >>> [path for path, _ in leaves(grow({"a": {"b": [1, 2]}, "c": [{"name": "x", "d": 2}]}))]
    ['a.b', 'c.x.name', 'c.x.d']
    """
    if node.table:
        for key, part in node.table.items():
            yield from leaves(part, f"{path}.{_quoted(key)}" if path else _quoted(key))
    elif node.tables is not None:
        for label, entry in zip(_labels(node.tables), node.tables, strict=True):
            yield from leaves(entry, f"{path}.{label}")
    else:
        yield path, node


def dotted(path: KeyPath) -> str:
    """Write a path as messages show it.

    Examples
    --------
    >>> dotted(("data", "prepare", 1, "new column"))
    'data.prepare[1]."new column"'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f"{'.' if text else ''}{_quoted(part)}"
    return text


def _quoted(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _labels(entries: list[Node]) -> list[str]:
    names = [entry.text("name") for entry in entries]
    if None in names or len(set(names)) < len(names):
        return [str(index) for index in range(len(entries))]
    return [_quoted(name) for name in names if name is not None]
