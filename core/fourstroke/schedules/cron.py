"""Times of day and week as cron writes them, by the clock of a time zone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import attrs
from cronsim import CronSim, CronSimError

from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARTS: Final = 5
_FIELDS: Final = ("minute", "hour", "day-of-month", "month", "day-of-week")


@attrs.frozen
class Cron:
    """Moments by a cron expression of five fields.

    Parameters
    ----------
    expression : str
        Minute, hour, day of the month, month, day of the week; names such as ``MON`` are known, too.
    timezone : str
        Whose clock; an IANA name.

    Notes
    -----
    Where the clocks go forward, a moment that they leap over comes right after the leap; where they go
    back, a moment that comes twice is taken once, as Debian's cron does.
    """

    expression: str
    timezone: str

    @classmethod
    def of(cls, expression: str, timezone: str) -> Self:
        """Take an expression that has a moment in some year.

        Raises
        ------
        UsageError
            Names the field that is wrong, or the nearest time zone.
        """
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            hint = nearest(timezone, available_timezones()) or "such as UTC or Europe/Zurich"
            raise UsageError(
                f"there is no time zone {timezone!r}", where="--tz", hint=hint
            ) from error
        parts = expression.split()
        if len(parts) != _PARTS:
            raise UsageError(
                f"{expression!r} has {len(parts)} fields, not {_PARTS}",
                hint=f"{' '.join(_FIELDS)}, such as '0 6 * * *' for six in the morning",
            )
        found = cls(" ".join(parts), timezone)
        try:
            found.after(dt.datetime.now(dt.UTC))
        except CronSimError as error:
            if _never_comes(parts):
                raise UsageError(
                    f"{expression!r} never comes",
                    hint=f"no month of {parts[3]!r} has a day {parts[2]!r}",
                ) from error
            field = str(error).removeprefix("Bad ")
            at = _FIELDS.index(field) if field in _FIELDS else 0
            raise UsageError(
                f"{parts[at]!r} is no {field} of {expression!r}",
                hint=f"the fields are {' '.join(_FIELDS)}",
            ) from error
        except StopIteration as error:
            raise UsageError(
                f"{expression!r} never comes", hint="such a day is in no year"
            ) from error
        return found

    def moments(self, after: dt.datetime) -> Iterator[dt.datetime]:
        """Give all moments after one, in UTC, one by one."""
        for moment in CronSim(self.expression, after.astimezone(ZoneInfo(self.timezone))):
            yield moment.astimezone(dt.UTC)

    def after(self, moment: dt.datetime) -> dt.datetime:
        """Give the next moment."""
        return next(self.moments(moment))

    def words(self) -> str:
        """Say it in words."""
        told: str = CronSim(self.expression, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).explain()
        return f"{told[:1].lower()}{told[1:]}"


def _never_comes(parts: list[str]) -> bool:
    """Say whether each field is right by itself, and only the days are in none of the months."""
    try:
        CronSim(" ".join([*parts[:3], "*", parts[4]]), dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        CronSim(f"0 0 * {parts[3]} *", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    except CronSimError:
        return False
    return True
