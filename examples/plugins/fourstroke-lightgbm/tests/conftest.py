"""Tables and contexts that the tests share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fourstroke import Context, Task
from fourstroke_lightgbm import BoostedCodec, LightGBM

ROWS = 300


def houses() -> pd.DataFrame:
    """Make a table with numbers, text, dates and truth values, all with gaps, and three targets."""
    random = np.random.default_rng(0)
    size = random.normal(100, 25, ROWS)
    place = random.choice(["north", "south", "east"], ROWS)
    price = size + 40 * (place == "south") + random.normal(0, 5, ROWS)
    table = pd.DataFrame(
        {
            "id": [f"h{number}" for number in range(ROWS)],
            "size": size,
            "rooms": random.integers(1, 7, ROWS),
            "place": place,
            "garden": random.random(ROWS) < 0.5,
            "built": pd.Timestamp("1990-01-01")
            + pd.to_timedelta(random.integers(0, 9999, ROWS), "D"),
            "price": price,
            "dear": np.where(price > 115, "yes", "no"),
            "class": np.digitize(price, [95, 125]) + 1,
        }
    )
    for column in ("size", "place", "built"):
        table.loc[random.random(ROWS) < 0.05, column] = None
    return table


KINDS = {"binary": "dear", "multiclass": "class", "regression": "price"}


@pytest.fixture
def table() -> pd.DataFrame:
    return houses()


@pytest.fixture
def context(tmp_path):
    """Give contexts of a task, by its kind."""

    def make(kind="binary", *, seed=3, **task) -> Context:
        target = KINDS[kind]
        ignore = tuple(set(KINDS.values()) - {target})
        facts = {"target": target, "kind": kind, "id": "id", "ignore": ignore, **task}
        return Context(
            run="r",
            step="model.train.trees",
            project="p",
            root=tmp_path,
            scratch=tmp_path,
            task=Task(**facts),
            seed=seed,
        )

    return make


@pytest.fixture
def trained(table, context):
    """Train on the table of houses; give plugin, model and context."""

    def train(kind="binary", **settings):
        plugin, where = LightGBM(rounds=20, **settings), context(kind)
        return plugin, plugin.train(table.copy(), where), where

    return train


@pytest.fixture
def stored(tmp_path):
    """Store a model and load it again."""

    def through(model):
        folder = tmp_path / "model"
        folder.mkdir()
        BoostedCodec().encode(model, folder)
        return BoostedCodec().decode(folder)

    return through
