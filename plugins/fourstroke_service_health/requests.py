"""What is known of a window's requests: when they came, how long they took, and what a share is worth."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd
from scipy.stats import binom, norm

if TYPE_CHECKING:
    from fourstroke import Window

Array = np.ndarray[Any, np.dtype[Any]]

_CONFIDENCE: Final = 0.95


@attrs.frozen(kw_only=True, eq=False)
class Seen:
    """What a window's batches tell.

    Parameters
    ----------
    rows : int
        How many came.
    first, last : datetime, optional
        The moments of the first and the last row, in UTC.
    latencies : array of shape (n,)
        In seconds, one a request.
    is_served : bool
        Whether a service answered any of the rows.
    """

    rows: int
    first: dt.datetime | None
    last: dt.datetime | None
    latencies: Array
    is_served: bool


def seen_of(window: Window) -> Seen:
    """Go through the batches once; eight bytes a request are kept."""
    rows, is_served = 0, False
    moments: list[dt.datetime] = []
    latencies = [np.zeros(0)]
    for batch in window.batches:
        count = len(batch.predictions)
        rows += count
        requests = batch.requests
        if requests is None or not len(requests):
            moments += [batch.at] if count else []
            continue
        is_served = True
        moments += _moments(requests, batch.at)
        if "request_id" in requests.columns:
            # A request of a thousand rows was waited for once.
            requests = requests.drop_duplicates("request_id")
        latencies.append(_numbers(requests, "latency_seconds"))
    return Seen(
        rows=rows,
        first=min(moments, default=None),
        last=max(moments, default=None),
        latencies=np.concatenate(latencies),
        is_served=is_served,
    )


def quantile(values: Array, share: float) -> tuple[float, float, float]:
    """Give a quantile and its interval, of 95 %.

    Notes
    -----
    How many values lie below a quantile is binomial, so two values of the sample bound it whatever
    their distribution: W. R. Thompson (1936), On confidence ranges for the median and other
    expectation distributions for populations of unknown distribution form.
    """
    ordered = np.sort(values)
    low, high = binom.ppf([(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2], len(values), share)
    first, last = max(int(low) - 1, 0), min(int(high), len(values) - 1)
    return float(np.quantile(ordered, share)), float(ordered[first]), float(ordered[last])


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Give the score interval of a share, of 95 % (E. B. Wilson 1927)."""
    z = float(norm.ppf(0.5 + _CONFIDENCE / 2))
    share = hits / trials
    centre = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    scale = 1 + z * z / trials
    return max((centre - half) / scale, 0.0), min((centre + half) / scale, 1.0)


def _moments(requests: pd.DataFrame, at: dt.datetime) -> list[dt.datetime]:
    if "at" not in requests.columns:
        return [at]
    found = pd.to_datetime(requests["at"], utc=True, errors="coerce").dropna()
    if found.empty:
        return [at]
    return [found.min().to_pydatetime(), found.max().to_pydatetime()]


def _numbers(requests: pd.DataFrame, name: str) -> Array:
    if name not in requests.columns:
        return np.zeros(0)
    values = pd.to_numeric(requests[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.asarray(values[np.isfinite(values)])
