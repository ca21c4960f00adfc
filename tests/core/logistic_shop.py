"""A shop whose orders are learnt from visits, and whose outcomes come later; monitors are those of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

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
estimator = "LogisticRegression"

[backends]
runner = "inline"
"""


def shop(rows: int, seed: int, first: int = 0) -> pd.DataFrame:
    """Make orders: the more visits, the surer it is that somebody buys."""
    random = np.random.default_rng(seed)
    visits = random.integers(0, 10, rows)
    bought = np.where(visits + random.normal(0, 1, rows) > 4.5, "yes", "no")
    return pd.DataFrame({"order": range(first, first + rows), "visits": visits, "bought": bought})


def begun(folder: Path, more: str, steps: str, *, rows: int = 200) -> None:
    """Write the project with further tables and its own steps, and its data."""
    (folder / "fourstroke.toml").write_text(PROJECT + more)
    (folder / "steps.py").write_text(steps)
    shop(rows, 1).to_csv(folder / "shop.csv", index=False)
