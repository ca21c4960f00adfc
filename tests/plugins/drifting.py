"""Tables whose columns are known not to drift, or how they do, and windows of them."""

from __future__ import annotations

import datetime as dt
import json
import logging
from pathlib import Path

import numpy as np
import pandas as pd

from fourstroke import Batch, Context, Task, Window

COLUMNS = 50


def context_of(kind: str = "binary", target: str = "y", seed: int = 11) -> Context:
    here = Path()
    return Context(
        run="r",
        step="drift",
        project="p",
        root=here,
        scratch=here,
        task=Task(target=target, kind=kind, positive=1 if kind == "binary" else None),
        seed=seed,
        log=logging.getLogger("test"),
    )


def window_of(*parts: pd.DataFrame, said=None, labels=None) -> Window:
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    batches = [
        Batch(
            at=at,
            data=part,
            predictions=pd.DataFrame(index=part.index) if said is None else said,
            labels=labels,
        )
        for part in parts
    ]
    return Window(model="m", version=1, batches=batches)


def kept(monitor, data: pd.DataFrame, said=None, context=None):
    said = pd.DataFrame(index=data.index) if said is None else said
    return json.loads(json.dumps(monitor.profile(data, said, context or context_of())))


def alerts(seen):
    return {(each.name, each.column) for each in seen if each.status == "alert"}


def table(generator, rows: int, columns: int = COLUMNS) -> pd.DataFrame:
    """Columns of numbers of three shapes, and of categories."""
    normal, tail = generator.normal(size=(2, rows, columns))
    found = {}
    for at in range(columns):
        kind = at % 5
        if kind == 4:
            found[f"c{at}"] = pd.Categorical.from_codes(
                np.searchsorted([0.5, 0.8, 0.9, 0.99], generator.random(rows)), list("abcde")
            )
        else:
            values = normal[:, at]
            found[f"n{at}"] = [values, np.exp(tail[:, at]), (values * 3).round(), values][kind]
    return pd.DataFrame(found)


def going_together(table: pd.DataFrame) -> pd.DataFrame:
    """Let two columns go together that did not, each distributed as before."""
    return table.assign(n3=0.8 * table["n0"] + 0.6 * table["n3"])
