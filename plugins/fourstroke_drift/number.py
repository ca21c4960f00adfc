"""Columns of numbers: quantile bins of the reference, and cells for all that lies outside."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from fourstroke_drift.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_MOST_BINS = 30
_FEWEST_BINS = 5


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

    def histogram(self, parts: Sequence[pd.Series[Any]], absent: int) -> Histogram:
        """Count the parts of a window; ``absent`` rows have no such column at all."""
        starts, names, reference = self._bins(absent + sum(map(len, parts)))
        counts = np.zeros(len(starts))
        outside = {"missing": absent, "not a number": 0, "below": 0, "above": 0}
        for part in parts:
            values, unreadable = as_numbers(part)
            known = values[~np.isnan(values)]
            outside["not a number"] += unreadable
            outside["missing"] += len(values) - len(known) - unreadable
            outside["below"] += int((known < self.starts[0]).sum())
            outside["above"] += int((known > self.high).sum())
            inside = known[(known >= self.starts[0]) & (known <= self.high)]
            found = np.searchsorted(starts, inside, side="right") - 1
            counts += np.bincount(found, minlength=len(starts))
        return Histogram.of(
            [
                *zip(names, reference, counts.tolist(), strict=True),
                ("missing", self.missing, outside["missing"]),
                ("not a number", 0, outside["not a number"]),
                (f"below {self.starts[0]:.4g}", self.below, outside["below"]),
                (f"above {self.high:.4g}", self.above, outside["above"]),
            ]
        )

    def change(self, parts: Sequence[pd.Series[Any]]) -> str:
        """Say in words how the mean has moved."""
        known = [as_numbers(part)[0] for part in parts]
        values = np.concatenate([part[np.isfinite(part)] for part in known]) if known else _NONE
        if not values.size:
            return "no number is left"
        scale = float(np.abs(values).max()) or 1.0
        mean = float((values / scale).mean()) * scale
        text = f"mean {self.mean:.4g} became {mean:.4g}"
        moved = (mean - self.mean) / self.deviation if self.deviation else 0.0
        if abs(moved) > _MOST_DEVIATIONS:
            text += f" (more than {_MOST_DEVIATIONS:,} standard deviations)"
        elif abs(moved) >= 0.05:  # noqa: PLR2004 - smaller ones round to 0.0
            text += f" ({moved:+.1f} standard deviations)"
        return text

    def _bins(self, rows: int) -> tuple[NDArray[np.float64], list[str], list[float]]:
        """Merge neighbours, for a small window, into bins of nearly equal mass.

        Fewer cells are less noise: as many as half the square root of the rows, and never under 5.
        """
        wanted = min(max(math.isqrt(rows) // 2, _FEWEST_BINS), _MOST_BINS)
        counts = np.array(self.counts, dtype=float)
        before = np.concatenate([[0.0], counts.cumsum()[:-1]]) / counts.sum()
        group = np.minimum((before * wanted + 1e-9).astype(int), wanted - 1)
        first = np.flatnonzero(np.diff(group, prepend=-1))
        starts = np.array(self.starts)[first]
        ends = [*starts[1:].tolist(), self.high]
        names = [f"{low:.4g} to {end:.4g}" for low, end in zip(starts.tolist(), ends, strict=True)]
        return starts, names, np.add.reduceat(counts, first).tolist()


_NONE = np.empty(0)
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


def _finite(value: float) -> float:
    """Keep what JSON can hold: the deviation of the largest floats overflows."""
    return value if math.isfinite(value) else 0.0
