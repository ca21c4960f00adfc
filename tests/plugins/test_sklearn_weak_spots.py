"""Weak spots are found where they are, and nowhere else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fourstroke import Task
from fourstroke_sklearn.scored import scored_rows
from fourstroke_sklearn.weak_spots import losses, weak_spots, weak_spots_section

TASK = Task(target="y", kind="regression", id="id")


def table(seed: int, rows: int = 2000) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "region": random.choice(["north", "south", "west"], rows),
            "age": random.integers(18, 90, rows),
            "member": random.random(rows) < 0.5,
            "text": random.choice([f"t{n}" for n in range(300)], rows),
            "y": random.normal(size=rows),
        }
    )


def scored(data: pd.DataFrame, error: np.ndarray):
    said = pd.DataFrame({"prediction": data["y"] + error})
    return scored_rows(data, said, TASK)


def named(spots) -> list[str]:
    return [" and ".join(f"{column} = {value}" for column, value in spot.name) for spot in spots]


def test_group_that_is_worse_is_the_first_that_is_told():
    data = table(0)
    random = np.random.default_rng(1)
    wide = np.where(data["region"] == "south", 2.0, 1.0)

    spots = weak_spots(data, scored(data, random.normal(size=2000) * wide), TASK, level=0.05)

    assert named(spots)[0] == "region = south"
    assert spots[0].rows == (data["region"] == "south").sum()


def test_pair_that_is_worse_than_its_columns_is_told():
    data = table(0)
    random = np.random.default_rng(1)
    both = (data["region"] == "south") & data["member"]
    error = random.normal(size=2000) * np.where(both, 4.0, 1.0)

    spots = weak_spots(data, scored(data, error), TASK, level=0.05)

    assert named(spots)[0] == "region = south and member = True"


def test_chance_of_a_group_is_that_of_welchs_test():
    data = table(0)[["id", "member", "y"]]
    error = np.random.default_rng(1).normal(size=2000) * np.where(data["member"], 1.3, 1.0)
    rows = scored(data, error)
    loss, member = losses(rows), data["member"].to_numpy()
    expected = [
        stats.ttest_ind(loss[group], loss[~group], equal_var=False, alternative="greater").pvalue
        for group in (member, ~member)
    ]

    (spot,) = weak_spots(data, rows, TASK, level=0.05)

    # Two groups were looked at: the smaller p counts twice.
    assert spot.chance == pytest.approx(2 * min(expected))


def test_a_model_that_is_equally_good_everywhere_has_no_weak_spot():
    told = 0
    for seed in range(60):
        data = table(seed)
        error = np.random.default_rng(1000 + seed).normal(size=2000)
        told += bool(weak_spots(data, scored(data, error), TASK, level=0.05))

    # Under no difference at all the rate of any false discovery is the level.
    assert told <= 8


@pytest.mark.parametrize("rows", [0, 1, 60])
def test_few_rows_tell_nothing(rows):
    data = table(0, 100).head(rows)

    assert weak_spots(data, scored(data, np.ones(rows)), TASK, level=0.05) == []


def test_odd_columns_silence_no_other():
    data = table(0).assign(empty=None, lists=[[1]] * 2000)
    data["<script>"] = data["region"]
    error = np.random.default_rng(1).normal(size=2000) * np.where(data["region"] == "south", 3, 1)

    (section,) = weak_spots_section(data, scored(data, error), TASK)

    assert section.tables[0].rows[0][0] in {"region = south", "<script> = south"}
