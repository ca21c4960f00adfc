"""The overlays ``[environments.NAME]``, and which of them is in force."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.config.kinds import NAME, is_name, shown
from fourstroke.config.merge import merge
from fourstroke.config.node import KeyPath, Node, plain
from fourstroke.errors import nearest

if TYPE_CHECKING:
    from fourstroke.config.faults import Faults

VARIABLE: Final = "FOURSTROKE_ENV"

_TABLE = "environments"


def environments_of(tree: Node, faults: Faults) -> tuple[Node, dict[str, Node]]:
    """Take the overlays out of a project file, and mark each value with its environment."""
    around = tree.get(_TABLE)
    base = Node({key: part for key, part in tree.content.items() if key != _TABLE}, tree.origin)
    if around is None:
        return base, {}
    if around.table is None:
        faults.at(around, (_TABLE,), f"expected a table, got {shown(plain(around))}")
        return base, {}
    found = {}
    for name, overlay in around.table.items():
        path: KeyPath = (_TABLE, name)
        if not is_name(name):
            faults.at(overlay, path, f"expected {NAME.expected}")
        elif overlay.table is None:
            faults.at(overlay, path, f"expected a table, got {shown(plain(overlay))}")
        elif _TABLE in overlay.table:
            faults.at(overlay, (*path, _TABLE), "an environment holds no other environments")
        else:
            found[name] = _marked(overlay, mark_of(name))
    return base, found


def chosen_environment(environment: str | None, known: dict[str, Node], faults: Faults) -> str:
    """Say which environment is in force: what the caller names, else what ``FOURSTROKE_ENV`` says.

    An empty text is no environment.
    """
    name = os.environ.get(VARIABLE, "") if environment is None else environment
    if not name or name in known:
        return name
    where = VARIABLE if environment is None else "--env"
    hint = nearest(name, known) or f"the project file has none: write a table [{_TABLE}.NAME]"
    faults.add(f"there is no environment {name!r}", where, hint)
    return ""


def refuse_lost_records(base: Node, environments: dict[str, Node], faults: Faults) -> None:
    """Refuse an environment with a store of its own and the records of another one.

    Records refer to what is in their store: the same champion would be there in one environment and
    missing in the next.
    """
    for name, overlay in sharing_records(environments):
        storage = overlay.get("backends", "storage")
        if storage is None:
            continue
        known, merged = (tree.get("backends", "storage") for tree in (base, merge(base, overlay)))
        if merged is not None and plain(merged) != (plain(known) if known is not None else {}):
            faults.at(
                storage,
                (_TABLE, name, "backends", "storage"),
                "another store needs records of its own",
                f'records = "sqlite:///{name}.sqlite", beside it',
            )


def sharing_records(environments: dict[str, Node]) -> list[tuple[str, Node]]:
    """Give the environments without records of their own, by name."""
    return [
        (name, overlay)
        for name, overlay in environments.items()
        if overlay.get("backends", "records") is None
    ]


def mark_of(environment: str) -> str:
    """Give the beginning of the origin of each value of an environment."""
    return f"[{_TABLE}.{environment}] "


def _marked(node: Node, mark: str) -> Node:
    content = node.content
    if node.table is not None:
        content = {key: _marked(part, mark) for key, part in node.table.items()}
    elif isinstance(content, list):
        content = [_marked(part, mark) for part in content]
    return attrs.evolve(node, content=content, origin=mark + node.origin)
