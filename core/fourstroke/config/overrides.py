"""Settings of the command line, ``--set a.b=c``, laid over the project file."""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.config.lines import too_deep_line
from fourstroke.config.merge import as_table, merge, merge_plugin
from fourstroke.config.naming import step_names
from fourstroke.config.node import KeyPath, Node, dotted, grow
from fourstroke.config.release_rules import refuse_of_one_call
from fourstroke.errors import ConfigError, nearest
from fourstroke.stages import STAGE_AT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fourstroke.config.faults import Faults
    from fourstroke.stages import Stage

ORIGIN: Final = "--set"

_LONGEST = 10_000


@attrs.frozen
class Override:
    """One value that lies over the project file.

    Parameters
    ----------
    origin : str
        What said it: ``--set``, or the name of a variable.
    parts : list of str
        The key.
    value : object
        As TOML has it.
    """

    origin: str
    parts: list[str]
    value: Any

    @property
    def where(self) -> str:
        """What a message about it names."""
        return f"{ORIGIN} {'.'.join(self.parts)}" if self.origin == ORIGIN else self.origin


def from_words(words: Iterable[str], faults: Faults) -> Iterator[Override]:
    """Read settings such as ``model.train.logistic.params.C=0.1``."""
    for word in words:
        try:
            yield _parsed(word)
        except ConfigError as error:
            faults.add(error.message, error.where, error.hint)


def with_overrides(tree: Node, overrides: Iterable[Override], faults: Faults) -> Node:
    """Lay values over a tree, one after the other.

    An entry of an array of tables is named by its index or its name.
    """
    for override in overrides:
        try:
            refuse_of_one_call(override.parts, override.value, override.where)
            tree = _Laid(override.origin).over(tree, override.parts, override.value)
        except ConfigError as error:
            faults.add(error.message, error.where, error.hint)
    return tree


def read_text(text: str, where: str) -> Any:
    """Read a value as TOML if it is TOML, else as text.

    Raises
    ------
    ConfigError
        If it is larger or deeper than a value may be.
    """
    if len(text) > _LONGEST or too_deep_line(f"value = {text}") is not None:
        raise ConfigError("this is too long or nests too deep", where=where)
    try:
        found = tomllib.loads(f"value = {text}")
    except ValueError:
        return text
    # A day is TOML, but no setting is one: on a command line it is a text without its quotes. More
    # keys than one come of a text with line breaks.
    is_text = len(found) > 1 or isinstance(found["value"], dt.date | dt.time)
    return text if is_text else found["value"]


def key_parts(text: str, where: str) -> list[str]:
    """Take a dotted key apart as TOML does.

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        found: Any = tomllib.loads(f"{text} = 0")
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("this is not a key", where=where) from error
    parts: list[str] = []
    while isinstance(found, dict):
        # A line break in the key could make several keys of it.
        if len(found) > 1 or "\n" in text:
            raise ConfigError("this is not a key", where=where)
        [(part, found)] = found.items()
        parts.append(part)
    return parts


def _parsed(word: str) -> Override:
    key, equals, value = _cut(word)
    if not equals or not key.strip():
        raise ConfigError(
            f"expected KEY=VALUE, got {word[:60]!r}", where=ORIGIN, hint="--set run.seed=1"
        )
    where = f"{ORIGIN} {key[:60]}"
    if len(word) > _LONGEST or too_deep_line(word) is not None:
        raise ConfigError("this is too long or nests too deep", where=where)
    return Override(ORIGIN, key_parts(key, where), read_text(value, where))


def _cut(override: str) -> tuple[str, str, str]:
    """Divide at the first ``=`` outside quotes: a quoted key may hold one."""
    quote = ""
    for at, character in enumerate(override):
        if character in {"'", '"'} and quote in {"", character}:
            quote = "" if quote else character
        elif character == "=" and not quote:
            return override[:at], "=", override[at + 1 :]
    return override.partition("=")


@attrs.frozen
class _Laid:
    """Lays values of one origin over a tree."""

    origin: str

    def over(self, tree: Node, keys: list[str], value: Any) -> Node:
        return self._set(tree, keys, grow(value, lambda _: self.origin), ())

    def _set(self, node: Node, keys: list[str], value: Node, path: KeyPath) -> Node:
        stage = STAGE_AT.get(path)
        if stage is not None:
            node = as_table(node, stage)
        if isinstance(node.content, list):
            return self._set_in_array(node, keys, value, path)
        # One table of a stage can be named like one of several: model.train.logistic, model.train.0.
        is_named = stage is not None and len(keys) > 1 and keys[0] not in (node.table or {})
        if is_named and keys[0] in {"0", *_labels(Node([node]), path)}:
            keys = keys[1:]
        return self._set_in_table(node, keys, value, path, stage)

    def _set_in_array(self, node: Node, keys: list[str], value: Node, path: KeyPath) -> Node:
        entries = list(node.content)
        labels = _labels(node, path)
        key, *rest = keys
        if key in labels:
            at = labels.index(key)
        elif key.isdecimal() and int(key) < len(entries):
            at = int(key)
        else:
            known = [label for label in labels if label] or list(map(str, range(len(entries))))
            raise ConfigError(
                f"{dotted(path)} has no {key!r}",
                where=f"{self.origin} {dotted((*path, *keys))}",
                hint=nearest(key, known),
            )
        stage = STAGE_AT.get(path)
        entries[at] = (
            self._set_in_table(entries[at], rest, value, (*path, at), stage) if rest else value
        )
        return Node(entries, node.origin)

    def _set_in_table(
        self, node: Node, keys: list[str], value: Node, path: KeyPath, stage: Stage | None
    ) -> Node:
        if node.table is None:
            raise ConfigError(
                f"{dotted(path)} is not a table", where=f"{self.origin} {dotted((*path, *keys))}"
            )
        key, *rest = keys
        if rest:
            below = node.table.get(key, Node({}, self.origin))
            return Node(
                {**node.table, key: self._set(below, rest, value, (*path, key))}, node.origin
            )
        over = Node({key: value}, self.origin)
        return merge(node, over, path) if stage is None else merge_plugin(node, over, stage)


def _labels(node: Node, path: KeyPath) -> list[str]:
    stage = STAGE_AT.get(path)
    if stage is not None and node.tables is not None:
        return step_names(node.tables, stage.name)
    return [entry.text("name") or "" for entry in node.content]
