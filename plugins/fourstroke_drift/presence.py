"""Columns whose values say nothing about drift, so that only their presence is watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke_drift.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    def histogram(self, parts: Sequence[pd.Series[Any]], absent: int) -> Histogram:
        """Count the parts of a window; ``absent`` rows have no such column at all."""
        present = sum(int(part.notna().sum()) for part in parts)
        rows = absent + sum(map(len, parts))
        return Histogram.of(
            [("present", self.present, present), ("missing", self.missing, rows - present)]
        )

    def change(self, parts: Sequence[pd.Series[Any]]) -> str:  # noqa: ARG002 - as the other profiles
        """Say why no more is compared."""
        return f"only whether there is a value is compared: {self.why}"
