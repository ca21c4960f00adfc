"""Periods of time: of one length, or of a calendar in a time zone."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, Self
from zoneinfo import ZoneInfo

import attrs

from fourstroke.entities.age import hours_of

if TYPE_CHECKING:
    from fourstroke.windows.settings import Unit, WindowSettings

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MONTHS: Final = 12


@attrs.frozen
class Period:
    """From when, and until before when, in UTC; and what people call it."""

    name: str
    starts: dt.datetime
    ends: dt.datetime


@attrs.frozen
class Periods:
    """Finds the period of a moment; every moment lies in exactly one."""

    _settings: WindowSettings

    @classmethod
    def of(cls, settings: WindowSettings) -> Self:
        """Take windows by time or by calendar."""
        return cls(settings)

    def at(self, moment: dt.datetime) -> Period:
        """Give the period that a moment lies in."""
        if self._settings.by == "time":
            return _steady(moment, dt.timedelta(hours=hours_of(self._settings.every)))
        return _of_calendar(moment, self._settings.unit, ZoneInfo(self._settings.timezone))

    def season_before(self, period: Period) -> Period | None:
        """Give the period a season earlier by the calendar's own clock; nothing without a season."""
        if not self._settings.season:
            return None
        earlier = dt.timedelta(hours=hours_of(self._settings.season))
        if self._settings.by == "time":
            return self.at(period.starts - earlier)
        # Days of the calendar and not 24 hours: the same weekday where the clocks change between.
        local = period.starts.astimezone(ZoneInfo(self._settings.timezone))
        return self.at((local - earlier).astimezone(dt.UTC))


def _steady(moment: dt.datetime, length: dt.timedelta) -> Period:
    starts = _EPOCH + (moment - _EPOCH) // length * length
    return Period(f"{starts:%Y-%m-%dT%H:%MZ}", starts, starts + length)


def _of_calendar(moment: dt.datetime, unit: Unit, zone: ZoneInfo) -> Period:
    if unit == "hour":
        # An hour is an hour whatever the clocks do; the two of one name differ by their offset.
        starts = moment.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
        local = starts.astimezone(zone)
        return Period(f"{local:%Y-%m-%dT%H%z}", starts, starts + dt.timedelta(hours=1))
    day = moment.astimezone(zone).date()
    if unit == "day":
        return _days(f"{day:%Y-%m-%d}", day, day + dt.timedelta(days=1), zone)
    if unit == "week":
        monday = day - dt.timedelta(days=day.weekday())
        year, week, _ = monday.isocalendar()
        return _days(f"{year}-W{week:02}", monday, monday + dt.timedelta(days=7), zone)
    first = day.replace(day=1)
    following = dt.date(day.year + day.month // _MONTHS, day.month % _MONTHS + 1, 1)
    return _days(f"{day:%Y-%m}", first, following, zone)


def _days(name: str, first: dt.date, following: dt.date, zone: ZoneInfo) -> Period:
    """Go from midnight to midnight: 23 or 25 hours where the clocks change between."""
    starts, ends = (
        dt.datetime.combine(day, dt.time(), tzinfo=zone).astimezone(dt.UTC)
        for day in (first, following)
    )
    return Period(name, starts, ends)
