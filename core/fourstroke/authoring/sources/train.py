"""How a model is fitted, and how it scores rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from fourstroke import DataError, hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke import Context


@plugin
class Template:
    """Predict the most frequent label among the rows that are alike in one column."""

    # The column; a label that is as frequent in all of its values is predicted everywhere.
    column: str

    capabilities = frozenset({"binary", "multiclass", "probability", "missing", "unseen"})

    @hookimpl
    def train(self, data: pd.DataFrame, context: Context) -> dict[str, object]:
        """Count the labels of each value; the counts are the model."""
        self._require(data)
        target = context.task.target
        if data.empty:
            raise DataError("there are no rows to learn from")
        labels = data[target].astype(str)
        shares = labels.groupby(data[self.column].astype(str)).value_counts(normalize=True)
        return {
            "labels": sorted(labels.unique()),
            "overall": labels.value_counts(normalize=True).to_dict(),
            "shares": {
                value: part.droplevel(0).to_dict() for value, part in shares.groupby(level=0)
            },
        }

    @hookimpl
    def predict(self, model: dict[str, dict], data: pd.DataFrame) -> pd.DataFrame:
        """Give the most frequent label of each row's value, and the share of every label."""
        self._require(data)
        known, overall = model["shares"], model["overall"]
        rows = [known.get(value, overall) for value in data[self.column].astype(str)]
        table = pd.DataFrame(
            [[row.get(label, 0.0) for label in model["labels"]] for row in rows],
            columns=[f"probability_{label}" for label in model["labels"]],
            index=data.index,
            dtype=float,
        )
        best = [model["labels"][place] for place in table.to_numpy().argmax(axis=1)]
        table.insert(0, "prediction", best)
        return table

    def _require(self, data: pd.DataFrame) -> None:
        if self.column not in data:
            raise DataError(f"there is no column {self.column!r}")
