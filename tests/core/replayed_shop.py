"""A shop whose two model versions are rules that everybody can work out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from fourstroke import Project

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
[project]
name = "shop"

[task]
kind = "binary"
target = "bought"
positive = "yes"
id = "order"

[data]
check = []
audit = []

[data.collect]
path = "shop.csv"

[model]
explain = []

[[model.train]]
name = "rule"
use = "steps.py:Rule"
limit = 4.5

[[model.evaluate]]
use = "steps.py:accuracy"

[[development.validate]]
use = "champion"
tolerance = 1.0

[development.approve]
use = "steps.py:answer"
answer = "yes"

[backends]
runner = "inline"
"""
ANSWER = 'answer = "yes"'
STEPS = '''
import pandas as pd

from fourstroke import (
    Decision,
    Evaluation,
    InputColumn,
    Metric,
    ModelSignature,
    Pieces,
    hookimpl,
    plugin,
)


@plugin
class Rule:
    """Say yes from so many visits on; the probability is steeper the surer it is."""

    limit: float = 4.5

    @hookimpl
    def train(self, data):
        return {"limit": self.limit}

    @hookimpl
    def signature(self, model):
        return ModelSignature(columns=(InputColumn(name="visits", kind="number"),))

    @hookimpl
    def predict(self, model, data):
        if isinstance(data, Pieces):
            return data.map(lambda piece: self.predict(model, piece))
        if model["limit"] > 4 and (data["town"] == "Genf").any():
            raise ValueError("nobody knows Genf")
        probability = 1 / (1 + 2.0 ** (model["limit"] - data["visits"]))
        said = (probability > 0.5).map({True: "yes", False: "no"})
        return pd.DataFrame(
            {"prediction": said, "probability_no": 1 - probability, "probability_yes": probability}
        ).reset_index(drop=True)


def accuracy(data, predictions):
    hits = (data["bought"].to_numpy() == predictions["prediction"].to_numpy()).mean()
    return Evaluation(metrics=(Metric(name="accuracy", value=float(hits), rows=len(data)),))


def answer(answer: str = "yes"):
    return Decision(answer=answer, why="a test", by="test")
'''


def shop(rows: int, seed: int, first: int = 0) -> pd.DataFrame:
    """Make orders: who visits five times or more buys, but for one in ten."""
    random = np.random.default_rng(seed)
    visits = random.integers(0, 10, rows)
    is_odd = random.random(rows) < 0.1
    bought = np.where((visits >= 5) ^ is_odd, "yes", "no")
    towns = random.choice(["Bern", "Chur"], rows)
    return pd.DataFrame(
        {
            "order": range(first, first + rows),
            "visits": visits,
            "town": towns,
            "bought": bought,
        }
    )


def begun(folder: Path, more: str = "", steps: str = "") -> None:
    """Write the project, and its data."""
    folder.mkdir(exist_ok=True)
    (folder / "fourstroke.toml").write_text(PROJECT + more)
    (folder / "steps.py").write_text(STEPS + steps)
    shop(200, 1).to_csv(folder / "shop.csv", index=False)


def turned(folder: Path, limit: float, answer: str = "yes") -> str:
    """Turn with another rule; gives how the run ended."""
    # Who approves stands in the file: no single call may say it.
    file = folder / "fourstroke.toml"
    text = file.read_text()
    file.write_text(text.replace(ANSWER, ANSWER.replace("yes", answer)))
    with Project.open(folder, overrides=(f"model.train.rule.limit={limit}",)) as project:
        return project.run().state


def score(project: Project, table: pd.DataFrame, name: str = "batch") -> None:
    """Let the champion score orders."""
    path = project.root / f"{name}.csv"
    table.drop(columns="bought").to_csv(path, index=False)
    project.predict(path)


def bring(project: Project, table: pd.DataFrame) -> None:
    """Bring what was bought."""
    path = project.root / "labels.csv"
    table[["order", "bought"]].to_csv(path, index=False)
    project.labels.add(path)
