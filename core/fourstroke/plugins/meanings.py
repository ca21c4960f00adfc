"""What the fields of a class mean: the comments above them in its source."""

from __future__ import annotations

import ast
import inspect
import textwrap


def of_comments(cls: type) -> dict[str, str]:
    """Give the comment above each field, on one line; nothing of a class without a source.

    A field that follows another without a gap shares its comment: ``low`` and ``high`` are told once.
    """
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__[:-1]):
        found |= _of_class(base)
    return found


def _of_class(cls: type) -> dict[str, str]:
    try:
        source = textwrap.dedent(inspect.getsource(cls))
        body = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError):  # built at run time, or of a compiled module
        return {}
    lines = source.splitlines()
    found: dict[str, str] = {}
    last, end = "", -1
    for part in getattr(body, "body", ()):
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
            shared = last if part.lineno == end + 1 else ""
            last, end = _above(lines, part.lineno - 1) or shared, part.end_lineno or part.lineno
            found[part.target.id] = last
    return {name: text for name, text in found.items() if text}


def _above(lines: list[str], at: int) -> str:
    comment: list[str] = []
    while at and (line := lines[at - 1].strip()).startswith("#"):
        comment.insert(0, line.lstrip("# "))
        at -= 1
    return " ".join(comment)
