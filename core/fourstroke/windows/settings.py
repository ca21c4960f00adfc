"""How the prediction log is cut into windows, and when labels are expected."""

from __future__ import annotations

from typing import Literal, get_args

import attrs

Cut = Literal["look", "rows", "time", "calendar"]
Unit = Literal["hour", "day", "week", "month"]

CUTS: tuple[str, ...] = get_args(Cut)
UNITS: tuple[str, ...] = get_args(Unit)


@attrs.frozen(kw_only=True)
class WindowSettings:
    """What ``[operations.window]`` says.

    Parameters
    ----------
    by : {"look", "rows", "time", "calendar"}
        What ends a window: that somebody looks, so many rows, so much time, or the calendar.
    rows : int
        How many rows a window by rows has.
    every : str
        How long a window by time is, such as ``6h``; they begin at midnight of 1970-01-01 UTC.
    unit : {"hour", "day", "week", "month"}
        The unit of a window by calendar; weeks begin on Monday.
    timezone : str
        Whose calendar; an IANA name.
    late : str
        How long after its end a window is waited for, such as ``1h``.
    season : str
        How much earlier a window lies with which one is compared, such as ``7d``: like with like. Empty
        for the rows that the version was measured on.
    catch_up : int
        How many windows at most are looked at in one go; none waits for good.
    """

    by: Cut = "look"
    rows: int = 5000
    every: str = "1d"
    unit: Unit = "day"
    timezone: str = "UTC"
    late: str = ""
    season: str = ""
    catch_up: int = 31


@attrs.frozen(kw_only=True)
class LabelSettings:
    """What ``[operations.labels]`` says.

    Parameters
    ----------
    id : str
        The column of the scored rows that labels come under; the task's id without it, or the id of the
        request if there is none.
    mature : str
        How long outcomes may take to come in, such as ``30d``; until then a window is not judged by them.
    """

    id: str = ""
    mature: str = ""
