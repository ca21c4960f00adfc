"""Edit one table of a project file in place, so that comments and layout stay as they are.

Only the lines of the table itself are taken apart and written anew, by tomlkit; all others stay as
they are, byte by byte. What comes out is compared with what was meant, so that a layout which is
not understood is refused and never spoilt.
"""

from __future__ import annotations

import copy
import itertools
import re
import tomllib
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.config.lines import header_lines, line_numbers
from fourstroke.config.node import KeyPath, dotted
from fourstroke.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_ENVIRONMENTS = "environments"
_SINGLE_HEADER = re.compile(r"(?P<before>\s*)\[(?P<key>[^\[\]]+)\](?P<after>\s*(?:#.*)?)")


@attrs.frozen(kw_only=True)
class Change:
    """What is to stand in a table.

    Parameters
    ----------
    path : tuple
        The table; an entry of an array by its index, or by one more than the last for a new one.
    values : mapping of tuple of str to object
        Values by their keys within the table.
    kept : frozenset of str, optional
        Which other keys stay; all of them without it.
    as_text : bool
        Whether ``key = "name"`` stands for a table that says nothing but ``use``.
    """

    path: KeyPath
    values: Mapping[tuple[str, ...], Any]
    kept: frozenset[str] | None = None
    as_text: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the table may be written as one text."""
        return self.as_text and set(self.values) == {("use",)}


def edited(text: str, change: Change) -> str:
    """Write a change into a project file.

    Parameters
    ----------
    text : str
        TOML that ``tomllib`` has accepted, with line feeds alone.
    change : Change
        What is to change.

    Raises
    ------
    ConfigError
        If the file writes the table in a way that only a person can change.
    """
    import tomlkit  # noqa: PLC0415 - only the command that edits needs it
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        found = _Editor(tomlkit, text, change).text()
        is_right = tomllib.loads(found) == _expected(tomllib.loads(text), change)
    except (TOMLKitError, tomllib.TOMLDecodeError, LookupError, TypeError, ValueError):
        is_right = False
    if not is_right:
        raise ConfigError(
            "only a person can change this table as it is written",
            where=f"fourstroke.toml: {dotted(change.path)}",
            hint="give it a header of its own, or write the change by hand",
        )
    return found


@attrs.frozen
class _Editor:
    """Edits the lines of one table."""

    tomlkit: ModuleType
    source: str
    change: Change

    def text(self) -> str:
        path = self.change.path
        lines = line_numbers(self.source)
        if path in lines:
            return self._changed_at(lines[path])
        *around, last = path
        if isinstance(last, int):
            return self._new_entry(tuple(around), lines)
        if self.change.as_text and tuple(around) in lines:
            return self._changed_at(lines[tuple(around)])
        return self._with_block(self._block(path), self._end_of_group(path))

    def _changed_at(self, line: int) -> str:
        """Edit the lines from the header that a line stands under to the end of that table."""
        headers = header_lines(self.source)
        start = max((each for each in headers if each <= line), default=1)
        end = self._end_of(start, self.change.path)
        rows = self.source.split("\n")
        part = self.tomlkit.parse("\n".join([*rows[start - 1 : end], ""]))
        self._put(part)
        fresh = self.tomlkit.dumps(part).rstrip("\n").split("\n")
        return "\n".join([*rows[: start - 1], *fresh, *rows[end:]])

    def _put(self, part: Any) -> None:
        *around, last = self.change.path
        table = part
        for key in around:
            table = table[self._index(table, key)]
        key = self._index(table, last) if isinstance(last, int) else last
        is_entry = isinstance(key, int) and key < len(table)
        there = table[key] if is_entry or (not isinstance(key, int) and key in table) else None
        if isinstance(there, self.tomlkit.items.InlineTable):
            # It holds no comments, and with keys taken out its spaces would be odd.
            whole = there.unwrap()
            _update(whole, self.change, copy.deepcopy)
            table[key] = self._inline(whole)
        elif isinstance(there, MutableMapping):
            _update(there, self.change, self._inline)
        elif isinstance(key, int):
            table.append(self._inline(_fresh(self.change)))
        else:
            written = _fresh(self.change)
            table[key] = written["use"] if self.change.is_text else self._inline(written)

    @staticmethod
    def _index(table: Any, key: str | int) -> str | int:
        """Find an entry in lines that hold one entry of an array alone, or an inline array whole."""
        is_alone = isinstance(key, int) and type(table).__name__ == "AoT"
        return 0 if is_alone else key

    def _new_entry(self, array: KeyPath, lines: Mapping[KeyPath, int]) -> str:
        if array not in lines:
            return self._with_block(self._block((*array, 0)), self._end_of_group(array))
        headers = header_lines(self.source)
        entries = [
            line
            for line, path in headers.items()
            if path[:-1] == array and isinstance(path[-1], int)
        ]
        if entries:
            block = self._block(self.change.path)
            return self._with_block(block, self._end_of(entries[-1], headers[entries[-1]]))
        if lines[array] in headers:
            return self._as_array(array, lines[array])
        return self._changed_at(lines[array])

    def _as_array(self, table: KeyPath, line: int) -> str:
        """Make the only table of a stage the first of an array, and add the second."""
        rows = self.source.split("\n")
        header = _SINGLE_HEADER.fullmatch(rows[line - 1])
        if header is None:
            raise ValueError(rows[line - 1])
        rows[line - 1] = f"{header['before']}[[{header['key']}]]{header['after']}"
        changed = attrs.evolve(self.change, path=(*table, 1))
        return attrs.evolve(self, source="\n".join(rows), change=changed).text()

    def _block(self, path: KeyPath) -> list[str]:
        """Write a table with its header."""
        tomlkit = self.tomlkit
        document: Any = tomlkit.document()
        names = [str(part) for part in path if not isinstance(part, int)]
        *around, last = names
        table = tomlkit.table()
        if self.change.as_text:
            *around, above = around
            written = _fresh(self.change)
            table[last] = written["use"] if self.change.is_text else self._inline(written)
            last, entry = above, table
        else:
            for key, value in _fresh(self.change).items():
                table[key] = self._inline(value)
            entry = table
            if isinstance(path[-1], int):
                entry = tomlkit.aot()
                entry.append(table)
        whole = document
        for key in around:
            whole[key] = tomlkit.table(is_super_table=True)
            whole = whole[key]
        whole[last] = entry
        return str(tomlkit.dumps(document)).strip("\n").split("\n")

    def _with_block(self, block: list[str], end: int) -> str:
        rows = self.source.split("\n")
        before, after = rows[:end], rows[end:]
        gap_before = [""] if before and before[-1].strip() else []
        is_gap = not after or not after[0].strip()
        gap_after = [] if is_gap and len(after) != 1 else [""]
        if not any(row.strip() for row in after):
            return "\n".join([*before, *gap_before, *block, ""])
        return "\n".join([*before, *gap_before, *block, *gap_after, *after])

    def _end_of(self, start: int, path: KeyPath) -> int:
        """Give the last line of a table, with those below it and without what follows it."""
        headers = header_lines(self.source)
        later = [line for line in sorted(headers) if line > start]
        following = next((line for line in later if headers[line][: len(path)] != path), None)
        rows = self.source.split("\n")
        end = len(rows) if following is None else following - 1
        while end > start and (not rows[end - 1].strip() or rows[end - 1].lstrip()[0] == "#"):
            end -= 1
        return end

    def _end_of_group(self, path: KeyPath) -> int:
        """Say after which line a new table stands: behind its like, else before environments."""
        headers = header_lines(self.source)
        is_overlay = path[0] == _ENVIRONMENTS
        for length in range(len(path) - 1, 2 if is_overlay else 0, -1):
            like = [line for line in headers if headers[line][:length] == path[:length]]
            if like:
                return self._end_of(max(like), headers[max(like)])
        if is_overlay:
            like = [line for line in headers if headers[line][:2] == path[:2]]
            return self._end_of(max(like), headers[max(like)]) if like else self._last()
        own = [line for line in headers if headers[line][0] != _ENVIRONMENTS]
        return self._end_of(max(own), headers[max(own)]) if own else self._last()

    def _last(self) -> int:
        return len(self.source.rstrip("\n").split("\n"))

    def _inline(self, value: Any) -> Any:
        """Write a value in one line, tables with a space inside their braces."""
        return self.tomlkit.parse(f"value = {self._written(value)}")["value"]

    def _written(self, value: Any) -> str:
        if not isinstance(value, Mapping):
            return str(self.tomlkit.item(value).as_string())
        parts = [
            f"{self.tomlkit.key(key).as_string()} = {self._written(part)}"
            for key, part in value.items()
        ]
        return f"{{ {', '.join(parts)} }}" if parts else "{}"


def _update(table: MutableMapping[str, Any], change: Change, made: Any) -> None:
    if change.kept is not None:
        for key in [key for key in table if key not in change.kept]:
            if (key,) not in change.values:
                del table[key]
    for keys, value in change.values.items():
        below = table
        *around, last = keys
        for key in around:
            if not isinstance(below.get(key), MutableMapping):
                below[key] = made({})
            below = below[key]
        below[last] = made(value)


def _fresh(change: Change) -> dict[str, Any]:
    table: dict[str, Any] = {}
    _update(table, change, copy.deepcopy)
    return table


def _expected(values: dict[str, Any], change: Change) -> dict[str, Any]:
    """Make the change on plain values: what the edited text has to say."""
    path: Sequence[Any] = change.path
    found: Any = values
    for key, following in itertools.pairwise(path):
        if isinstance(found, dict) and isinstance(following, int):
            if isinstance(found.get(key), dict):
                found[key] = [found[key]]
            found = found.setdefault(key, [])
        elif isinstance(found, dict):
            found = found.setdefault(key, {})
        else:
            found = found[key]
    last = path[-1]
    if isinstance(last, int):
        if last == len(found):
            found.append({})
        _update(found[last], change, copy.deepcopy)
    elif isinstance(found.get(last), dict):
        _update(found[last], change, copy.deepcopy)
    else:
        fresh = _fresh(change)
        found[last] = fresh["use"] if change.is_text else fresh
    return values
