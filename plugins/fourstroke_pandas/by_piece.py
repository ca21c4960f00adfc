"""Let a step that works row by row take a table that may be larger than memory."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from fourstroke import Pieces

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke import Context


def by_piece(prepare: Callable[[Any, Any, Context], Any]) -> Callable[[Any, Any, Context], Any]:
    """Call a method `prepare` for each piece of a table in pieces, and once for any other."""

    @functools.wraps(prepare)
    def called(self: Any, data: Any, context: Context) -> Any:
        if isinstance(data, Pieces):
            return data.map(lambda piece: prepare(self, piece, context), scratch=context.scratch)
        return prepare(self, data, context)

    return called
