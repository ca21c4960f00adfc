"""All that is wrong with a project file, gathered so that a user sees it at once."""

from __future__ import annotations

import attrs

from fourstroke.config.node import DEFAULT, KeyPath, Node, dotted
from fourstroke.errors import ConfigError, FourstrokeError, nearest

_MOST_SHOWN = 50
_LONGEST_COMPARED = 100


@attrs.define
class Faults:
    """Collects faults, and raises them together."""

    errors: list[ConfigError] = attrs.field(factory=list)
    _more: int = 0

    @property
    def is_full(self) -> bool:
        """Whether there are so many that further ones are only counted."""
        return len(self.errors) >= _MOST_SHOWN

    def add(self, message: str, where: str, hint: str = "") -> None:
        """Note a fault at a place that the caller names; the first one of a place says enough."""
        if any(error.where == where for error in self.errors):
            return
        if self.is_full:
            self._more += 1
        else:
            self.errors.append(ConfigError(message, where=where, hint=hint))

    def at(self, node: Node, path: KeyPath, message: str, hint: str = "") -> None:
        """Note a fault of one value."""
        self.add(message, place(node, path), hint)

    def unknown(self, node: Node, path: KeyPath, known: list[str], hint: str = "") -> None:
        """Note a key that there is not."""
        if self.is_full:  # to compare each of 100,000 wrong keys would take minutes
            self._more += 1
            return
        wrong = str(path[-1])[:_LONGEST_COMPARED]
        self.at(node, path, "there is no such key", hint or nearest(wrong, known))

    def raise_all(self) -> None:
        """Raise what has been noted.

        Raises
        ------
        ConfigError
            The first fault, with all others.
        """
        if not self.errors:
            return
        if self._more:
            self.errors.append(ConfigError(f"and {self._more} more faults"))
        raise FourstrokeError.join(self.errors)


def place(node: Node, path: KeyPath) -> str:
    """Name a value: where it was written, and its key."""
    return dotted(path) if node.origin == DEFAULT else f"{node.origin}: {dotted(path)}"
