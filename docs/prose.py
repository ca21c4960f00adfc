"""Docstrings, signatures and fields as Markdown."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADINGS = ("Parameters", "Returns", "Raises", "Notes", "Examples", "Yields")
_LONGEST_NAME = 60
_PARAMETERS = re.compile(
    r"\n*^Parameters\n-+\n(?P<text>.*?)(?=^\w+\n-+\n|\Z)", re.DOTALL | re.MULTILINE
)


def prose(value: Any) -> str:
    """Give the docstring of something, its numpy headings as bold words."""
    text = inspect.cleandoc(value.__doc__ or "")
    for heading in _HEADINGS:
        text = text.replace(f"{heading}\n{'-' * len(heading)}", f"**{heading}**\n")
    return "\n".join(_bullet(line) for line in text.splitlines())


def prose_without_parameters(value: Any) -> str:
    """Give the docstring of a class whose fields a table tells."""
    text = _PARAMETERS.sub("\n\n", inspect.cleandoc(value.__doc__ or ""))
    bare = type("Bare", (), {"__doc__": text.strip()})
    return prose(bare)


def parameters_of(value: Any) -> dict[str, str]:
    """Give what a docstring says of each parameter, on one line."""
    found = _PARAMETERS.search(inspect.cleandoc(value.__doc__ or ""))
    told: dict[str, str] = {}
    names: list[str] = []
    for line in found["text"].splitlines() if found else ():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.partition(" : ")[0].split(",")]
        for name in names if line.startswith(" ") else ():
            told[name] = f"{told.get(name, '')} {line.strip()}".strip()
    return told


def signature(function: Any, *, is_bound: bool = False) -> str:
    """Write a signature as it stands in the source; of a bound method without ``self``."""
    found = inspect.signature(inspect.unwrap(function))
    parameters = list(found.parameters.values())
    if is_bound:
        parameters = [each for each in parameters if each.name not in {"self", "cls"}]
    return str(
        found.replace(
            parameters=[each.replace(annotation=_told(each.annotation)) for each in parameters],
            return_annotation=_told(found.return_annotation),
        )
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Write a table and an empty line; nothing if there is no row."""
    if not rows:
        return []
    lines = [header, ["---"] * len(header), *([_cell(cell) for cell in row] for row in rows)]
    return [*(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines), ""]


def code(text: object) -> str:
    """Set a text as code; nothing remains nothing."""
    return f"`{text}`" if str(text) else ""


def default_of(field: Any) -> str:
    """Write the default of a field."""
    if field.default is attrs.NOTHING:
        return "required"
    made = field.default.factory() if isinstance(field.default, attrs.Factory) else field.default
    return code(repr(made))


@attrs.frozen
class _Source:
    """Something whose ``repr`` is a piece of source."""

    text: str

    def __repr__(self) -> str:
        return self.text


def _told(annotation: Any) -> Any:
    return _Source(annotation) if isinstance(annotation, str) else annotation


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _bullet(line: str) -> str:
    name, colon, kind = line.partition(" : ")
    if colon and not line.startswith(" ") and len(name) < _LONGEST_NAME:
        return f"- `{name}`: *{kind}*  "
    return line
