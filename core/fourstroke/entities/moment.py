"""A moment that is told in nanoseconds, as clocks and arrays give it."""

from __future__ import annotations

import datetime as dt
from typing import Final

_EPOCH: Final = dt.datetime.fromtimestamp(0, dt.UTC)


def moment_of(at_ns: int) -> dt.datetime:
    """Give the moment so many nanoseconds after 1970, never a later one.

    Whole microseconds are counted: a float has not the digits, and rounds the last of a day into the next.

    Parameters
    ----------
    at_ns : int
        Nanoseconds since 1970, in UTC.

    Returns
    -------
    datetime
        In UTC.

    Examples
    --------
    >>> str(moment_of(1_777_680_000 * 10**9 - 1))
    '2026-05-01 23:59:59.999999+00:00'
    """
    return _EPOCH + dt.timedelta(microseconds=at_ns // 1000)
