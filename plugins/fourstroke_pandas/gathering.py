"""Gather in one pass what rules about a whole table ask of its columns, a piece at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke import Pieces, Repeats
from fourstroke_pandas.families import Family, combined, comparable, family_of, first_rows
from fourstroke_pandas.frames import as_frame, check_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from fourstroke_pandas.families import Family

_NAMED: Final = 10
# So many different values are told apart; what has more has very many.
_MOST_DISTINCT: Final = 100_000


@attrs.define(eq=False)
class ColumnFacts:
    """What was seen of one column; rows are counted from 0 in the whole table."""

    name: str
    rows: int = 0
    missing: int = 0
    missing_rows: tuple[int, ...] = ()
    infinite: int = 0
    infinite_rows: tuple[int, ...] = ()
    families: set[Family] = attrs.field(factory=set)
    # A cell of a column whose cells are all alike.
    only: Any = None
    is_constant: bool = True
    # Of text: different numbers, cells that are numbers, and words that are none.
    numbers: set[Any] = attrs.field(factory=set)
    number_cells: int = 0
    words: set[Any] = attrs.field(factory=set)
    word_rows: tuple[int, ...] = ()
    first_word: Any = None
    # What types of cells a column of objects holds, each with the row where it first comes.
    kinds: dict[str, int] = attrs.field(factory=dict)

    @property
    def family(self) -> Family:
        """What the column holds."""
        return combined(self.families)

    def add(self, cells: pd.Series[Any]) -> None:
        """Look at the next cells."""
        if not len(cells):
            return
        family = family_of(cells)
        self.families.add(family)
        is_missing = cells.isna()
        self.missing_rows = self._with(self.missing_rows, is_missing)
        self.missing += int(is_missing.sum())
        self._see_constant(cells)
        if family == "number":
            infinite = np.isinf(cells.to_numpy(dtype=np.float64, na_value=np.nan))
            self.infinite_rows = self._with(self.infinite_rows, infinite)
            self.infinite += int(infinite.sum())
        if family == "other":
            self._see_kinds(cells)
        if family == "text" and len(self.words) <= _MOST_DISTINCT:
            self._see_words(cells)
        self.rows += len(cells)

    def _see_constant(self, cells: pd.Series[Any]) -> None:
        if not self.is_constant:
            return
        cells = comparable(cells)
        if not self.rows:
            self.only = cells.iloc[0]
        # Almost every column shows at once that it is none.
        ends = [self.only, cells.iloc[0], cells.iloc[-1]]
        self.is_constant = len(pd.unique(_as_objects(ends))) == 1 and len(cells.unique()) == 1

    def _see_kinds(self, cells: pd.Series[Any]) -> None:
        known = cells.notna().to_numpy()
        for at, cell in enumerate(cells):
            if known[at] and (kind := type(cell).__name__) not in self.kinds:
                self.kinds[kind] = self.rows + at

    def _see_words(self, cells: pd.Series[Any]) -> None:
        distinct = pd.Series(cells.dropna().unique(), dtype=object)
        is_word = pd.to_numeric(distinct, errors="coerce").isna()
        words = set(distinct[is_word])
        if len(self.numbers) <= _MOST_DISTINCT:
            self.numbers.update(distinct[~is_word])
        strange = cells.isin(words)
        if words and not self.words:
            self.first_word = cells.iloc[int(np.argmax(strange.to_numpy()))]
        self.word_rows = self._with(self.word_rows, strange)
        self.words |= words
        self.number_cells += int(cells.notna().sum() - strange.sum())

    def _with(self, known: tuple[int, ...], is_at_fault: Any) -> tuple[int, ...]:
        if len(known) == _NAMED:
            return known
        return known + tuple(
            self.rows + row for row in first_rows(is_at_fault, _NAMED - len(known))
        )


@attrs.define(eq=False)
class TableFacts:
    """What was seen of a table."""

    rows: int
    columns: dict[str, ColumnFacts]
    # Different values of the columns that were asked for, in the order in which they first come.
    values: dict[str, list[Any]]
    _table: Any

    def repeats(self, columns: Sequence[str] = ()) -> Repeats:
        """Count rows whose cells are those of a row before; missing ones of ``columns`` are none."""
        if isinstance(self._table, Pieces):
            return self._table.repeated(columns)
        part = self._table[list(columns)] if columns else self._table
        again = part.apply(comparable).duplicated() if _has_other(part) else part.duplicated()
        if columns:
            again &= part.notna().all(axis=1)
        return Repeats(count=int(again.sum()), rows=first_rows(again))


def _has_other(table: pd.DataFrame) -> bool:
    return any(family_of(table[name]) == "other" for name in table.columns)


def gather(data: Any, told_apart: Collection[str]) -> TableFacts:
    """Look at every cell of a table once.

    Parameters
    ----------
    data : table or Pieces
        The table.
    told_apart : collection of str
        Columns whose different values are wanted.

    Raises
    ------
    DataError
        If it is no table, or its columns have not each a name of their own.
    """
    table = data if isinstance(data, Pieces) else as_frame(data)
    columns = {name: ColumnFacts(str(name)) for name in table.columns}
    values: dict[str, dict[Any, None]] = {name: {} for name in told_apart if name in columns}
    for piece in pieces_of(table):
        for name, facts in columns.items():
            facts.add(piece[name])
        for name, known in values.items():
            if len(known) <= _MOST_DISTINCT:
                known.update(dict.fromkeys(piece[name].dropna().unique().tolist()))
    found = {name: list(known) for name, known in values.items()}
    return TableFacts(len(table), columns, found, table)


def pieces_of(data: Any) -> Iterable[pd.DataFrame]:
    """Give a table in pieces; one that is in memory is one piece."""
    if not isinstance(data, Pieces):
        yield as_frame(data)
        return
    for piece in data:
        check_names(piece)
        yield piece


def _as_objects(cells: list[Any]) -> Any:
    made = np.empty(len(cells), dtype=object)
    made[:] = cells
    return made
