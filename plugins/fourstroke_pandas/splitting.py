"""Divide a table into training and held-out rows, so that no row is in two parts and a seed repeats it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke import Context, DataError, hookimpl, plugin
from fourstroke_pandas.naming import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_share = attrs.validators.and_(attrs.validators.gt(0.0), attrs.validators.lt(1.0))
_part = attrs.validators.and_(attrs.validators.ge(0.0), attrs.validators.lt(1.0))


@plugin
class RandomSplit:
    """Divide at random."""

    # The share of rows that is held out.
    test: float = attrs.field(default=0.25, validator=_share)
    # The share of a part `validation`; 0 for none.
    validation: float = attrs.field(default=0.0, validator=_part)

    @hookimpl
    def split(self, data: pd.DataFrame, context: Context) -> Mapping[str, pd.DataFrame]:
        """Divide the rows."""
        from fourstroke_pandas import dividing  # noqa: PLC0415 - imports numpy

        return dividing.randomly(data, self.test, self.validation, context.seed)


@plugin
class StratifiedSplit:
    """Divide at random so that every class has its share in every part."""

    # The share of rows that is held out.
    test: float = attrs.field(default=0.25, validator=_share)
    # The share of a part `validation`; 0 for none.
    validation: float = attrs.field(default=0.0, validator=_part)
    # The column whose values are the classes; the target without it.
    column: str = ""

    @hookimpl
    def split(self, data: pd.DataFrame, context: Context) -> Mapping[str, pd.DataFrame]:
        """Divide the rows."""
        from fourstroke_pandas import dividing  # noqa: PLC0415 - imports numpy

        column = self.column or context.task.target
        require(data, [column])
        return dividing.by_class(data, column, self.test, self.validation, context.seed)


@plugin
class GroupSplit:
    """Divide so that all rows of a group are in one part."""

    # The share of rows that is held out, as near as whole groups allow.
    test: float = attrs.field(default=0.25, validator=_share)
    # The share of a part `validation`; 0 for none.
    validation: float = attrs.field(default=0.0, validator=_part)
    # The column whose values are the groups; the task's without it.
    column: str = ""

    @hookimpl
    def split(self, data: pd.DataFrame, context: Context) -> Mapping[str, pd.DataFrame]:
        """Divide the rows."""
        from fourstroke_pandas import dividing  # noqa: PLC0415 - imports numpy

        column = _named(self.column or context.task.group, "group")
        require(data, [column])
        return dividing.by_group(data, column, self.test, self.validation, context.seed)


@plugin
class TimeSplit:
    """Hold out the latest rows; rows of one time are never divided."""

    # The share of rows that is held out.
    test: float = attrs.field(default=0.25, validator=_share)
    # The share of a part `validation`, before the held-out rows; 0 for none.
    validation: float = attrs.field(default=0.0, validator=_part)
    # The column that orders rows; the task's without it.
    column: str = ""

    @hookimpl
    def split(self, data: pd.DataFrame, context: Context) -> Mapping[str, pd.DataFrame]:
        """Divide the rows."""
        from fourstroke_pandas import dividing  # noqa: PLC0415 - imports numpy

        column = _named(self.column or context.task.time, "time")
        require(data, [column])
        return dividing.by_time(data, column, self.test, self.validation)


@plugin
class AutomaticSplit:
    """Divide by group if the task has one, by time if it has one, by class for classes, else at random."""

    # The share of rows that is held out.
    test: float = attrs.field(default=0.25, validator=_share)
    # The share of a part `validation`; 0 for none.
    validation: float = attrs.field(default=0.0, validator=_part)

    @hookimpl
    def split(self, data: pd.DataFrame, context: Context) -> Mapping[str, pd.DataFrame]:
        """Divide the rows."""
        from fourstroke_pandas import dividing  # noqa: PLC0415 - imports numpy

        task, seed = context.task, context.seed
        require(data, [name for name in (task.group, task.time, task.target) if name])
        if task.group:
            return dividing.by_group(data, task.group, self.test, self.validation, seed)
        if task.time:
            return dividing.by_time(data, task.time, self.test, self.validation)
        if task.kind == "regression" or not task.target:
            return dividing.randomly(data, self.test, self.validation, seed)
        return dividing.by_class(data, task.target, self.test, self.validation, seed)


def _named(column: str, what: str) -> str:
    if not column:
        raise DataError(
            f"no column is named to split by {what}", hint=f"set column, or task.{what}"
        )
    return column
