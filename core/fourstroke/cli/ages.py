"""Moments as people type them: days, times, or how long ago."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from fourstroke.cli.times import time_of
from fourstroke.entities.age import hours_of

_AGE: Final = re.compile(r"\d{1,5}[hdw]")


def since_of(text: str, where: str) -> dt.datetime:
    """Read a day, a time, or an age such as ``7d``, which counts back from now.

    Parameters
    ----------
    where : str
        The option, for the error.

    Raises
    ------
    UsageError
        If it is none of them.

    Examples
    --------
    >>> str(since_of("2026-05-01", "--since"))
    '2026-05-01 00:00:00+00:00'
    >>> since_of("2d", "--since") < since_of("1d", "--since")
    True
    """
    if is_age(text):
        return dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours_of(text))
    return time_of(text, where)


def is_age(text: str) -> bool:
    """Say whether a text is an age.

    Examples
    --------
    >>> is_age("90d"), is_age("soon")
    (True, False)
    """
    return _AGE.fullmatch(text) is not None
