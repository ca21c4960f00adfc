"""Moments as people type them."""

from __future__ import annotations

import datetime as dt

from fourstroke.errors import UsageError

_DAY = 10


def time_of(text: str, where: str, *, to_its_end: bool = False) -> dt.datetime:
    """Read a day or a time, of UTC if it says nothing else.

    Parameters
    ----------
    where : str
        The option or argument, for the error.
    to_its_end : bool
        Whether a day alone means its last moment, and not its first.

    Raises
    ------
    UsageError
        If it is neither.

    Examples
    --------
    >>> str(time_of("2026-05-01", "--since"))
    '2026-05-01 00:00:00+00:00'
    >>> str(time_of("2026-05-01T12:00+02:00", "WHEN", to_its_end=True))
    '2026-05-01 12:00:00+02:00'
    """
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"expected a day or a time, got {text!r}", where=where, hint="2026-05-01"
        ) from error
    if to_its_end and len(text) <= _DAY:
        found = found.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
