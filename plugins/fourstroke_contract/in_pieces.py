"""Hold a table that may be larger than memory against a contract, a piece at a time."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke_contract.cells import shown
from fourstroke_contract.finding import AtFault, Finding
from fourstroke_contract.table_rules import (
    as_frame,
    cells_of_row,
    divided,
    findings,
    row_count,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fourstroke import Check, Pieces, Repeats
    from fourstroke_contract.cells import Mask
    from fourstroke_contract.terms import Terms

_RANKS: Final = {"skipped": 0, "pass": 1, "fail": 2}


def checks(data: Pieces, terms: Terms) -> list[Check]:
    """Hold a table against every rule: each as it would be stated of the whole at once."""
    tallies: dict[str, _Tally] = {}
    by_piece, order, start = _by_piece(terms), list[Finding](), 0
    for piece in data:
        frame = as_frame(piece)
        order = order or findings(frame, terms)
        for found in findings(frame, by_piece):
            tallies.setdefault(found.name, _Tally()).add(found, start, len(frame))
        start += len(frame)
    if not order:
        return [each.check for each in findings(as_frame(data.to_pandas()), terms)]
    stated = {name: tally.check for name, tally in tallies.items()}
    for found in order:
        if found.name not in stated or found.name in {"rows", "key"}:
            stated[found.name] = _of_whole(data, terms, found)
    return [stated[found.name] for found in order]


def set_aside(data: Pieces, terms: Terms, scratch: Path) -> dict[str, Pieces]:
    """Divide a table into the rows that keep to every rule and those that do not.

    Rows that repeat a key or a value are not set aside: which of them is the right one the other
    pieces would have to tell. The rule about them goes on to say no.
    """
    blocking = frozenset(check.name for check in checks(data, terms) if check.says_no)
    by_piece = _by_piece(terms)

    def part(is_good: bool) -> Callable[[Any], pd.DataFrame]:  # noqa: FBT001 - which of the two
        start = 0

        def take(piece: Any) -> pd.DataFrame:
            nonlocal start
            frame = as_frame(piece)
            parts = divided(frame, findings(frame, by_piece), blocking, start)
            start += len(frame)
            return parts["good" if is_good else "bad"]

        return take

    return {
        name: data.map(part(is_good=name == "good"), scratch=scratch) for name in ("good", "bad")
    }


@attrs.define(eq=False)
class _Tally:
    """What one rule found in the pieces so far."""

    by_rows: Finding | None = None
    stated: Finding | None = None
    found: AtFault = attrs.field(factory=AtFault)

    def add(self, finding: Finding, start: int, rows: int) -> None:
        if finding.at_fault is not None:
            self.by_rows = self.by_rows or attrs.evolve(finding, at_fault=None)
            self.found += finding.at_fault_rows(start)
            return
        self.found += AtFault(of=rows)
        if self.stated is None or _weight(finding) > _weight(self.stated):
            self.stated = finding

    @property
    def check(self) -> Check:
        """What is stated of all pieces."""
        if self.stated is not None and (self.by_rows is None or self.stated.status == "fail"):
            return self.stated.check
        assert self.by_rows is not None  # noqa: S101 - one of the two was added
        return self.by_rows.by_rows(self.found)


def _weight(finding: Finding) -> tuple[int, Any]:
    """Say which of two pieces speaks for the table: the worst one, but of times the latest."""
    if finding.name == "fresh" and finding.observed is not None:
        return 3, pd.Timestamp(finding.observed)
    return _RANKS[finding.status], 0


def _by_piece(terms: Terms) -> Terms:
    """Give the rules that a piece can be held against by itself."""
    columns = {name: attrs.evolve(column, unique=False) for name, column in terms.columns.items()}
    return attrs.evolve(terms, table=attrs.evolve(terms.table, rows=None, key=()), columns=columns)


def _of_whole(data: Pieces, terms: Terms, found: Finding) -> Check:
    """State what only all rows together can tell."""
    if found.name == "rows":
        return next(iter(row_count(terms.table, len(data)))).check
    if found.at_fault is None:
        return found.check
    is_key = found.name == "key"
    columns = terms.table.key if is_key else (found.column,)
    parts = [_repeated(data.repeated(columns))]
    if is_key:
        parts.append(_missing(data, columns))
    cells = {row: cell for part in parts for row, cell in zip(part.rows, part.cells, strict=False)}
    rows = sorted(row for part in parts for row in part.rows)
    first = itertools.takewhile(cells.__contains__, rows)
    at_fault = AtFault(
        count=sum(part.count for part in parts),
        of=len(data),
        rows=tuple(rows),
        cells=tuple(cells[row] for row in first),
    )
    return found.by_rows(AtFault() + at_fault)


def _repeated(repeats: Repeats) -> AtFault:
    cells = [cells[0] if len(cells) == 1 else cells for cells in repeats.cells]
    told = tuple(f": {shown(cell)}" for cell in cells)
    return AtFault(count=repeats.count, rows=repeats.rows, cells=told)


def _missing(data: Pieces, columns: tuple[str, ...]) -> AtFault:
    """Find rows in which a part of the key is missing."""
    found, start = AtFault(), 0
    for piece in data:
        part = piece[list(columns)]
        mask: Mask = np.asarray(part.isna().any(axis=1), dtype=bool)
        cell = functools.partial(cells_of_row, part)
        found += Finding(name="key", required="", at_fault=mask, cell=cell).at_fault_rows(start)
        start += len(piece)
    return found
