"""Check tables: what any table must keep to, and what a project says about its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

from fourstroke import Check, Context, hookimpl, plugin

Kind = Literal["integer", "number", "text", "boolean", "datetime", "category"]


def _is_pattern(_: object, __: attrs.Attribute[str], value: str) -> None:
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"pattern: {value!r} is no regular expression: {error}") from error


def _is_share(_: object, attribute: attrs.Attribute[Any], value: float | None) -> None:
    if value is not None and not 0 <= value <= 1:
        raise ValueError(f"{attribute.name} is a share between 0 and 1, not {value}")


@attrs.frozen(kw_only=True)
class Rule:
    """What one column must keep to; what is not given is not checked."""

    # What its cells are; `number` takes integers too, and `text` categories of text.
    type: Kind | None = None
    # The largest share of missing cells.
    nulls: float | None = attrs.field(default=None, validator=_is_share)
    # The least and the largest value; as text, such as "2024-05-31", for times.
    min: int | float | str | None = None
    max: int | float | str | None = None
    # The values that there may be.
    allowed: tuple[str | int | float | bool, ...] = ()
    # A regular expression that the whole of each cell of text must match.
    pattern: str = attrs.field(default="", validator=_is_pattern)
    # Whether no value may be there twice.
    unique: bool = False
    # Whether the column must be there.
    required: bool = True
    # Whether a cell at fault stops the run or is only told.
    severity: Literal["error", "warning"] = "error"


@plugin
class Table:
    """Check what any table must keep to, and warn of what looks odd.

    An error: too few rows, names that are no text or twice there, a target that is missing, incomplete or of
    too few classes, another column of the task that is missing, infinite cells. A warning: columns
    without any cell, columns of a single value, many equal rows, ids that are there twice.
    """

    # The least number of rows.
    rows_min: int = attrs.field(default=1, validator=attrs.validators.ge(1))
    # The share of rows that may be equal to one before without a warning.
    duplicates: float = attrs.field(default=0.01, validator=_is_share)

    capabilities = frozenset({"rows"})

    @hookimpl
    def check(self, data: Any, context: Context) -> Sequence[Check]:
        """Check the table."""
        from fourstroke_pandas.table_rules import check_table  # noqa: PLC0415 - imports pandas

        return check_table(data, context.task, rows_min=self.rows_min, duplicates=self.duplicates)


@plugin
class Columns:
    """Check columns one by one; one that cannot be checked fails, and hides none of the others."""

    # What each column must keep to.
    columns: Mapping[str, Rule]
    # What it means if there are columns that are not named here.
    others: Literal["allow", "warn", "fail"] = "allow"
    # The least and the largest number of rows.
    rows_min: int | None = None
    rows_max: int | None = None

    capabilities = frozenset({"rows"})

    @hookimpl
    def check(self, data: Any) -> Sequence[Check]:
        """Check every rule of every column."""
        from fourstroke_pandas.column_rules import check_columns  # noqa: PLC0415 - imports pandas

        return check_columns(
            data,
            self.columns,
            others=self.others,
            rows_min=self.rows_min,
            rows_max=self.rows_max,
        )
