"""Variables of the environment, ``FOURSTROKE_SET__DATA__SPLIT__TEST=0.3``, that lie over the project file.

Each stands for one key, as ``--set`` names it: in capitals, with two underscores for a dot and one
for a hyphen. They come before the settings of the command line and after the environment table.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from fourstroke.config.keys import PATHS_IN_ORDER
from fourstroke.config.merge import as_table
from fourstroke.config.naming import step_names
from fourstroke.config.node import Node
from fourstroke.config.overrides import ORIGIN, Override, read_text
from fourstroke.errors import ConfigError
from fourstroke.stages import STAGE_AT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from fourstroke.config.faults import Faults
    from fourstroke.config.settings import Config

PREFIX: Final = "FOURSTROKE_SET__"

# What can be told from a variable's name: a part with two underscores in it, or one at its edge,
# would read as two parts.
_SPELLABLE = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*")


def variable_of(parts: Sequence[str]) -> str:
    """Name the variable that stands for a key; empty if no variable can.

    Examples
    --------
    >>> variable_of(["model", "train", "logistic", "max-rounds"])
    'FOURSTROKE_SET__MODEL__TRAIN__LOGISTIC__MAX_ROUNDS'
    >>> variable_of(["data", "check", "new column"])
    ''
    """
    if not all(map(_SPELLABLE.fullmatch, parts)):
        return ""
    return PREFIX + "__".join(map(_capital, parts))


def from_variables(
    tree: Node, faults: Faults, variables: Mapping[str, str] = os.environ
) -> Iterator[Override]:
    """Read the variables that are set, in the order of their names.

    A part of a name means the key, step or entry that is there under it, whatever its case and
    whether it has hyphens; where there is none, the key in small letters.
    """
    for name in sorted(variables):
        if not name.upper().startswith(PREFIX):
            continue
        try:
            yield Override(name, stands_for(name, tree), read_text(variables[name], name))
        except ConfigError as error:
            faults.add(error.message, error.where, error.hint)


def stands_for(name: str, tree: Node) -> list[str]:
    """Say which key a variable stands for, in parts.

    Raises
    ------
    ConfigError
        If it is none, or may be two.
    """
    found: list[str] = []
    node: Node | None = tree
    for said in name[len(PREFIX) :].split("__"):
        if not said:
            raise ConfigError("this names no key", where=name, hint=f"{PREFIX}RUN__SEED")
        meant = [each for each in _known(node, found) if _capital(each) == said.upper()]
        if len(set(meant)) > 1:
            both = " and ".join(map(repr, sorted(set(meant))))
            raise ConfigError(f"{said} may mean {both}", where=name, hint="use --set")
        found.append(meant[0] if meant else said.lower())
        node = _below(node, found)
    return found


def _known(node: Node | None, path: Sequence[str]) -> list[str]:
    """Name what may stand below a key: what does, and what fourstroke itself has there."""
    around = tuple(path)
    own = [each[len(path)] for each in PATHS_IN_ORDER if each[: len(path)] == around != each]
    if node is None:
        return own
    stage = STAGE_AT.get(around)
    node = node if stage is None else as_table(node, stage)
    if node.table is not None:
        labels = [] if stage is None else step_names([node], stage.name)
        return [*own, *node.table, *labels]
    if node.tables is None:
        return own
    if stage is not None:
        return step_names(node.tables, stage.name)
    return [text for entry in node.tables if (text := entry.text("name"))]


def _below(node: Node | None, path: Sequence[str]) -> Node | None:
    if node is None:
        return None
    key = path[-1]
    if node.table is not None:
        # One table of a stage can be named like one of several.
        is_step = tuple(path[:-1]) in STAGE_AT and key not in node.table
        return node if is_step else node.table.get(key)
    entries = node.tables or []
    labels = _known(node, path[:-1])
    if key in labels:
        return entries[labels.index(key)]
    return entries[int(key)] if key.isdecimal() and int(key) < len(entries) else None


def _capital(part: str) -> str:
    return part.replace("-", "_").upper()


def of_this_call(config: Config, around: str) -> tuple[str, ...]:
    """Name the keys below one that ``--set`` or a variable lays over the file, which nobody has reviewed."""
    return tuple(
        path
        for path, origin in config.origins.items()
        if path.startswith(f"{around}.") and origin.startswith((ORIGIN, PREFIX))
    )
