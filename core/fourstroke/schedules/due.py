"""Which moments of a schedule have come."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from fourstroke.schedules.schedule import Schedule

# A watcher that looks every few seconds sees a moment so soon.
_AT_ONCE: Final = dt.timedelta(minutes=2)
# More than that is no catching up any more.
_MOST: Final = 10_000


@attrs.frozen
class Come:
    """Moments that have come.

    Parameters
    ----------
    moments : tuple of datetime
        Those to act on, the oldest first, in UTC.
    passed : int
        How many others are let go by the catch-up rule.
    """

    moments: tuple[dt.datetime, ...] = ()
    passed: int = 0


def come(schedule: Schedule, last: dt.datetime | None, now: dt.datetime) -> Come:
    """Give the moments of a schedule by the clock that have come since the last one.

    Parameters
    ----------
    schedule : Schedule
        Not paused, and by the clock.
    last : datetime, optional
        The latest moment that was taken; ``None`` if there was none.
    now : datetime
        This moment. Clocks that were put back give nothing until they are past ``last`` again.
    """
    begun = max(schedule.since, last) if last is not None else schedule.since
    found = []
    for moment in islice(schedule.times.moments(begun), _MOST):
        if moment > now:
            break
        found.append(moment)
    if schedule.catch_up == "all":
        return Come(tuple(found))
    fresh = [moment for moment in found if now - moment <= _AT_ONCE]
    kept = fresh[-1:] if schedule.catch_up == "none" else found[-1:]
    return Come(tuple(kept), len(found) - len(kept))
