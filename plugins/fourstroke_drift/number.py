"""Columns of numbers: quantile bins of the reference, and cells for all that lies outside."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from fourstroke_drift.bins import Bins
from fourstroke_drift.histogram import Histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_BINS = 30
_FEWEST_BINS = 5
# What lies beyond all bins is taken as one standard deviation away from them, in the mean.
_BEYOND = 2.0


@attrs.frozen(kw_only=True)
class NumberProfile:
    """The distribution of a column of numbers.

    Parameters
    ----------
    starts : tuple of float
        The lower bounds of the bins, rising; a bin goes up to the next one's start, the last up to
        ``high``. A value that many rows share is the start of a bin.
    counts : tuple of int
        Rows in each bin.
    below, above : int
        Rows that are minus or plus infinity.
    mean, deviation : float
        Of the finite values.
    """

    starts: tuple[float, ...]
    high: float
    counts: tuple[int, ...]
    missing: int
    below: int = 0
    above: int = 0
    mean: float
    deviation: float

    @classmethod
    def of(cls, column: pd.Series[Any]) -> NumberProfile | None:
        """Profile a column; ``None`` if it holds no finite number."""
        values, _ = as_numbers(column)
        finite = np.sort(values[np.isfinite(values)])
        if not finite.size:
            return None
        # Values of the column itself, not between them: equal values fall into one bin.
        at = np.arange(_MOST_BINS) * finite.size // _MOST_BINS
        starts = np.unique(finite[at])
        edges = np.append(np.searchsorted(finite, starts), finite.size)
        # Scaled first, because squares of large numbers overflow.
        scale = float(np.abs(finite).max()) or 1.0
        return cls(
            starts=tuple(starts.tolist()),
            high=float(finite[-1]),
            counts=tuple(np.diff(edges).tolist()),
            missing=int(np.isnan(values).sum()),
            below=int(np.isneginf(values).sum()),
            above=int(np.isposinf(values).sum()),
            mean=float((finite / scale).mean()) * scale,
            deviation=_finite(float((finite / scale).std()) * scale),
        )

    def tally(self) -> NumberTally:
        """Begin to count a window."""
        return NumberTally(self)

    def merged(self, rows: int) -> NDArray[np.int64]:
        """Say at which bins those of nearly equal mass begin that suit a small window.

        Fewer cells are less noise: as many as half the square root of the rows, and never under 5.
        """
        wanted = min(max(math.isqrt(rows) // 2, _FEWEST_BINS), _MOST_BINS)
        counts = np.array(self.counts, dtype=float)
        before = np.concatenate([[0.0], counts.cumsum()[:-1]]) / counts.sum()
        group = np.minimum((before * wanted + 1e-9).astype(int), wanted - 1)
        return np.flatnonzero(np.diff(group, prepend=-1))


class NumberTally:
    """The rows of a window, counted in the bins of the reference while they pass by."""

    def __init__(self, profile: NumberProfile) -> None:
        self.rows = 0
        self._profile = profile
        self._bins = Bins(np.array(profile.starts))
        self._counts = np.zeros(len(profile.starts) + 1, dtype=np.int64)
        self._missing = self._unreadable = self._above = self._finite = 0
        self._mean = 0.0

    def skip(self, rows: int) -> None:
        """Count rows that have no such column at all."""
        self.rows += rows
        self._missing += rows

    def add(self, column: pd.Series[Any]) -> None:
        """Count rows."""
        values, unreadable = as_numbers(column)
        counts = self._bins.count(values)
        self.rows += len(values)
        self._counts += counts
        self._unreadable += unreadable
        self._missing += len(values) - int(counts.sum()) - unreadable
        self._above += int(np.count_nonzero(values > self._profile.high))
        finite, mean = _mean(values)
        if finite:
            # Weighted like this, even the largest floats do not overflow.
            total = self._finite + finite
            self._mean = self._mean * (self._finite / total) + mean * (finite / total)
            self._finite = total

    def histogram(self) -> Histogram:
        """Compare with the reference, in as many bins as the rows are enough for."""
        known, first = self._profile, self._profile.merged(self.rows)
        starts = np.array(known.starts)[first]
        ends = np.append(starts[1:], known.high)
        inside = self._counts[1:].copy()
        inside[-1] -= self._above
        names = [f"{low:.4g} to {end:.4g}" for low, end in zip(starts, ends, strict=True)]
        reference = np.add.reduceat(np.array(known.counts, dtype=float), first).tolist()
        window = np.add.reduceat(inside, first).tolist()
        with np.errstate(over="ignore"):
            widths = (ends - starts) / (known.deviation or 1.0)
        return Histogram.of(
            [
                ("missing", known.missing, self._missing),
                ("not a number", 0, self._unreadable),
                (f"below {known.starts[0]:.4g}", known.below, int(self._counts[0])),
                *zip(names, reference, window, strict=True),
                (f"above {known.high:.4g}", known.above, self._above),
            ],
            widths=[math.nan, math.nan, _BEYOND, *np.nan_to_num(widths).tolist(), _BEYOND],
        )

    def change(self) -> str:
        """Say in words how the mean has moved."""
        if not self._finite:
            return "no number is left"
        known, mean = self._profile, self._mean
        text = f"mean {known.mean:.4g} became {mean:.4g}"
        moved = (mean - known.mean) / known.deviation if known.deviation else 0.0
        if abs(moved) > _MOST_DEVIATIONS:
            text += f" (more than {_MOST_DEVIATIONS:,} standard deviations)"
        elif abs(moved) >= 0.05:  # noqa: PLR2004 - smaller ones round to 0.0
            text += f" ({moved:+.1f} standard deviations)"
        return text


_OTHERS = (pd.DatetimeTZDtype, pd.PeriodDtype, pd.IntervalDtype)
# Beyond it a number of deviations says no more than that it is large.
_MOST_DEVIATIONS = 1000


def as_numbers(column: pd.Series[Any]) -> tuple[NDArray[np.float64], int]:
    """Give a column as floats, NaN for what is missing, and how many cells hold no number.

    Raises
    ------
    TypeError
        If its type is one of times or complex numbers: they would become floats that mean nothing.
    """
    if isinstance(column.dtype, _OTHERS) or column.dtype.kind in "Mmc":
        raise TypeError(f"it holds {column.dtype}, and held numbers")
    if not pd.api.types.is_numeric_dtype(column.dtype):
        read = pd.to_numeric(column, errors="coerce")
        values = read.to_numpy(dtype=float, na_value=math.nan)
        return values, int((np.isnan(values) & column.notna().to_numpy()).sum())
    return column.to_numpy(dtype=float, na_value=math.nan), 0


def _mean(values: NDArray[np.float64]) -> tuple[int, float]:
    """Give how many values are finite, and their mean."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = float(values.sum())
    if math.isfinite(total):
        return len(values), total / max(len(values), 1)
    finite = values[np.isfinite(values)]
    # Scaled, because the sum of large numbers overflows.
    scale = float(np.abs(finite).max(initial=0.0)) or 1.0
    return len(finite), float((finite / scale).mean()) * scale if finite.size else 0.0


def _finite(value: float) -> float:
    """Keep what JSON can hold: the deviation of the largest floats overflows."""
    return value if math.isfinite(value) else 0.0
