"""What a setting is for, in the words of its plugin: the comment above the field, else the docstring."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PARAMETERS = re.compile(
    r"^Parameters\n-+\n(?P<body>.*?)(?=^\w+\n-+$|\Z)", re.MULTILINE | re.DOTALL
)


def help_of(plugin: Any, setting: str) -> str:
    """Say what a setting is for.

    Parameters
    ----------
    plugin : class or function
        As the plugin's author wrote it.
    setting : str
        The name of a field or parameter.

    Returns
    -------
    str
        The comment above it or behind it; else what the docstring says under ``Parameters``; else
        the docstring's first sentence; empty if there is none of them.
    """
    classes = inspect.getmro(plugin) if inspect.isclass(plugin) else (plugin,)
    for each in classes:
        found = _comment(each, setting)
        if found:
            return found
    text = inspect.getdoc(plugin) or ""
    return _parameter(text, setting) or _first_sentence(text)


def _comment(part: Any, setting: str) -> str:
    try:
        source = textwrap.dedent(inspect.getsource(part))
        place = next(_places(ast.parse(source), setting), None)
    except (OSError, TypeError, SyntaxError):  # no source, or none that can be read
        return ""
    if place is None:
        return ""
    lines = source.splitlines()
    return _above(lines[: place[0] - 1]) or _behind(lines[place[1] - 1])


def _places(tree: ast.Module, setting: str) -> Iterator[tuple[int, int]]:
    """Give the first and last line of a field of the outermost class or function."""
    outer = tree.body[0]
    if isinstance(outer, ast.ClassDef):
        for node in outer.body:
            if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == setting:
                yield node.lineno, node.end_lineno or node.lineno
    elif isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef):
        arguments = outer.args
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            # Comments stand for one parameter only where each has a line of its own.
            if argument.arg == setting and argument.lineno > outer.lineno:
                yield argument.lineno, argument.end_lineno or argument.lineno


def _above(lines: Sequence[str]) -> str:
    found: list[str] = []
    for line in reversed(lines):
        if not line.strip().startswith("#"):
            break
        found.insert(0, line.strip().lstrip("# "))
    return " ".join(found)


def _behind(line: str) -> str:
    """Take a comment at the end of the line; a ``#`` in quotes begins none."""
    _, mark, text = line.rpartition("  # ")
    is_told_to_tools = text.startswith(("noqa", "type:", "pragma"))
    return text.strip() if mark and not is_told_to_tools else ""


def _parameter(text: str, setting: str) -> str:
    section = _PARAMETERS.search(text)
    if section is None:
        return ""
    lines = section["body"].splitlines()
    for at, line in enumerate(lines):
        names = [name.strip() for name in line.partition(" :")[0].split(",")]
        if setting in names and not line.startswith(" "):
            following = lines[at + 1 :]
            end = next((n for n, each in enumerate(following) if each[:1].strip()), len(following))
            return " ".join(each.strip() for each in following[:end]).strip()
    return ""


def _first_sentence(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())
