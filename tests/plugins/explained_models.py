"""Models to be explained, and Shapley values by their definition to compare with."""

from __future__ import annotations

import itertools
import logging
import math
from pathlib import Path

import numpy as np
import pandas as pd

from fourstroke import Context, Task
from fourstroke_sklearn import Sklearn
from fourstroke_sklearn.probe import Probe


def context(tmp_path: Path, **task) -> Context:
    return Context(
        run="r",
        step="explain",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(**{"target": "y", **task}),
        seed=11,
        log=logging.getLogger("test"),
    )


def table(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """Give numbers with gaps, text, booleans and dates, and a target that goes by all of them."""
    random = np.random.default_rng(seed)
    size, age = random.normal(50, 10, rows), random.normal(40, 12, rows)
    place = random.choice(["north", "south", "west"], rows, p=[0.5, 0.3, 0.2])
    member = random.random(rows) < 0.4
    day = pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 900, rows), "D")
    pull = (size - 50) / 10 + 0.5 * (place == "south") + 0.3 * member + random.normal(size=rows)
    age[::20] = np.nan
    features = {"size": size, "age": age, "place": place, "member": member, "day": day}
    return pd.DataFrame({**features, "y": np.where(pull > 0, "yes", "no"), "amount": 3 * pull})


def trained(where: Context, estimator: str, data: pd.DataFrame):
    ignored = {"amount", "y"} - {where.task.target}
    data = data.drop(columns=list(ignored))
    return Sklearn(estimator=estimator).train(data, where), data


def probed(tmp_path: Path, estimator: str = "", kind: str = "binary"):
    where = context(tmp_path, kind=kind, target="amount" if kind == "regression" else "y")
    model, data = trained(where, estimator, table())
    probe = Probe.of(model, where.task)
    return model, probe, probe.plain(data)


def shapley(response, row: pd.DataFrame, background: pd.DataFrame) -> dict[str, float]:
    """Compute Shapley values by their definition, over all coalitions of columns."""
    columns = list(row.columns)

    def worth(coalition) -> float:
        mixed = background.copy()
        for name in coalition:
            mixed[name] = row[name].array.take(np.zeros(len(background), dtype=int))
        return float(response(mixed).mean())

    found = {}
    for name in columns:
        others = [other for other in columns if other != name]
        total = 0.0
        for size in range(len(others) + 1):
            weight = math.factorial(size) * math.factorial(len(others) - size)
            for coalition in itertools.combinations(others, size):
                total += weight * (worth([*coalition, name]) - worth(coalition))
        found[name] = total / math.factorial(len(columns))
    return found
