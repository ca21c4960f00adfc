"""Whether the loop may turn the engine now: budget and cool-down, which no rule can pass by."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import attrs

from fourstroke.entities.age import hours_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.turning.settings import LoopSettings


@attrs.frozen(kw_only=True)
class Turn:
    """One turn of the loop that trained something.

    Parameters
    ----------
    at : datetime
        When it was decided on, in UTC.
    is_over : bool
        Whether it came to its end; one that was killed is taken up again, and not waited for.
    """

    at: dt.datetime
    is_over: bool = True


def refusal(
    settings: LoopSettings, turns: Sequence[Turn], now: dt.datetime, *, is_asked: bool = False
) -> str:
    """Say why the engine may not turn now; empty if it may.

    Parameters
    ----------
    settings : LoopSettings
        From ``[operations.loop]``.
    turns : sequence of Turn
        Those that were made, in any order.
    now : datetime
        The moment to judge at, in UTC.
    is_asked : bool
        Whether somebody asks for it: then the cool-down does not matter, and the budget does.

    Notes
    -----
    Turns that lie after ``now`` count as well: a clock that is put back buys none. So no stretch of time
    as long as the budget's holds more turns than it says, in whatever order moments come.
    """
    return _of_budget(settings, turns, now) or (
        "" if is_asked else _of_cool_down(settings, turns, now)
    )


def _of_budget(settings: LoopSettings, turns: Sequence[Turn], now: dt.datetime) -> str:
    if not settings.budget:
        return ""
    period = dt.timedelta(hours=settings.period_hours)
    made = sorted(turn.at for turn in turns if turn.at > now - period)
    if len(made) < settings.most:
        return ""
    again = made[-settings.most] + period
    return f"the budget of {settings.budget} is used up until {_moment(again)}"


def _of_cool_down(settings: LoopSettings, turns: Sequence[Turn], now: dt.datetime) -> str:
    over = [turn.at for turn in turns if turn.is_over]
    if not settings.cool_down or not over:
        return ""
    again = max(over) + dt.timedelta(hours=hours_of(settings.cool_down))
    return f"cooling down after the last turn until {_moment(again)}" if now < again else ""


def _moment(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
