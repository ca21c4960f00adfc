"""Volume, freshness, latency and errors of a window, beside their limits."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke import Observation, Traffic, Window
from fourstroke_service_health.requests import Seen, quantile, seen_of, wilson

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOUR: Final = 3600.0
# Where three rows, or failures, are due on average, none comes by chance in fewer than 5 % of the times:
# exp(-3).
_DUE: Final = 3.0
# One or two failures are no matter to call anybody for, however few requests there were.
_FEWEST: Final = 3
_REFUSALS: Final = range(400, 500)
_FAULTS: Final = range(500, 1000)
# Beyond a quantile there have to be some requests, or it is the slowest one.
_BEYOND: Final = 2


@attrs.frozen(kw_only=True)
class Bounds:
    """The limits; ``None`` where there is none. See the settings of the plugin."""

    stale_after: dt.timedelta | None
    rate: tuple[float | None, float | None]
    latency: Mapping[float, float | None]
    errors: float | None
    refused: float | None


def watch(window: Window, bounds: Bounds, *, now: dt.datetime) -> tuple[Observation, ...]:
    """Take all figures of a window.

    Parameters
    ----------
    window : Window
        Its batches are gone through once.
    bounds : Bounds
        The limits.
    now : datetime
        The moment of looking, in UTC; a window that ended before is held to its own end.
    """
    seen = seen_of(window)
    ends = now if window.ends is None else min(window.ends, now)
    coming = (
        Observation(name="rows", status="ok", value=seen.rows, statistic="count"),
        _rate(window, seen, bounds, ends),
        _freshness(window, seen, bounds, ends),
    )
    answering = (
        _errors(seen, window.traffic, bounds.errors),
        *_refused(window.traffic, bounds.refused),
    )
    if not len(window.batches):
        return coming if window.traffic is None else (*coming, *answering)
    return (
        *coming,
        *(_latency(seen, share, limit) for share, limit in bounds.latency.items()),
        *answering,
    )


def _rate(window: Window, seen: Seen, bounds: Bounds, ends: dt.datetime) -> Observation:
    low, high = bounds.rate
    starts = window.starts or seen.first
    upto = ends if window.ends is not None else seen.last
    hours = 0.0 if starts is None or upto is None else (upto - starts).total_seconds() / _HOUR
    if hours <= 0:
        why = f"{seen.rows:,} rows at one moment: that is no rate" if seen.rows else "no rows"
        if low is None and high is None:
            return _judged("volume", None, None, why, "rows_per_hour", is_alert=False)
        return _told("volume", None, why, "rows_per_hour")
    if not seen.rows and low is not None:
        is_lasting = window.ends is not None and ends < window.ends
        if is_lasting or low * hours < _DUE:
            why = f"no rows in {hours:.3g} hours, too short a time to tell a rate"
            return _told("volume", None, why, "rows_per_hour")
    rate = seen.rows / hours
    too_low, too_high = low is not None and rate < low, high is not None and rate > high
    why = f"{seen.rows:,} rows in {hours:.3g} hours, {rate:.4g} an hour"
    if too_low or too_high:
        why += f", and {'at least' if too_low else 'at most'} {low if too_low else high:g} are due"
    limit = high if too_high or low is None else low
    return _judged("volume", rate, limit, why, "rows_per_hour", is_alert=too_low or too_high)


def _freshness(window: Window, seen: Seen, bounds: Bounds, ends: dt.datetime) -> Observation:
    last = seen.last or window.starts
    if last is None:
        return _told("freshness", None, "no row has come", "age_seconds")
    what = f"the last row is of {last:%Y-%m-%d %H:%M:%S} UTC"
    if seen.last is None:
        what = f"no row has come since {last:%Y-%m-%d %H:%M:%S} UTC"
    if bounds.stale_after is None:
        # Without a limit nobody asks for the age, which is another at every look.
        return _judged("freshness", None, None, what, "age_seconds", is_alert=False)
    age = (ends - last).total_seconds()
    if age < 0:
        why = f"{what}, {_in_words(-age)} ahead of the clock"
        return _told("freshness", None, why, "age_seconds")
    limit = bounds.stale_after.total_seconds()
    when = " at the end of the window" if ends == window.ends else " now"
    ago = f"{_in_words(age)} ago{when if seen.rows else ''}"
    why = f"{what}, {ago}; {_in_words(limit)} is the limit"
    return _judged("freshness", age, limit, why, "age_seconds", is_alert=age > limit)


def _latency(seen: Seen, share: float, limit: float | None) -> Observation:
    statistic = f"p{share * 100:g}_seconds"
    count = len(seen.latencies)
    if not count:
        why = "no batch of this window came with requests: only a service measures latency"
        return _told("latency", None, why, statistic)
    needed = round(_BEYOND / (1 - share))
    if count < needed:
        why = f"{count:,} requests, and {needed:,} are needed for {statistic.partition('_')[0]}"
        return _told("latency", None, why, statistic)
    value, low, high = quantile(seen.latencies, share)
    why = f"{value * 1000:.3g} ms ({low * 1000:.3g} to {high * 1000:.3g}) over {count:,} requests"
    is_slow = limit is not None and low > limit
    if is_slow and limit is not None:
        why += f", and {limit * 1000:g} ms is the limit"
    told = _judged("latency", value, limit, why, statistic, is_alert=is_slow)
    return attrs.evolve(told, low=low, high=high)


def _errors(seen: Seen, traffic: Traffic | None, limit: float | None) -> Observation:
    """Hold what the service failed at to a limit; what it refused it was not to answer."""
    if traffic is None:
        why = "files that were scored had no requests"
        if seen.is_served:
            why = "nobody counted failed requests when these rows were logged"
        return _told("errors", None, why, "share")
    to_answer = traffic.failed + traffic.answered
    if not to_answer:
        return _told("errors", None, f"all {_requests(traffic.asked)} were refused", "share")
    return _share(
        "errors", traffic.failed, to_answer, limit, f"failed{_statuses(traffic, _FAULTS)}"
    )


def _refused(traffic: Traffic | None, limit: float | None) -> tuple[Observation, ...]:
    """Hold what was refused for its content to a limit of its own."""
    if traffic is None or not traffic.asked:
        why = "it is not known how many requests were refused"
        return () if limit is None else (_told("refused", None, why, "share"),)
    told = f"were refused for what they held{_statuses(traffic, _REFUSALS)}"
    return (_share("refused", traffic.refused, traffic.asked, limit, told),)


def _share(name: str, hits: int, trials: int, limit: float | None, told: str) -> Observation:
    share, (low, high) = hits / trials, wilson(hits, trials)
    why = f"{_percent(share)} of {_requests(trials)} {told}"
    is_many, is_known = False, True
    if limit is not None:
        is_many = low > limit and hits >= (_FEWEST if limit else 1)
        needed = math.ceil(_DUE / limit) if limit else 1
        is_known = is_many or trials >= needed
        if is_many:
            why += f"; at most {_percent(limit)} may"
        elif not is_known:
            why += f"; {needed:,} are needed to hold them to {_percent(limit)}"
        elif share > limit:
            why += f", which chance alone may make of {_percent(limit)}"
    return Observation(
        name=name,
        status="alert" if is_many else "ok" if is_known else "unknown",
        value=share,
        threshold=limit,
        statistic="share",
        why=why,
        low=low,
        high=high,
    )


def _requests(count: int) -> str:
    return f"{count:,} {'request' if count == 1 else 'requests'}"


def _statuses(traffic: Traffic, chosen: range) -> str:
    found = {code: many for code, many in traffic.statuses.items() if int(code) in chosen}
    told = ", ".join(f"{many:,} with {code}" for code, many in sorted(found.items()))
    return f": {told}" if told else ""


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _judged(
    name: str, value: float | None, limit: float | None, why: str, statistic: str, *, is_alert: bool
) -> Observation:
    return Observation(
        name=name,
        status="alert" if is_alert else "ok",
        value=value,
        threshold=limit,
        statistic=statistic,
        why=why,
    )


def _told(name: str, value: float | None, why: str, statistic: str) -> Observation:
    return Observation(name=name, status="unknown", value=value, statistic=statistic, why=why)


def _in_words(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} seconds"
