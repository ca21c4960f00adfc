"""Outcomes that mean nothing to a model: somebody mistyped them, or the world has another class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fourstroke import Observation, class_meant, class_name, predicted_classes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Task

_SHOWN = 3


def classes_of(data: pd.DataFrame, predictions: pd.DataFrame, task: Task) -> list[str] | None:
    """Name the classes that a model or its held-out rows know; ``None`` for a regression."""
    if task.kind == "regression":
        return None
    known = (data.get(task.target), predictions.get("prediction"))
    seen = {
        class_name(each) for part in known if part is not None for each in part.dropna().unique()
    }
    return list(dict.fromkeys([*predicted_classes(predictions.columns), *sorted(seen)]))


class Outcomes:
    """The outcomes while the batches of a window pass by."""

    def __init__(self, classes: Sequence[str] | None) -> None:
        """Take the classes that there are; ``None`` where outcomes are numbers."""
        self.classes = classes
        self.rows = self.strange = 0
        self.named: dict[str, None] = {}

    def look(self, labels: Any) -> None:
        """Count those of a batch."""
        if labels is None:
            return
        column = pd.Series(labels).dropna()
        self.rows += len(column)
        if self.classes is None:
            numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
            self.strange += int((~np.isfinite(numbers)).sum())
            return
        for label, count in column.value_counts(sort=False).items():
            if count and class_meant(label, self.classes) is None:
                self.strange += int(count)
                self.named[class_name(label)] = None

    def judged(self) -> list[Observation]:
        """Tell of them: one is enough."""
        if not self.rows:
            return []
        what = f"{self.strange:,} of {self.rows:,} outcomes are none that the model knows"
        named = ", ".join(map(repr, list(self.named)[:_SHOWN])) or "text, or infinite"
        return [
            Observation(
                name="strange_outcomes",
                status="alert" if self.strange else "ok",
                value=self.strange / self.rows,
                threshold=0.0,
                statistic="share",
                why=f"{what}: {named}" if self.strange else "",
                severity="warning",
            )
        ]
