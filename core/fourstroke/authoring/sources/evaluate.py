"""How good a model is on rows that it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke import DataError, Evaluation, Metric, hookimpl, plugin

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke import Context


@plugin
class Template:
    """Measure the share of rows that are predicted right."""

    # The name of the metric.
    name: str = "share_right"

    @hookimpl
    def evaluate(
        self, data: pd.DataFrame, predictions: pd.DataFrame, context: Context
    ) -> Evaluation:
        """Give one metric, with the interval of Wilson (1927) at 95 %."""
        rows = len(data)
        if not rows:
            raise DataError("there are no rows to measure on")
        truth = data[context.task.target].to_numpy()
        share = float((predictions["prediction"].to_numpy() == truth).mean())
        low, high = wilson(share, rows)
        metric = Metric(name=self.name, value=share, low=low, high=high, rows=rows, method="wilson")
        return Evaluation(metrics=(metric,))


def wilson(share: float, rows: int, z: float = 1.959964) -> tuple[float, float]:
    """Give the interval of a share: Wilson, Probable inference, JASA 22 (1927), p. 209."""
    middle = share + z * z / (2 * rows)
    spread = z * (share * (1 - share) / rows + z * z / (4 * rows * rows)) ** 0.5
    scale = 1 + z * z / rows
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
