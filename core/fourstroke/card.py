"""Read the model card: a Markdown file of the project, whose headings are its parts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fourstroke.entities.card import CardSection, ModelCard
from fourstroke.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

# A card is read by people; whatever is larger is not one.
_MOST_BYTES: Final = 200_000
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$")
_TODO = re.compile(r"\bTODO\b")


def read_card(root: Path, name: str) -> ModelCard | None:
    """Read the card of a project.

    Parameters
    ----------
    root : Path
        The project's folder.
    name : str
        The file, relative to it.

    Returns
    -------
    ModelCard or None
        Nothing if there is no such file: nobody has written one yet.

    Raises
    ------
    ConfigError
        If it cannot be read as text, or is too large for one.
    """
    path = root / name
    if not path.is_file():
        return None
    if path.stat().st_size > _MOST_BYTES:
        raise ConfigError(f"a model card has at most {_MOST_BYTES:,} bytes", where=name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the model card is no text in UTF-8: {error}", where=name) from error
    return ModelCard(file=name, sections=tuple(_sections(text)))


def _sections(text: str) -> list[CardSection]:
    r"""Divide Markdown at its headings; headings in a fenced block are none.

    Examples
    --------
    >>> [(part.title, part.text, part.todo) for part in _sections("# Use\nTODO: say\n# Limits\nMany.")]
    [('Use', 'TODO: say', 1), ('Limits', 'Many.', 0)]
    """
    parts: list[tuple[str, list[str]]] = [("", [])]
    is_fenced = False
    for line in text.splitlines():
        is_fenced ^= line.lstrip().startswith("```")
        heading = None if is_fenced else _HEADING.match(line)
        if heading:
            parts.append((heading[1], []))
        else:
            parts[-1][1].append(line)
    made = [(title, "\n".join(lines).strip()) for title, lines in parts]
    return [
        CardSection(title=title, text=body, todo=len(_TODO.findall(body)))
        for title, body in made
        if title or body
    ]
