"""A monitor that only looks: how many rows came, how much is missing, what the model says on average."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke import Context, Observation, Window, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence


@plugin
class LogMonitor:
    """Log and record the figures of a window; raises no alert unless a limit is set."""

    # The share of missing cells from which on an alert is due; none without it.
    missing_max: float | None = None
    # The number of rows below which an alert is due; none without it.
    rows_min: int | None = None

    @hookimpl
    def monitor(self, window: Window, context: Context) -> Sequence[Observation]:
        """Take the figures."""
        rows = sum(len(batch.data) for batch in window.batches)
        found = [_observation("rows", rows, self._lacks_rows(rows), self.rows_min)]
        cells = sum(batch.data.size for batch in window.batches)
        if cells:
            missing = sum(int(batch.data.isna().sum().sum()) for batch in window.batches) / cells
            is_much = self.missing_max is not None and missing > self.missing_max
            found.append(_observation("missing", round(missing, 6), is_much, self.missing_max))
        if rows:
            found += _means(window, rows)
        for item in found:
            context.log.info("%s %s: %s", window.model, item.name, item.value)
        return found

    def _lacks_rows(self, rows: int) -> bool:
        return self.rows_min is not None and rows < self.rows_min


def _observation(
    name: str,
    value: float,
    is_alert: bool,  # noqa: FBT001 - a fact about the value beside it
    threshold: float | None,
) -> Observation:
    return Observation(
        name=name,
        status="alert" if is_alert else "ok",
        value=value,
        threshold=threshold,
        why=f"{name} is {value:g}" + (f", the limit is {threshold:g}" if is_alert else ""),
    )


def _means(window: Window, rows: int) -> list[Observation]:
    """Give the mean of every numeric column of the predictions: scores, or values."""
    first = window.batches[0].predictions
    names = first.select_dtypes("number").columns
    totals = {
        name: sum(batch.predictions[name].sum() for batch in window.batches) for name in names
    }
    return [
        _observation(f"mean {name}", round(float(total) / rows, 6), False, None)
        for name, total in totals.items()
    ]
