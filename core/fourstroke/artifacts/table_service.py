"""What may be asked of a table of any kind: its codec answers, whatever library keeps the cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.entities.pieces import Pieces
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from fourstroke.artifacts.codecs import Codecs
    from fourstroke.entities.profile import TableDifference, TableProfile
    from fourstroke.plugins.services import TableCaller


@attrs.frozen(eq=False)
class TableService:
    """Profiles, compares, writes and searches tables.

    A table in pieces is handed to the codec of the pieces, one by one.
    """

    _codecs: Codecs

    def knows_profiles(self, table: Any) -> bool:
        """Whether the codec of a table makes profiles."""
        return self._caller(table).knows("profile_table")

    def profile(self, table: Any) -> TableProfile:
        """Say what is in a table, at a glance.

        Raises
        ------
        UsageError
            If its codec does not know how.
        """
        return self._able(table, "profile_table").profile_table(pieces_of(table))

    def compare(self, before: Any, after: Any, key: Sequence[str]) -> TableDifference:
        """Say in what two tables differ; raises as `profile` does."""
        caller = self._able(after, "compare_tables")
        return caller.compare_tables(pieces_of(before), pieces_of(after), tuple(key))

    def write(self, table: Any, path: Path) -> int:
        """Write a table into a file, by its suffix; raises as `profile` does."""
        return self._able(table, "write_table").write_table(pieces_of(table), path)

    def find(self, table: Any, column: str, value: str) -> Sequence[int]:
        """Find rows by a cell; raises as `profile` does."""
        return self._able(table, "find_rows").find_rows(pieces_of(table), column, value)

    def stack(self, parts: Sequence[tuple[Any, int, int]]) -> Any:
        """Put rows of tables of one kind under each other; raises as `profile` does."""
        table, start, stop = parts[0]
        if len(parts) == 1 and (start, stop) == (0, len(table)):
            return table
        return self._able(table, "stack_rows").stack_rows(parts)

    def read_labels(self, table: Any, column: str, label: str, *, is_number: bool) -> Any:
        """Make labels of a table that people bring; raises as `profile` does."""
        able = self._able(table, "read_labels")
        return able.read_labels(table, column, label, is_number=is_number)

    def label(self, rows: Any, column: str, labels: Sequence[Any]) -> Any:
        """Find the label of each row; raises as `profile` does."""
        return self._able(rows, "label_rows").label_rows(rows, column, labels)

    def _able(self, table: Any, hook: str) -> TableCaller:
        caller = self._caller(table)
        if not caller.knows(hook):
            raise UsageError(
                f"the codec of {type(table).__name__} does not know {hook}",
                hint="it is an optional hook of codecs: fourstroke plugins hooks " + hook,
            )
        return caller

    def _caller(self, table: Any) -> TableCaller:
        name, _ = self._codecs.for_value(next(iter(pieces_of(table))))
        return self._codecs.tables(name)


def pieces_of(table: Any) -> Iterable[Any]:
    """Give a table in pieces that can be read several times; one in memory is one piece."""
    if not isinstance(table, Pieces):
        return [table]
    return table if len(table) else [table.head(0)]
