"""Check tables: what any table must keep to, and what a project says about single columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from fourstroke import Check, Context, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

Family = Literal["integer", "number", "text", "boolean", "datetime"]


@attrs.frozen(kw_only=True)
class Rule:
    """What one column must keep to; what is not set is not checked."""

    type: Family | None = None
    nulls: float | None = None
    min: int | float | None = None
    max: int | float | None = None
    allowed: tuple[str | int | float | bool, ...] = ()
    pattern: str = ""
    unique: bool = False
    severity: Literal["error", "warning"] = "error"


@plugin
class Table:
    """Check what any table must keep to: rows, names, the target; and warn of what looks odd."""

    # The least number of rows.
    rows_min: int = 1
    # The share of equal rows from which on a warning is due.
    duplicates: float = 0.1

    @hookimpl
    def check(self, data: pd.DataFrame, context: Context) -> Sequence[Check]:
        """Check the table."""
        from fourstroke_pandas import rules  # noqa: PLC0415 - imports pandas

        return [
            rules.enough_rows(data, self.rows_min),
            rules.unique_names(data),
            *rules.target(data, context.task),
            *rules.odd_columns(data),
            rules.duplicates(data, self.duplicates),
        ]


@plugin
class Columns:
    """Check single columns against rules."""

    # Columns and their rules.
    columns: dict[str, Rule]

    @hookimpl
    def check(self, data: pd.DataFrame) -> Sequence[Check]:
        """Check every rule of every column; one that cannot be checked fails by itself."""
        from fourstroke_pandas import rules  # noqa: PLC0415 - imports pandas

        return [
            check for name, rule in self.columns.items() for check in rules.column(data, name, rule)
        ]
