"""Ask that groups of people are treated alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from fourstroke import Check, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Candidate, Context

Measure = Literal["selection", "recall", "false_alarms", "accuracy"]


@plugin
class Fairness:
    """Ask that no two groups differ too much in what a candidate says of them.

    M. Hardt, E. Price, N. Srebro (2016), Equality of opportunity in supervised learning: ``recall`` asks
    that those of the class of interest are found as often in each group, ``false_alarms`` the same of
    the others, ``selection`` that groups are chosen equally often, whoever belongs to them.
    """

    # The columns whose values are groups; none for those that the task calls sensitive.
    columns: tuple[str, ...] = ()
    # Which share of a group counts.
    measure: Measure = "recall"
    # By how much the largest share may exceed the smallest.
    most: float = attrs.field(
        default=0.1, validator=[attrs.validators.ge(0.0), attrs.validators.le(1.0)]
    )
    # Whether the difference counts, or its whole 95 % interval has to lie within the bound.
    bound: Literal["value", "interval"] = "value"
    # A group counts from so many rows on that can tell of it.
    rows: int = attrs.field(default=30, validator=attrs.validators.ge(5))

    @hookimpl
    def validate(self, candidate: Candidate, context: Context) -> Sequence[Check]:
        """Give a check for each column."""
        columns = self.columns or context.task.sensitive
        if not columns:
            why = "no column is named, and the task calls none sensitive"
            return [Check(name="fairness", status="fail", why=why)]
        if candidate.data is None or candidate.predictions is None:
            return [Check(name="fairness", status="fail", why="there are no predictions")]
        if context.task.kind == "regression":
            why = "groups are compared by classes, and a regression has none"
            return [Check(name="fairness", status="fail", why=why)]
        # pandas is loaded when there is something to compare.
        from fourstroke_behaviour.groups import compared  # noqa: PLC0415

        return [compared(self, name, candidate, context.task) for name in columns]
