"""Watch whether rows keep coming, how old the last one is, and how fast requests are answered."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke import FourstrokeWarning, Observation, Window, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Health", "duration"]

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_POSITIVE: Final = attrs.validators.optional(attrs.validators.gt(0.0))


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
    # The share of requests that may fail, of those whose status the log holds. The bundled service logs
    # answered rows alone: of it this never alerts, and /metrics counts what failed.
    errors_max: float | None = attrs.field(
        default=None,
        validator=attrs.validators.optional([attrs.validators.ge(0.0), attrs.validators.le(1.0)]),
    )

    def __attrs_post_init__(self) -> None:
        """Say of a limit that cannot alert by itself what does."""
        if self.errors_max is not None:
            warnings.warn(
                "errors_max cannot alert on rows of fourstroke serve, whose log holds answered requests "
                "alone: let Prometheus alert on the failed ones that /metrics counts",
                FourstrokeWarning,
                stacklevel=3,
            )

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
        )
        return watch(window, bounds, now=dt.datetime.now(dt.UTC))
