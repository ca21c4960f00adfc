"""Models, predictions and evaluations for contracts, made without any library for learning."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import pandas as pd

from fourstroke.entities.facts import Evaluation, Metric
from fourstroke.entities.model import Candidate
from fourstroke.testing.samples import people

if TYPE_CHECKING:
    from fourstroke.entities.task import Task


@attrs.frozen
class Majority:
    """A model that gives every row the same shares of the classes."""

    shares: tuple[tuple[str, float], ...] = (("no", 0.6), ("yes", 0.4))


def predictions_of(data: pd.DataFrame, task: Task, *, share_right: float = 0.8) -> pd.DataFrame:
    """Make predictions of two classes of which a share is right.

    Parameters
    ----------
    data : table
        With the target.
    task : Task
        Names it, and the class of interest.
    share_right : float
        1 for all, 0 for none; the wrong ones are spread evenly.

    Returns
    -------
    table
        ``prediction``, ``probability_no`` and ``probability_yes``, with the index of ``data``.
    """
    truth = [str(label) for label in data[task.target]]
    # Row n is wrong when the running count of errors has to grow: evenly, and the same each time.
    wrong = [
        math.floor((n + 1) * (1 - share_right)) > math.floor(n * (1 - share_right))
        for n in range(len(truth))
    ]
    other = {"yes": "no", "no": "yes"}
    said = [
        other[label] if is_wrong else label for label, is_wrong in zip(truth, wrong, strict=True)
    ]
    share = [
        0.5 + (0.2 + 0.3 * ((7 * n) % 10) / 10) * (1 if label == "yes" else -1)
        for n, label in enumerate(said)
    ]
    columns = {
        "prediction": said,
        "probability_no": [1 - each for each in share],
        "probability_yes": share,
    }
    return pd.DataFrame(columns, index=data.index)


def evaluation_of(
    value: float | None, *, baseline: float | None = 0.5, rows: int = 2400, why: str = ""
) -> Evaluation:
    """Make an evaluation with one metric, its interval, and that of a model without features."""
    known = value is not None and math.isfinite(value)
    metric = Metric(
        name="accuracy",
        value=value,
        low=None if not known or value is None else max(value - 0.02, 0.0),
        high=None if not known or value is None else min(value + 0.02, 1.0),
        rows=rows,
        method="wilson",
        why=why,
    )
    dull = () if baseline is None else (Metric(name="accuracy", value=baseline, rows=rows),)
    return Evaluation(metrics=(metric,), baseline=dull)


def candidate_of(
    task: Task, *, share_right: float = 0.9, name: str = "candidate", version: int | None = None
) -> Candidate:
    """Make a candidate whose predictions are right so often, with the metric that says so."""
    data = people(2400)
    return Candidate(
        name=name,
        digest=f"blake3:{'0' * 64}",
        evaluation=evaluation_of(share_right),
        version=version,
        size_bytes=1000,
        data=data,
        predictions=predictions_of(data, task, share_right=share_right),
        predict=lambda rows: predictions_of(rows, task, share_right=share_right),
        load=Majority,
    )
