"""Counting numbers into bins, exactly and several times faster than a binary search for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CELLS = 4096
# So many numbers stay, with all that is made of them, in the cache of a processor.
_AT_ONCE = 16_384


class Bins:
    """Counts of numbers below the first of some rising `starts`, and from each up to the next.

    A number's cell of an even grid follows from one multiplication. A table says how many starts lie
    in the cells before, and which start lies in the cell itself, so that one comparison is left.
    That is exact: the same arithmetic gives starts and numbers their cells, and it never falls.
    Where two starts share a cell, as with a long tail, numbers are searched for as usual.
    """

    def __init__(self, starts: NDArray[np.float64]) -> None:
        self._starts = starts
        self._low = float(starts[0])
        with np.errstate(over="ignore"):
            span = float(starts[-1] - starts[0])
            self._scale = (_CELLS - 1) / span if 0 < span < np.inf else 0.0
        cells = self._cells(starts)
        self._has_table = np.isfinite(self._scale) and len(np.unique(cells)) == len(starts)
        self._before = np.searchsorted(cells, np.arange(_CELLS)).astype(np.int64)
        self._start = np.full(_CELLS, np.nan)  # no number, infinity neither, is at least NaN
        self._start[cells] = starts

    def count(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        """Count; NaN is counted nowhere, infinities at the ends."""
        found = np.zeros(len(self._starts) + 1, dtype=np.int64)
        for at in range(0, len(values), _AT_ONCE):
            part = values[at : at + _AT_ONCE]
            found += np.bincount(self._places(part), minlength=len(found))
        found[0 if self._has_table else -1] -= np.count_nonzero(np.isnan(values))
        return found

    def _places(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        if not self._has_table:  # sorts NaN to the end
            return np.searchsorted(self._starts, values, side="right")
        cells = self._cells(values)
        places: NDArray[np.int64] = self._before[cells] + (values >= self._start[cells])
        return places

    def _cells(self, values: NDArray[np.float64]) -> NDArray[np.int64]:
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (values - self._low) * self._scale
        # Of a number and NaN both give the number.
        np.fmax(scaled, 0.0, out=scaled)
        np.fmin(scaled, _CELLS - 1, out=scaled)
        return scaled.astype(np.int64)
