"""What one rule found in a table: which rows do not keep to it, and how that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs
import numpy as np

from fourstroke import Check
from fourstroke_contract.cells import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke_contract.cells import Mask
    from fourstroke_contract.terms import Severity

_NAMED_ROWS = 10
_SHOWN_ROWS = 3
MISSING = "are missing"


@attrs.frozen(kw_only=True)
class AtFault:
    """Rows that do not keep to a rule.

    Parameters
    ----------
    count, of : int
        How many there are, of how many.
    rows : tuple of int
        The first ten.
    cells : tuple of str
        What stands in the first three, as messages write it behind the row.
    """

    count: int = 0
    of: int = 0
    rows: tuple[int, ...] = ()
    cells: tuple[str, ...] = ()

    def __add__(self, later: AtFault) -> AtFault:
        """Put the rows of the next piece behind these."""
        return AtFault(
            count=self.count + later.count,
            of=self.of + later.of,
            rows=(*self.rows, *later.rows)[:_NAMED_ROWS],
            cells=(*self.cells, *later.cells)[:_SHOWN_ROWS],
        )


@attrs.frozen(kw_only=True, eq=False)
class Finding:
    """What one rule found.

    Parameters
    ----------
    name : str
        Of the rule, unique in the contract.
    required : str
        What it asks for.
    severity : {"error", "warning"}
        Whether it stops the run.
    column : str
        The column concerned; empty if it is the whole table.
    status : {"pass", "fail", "skipped"}
        What came of it, where no rows decide.
    why : str
        One sentence, where no rows decide.
    observed : object
        What was found, where no rows decide.
    at_fault : array of bool, optional
        The rows that do not keep to it.
    mostly : float
        The share of rows that has to keep to it.
    cell : callable, optional
        Gives what stands in a row; without it only the rows are named.
    fault : str
        What is wrong with the rows.
    until : str
        The moment until which a pass holds, if time alone can end it.
    """

    name: str
    required: str
    severity: Severity = "error"
    column: str = ""
    status: Literal["pass", "fail", "skipped"] = "pass"
    why: str = ""
    observed: Any = None
    at_fault: Mask | None = None
    mostly: float = 1.0
    cell: Callable[[int], Any] | None = None
    fault: str = "do not keep to it"
    until: str = ""

    @property
    def check(self) -> Check:
        """What is stated of it."""
        if self.at_fault is not None:
            return self.by_rows(self.at_fault_rows())
        status: Any = "warn" if self.is_mild and self.status == "fail" else self.status
        return Check(
            name=self.name,
            status=status,
            severity=self.severity,
            column=self.column,
            required=self.required,
            observed=self.observed,
            why=self.why,
            until=self.until,
        )

    @property
    def is_mild(self) -> bool:
        """Whether it is only told."""
        return self.severity == "warning"

    def at_fault_rows(self, start: int = 0, named: int = _NAMED_ROWS) -> AtFault:
        """Count the rows at fault and name the first; they are counted from ``start``."""
        mask = self.at_fault
        if mask is None:
            return AtFault()
        count = int(np.count_nonzero(mask))
        first = [*map(int, np.flatnonzero(mask)[:named])] if count else []
        cells = [f": {shown(self.cell(row))}" if self.cell else "" for row in first[:_SHOWN_ROWS]]
        return AtFault(
            count=count, of=len(mask), rows=tuple(start + row for row in first), cells=tuple(cells)
        )

    def by_rows(self, found: AtFault) -> Check:
        """State how many rows do not keep to it."""
        is_kept = found.count <= (1 - self.mostly) * found.of + 1e-9
        status: Any = "pass" if is_kept else ("warn" if self.is_mild else "fail")
        return Check(
            name=self.name,
            status=status,
            severity=self.severity,
            column=self.column,
            required=self.required + self._tolerance(),
            observed=found.count,
            why=self._told(found),
            rows=found.rows,
        )

    def _tolerance(self) -> str:
        if self.mostly == 1 or self.fault == MISSING:
            return ""
        return f", in {self.mostly:.4%} of rows".replace(".0000%", "%")

    def _told(self, found: AtFault) -> str:
        if not found.count:
            return self.why or "every row keeps to it"
        share = _share(found.count / found.of)
        told = f"{found.count:,} of {found.of:,} rows ({share}) {self.fault}"
        pairs = zip(found.rows, found.cells, strict=False)
        named = [f"row {row}{cell}" for row, cell in pairs]
        return f"{told}; {', '.join(named)}{', ...' if found.count > _SHOWN_ROWS else ''}"


def _share(share: float) -> str:
    return f"{share:.2%}" if share >= 0.0001 else "below 0.01%"  # noqa: PLR2004 - two digits
