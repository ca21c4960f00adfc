"""What a contract asks of a table: columns, the table itself, and rules over several columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs

Family = Literal[
    "integer",
    "number",
    "text",
    "boolean",
    "datetime",
    "date",
    "duration",
    "binary",
    "nested",
    "mixed",
    "empty",
]
Severity = Literal["error", "warning"]
Scalar = str | int | float | bool

# Rules of a column that look at its cells, in the order in which they are checked.
CELL_RULES = ("missing", "min", "max", "usual", "allowed", "pattern", "length", "unique")
COLUMN_RULES = ("required", "type", *CELL_RULES)
TABLE_RULES = ("rows", "key", "others", "order", "fresh")


@attrs.frozen(kw_only=True)
class Column:
    """What one column must keep to; what is not given is not checked.

    Parameters
    ----------
    type : str, optional
        The family of its cells, whatever library keeps them.
    missing : float, optional
        The largest share of missing cells.
    required : bool
        Whether the column must be there.
    min, max : optional
        Bounds that no cell may be beyond: what is impossible, such as an age below 0.
    usual : tuple of two, optional
        Bounds within which cells usually are. Beyond them is a warning, never more.
    allowed : tuple
        The values that there may be.
    pattern : str
        A regular expression that the whole of each cell must match.
    length : tuple of two ints, optional
        The least and the largest number of characters.
    unique : bool
        Whether no value may be there twice.
    warn : frozenset of str
        The rules that are only told.
    mostly : mapping of str to float
        The share of rows that has to keep to a rule; all of them without.
    """

    type: str | None = None
    missing: float | None = None
    required: bool = True
    min: Any = None
    max: Any = None
    usual: tuple[Any, Any] | None = None
    allowed: tuple[Scalar, ...] = ()
    pattern: str = ""
    length: tuple[int, int] | None = None
    unique: bool = False
    warn: frozenset[str] = frozenset()
    mostly: Mapping[str, float] = attrs.field(factory=dict)

    def severity(self, rule: str) -> Severity:
        """Say whether a rule that is not kept stops the run or is only told."""
        return "warning" if rule == "usual" or rule in self.warn else "error"

    def asks(self, rule: str) -> bool:
        """Say whether a rule is given."""
        value = getattr(self, rule)
        return value is not None and value is not False and value not in ("", ())


@attrs.frozen(kw_only=True)
class Fresh:
    """How old the latest time of a column may be."""

    column: str
    days: float


@attrs.frozen(kw_only=True)
class Whole:
    """What the table as a whole must keep to.

    Parameters
    ----------
    rows : tuple, optional
        The least and the largest number of rows; either may be ``None``.
    key : tuple of str
        Columns that together name a row.
    others : {"allow", "warn", "fail"}
        What columns that are not named here mean.
    order : {"any", "same"}
        Whether columns must come in the order of the contract.
    fresh : Fresh, optional
        How old the latest row may be.
    warn : frozenset of str
        The rules that are only told.
    """

    rows: tuple[int | None, int | None] | None = None
    key: tuple[str, ...] = ()
    others: Literal["allow", "warn", "fail"] = "allow"
    order: Literal["any", "same"] = "any"
    fresh: Fresh | None = None
    warn: frozenset[str] = frozenset()

    def severity(self, rule: str) -> Severity:
        """Say whether a rule that is not kept stops the run or is only told."""
        return "warning" if rule in self.warn else "error"


@attrs.frozen(kw_only=True)
class Rule:
    """One rule over the columns of a row."""

    name: str
    must: str
    mostly: float = 1.0
    severity: Severity = "error"


@attrs.frozen(kw_only=True)
class Terms:
    """A whole contract."""

    table: Whole = attrs.field(factory=Whole)
    columns: Mapping[str, Column] = attrs.field(factory=dict)
    rules: tuple[Rule, ...] = ()
