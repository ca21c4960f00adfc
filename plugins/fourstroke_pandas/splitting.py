"""Divide a table into training and held-out rows: each row into one part, and a seed repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import ConfigError, Context, hookimpl, plugin

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke_pandas.dividing import Shares


def _leaves_training_rows(instance: Any, _: attrs.Attribute[float], value: float) -> None:
    if value < 0:
        raise ValueError("validation is a share of the rows: 0 for none")
    if instance.test + value >= 1:
        raise ValueError("test and validation leave no rows for training")


_is_share = [attrs.validators.gt(0.0), attrs.validators.lt(1.0)]


@plugin
class RandomSplit:
    """Divide at random."""

    # The share of rows that is held out.
    test: float = attrs.field(default=0.25, validator=_is_share)
    # The share of rows of a part `validation`; 0 for none.
    validation: float = attrs.field(default=0.0, validator=_leaves_training_rows)

    capabilities = frozenset({"random"})

    @hookimpl
    def split(self, data: Any, context: Context) -> Mapping[str, pd.DataFrame]:
        """Divide the rows."""
        from fourstroke_pandas.dividing import parts, randomly  # noqa: PLC0415 - imports pandas

        shares = _shares(self)
        return parts(data, lambda frame: randomly(frame, shares, context.seed))


@plugin
class StratifiedSplit:
    """Divide at random so that every class has its share of every part.

    A number with many values is divided within its tenths. A class of a single row is kept for
    training.
    """

    # The share of rows that is held out.
    test: float = attrs.field(default=0.25, validator=_is_share)
    # The share of rows of a part `validation`; 0 for none.
    validation: float = attrs.field(default=0.0, validator=_leaves_training_rows)
    # The column whose values are the classes; the task's target if it is not given.
    column: str = ""

    capabilities = frozenset({"random", "stratified"})

    @hookimpl
    def split(self, data: Any, context: Context) -> Mapping[str, pd.DataFrame]:
        """Divide the rows."""
        from fourstroke_pandas.dividing import by_class, parts  # noqa: PLC0415 - imports pandas

        column = _named(self.column, context, "target")
        shares = _shares(self)
        return parts(data, lambda frame: by_class(frame, column, shares, context))


@plugin
class GroupSplit:
    """Divide so that all rows of a group are in one part, in shares as near as whole groups allow."""

    # The share of rows that is held out.
    test: float = attrs.field(default=0.25, validator=_is_share)
    # The share of rows of a part `validation`; 0 for none.
    validation: float = attrs.field(default=0.0, validator=_leaves_training_rows)
    # The column whose values are the groups; the task's group if it is not given.
    column: str = ""

    capabilities = frozenset({"random", "grouped"})

    @hookimpl
    def split(self, data: Any, context: Context) -> Mapping[str, pd.DataFrame]:
        """Divide the rows."""
        from fourstroke_pandas.dividing import by_group, parts  # noqa: PLC0415 - imports pandas

        column = _named(self.column, context, "group")
        shares = _shares(self)
        return parts(data, lambda frame: by_group(frame, column, shares, context.seed))


@plugin
class TimeSplit:
    """Hold out the latest rows; rows of one time stay together."""

    # The share of rows that is held out.
    test: float = attrs.field(default=0.25, validator=_is_share)
    # The share of rows of a part `validation`, which lies between; 0 for none.
    validation: float = attrs.field(default=0.0, validator=_leaves_training_rows)
    # The column that orders rows; the task's time if it is not given.
    column: str = ""

    capabilities = frozenset({"ordered"})

    @hookimpl
    def split(self, data: Any, context: Context) -> Mapping[str, pd.DataFrame]:
        """Divide the rows."""
        from fourstroke_pandas.dividing import by_time, parts  # noqa: PLC0415 - imports pandas

        column = _named(self.column, context, "time")
        shares = _shares(self)
        return parts(data, lambda frame: by_time(frame, column, shares))


@plugin
class AutomaticSplit:
    """Divide by what the task names: time, group or both; else by class for classes, or at random.

    With both the latest rows are held out, and earlier rows of their groups are in no part.
    """

    # The share of rows that is held out.
    test: float = attrs.field(default=0.25, validator=_is_share)
    # The share of rows of a part `validation`; 0 for none.
    validation: float = attrs.field(default=0.0, validator=_leaves_training_rows)

    @hookimpl
    def split(self, data: Any, context: Context) -> Mapping[str, pd.DataFrame]:
        """Divide the rows."""
        task = context.task
        if task.time and task.group:
            from fourstroke_pandas.dividing import by_time_and_group, parts  # noqa: PLC0415

            shares = _shares(self)
            return parts(
                data,
                lambda frame: by_time_and_group(frame, task.time, task.group, shares, context),
            )
        return self._chosen(context).split(data, context)

    def _chosen(self, context: Context) -> GroupSplit | TimeSplit | StratifiedSplit | RandomSplit:
        task = context.task
        if task.group:
            return GroupSplit(test=self.test, validation=self.validation)
        if task.time:
            return TimeSplit(test=self.test, validation=self.validation)
        if task.target and task.kind != "regression":
            return StratifiedSplit(test=self.test, validation=self.validation)
        return RandomSplit(test=self.test, validation=self.validation)


def _shares(split: Any) -> Shares:
    from fourstroke_pandas.dividing import Shares  # noqa: PLC0415 - imports pandas

    return Shares(test=split.test, validation=split.validation)


def _named(column: str, context: Context, what: str) -> str:
    found: str = column or getattr(context.task, what)
    if not found:
        raise ConfigError(
            f"there is no column to split by: the task names no {what}",
            where="data.split",
            hint=f"set column, or task.{what}",
        )
    return found
