"""Tags as people give them to commands: ``NAME=VALUE``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


def tags_of(words: Iterable[str]) -> dict[str, str]:
    """Read tags.

    Examples
    --------
    >>> tags_of(["team=risk", "why=a=b", "draft="])
    {'team': 'risk', 'why': 'a=b', 'draft': ''}
    """
    found = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"{word!r} is no tag", hint="write name=value, such as team=risk")
        found[name.strip()] = value.strip()
    return found
