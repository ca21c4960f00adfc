"""Windows of scored rows, as monitors see them: usual ones, and ones in which the world has moved."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from fourstroke.entities.operations import Batch, Window
from fourstroke.entities.task import Task
from fourstroke.testing.samples import people
from fourstroke.testing.scored import predictions_of


def window_of(*tables: pd.DataFrame, task: Task) -> Window:
    """Make a window of batches, a day apart, with predictions of which most are right."""
    begun = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
    return Window(
        model="sample",
        version=3,
        batches=tuple(
            Batch(
                at=begun + dt.timedelta(days=day),
                data=table,
                predictions=predictions_of(table, task),
            )
            for day, table in enumerate(tables)
        ),
    )


def moved(rows: int = 400, *, seed: int = 1) -> pd.DataFrame:
    """Make a table about people who are older, richer, and live elsewhere."""
    data = people(rows, seed=seed)
    return data.assign(
        age=data["age"] + 25,
        income=data["income"] * 3,
        visits=data["visits"] + 6,
        city="Trier",
        member=True,
    )
