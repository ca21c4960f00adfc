"""`sample` with `for_task`: what a task rests on is still there in a sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourstroke import Context, Task
from fourstroke_batches import Sample
from fourstroke_batches.choosing import chosen_for_task


def sample(data: pd.DataFrame, folder, *, rows: int, seed: int = 0, **task) -> pd.DataFrame:
    context = Context(
        run="r", step="s", project="p", root=folder, scratch=folder, task=Task(**task), seed=seed
    )
    return Sample(rows=rows, for_task=True).prepare(data=data, context=context)


def test_rare_class_keeps_enough_rows_for_an_interval(tmp_path):
    data = pd.DataFrame({"n": range(10_000), "y": ["no"] * 9_940 + ["yes"] * 60})

    kept = sample(data, tmp_path, rows=1000, target="y", kind="binary")

    assert kept["y"].value_counts().to_dict() == {"no": 994, "yes": 25}
    assert kept["n"].is_monotonic_increasing


@given(
    st.lists(st.sampled_from(["a", "b", "c", None]), min_size=2, max_size=300),
    st.integers(1, 100),
    st.integers(0, 5),
)
@settings(deadline=None)
def test_classes_keep_their_shares(classes, rows, seed):
    data = pd.DataFrame({"y": pd.Series(classes, dtype=object)})
    task = Task(target="y", kind="multiclass")

    chosen = chosen_for_task([data], rows, task, np.random.default_rng(seed))

    assert len(set(chosen)) == len(chosen)
    assert (np.diff(chosen) > 0).all()
    taken = data.iloc[chosen]["y"].value_counts(dropna=False)
    for value, count in data["y"].value_counts(dropna=False).items():
        asked = max(round(rows * count / len(data)), 25)
        assert taken[value] == min(count, asked)


def test_groups_stay_whole(tmp_path):
    data = pd.DataFrame({"who": np.arange(3000) % 300, "y": np.arange(3000)})

    kept = sample(data, tmp_path, rows=500, target="y", kind="regression", group="who")

    assert set(kept["who"].value_counts()) == {10}
    assert len(kept) == 500


def test_few_large_groups_are_all_there(tmp_path):
    data = pd.DataFrame({"who": np.arange(3000) % 4, "y": np.arange(3000)})

    kept = sample(data, tmp_path, rows=100, target="y", kind="regression", group="who")

    assert set(kept["who"]) == {0, 1, 2, 3}
    assert len(kept) == 100


@pytest.mark.parametrize("task", [{"target": "y", "kind": "binary"}, {"target": "n"}])
def test_pieces_give_the_rows_that_the_whole_gives(task):
    data = pd.DataFrame({"n": range(200), "y": ["no", "yes", "no", "no"] * 50})
    pieces = [data.iloc[:70].reset_index(drop=True), data.iloc[70:].reset_index(drop=True)]
    known = Task(**{"kind": "regression", **task})

    chosen = [
        chosen_for_task(each, 100, known, np.random.default_rng(3)) for each in (pieces, [data])
    ]

    assert chosen[0].tolist() == chosen[1].tolist()
    assert len(chosen[0]) == 100


def test_column_that_a_later_step_makes_is_passed_over(tmp_path):
    data = pd.DataFrame({"n": range(300)})

    kept = sample(data, tmp_path, rows=50, target="made_later", kind="binary", group="so_is_this")

    assert len(kept) == 50
    pd.testing.assert_frame_equal(
        kept, sample(data, tmp_path, rows=50, target="made_later", kind="binary")
    )


def test_table_that_is_small_enough_is_kept(tmp_path):
    data = pd.DataFrame({"y": ["yes", "no"] * 10})

    pd.testing.assert_frame_equal(sample(data, tmp_path, rows=20, target="y", kind="binary"), data)
