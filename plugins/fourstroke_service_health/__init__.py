"""Watch whether rows keep coming, how old the last one is, and how fast requests are answered."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

import attrs

from fourstroke import Observation, Window, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Health", "duration"]

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_POSITIVE: Final = attrs.validators.optional(attrs.validators.gt(0.0))
_SHARE: Final = attrs.validators.optional([attrs.validators.ge(0.0), attrs.validators.le(1.0)])


def duration(text: str) -> dt.timedelta:
    """Read a length of time such as ``90s``, ``15m``, ``1h``, ``7d`` or ``2w``.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> duration("1.5h")
    datetime.timedelta(seconds=5400)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw])", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no length of time such as 90s, 15m, 1h, 7d or 2w")
    return dt.timedelta(**{_UNITS[found[2]]: float(found[1])})


def _is_duration(_: Any, __: Any, value: str) -> None:
    if value:
        duration(value)


@plugin
class Health:
    """Tell volume, freshness, latency and errors of a window, and hold them to limits that are set.

    Without a limit a figure is told and never an alert.
    """

    # The last row may be this old, such as "1h": at the window's end, or now while it lasts.
    stale_after: str = attrs.field(default="", validator=_is_duration)
    # How many rows an hour are expected at least and at most.
    rows_per_hour_min: float | None = attrs.field(default=None, validator=_POSITIVE)
    rows_per_hour_max: float | None = attrs.field(default=None, validator=_POSITIVE)
    # In how many seconds half, 95 and 99 of 100 requests have to be answered.
    latency_p50_max: float | None = attrs.field(default=None, validator=_POSITIVE)
    latency_p95_max: float | None = attrs.field(default=None, validator=_POSITIVE)
    latency_p99_max: float | None = attrs.field(default=None, validator=_POSITIVE)
    # The share of requests that the service may fail to answer, of those that it did not refuse: a status of
    # 500 and above. More has to be more than chance makes of it, and three requests at least.
    errors_max: float | None = attrs.field(default=None, validator=_SHARE)
    # The share of all requests that may be refused for their content: 400, 413, 415, 422.
    refused_max: float | None = attrs.field(default=None, validator=_SHARE)

    # Where all requests fail there are no rows, and this has something to say.
    watches_failures: ClassVar[bool] = True

    @property
    def watches_absence(self) -> bool:
        """Whether it has something to say of a time in which no rows came."""
        return bool(self.stale_after) or self.rows_per_hour_min is not None

    @hookimpl
    def monitor(self, window: Window) -> Sequence[Observation]:
        """Take the figures."""
        # numpy and pandas are not needed to list or build this plugin.
        from fourstroke_service_health.watching import Bounds, watch  # noqa: PLC0415

        bounds = Bounds(
            stale_after=duration(self.stale_after) if self.stale_after else None,
            rate=(self.rows_per_hour_min, self.rows_per_hour_max),
            latency={
                0.5: self.latency_p50_max,
                0.95: self.latency_p95_max,
                0.99: self.latency_p99_max,
            },
            errors=self.errors_max,
            refused=self.refused_max,
        )
        return watch(window, bounds, now=dt.datetime.now(dt.UTC))
