"""Open the project file: one regular file of bounded size and depth, in UTF-8, that is TOML."""

from __future__ import annotations

import os
import re
import shlex
import stat
import tomllib
from typing import TYPE_CHECKING, Any, Final

from fourstroke.config.lines import DEEPEST, line_numbers, too_deep_line
from fourstroke.config.node import KeyPath, Node, grow
from fourstroke.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "fourstroke.toml"

_LARGEST_BYTES = 1 << 20
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


def read_tree(root: Path) -> Node:
    """Read ``fourstroke.toml`` of a folder, every value with its line.

    Raises
    ------
    ConfigError
        If there is no such file, or it is not what a project file has to be.
    """
    text = _text(_content(root / FILE_NAME, root))
    line = too_deep_line(text)
    if line is not None:
        raise _too_deep(line)
    values = _values(text)
    lines = line_numbers(text)

    def origin_of(path: KeyPath) -> str:
        # Beyond the limit a path has no place of its own, and needs none.
        while path and path not in lines:
            path = path[:-1]
        return f"{FILE_NAME}:{lines[path]}" if path else FILE_NAME

    tree = grow(values, origin_of)
    deep = _too_deep_origin(tree)
    if deep is not None:
        raise ConfigError(f"tables nest deeper than {DEEPEST}", where=deep)
    return tree


def where_instead(root: Path) -> str:
    """Say what to do in a folder without a project: name the one that it lies in, if there is one.

    It is only named: a project that was found by chance could be another than the one meant.
    """
    above = next((each for each in root.resolve().parents if (each / FILE_NAME).is_file()), None)
    if above is None:
        return "fourstroke init"
    shown = shlex.quote(_from_here(above))
    return f"the project of this folder is in {shown}: -C {shown}"


def _from_here(folder: Path) -> str:
    try:
        return os.path.relpath(folder)
    except ValueError:  # another drive on Windows
        return str(folder)


def _content(path: Path, root: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ConfigError("this is not a regular file", where=str(path))
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ConfigError(
            "there is no project here", where=str(root), hint=where_instead(root)
        ) from error
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if len(content) > _LARGEST_BYTES:
        raise ConfigError("the project file is larger than 1 MiB", where=FILE_NAME)
    return content


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError("this is UTF-16, not UTF-8", where=FILE_NAME, hint="save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"this is not UTF-8: byte 0x{content[error.start]:02x}",
            where=f"{FILE_NAME}:{_line_at(content, error.start)}",
            hint="save it as UTF-8",
        ) from error
    if "\0" in text:
        line = _line_at(content, content.index(b"\0"))
        raise ConfigError("there is a NUL character", where=f"{FILE_NAME}:{line}")
    return text


def _values(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _PLACE.search(message)
        line = int((place and place["line"]) or text.rstrip().count("\n") + 1)
        what = _PLACE.sub("", message)
        raise ConfigError(
            f"this is not TOML: {what[:1].lower()}{what[1:]}", where=f"{FILE_NAME}:{line}"
        ) from error
    except ValueError as error:
        # An integer beyond what `int` takes, or a day that no month has: no place comes with it.
        raise ConfigError(f"this is not TOML: {error}", where=FILE_NAME) from error


def _too_deep(line: int) -> ConfigError:
    return ConfigError(f"tables nest deeper than {DEEPEST}", where=f"{FILE_NAME}:{line}")


def _too_deep_origin(node: Node, depth: int = 0) -> str | None:
    """Give the place of the first value that lies too deep; headers and keys add up."""
    if depth > DEEPEST:
        return node.origin
    parts = node.table.values() if node.table is not None else node.content
    if not isinstance(parts, list) and node.table is None:
        return None
    found = (_too_deep_origin(part, depth + 1) for part in parts)
    return next((origin for origin in found if origin is not None), None)


def _line_at(content: bytes, position: int) -> int:
    return content.count(b"\n", 0, position) + 1
