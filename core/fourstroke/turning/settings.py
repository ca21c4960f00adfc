"""What ``[operations.loop]`` says."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

import attrs

from fourstroke.entities.age import hours_of

_BUDGET: Final = re.compile(r"([1-9][0-9]{0,3}) per ([1-9][0-9]{0,4}[hdw])")


def is_budget(value: object) -> bool:
    """Say whether a value is as ``2 per 7d``: so many turns in so long a time; empty for any number.

    Examples
    --------
    >>> is_budget("2 per 7d"), is_budget(""), is_budget("0 per 7d"), is_budget("2 a week")
    (True, True, False, False)
    """
    return isinstance(value, str) and (not value or _BUDGET.fullmatch(value) is not None)


@attrs.frozen(kw_only=True)
class LoopSettings:
    """How often the loop may turn the engine.

    Parameters
    ----------
    budget : str
        How many turns there are at most in any time of some length, such as ``2 per 7d``; empty for any
        number.
    cool_down : str
        How long after a turn the next one waits, such as ``24h``, unless somebody asks for it; empty for
        not at all.
    """

    budget: str = ""
    cool_down: str = "24h"

    @property
    def most(self) -> int:
        """How many turns the budget lets through; of no use without one."""
        return int(self.budget.split()[0])

    @property
    def period_hours(self) -> float:
        """In how many hours; of no use without a budget."""
        return hours_of(self.budget.split()[-1])

    @property
    def memory(self) -> dt.timedelta:
        """How far back turns matter."""
        hours = [hours_of(self.cool_down)] if self.cool_down else []
        hours += [self.period_hours] if self.budget else []
        return dt.timedelta(hours=max(hours, default=0.0))
