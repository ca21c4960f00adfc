"""Worlds with known truths, and windows of them, for tests of performance at work."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import attrs
import numpy as np
import pandas as pd

from fourstroke import Batch, Context, Task, Window

CAR_LOAN = Path(__file__).parents[1] / "data" / "car_loan" / "car_loan.parquet"
MONDAY = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


def context_of(kind: str = "binary", **task: object) -> Context:
    if kind == "binary":
        task.setdefault("positive", "yes")
    here = Path()
    return Context(
        run="r",
        step="s",
        project="p",
        root=here,
        scratch=here,
        seed=3,
        task=Task(target="y", kind=kind, **task),
    )


@attrs.frozen
class World:
    """Rows, what a model says of them, and what turns out."""

    data: pd.DataFrame
    predictions: pd.DataFrame

    def window(self, *, batches: int = 1, labels=None, **facts) -> Window:
        """Give a window; ``labels`` stand for the outcomes, row by row."""
        known = self.data["y"].to_numpy() if labels is None else labels
        parts = np.array_split(np.arange(len(self.data)), batches)
        return Window(
            model="m",
            version=1,
            batches=tuple(
                Batch(
                    at=MONDAY + dt.timedelta(hours=number),
                    data=self.data.iloc[part].reset_index(drop=True),
                    predictions=self.predictions.iloc[part].reset_index(drop=True),
                    labels=[known[row] for row in part] if isinstance(known, list) else known[part],
                )
                for number, part in enumerate(parts)
            ),
            **facts,
        )


def two_classes(
    rows: int, seed: int, *, rate: float = 0.4, shift: float = 0.0, wrong: float = 0.0
) -> World:
    """Make a binary world whose model is too sure of itself.

    ``shift`` moves the rows towards where the model cannot tell; of ``wrong`` rows the outcome has
    come loose of the inputs, which no score shows.
    """
    random = np.random.default_rng([rows, seed])
    x = random.normal(0, 1.0 - shift, rows)
    logit = 1.5 * x + np.log(rate / (1 - rate))
    is_true = random.random(rows) < 1 / (1 + np.exp(-logit))
    is_true = np.where(random.random(rows) < wrong, random.random(rows) < rate, is_true)
    claimed = 1 / (1 + np.exp(-1.3 * logit))
    group = random.choice(["a", "b", "c"], rows, p=[0.5, 0.3, 0.2])
    data = pd.DataFrame({"x": x, "group": group, "y": np.where(is_true, "yes", "no")})
    predictions = pd.DataFrame(
        {
            "prediction": np.where(claimed > 0.5, "yes", "no"),
            "probability_no": 1 - claimed,
            "probability_yes": claimed,
        }
    )
    return World(data, predictions)


def many_classes(rows: int, seed: int, *, blur: float = 0.0) -> World:
    """Make a world of five classes; ``blur`` takes away what tells them apart."""
    random = np.random.default_rng([rows, seed])
    prior = np.array([0.4, 0.25, 0.2, 0.1, 0.05])
    logits = random.normal(0, 1.5, (rows, 5)) * (1 - blur) + np.log(prior)
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (shares.cumsum(axis=1) > random.random((rows, 1))).argmax(axis=1)
    names = np.array(list("abcde"))
    predictions = pd.DataFrame({f"probability_{c}": shares[:, n] for n, c in enumerate(names)})
    predictions.insert(0, "prediction", names[shares.argmax(axis=1)])
    return World(pd.DataFrame({"x": logits[:, 0], "y": names[truth]}), predictions)


def quantities(rows: int, seed: int, *, shift: float = 0.0, noise: float = 1.0) -> World:
    """Make a regression that errs the more, the larger ``x`` is; ``noise`` comes unseen."""
    random = np.random.default_rng([rows, seed])
    x = random.normal(shift, 1, rows)
    error = random.normal(0, 1, rows) * np.exp(0.5 * x) * noise
    kind = random.choice(["new", "used"], rows)
    data = pd.DataFrame({"x": x, "kind": kind, "y": 3 * x + (kind == "new") + error})
    return World(data, pd.DataFrame({"prediction": 3 * x + (kind == "new")}))


def car_loans() -> tuple[World, list[World]]:
    """Give NannyML's car loans: the reference, and twenty chunks of 5,000 rows."""
    table = pd.read_parquet(CAR_LOAN)
    predictions = pd.DataFrame(
        {
            "prediction": table["y_pred"],
            "probability_0": 1 - table["y_pred_proba"],
            "probability_1": table["y_pred_proba"],
        }
    )
    data = table.drop(columns=["y_pred", "y_pred_proba"]).rename(columns={"repaid": "y"})
    chunks = [
        World(
            data.iloc[start : start + 5000].reset_index(drop=True),
            predictions.iloc[start : start + 5000].reset_index(drop=True),
        )
        for start in range(0, len(data), 5000)
    ]
    return World(data.iloc[:50_000], predictions.iloc[:50_000]), chunks
