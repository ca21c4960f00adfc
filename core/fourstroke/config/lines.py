"""Find the line of every key in a TOML text: ``tomllib`` gives values without places."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import attrs

from fourstroke.config.node import KeyPath

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST: Final = 20

_Kind = Literal["space", "newline", "string", "bare", "mark"]

# Groups are possessive: a string without end is given up at once, not tried from each place.
_TOKEN = re.compile(
    r'''
    (?P<space> [ \t\r]+ | \#[^\n]* )
  | (?P<newline> \n )
  | (?P<string>
        """ (?: [^"\\]++ | \\. | "{1,2}(?!") )*+ "{3,5}
      | \'\'\' (?: [^']++ | '{1,2}(?!') )*+ '{3,5}
      | " (?: [^"\\\n]++ | \\. )*+ "
      | ' [^'\n]*+ '
    )
  | (?P<bare> [^\s\[\]{},=\#"'.]+ )
  | (?P<mark> . )
    ''',
    re.VERBOSE | re.DOTALL,
)


@attrs.frozen
class _Token:
    kind: _Kind
    text: str
    line: int


def too_deep_line(text: str) -> int | None:
    """Give the first line whose brackets or dotted keys nest deeper than is allowed.

    Looked at before the text is parsed: ``tomllib`` recurses into brackets, and takes memory by the
    square of a dotted key's length, so that a file of 100 kB could use up all of a machine's.
    """
    brackets = dots = 0
    for token in _tokens(text):
        if token.text in {"[", "{"}:
            brackets += 1
        elif token.text in {"]", "}"}:
            brackets = max(brackets - 1, 0)
        if token.text == ".":
            dots += 1
        elif token.kind in {"mark", "newline"}:
            dots = 0
        if max(brackets, dots) > DEEPEST:
            return token.line
    return None


def line_numbers(text: str) -> dict[KeyPath, int]:
    """Say on which line each key and each entry of an array begins.

    Parameters
    ----------
    text : str
        TOML that ``tomllib`` has accepted.
    """
    scanner = _Scanner([token for token in _tokens(text) if token.kind != "space"])
    scanner.document()
    return scanner.lines


def header_lines(text: str) -> dict[int, KeyPath]:
    """Say on which lines tables begin, and which; an entry of an array ends with its index.

    Parameters
    ----------
    text : str
        TOML that ``tomllib`` has accepted.
    """
    scanner = _Scanner([token for token in _tokens(text) if token.kind != "space"])
    scanner.document()
    return scanner.headers


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind in get_args(_Kind):
            yield _Token(kind, match.group(), line)  # type: ignore[arg-type]  # just tested
        line += match.group().count("\n")


@attrs.define
class _Scanner:
    """Reads the shape of a valid document and skips its values."""

    tokens: list[_Token]
    lines: dict[KeyPath, int] = attrs.field(factory=dict)
    headers: dict[int, KeyPath] = attrs.field(factory=dict)
    _at: int = 0
    _last_entries: dict[KeyPath, int] = attrs.field(factory=dict)

    def document(self) -> None:
        table: KeyPath = ()
        while self._at < len(self.tokens):
            if self._skip("\n"):
                continue
            table = self._header() if self._skip("[") else self._pair(table)

    def _header(self) -> KeyPath:
        line = self.tokens[self._at - 1].line
        is_array = self._skip("[")
        *around, last = self._key()
        self._skip("]")
        self._skip("]")
        path: KeyPath = (*self._current(around), last)
        self._note(path, line)
        if is_array:
            self._last_entries[path] = self._last_entries.get(path, -1) + 1
        path = self._current_entry(path)
        self.lines.setdefault(path, line)
        self.headers[line] = path
        return path

    def _pair(self, table: KeyPath) -> KeyPath:
        line = self.tokens[self._at].line
        path = (*table, *self._key())
        self._skip("=")
        self._note(path, line)
        self._value(path)
        return table

    def _value(self, path: KeyPath) -> None:
        if self._skip("["):
            index = 0
            while not self._skip("]"):
                if not (self._skip("\n") or self._skip(",")):
                    self.lines[*path, index] = self.tokens[self._at].line
                    self._value((*path, index))
                    index += 1
        elif self._skip("{"):
            while not self._skip("}"):
                if not (self._skip("\n") or self._skip(",")):
                    self._pair(path)
        else:
            while self._at < len(self.tokens) and not self._is_end():
                self._at += 1

    def _key(self) -> list[str]:
        """Take a key, and let ``tomllib`` say what its quotes and escapes mean."""
        start = self._at
        while self.tokens[self._at].text not in {"=", "]"}:
            self._at += 1
        raw = "".join(token.text for token in self.tokens[start : self._at])
        parts: list[str] = []
        found: Any = tomllib.loads(f"{raw} = 0")
        while isinstance(found, dict):
            [(part, found)] = found.items()
            parts.append(part)
        return parts

    def _current(self, keys: list[str]) -> KeyPath:
        path: KeyPath = ()
        for key in keys:
            path = self._current_entry((*path, key))
        return path

    def _current_entry(self, path: KeyPath) -> KeyPath:
        """Under a ``[[table]]``, a key belongs to the entry that was opened last."""
        return (*path, self._last_entries[path]) if path in self._last_entries else path

    def _note(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def _is_end(self) -> bool:
        return self.tokens[self._at].text in {",", "]", "}", "\n"}

    def _skip(self, text: str) -> bool:
        if self._at < len(self.tokens) and self.tokens[self._at].text == text:
            self._at += 1
            return True
        return False
