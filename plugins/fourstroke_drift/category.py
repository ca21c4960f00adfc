"""Columns of categories: the share of each, of new ones, and of missing values."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import class_name
from fourstroke_drift.naming import NamedRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fourstroke_drift.histogram import Histogram

# More are no categories but names or texts, and their histogram would be a copy of the data.
_MOST_CATEGORIES = 1000


@attrs.frozen(kw_only=True)
class CategoryProfile:
    """The distribution of a column of categories: rows by the category's name, and missing ones."""

    counts: Mapping[str, int]
    missing: int

    @classmethod
    def of(cls, column: pd.Series[Any]) -> CategoryProfile | None:
        """Profile a column; ``None`` if it holds nothing, or names and texts, not categories."""
        counts = count_names(column)
        known = sum(counts.values())
        once = sum(count == 1 for count in counts.values())
        if not counts or len(counts) > _MOST_CATEGORIES or once > known / 2:
            return None
        return cls(counts=dict(sorted(counts.items())), missing=len(column) - known)

    def tally(self) -> CategoryTally:
        """Begin to count a window."""
        return CategoryTally(self)


class CategoryTally:
    """The rows of a window, counted by the categories of the reference while they pass by."""

    def __init__(self, profile: CategoryProfile) -> None:
        self.rows = 0
        self._profile = profile
        self._found: Counter[str] = Counter()
        self._new: Counter[str] = Counter()
        self._unnamed = 0

    def skip(self, rows: int) -> None:
        """Count rows that have no such column at all."""
        self.rows += rows

    def add(self, column: pd.Series[Any]) -> None:
        """Count rows; of new categories only so many are kept by name."""
        self.rows += len(column)
        for name, count in count_names(column).items():
            if name in self._profile.counts:
                self._found[name] += count
            elif name in self._new or len(self._new) < _MOST_CATEGORIES:
                self._new[name] += count
            else:
                self._unnamed += count

    def histogram(self) -> Histogram:
        """Compare with the reference, in cells that both together choose."""
        known = self._profile
        new = self._new.total() + self._unnamed
        return NamedRows.of(
            known.counts,
            self._found + self._new,
            missing=(known.missing, self.rows - self._found.total() - new),
            unnamed=self._unnamed,
        ).histogram()

    def change(self) -> str:
        """Name the commonest categories that the reference has never seen."""
        new = sorted((-count, name) for name, count in self._new.items())
        if not new:
            return ""
        shown = ", ".join(repr(name) for _, name in new[:3])
        more = f"{len(new) - 3} more" + (", or still more" if self._unnamed else "")
        return f"new: {shown}" + (f" and {more}" if len(new) > 3 else "")  # noqa: PLR2004 - as many as read well


def count_names(column: pd.Series[Any]) -> Counter[str]:
    """Count the values of a column by name, without missing ones.

    A whole number has one name however it is held: a column of ``1`` and ``2`` becomes ``1.0`` and
    ``2.0`` as soon as one row is missing.
    """
    counts: Counter[str] = Counter()
    for value, count in column.value_counts(dropna=True, sort=False).items():
        if count:
            counts[class_name(value)] += int(count)
    return counts
