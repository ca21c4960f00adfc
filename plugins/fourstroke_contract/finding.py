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
    def sets_rows_aside(self) -> bool:
        """Whether rows are at fault, so many that they stop the run."""
        return self.severity == "error" and self.at_fault is not None and self.check.says_no

    @property
    def check(self) -> Check:
        """What is stated of it."""
        if self.at_fault is not None:
            return self._by_rows(self.at_fault)
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

    def _by_rows(self, at_fault: Mask) -> Check:
        count, rows = int(np.count_nonzero(at_fault)), len(at_fault)
        is_kept = count <= (1 - self.mostly) * rows + 1e-9
        status: Any = "pass" if is_kept else ("warn" if self.is_mild else "fail")
        first = np.flatnonzero(at_fault)[:_NAMED_ROWS] if count else ()
        return Check(
            name=self.name,
            status=status,
            severity=self.severity,
            column=self.column,
            required=self.required + self._tolerance(),
            observed=count,
            why=self._told(count, rows, first),
            rows=tuple(map(int, first)),
        )

    def _tolerance(self) -> str:
        if self.mostly == 1 or self.fault == MISSING:
            return ""
        return f", in {self.mostly:.4%} of rows".replace(".0000%", "%")

    def _told(self, count: int, rows: int, first: Any) -> str:
        if not count:
            return self.why or "every row keeps to it"
        told = f"{count:,} of {rows:,} rows ({_share(count / rows)}) {self.fault}"
        named = [f"row {row}" for row in first[:_SHOWN_ROWS]]
        if self.cell is not None:
            named = [
                f"{name}: {shown(self.cell(int(row)))}"
                for name, row in zip(named, first[:_SHOWN_ROWS], strict=True)
            ]
        return f"{told}; {', '.join(named)}{', ...' if count > _SHOWN_ROWS else ''}"


def _share(share: float) -> str:
    return f"{share:.2%}" if share >= 0.0001 else "below 0.01%"  # noqa: PLR2004 - two digits
