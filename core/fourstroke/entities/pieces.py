"""A table that may be larger than memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


@attrs.frozen(kw_only=True)
class Repeats:
    """Rows that are equal to one before them.

    Parameters
    ----------
    count : int
        How many there are.
    rows : tuple of int
        The first ten of them, counted from 0.
    cells : tuple of tuple
        What stands in each of ``rows``, in the columns that were compared.
    """

    count: int
    rows: tuple[int, ...] = ()
    cells: tuple[tuple[Any, ...], ...] = ()


class Pieces(ABC):
    """A table that may be larger than memory: read piece by piece, as often as it takes.

    A stage that takes one piece after the other says so by ``isinstance(data, Pieces)``; one that needs
    the whole table at once calls ``to_pandas`` and needs the memory for it.

    Examples
    --------
    ::

        def add_ratio(data, context):
            if isinstance(data, Pieces):
                return data.map(lambda piece: add_ratio(piece, context), scratch=context.scratch)
            return data.assign(ratio=data["price"] / data["carat"])
    """

    @property
    @abstractmethod
    def columns(self) -> Sequence[str]:
        """The names of the columns, in their order."""

    @abstractmethod
    def __len__(self) -> int:
        """Count the rows."""

    @abstractmethod
    def __iter__(self) -> Iterator[Any]:
        """Give the pieces in the order of their rows, each a table; the same at each time."""

    @abstractmethod
    def map(self, function: Callable[[Any], Any], *, scratch: Path | None = None) -> Pieces:
        """Make the table of what a function gives for each piece, one after the other.

        Parameters
        ----------
        function : callable
            Takes a table and gives a table; what it gives for a row must not hang on other rows.
        scratch : Path, optional
            Where there is room for the result: ``context.scratch`` is on the project's disk. Without it
            the folder of the system for temporary files, which may be small.
        """

    @abstractmethod
    def repeated(self, columns: Sequence[str] = ()) -> Repeats:
        """Find rows whose cells in these columns, or in all, are those of a row before.

        A row with a missing cell in one of ``columns`` repeats none.
        """

    @abstractmethod
    def head(self, rows: int = 5) -> Any:
        """Give the first rows, as a table in memory."""

    @abstractmethod
    def to_pandas(self) -> Any:
        """Give the whole table at once, which has to fit into memory."""
