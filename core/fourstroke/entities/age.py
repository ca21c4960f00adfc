"""Ages and last days, as project files and commands write them."""

from __future__ import annotations

import datetime as dt
from typing import Final

from fourstroke.errors import UsageError

_HOURS: Final = {"h": 1, "d": 24, "w": 168}


def hours_of(age: str) -> float:
    """Give an age in hours.

    Examples
    --------
    >>> hours_of("12h"), hours_of("7d"), hours_of("4w")
    (12.0, 168.0, 672.0)
    """
    return float(age[:-1]) * _HOURS[age[-1]]


def refuse_no_last_day(text: str, what: str) -> None:
    """Refuse what is no day, and one on which something would have ended before it began.

    Raises
    ------
    UsageError
        Says which of the two.
    """
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day", hint="write it as 2026-12-31") from error
    today = dt.datetime.now(dt.UTC).date()
    if day < today:
        raise UsageError(
            f"{text} is past, and {what} would have ended",
            where="--until",
            hint=f"the last day on which it holds, of UTC: {today} or later",
        )
