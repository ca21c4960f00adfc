"""Go through tables of the same rows side by side, also if some are larger than memory and lie in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.artifacts.table_service import pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fourstroke.artifacts.table_service import TableService


def aligned(tables: TableService, wholes: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Give the same rows of all tables, and then the next ones; a part ends where a piece of any table ends.

    Tables in memory alone are given as they are, at once.

    Parameters
    ----------
    tables : TableService
        Takes rows out of pieces.
    wholes : sequence of table
        Of one length each.
    """
    pieces = [_filled(whole) for whole in wholes]
    held = [(first, 0) for each in pieces if (first := next(each, None)) is not None]
    while len(held) == len(pieces):
        count = min(len(piece) - start for piece, start in held)
        yield tuple(tables.stack([(piece, start, start + count)]) for piece, start in held)
        held = list(_onwards(held, pieces, count))


def _onwards(
    held: Sequence[tuple[Any, int]], pieces: Sequence[Iterator[Any]], count: int
) -> Iterator[tuple[Any, int]]:
    """Go on by so many rows; a table that is at its end gives nothing."""
    for (piece, start), others in zip(held, pieces, strict=True):
        if start + count < len(piece):
            yield piece, start + count
        elif (following := next(others, None)) is not None:
            yield following, 0


def _filled(whole: Any) -> Iterator[Any]:
    """Give the pieces that have rows."""
    return (piece for piece in pieces_of(whole) if len(piece))
