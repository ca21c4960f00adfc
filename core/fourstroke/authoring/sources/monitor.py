"""How what a model meets is compared with what it was made for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke import Observation, hookimpl, plugin

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke import Window


@plugin
class Template:
    """Watch the mean of each column of numbers."""

    # How many standard errors the mean of a window may lie from that of the reference.
    limit: float = 5.0
    # The least number of rows that tell something.
    rows: int = 30

    capabilities = frozenset({"profile", "alerts"})

    @hookimpl
    def profile(self, data: pd.DataFrame) -> dict[str, dict[str, float]]:
        """Keep mean and standard deviation of the held-out rows."""
        numbers = data.select_dtypes("number")
        return {
            str(name): {"mean": float(column.mean()), "deviation": float(column.std())}
            for name, column in numbers.items()
            if column.notna().sum() > 1
        }

    @hookimpl
    def monitor(
        self, window: Window, reference: dict[str, dict[str, float]] | None
    ) -> list[Observation]:
        """Give one observation a column."""
        return [self._observed(name, known, window) for name, known in (reference or {}).items()]

    def _observed(self, name: str, known: dict[str, float], window: Window) -> Observation:
        values = [
            float(value)
            for batch in window.batches
            if name in batch.data
            for value in batch.data[name].dropna()
        ]
        told = {"name": "mean", "column": name, "statistic": "standard errors"}
        if len(values) < self.rows or not known["deviation"] > 0:
            why = f"{len(values)} rows have a value, {self.rows} are needed"
            return Observation(**told, status="unknown", threshold=self.limit, why=why)
        distance = abs(sum(values) / len(values) - known["mean"])
        errors = distance / (known["deviation"] / len(values) ** 0.5)
        status = "alert" if errors > self.limit else "ok"
        return Observation(**told, status=status, value=errors, threshold=self.limit)
