"""Columns whose values say nothing about drift, so that only their presence is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke_drift.histogram import Histogram

if TYPE_CHECKING:
    import pandas as pd


@attrs.frozen(kw_only=True)
class PresenceProfile:
    """How many rows have a value, and ``why`` no more is compared."""

    present: int
    missing: int
    why: str

    @classmethod
    def of(cls, column: pd.Series[Any], why: str) -> PresenceProfile:
        """Count what is missing."""
        missing = int(column.isna().sum())
        return cls(present=len(column) - missing, missing=missing, why=why)

    def tally(self) -> PresenceTally:
        """Begin to count a window."""
        return PresenceTally(self)


class PresenceTally:
    """How many rows of a window have a value."""

    def __init__(self, profile: PresenceProfile) -> None:
        self.rows = 0
        self._profile = profile
        self._present = 0

    def skip(self, rows: int) -> None:
        """Count rows that have no such column at all."""
        self.rows += rows

    def add(self, column: pd.Series[Any]) -> None:
        """Count rows."""
        self.rows += len(column)
        self._present += int(column.notna().sum())

    def histogram(self) -> Histogram:
        """Compare with the reference."""
        return Histogram.of(
            [
                ("present", self._profile.present, self._present),
                ("missing", self._profile.missing, self.rows - self._present),
            ]
        )

    def change(self) -> str:
        """Say why no more is compared."""
        return f"only whether there is a value is compared: {self._profile.why}"
