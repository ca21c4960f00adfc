"""What is remembered of a column: small, and the same however its rows were cut into parts."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Self

import attrs
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fourstroke_pandas.profile.cells import as_arrow

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]

# So many different values are counted one by one.
MOST_EXACT: Final = 1_000
# Smallest hashes kept: the estimate's relative standard error is 1 / sqrt(k - 2), 3 %.
MOST_HASHES: Final = 1_024
# Counters of frequent values.
MOST_FREQUENT: Final = 256
# Quantiles are within this share of their value.
ACCURACY: Final = 0.01
_LOG_GAMMA: Final = math.log((1 + ACCURACY) / (1 - ACCURACY))
_ZERO: Final = -(2**31)
_NUMERIC: Final = frozenset({"integer", "number", "duration"})


@attrs.define(eq=False)
class Sketch:
    """What is remembered of a column.

    Counts, ends, exact values, hashes and buckets are sums, extremes and unions: they come out the same
    in any order of merging. Moments do up to rounding, frequent values up to ``top_error``.

    Notes
    -----
    Moments by T. F. Chan, G. H. Golub, R. J. LeVeque (1983), Algorithms for computing the sample
    variance. Quantiles by buckets of logarithms: C. Masson, J. E. Rim, H. K. Lee (2019), DDSketch.
    Different values by the k smallest hashes: K. Beyer et al. (2007), On synopses for distinct-value
    estimation under multiset operations. Frequent values: J. Misra, D. Gries (1982), merged as by
    P. K. Agarwal et al. (2012), Mergeable summaries: a count is too low by n / (k + 1) at most.
    """

    rows: int = 0
    missing: int = 0
    infinite: int = 0
    families: set[str] = attrs.field(factory=set)
    # Finite numbers: how many, their mean, and the sum of squares around it.
    n: int = 0
    mean: float = 0.0
    squares: float = 0.0
    least: Any = None
    largest: Any = None
    shortest: int | None = None
    longest: int | None = None
    # By value, as long as there are few; `None` when there were too many.
    exact: dict[Any, int] | None = attrs.field(factory=dict)
    frequent: dict[Any, int] = attrs.field(factory=dict)
    top_error: int = 0
    hashes: npt.NDArray[np.uint64] = attrs.field(factory=lambda: np.array([], dtype=np.uint64))
    # Numbers by sign and logarithm; exact zeros under a number of their own.
    above: Counter[int] = attrs.field(factory=Counter)
    below: Counter[int] = attrs.field(factory=Counter)
    months: Counter[str] = attrs.field(factory=Counter)

    @classmethod
    def of(cls, column: pd.Series[Any]) -> Self:
        """Remember a column."""
        family, cells = as_arrow(column)
        made = cls(rows=len(column), missing=len(column) - len(cells), families={family})
        if not len(cells):
            return made
        counted = pc.value_counts(cells)
        values, counts = counted.field(0), counted.field(1).to_numpy()
        if family in _NUMERIC:
            made._numbers(values.to_numpy(zero_copy_only=False).astype(np.float64), counts)
        elif family == "datetime":
            made._times(values, counts)
        else:
            made._texts(values, counts)
        return made

    def merge(self, other: Sketch) -> Sketch:
        """Put two parts of a column together."""
        made = Sketch(
            rows=self.rows + other.rows,
            missing=self.missing + other.missing,
            infinite=self.infinite + other.infinite,
            families=self.families | other.families,
            n=self.n + other.n,
            least=_extreme(min, self.least, other.least),
            largest=_extreme(max, self.largest, other.largest),
            shortest=_extreme(min, self.shortest, other.shortest),
            longest=_extreme(max, self.longest, other.longest),
            hashes=_smallest(np.concatenate([self.hashes, other.hashes])),
            above=self.above + other.above,
            below=self.below + other.below,
            months=self.months + other.months,
        )
        if made.n:
            delta = other.mean - self.mean
            made.mean = self.mean + delta * other.n / made.n
            made.squares = self.squares + other.squares + delta**2 * self.n * other.n / made.n
        if self.exact is not None and other.exact is not None:
            made._remember(Counter(self.exact) + Counter(other.exact))
        else:
            made.exact = None
        frequent, lost = _frequent(Counter(self.frequent) + Counter(other.frequent))
        made.frequent = frequent
        made.top_error = self.top_error + other.top_error + lost
        return made

    def _numbers(self, values: Floats, counts: Counts) -> None:
        is_finite = np.isfinite(values)
        self.infinite = int(counts[~is_finite].sum())
        values, counts = values[is_finite] + 0.0, counts[is_finite]
        self._count(values, counts, values)
        if not len(values):
            return
        self.n = int(counts.sum())
        with np.errstate(over="ignore", invalid="ignore"):  # of numbers near the largest float
            self.mean = float((values * counts).sum() / self.n)
            self.squares = float(((values - self.mean) ** 2 * counts).sum())
        self.least, self.largest = float(values.min()), float(values.max())
        for is_here, bucket in ((values >= 0, self.above), (values < 0, self.below)):
            numbers, weights = np.unique(_buckets(np.abs(values[is_here])), return_inverse=True)
            sums = np.bincount(weights, weights=counts[is_here], minlength=len(numbers))
            bucket.update({int(k): int(v) for k, v in zip(numbers, sums, strict=True)})

    def _times(self, values: pa.Array, counts: Counts) -> None:
        times = values.to_numpy(zero_copy_only=False).astype("datetime64[us]")
        self.least, self.largest = str(times.min()), str(times.max())
        months, places = np.unique(times.astype("datetime64[M]"), return_inverse=True)
        sums = np.bincount(places, weights=counts)
        self.months.update({str(month): int(n) for month, n in zip(months, sums, strict=True)})
        self._count(times.astype(str).astype(object), counts, times.astype(np.int64))

    def _texts(self, values: pa.Array, counts: Counts) -> None:
        lengths = pc.utf8_length(values)
        self.shortest, self.longest = pc.min(lengths).as_py(), pc.max(lengths).as_py()
        texts = values.to_numpy(zero_copy_only=False).astype(object)
        self._count(texts, counts, texts)

    def _count(self, values: Any, counts: Counts, hashed: Any) -> None:
        """Count different values: all of them if there are few, else the frequent ones."""
        self.hashes = _smallest(np.asarray(pd.util.hash_array(hashed), dtype=np.uint64))
        if len(values) <= MOST_EXACT:
            known = dict(zip(values.tolist(), counts.tolist(), strict=True))
            self.exact = known
            self.frequent, self.top_error = _frequent(known)
            return
        self.exact = None
        # What is below the next count after the last that is kept is dropped before Python sees it.
        floor = int(np.partition(counts, -MOST_FREQUENT - 1)[-MOST_FREQUENT - 1])
        is_kept = counts > floor
        left = (counts[is_kept] - floor).tolist()
        self.frequent = dict(zip(values[is_kept].tolist(), left, strict=True))
        self.top_error = floor

    def _remember(self, known: Counter[Any]) -> None:
        self.exact = dict(known) if len(known) <= MOST_EXACT else None


def _frequent(known: dict[Any, int]) -> tuple[dict[Any, int], int]:
    """Keep the most frequent values, and say by how much their counts were lowered."""
    if len(known) <= MOST_FREQUENT:
        return dict(known), 0
    floor = sorted(known.values(), reverse=True)[MOST_FREQUENT]
    return {value: count - floor for value, count in known.items() if count > floor}, floor


def _smallest(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    return np.unique(hashes)[:MOST_HASHES]


def _buckets(values: Floats) -> npt.NDArray[np.int64]:
    with np.errstate(divide="ignore"):
        made = np.ceil(np.log(values) / _LOG_GAMMA)
    return np.where(values == 0, _ZERO, made).astype(np.int64)


def middle(bucket: int) -> float:
    """Give the number that stands for a bucket: within `ACCURACY` of all that are in it.

    Examples
    --------
    >>> bool(abs(middle(int(_buckets(np.array([37.0]))[0])) - 37) <= 0.37)
    True
    """
    if bucket == _ZERO:
        return 0.0
    return 2 * math.exp(bucket * _LOG_GAMMA) / (1 + math.exp(_LOG_GAMMA))


def _extreme(choose: Any, one: Any, other: Any) -> Any:
    if one is None or other is None:
        return other if one is None else one
    # Parts of a mixed column may hold text here and numbers there.
    return (
        choose(one, other)
        if isinstance(one, str) == isinstance(other, str)
        else str(choose(str(one), str(other)))
    )
