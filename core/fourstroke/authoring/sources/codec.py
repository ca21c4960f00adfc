"""How values of a type become files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import attrs

from fourstroke import StoreError, hookimpl, plugin

if TYPE_CHECKING:
    from pathlib import Path


@attrs.frozen
class Words:
    """A value of one's own: the entry point of the codec is named for this class."""

    words: tuple[str, ...]


@plugin
class Template:
    """Keep words as JSON: equal values give equal bytes."""

    @hookimpl
    def encode(self, value: Words, folder: Path) -> bool:
        """Write the words into one file."""
        (folder / "words.json").write_text(json.dumps(list(value.words)), encoding="utf-8")
        return True

    @hookimpl
    def decode(self, folder: Path) -> Words:
        """Read the words back."""
        try:
            words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError("its words cannot be read", where="words.json") from error
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise StoreError("it holds something else than words", where="words.json")
        return Words(tuple(words))
