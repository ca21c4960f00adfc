"""Read the keys of the project file that belong to fourstroke, each as its kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.config.keys import KEYS, PATHS_IN_ORDER, Key
from fourstroke.config.kinds import shown
from fourstroke.config.node import KeyPath, Node, dotted, plain
from fourstroke.errors import nearest

if TYPE_CHECKING:
    from fourstroke.config.faults import Faults

_FILE = "fourstroke.toml"


def read_keys(tree: Node, faults: Faults) -> dict[tuple[str, ...], Any]:
    """Read all keys; one that is missing or wrong has its default, and a wrong one is noted."""
    found = {}
    for key in KEYS:
        node = tree.get(*key.path)
        if node is not None:
            found[key.path] = read_value(key, node, key.path, faults)
            continue
        found[key.path] = key.default
        if key.is_required:
            refuse_missing(tree, key.path, key.name, faults)
    return found


def refuse_missing(tree: Node, path: tuple[str, ...], key: str, faults: Faults) -> None:
    """Note that there has to be a key under a path or a part of it, and how to write it."""
    around = tree.get(*path[:-1])
    if around is None or around.table is not None:  # anything else is a fault of its own
        table = dotted(path if path[-1] != key else path[:-1])
        hint = f'write {key} = "..." under [{table}]'
        faults.add("this is missing", f"{_FILE}: {dotted(path)}", hint)


def read_value(key: Key, node: Node, path: KeyPath, faults: Faults) -> Any:
    """Read one value strictly, or note the fault and give the default."""
    value = plain(node)
    if not key.may_hold_secrets and _has_reference(value):
        faults.at(
            node,
            path,
            "no variable is replaced here",
            "${NAME} may stand in settings of plugins and in backends.records",
        )
    elif not key.kind.accepts(value):
        options = key.kind.options
        hint = nearest(value, options) if options and isinstance(value, str) else ""
        hint = hint if hint.startswith("did") else ""
        told = key.kind.fault(value) or f"expected {key.kind.expected}, got {shown(value)}"
        faults.at(node, path, told, hint)
    else:
        return key.kind.read(value)
    return key.default


def refuse_unknown_keys(node: Node, faults: Faults, path: tuple[str, ...] = ()) -> None:
    """Note every key that there is not, and every table that is none."""
    if path in PATHS_IN_ORDER:
        return
    if node.table is None:
        faults.at(node, path, f"expected a table, got {shown(plain(node))}")
        return
    known = list(dict.fromkeys(each[len(path)] for each in PATHS_IN_ORDER if _is_under(each, path)))
    for key, part in node.table.items():
        if key in known:
            refuse_unknown_keys(part, faults, (*path, key))
        else:
            faults.unknown(part, (*path, key), known, _elsewhere(key))


def _is_under(path: tuple[str, ...], around: tuple[str, ...]) -> bool:
    return len(path) > len(around) and path[: len(around)] == around


def _elsewhere(key: str) -> str:
    """Say where a key belongs that stands in the wrong table."""
    found = next((path for path in PATHS_IN_ORDER if path[-1] == key), None)
    return f"did you mean {dotted(found)!r}?" if found else ""


def _has_reference(value: object) -> bool:
    if isinstance(value, list):
        return any(map(_has_reference, value))
    return isinstance(value, str) and "${" in value
