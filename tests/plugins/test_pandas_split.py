"""Splits: no row lost or doubled, a seed that repeats them, shares, groups and times kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourstroke import Context, DataError, FourstrokeError, Task
from fourstroke_pandas import (
    AutomaticSplit,
    GroupSplit,
    RandomSplit,
    StratifiedSplit,
    TimeSplit,
)


def context_of(seed: int = 0, **task: Any) -> Context:
    here = Path()
    return Context(
        run="r", step="s", project="p", root=here, scratch=here, seed=seed, task=Task(**task)
    )


def table(rows: int, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"row": range(rows), **columns})


def assert_whole(parts: Mapping[str, pd.DataFrame], data: pd.DataFrame) -> None:
    rows = [row for part in parts.values() for row in part["row"]]
    assert sorted(rows) == data["row"].tolist()
    for part in parts.values():
        assert len(part) > 0
        assert part["row"].is_monotonic_increasing
        assert part.index.tolist() == list(range(len(part)))
        assert part.dtypes.tolist() == data.dtypes.tolist()


def rows_of(parts: Mapping[str, pd.DataFrame]) -> dict[str, list[int]]:
    return {name: part["row"].tolist() for name, part in parts.items()}


shares = st.tuples(st.floats(0.05, 0.6), st.sampled_from([0.0, 0.1, 0.3]))
classes = st.lists(st.sampled_from(["a", "b", "c", "rare"]), min_size=12, max_size=120)
SPLITS = [RandomSplit, StratifiedSplit, GroupSplit, TimeSplit, AutomaticSplit]


@settings(max_examples=200, deadline=None)
@given(shares=shares, values=classes, seed=st.integers(0, 2**32), kind=st.sampled_from(SPLITS))
def test_no_row_is_lost_or_doubled_and_the_seed_repeats_it(shares, values, seed, kind):
    test, validation = shares
    data = table(len(values), k=values, g=np.arange(len(values)) // 3, t=np.arange(len(values)))
    # With both the automatic one leaves rows out, and has tests of its own.
    time = "" if kind is AutomaticSplit else "t"
    context = context_of(seed, target="k", group="g", time=time)
    split = kind(test=test, validation=validation)

    try:
        parts = split.split(data=data, context=context)
    except FourstrokeError:
        return  # too few rows of a class for so small a share

    assert set(parts) == {"train", "test"} | ({"validation"} if validation else set())
    assert_whole(parts, data)
    assert rows_of(split.split(data=data, context=context)) == rows_of(parts)


@settings(max_examples=200, deadline=None)
@given(shares=shares, rows=st.integers(12, 400), seed=st.integers(0, 2**32))
def test_random_split_holds_out_its_share_to_the_row(shares, rows, seed):
    test, validation = shares

    parts = RandomSplit(test=test, validation=validation).split(
        data=table(rows), context=context_of(seed)
    )

    assert len(parts["test"]) == max(1, round(rows * test))
    if validation:
        assert len(parts["validation"]) == max(1, round(rows * validation))


@settings(max_examples=200, deadline=None)
@given(
    shares=shares,
    sizes=st.lists(st.integers(1, 60), min_size=2, max_size=8),
    seed=st.integers(0, 2**32),
)
def test_every_class_has_its_share_of_every_part(shares, sizes, seed):
    test, validation = shares
    values = np.repeat(np.arange(len(sizes)), sizes).astype(str)
    data = table(len(values), k=np.random.default_rng(seed).permutation(values))
    split = StratifiedSplit(test=test, validation=validation, column="k")

    try:
        parts = split.split(data=data, context=context_of(seed))
    except FourstrokeError:
        return

    for name, share in (("test", test), ("validation", validation)):
        if name not in parts:
            continue
        counts = parts[name]["k"].value_counts()
        for label, size in enumerate(sizes):
            assert abs(counts.get(str(label), 0) - size * share) < 1.5
    assert set(parts["train"]["k"]) == set(data["k"])


def test_stratified_shares_are_those_of_the_whole_to_the_row():
    data = table(1000, y=["yes"] * 240 + ["no"] * 760)

    parts = StratifiedSplit(test=0.25).split(data=data, context=context_of(target="y"))

    assert parts["test"]["y"].value_counts().to_dict() == {"no": 190, "yes": 60}


def test_other_seed_gives_other_rows():
    data = table(100, y=["a", "b"] * 50)
    split = StratifiedSplit()

    found = {
        tuple(split.split(data=data, context=context_of(seed, target="y"))["test"]["row"])
        for seed in range(5)
    }

    assert len(found) == 5


def test_every_row_of_a_class_is_as_likely_to_be_held_out():
    data = table(12, y=["a"] * 8 + ["b"] * 4)
    held_out = np.zeros(12)
    for seed in range(2000):
        parts = StratifiedSplit(test=0.25).split(data=data, context=context_of(seed, target="y"))
        held_out[parts["test"]["row"]] += 1

    # Three of twelve: 500 of 2,000, with a standard deviation of 19.
    assert np.abs(held_out - 500).max() < 5 * 19.4


def test_class_of_one_row_is_kept_for_training_and_told():
    data = table(21, y=["a", "b"] * 10 + ["only"])
    context = context_of(target="y")

    parts = StratifiedSplit().split(data=data, context=context)

    assert "only" in set(parts["train"]["y"])
    assert context.notes.messages == ["a class of y has a single row, which is kept for training"]


def test_numbers_are_stratified_by_their_tenths():
    values = np.random.default_rng(0).lognormal(size=1000)
    data = table(1000, y=values)

    parts = StratifiedSplit(test=0.2, column="y").split(data=data, context=context_of())

    tenths = np.quantile(values, np.linspace(0, 1, 11)[1:-1])
    assert np.bincount(np.searchsorted(tenths, parts["test"]["y"])).tolist() == [20] * 10


@settings(max_examples=200, deadline=None)
@given(
    shares=shares,
    sizes=st.lists(st.integers(1, 30), min_size=4, max_size=40),
    seed=st.integers(0, 2**32),
)
def test_no_group_is_on_two_sides(shares, sizes, seed):
    test, validation = shares
    groups = np.repeat(np.arange(len(sizes)), sizes)
    data = table(len(groups), g=np.random.default_rng(seed).permutation(groups))

    try:
        parts = GroupSplit(test=test, validation=validation, column="g").split(
            data=data, context=context_of(seed)
        )
    except FourstrokeError:
        assert len(groups) < 12
        return

    assert_whole(parts, data)
    seen = [set(part["g"]) for part in parts.values()]
    assert sum(map(len, seen)) == len(set(groups))


def test_group_split_comes_near_the_share():
    sizes = np.random.default_rng(0).integers(1, 20, size=300)
    groups = np.repeat(np.arange(300), sizes).astype(str)
    data = table(len(groups), g=groups)

    parts = GroupSplit(test=0.25, validation=0.1).split(data=data, context=context_of(group="g"))

    assert abs(len(parts["test"]) / len(data) - 0.25) < 0.01
    assert abs(len(parts["validation"]) / len(data) - 0.1) < 0.01


def test_one_giant_group_goes_to_training():
    data = table(100, g=["giant"] * 90 + list("abcdefghij"))

    for seed in range(20):
        parts = GroupSplit(test=0.1).split(data=data, context=context_of(seed, group="g"))

        assert "giant" in set(parts["train"]["g"])


@settings(max_examples=200, deadline=None)
@given(shares=shares, times=st.lists(st.integers(0, 30), min_size=12, max_size=100))
def test_held_out_rows_are_later_than_all_others(shares, times):
    test, validation = shares
    data = table(len(times), t=times)

    try:
        parts = TimeSplit(test=test, validation=validation, column="t").split(
            data=data, context=context_of()
        )
    except FourstrokeError:
        assert len(set(times)) < 3 or test + validation > 0.8
        return

    assert_whole(parts, data)
    order = [name for name in ("train", "validation", "test") if name in parts]
    for before, after in zip(order[:-1], order[1:], strict=True):
        assert parts[before]["t"].max() < parts[after]["t"].min()


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2020", periods=20, freq="h"),
        pd.date_range("2020", periods=20, freq="h", tz="Europe/Paris"),
        pd.date_range("2020", periods=20).strftime("%Y-%m-%d"),
        np.linspace(0, 1, 20),
        pd.array(range(20), dtype="Int64"),
        pd.date_range("2020", periods=20).date,
    ],
    ids=["time", "zone", "text", "float", "Int64", "date"],
)
def test_times_of_all_kinds_are_ordered(times):
    order = np.random.default_rng(0).permutation(20)
    data = table(20, t=pd.Series(times).iloc[order].reset_index(drop=True))

    parts = TimeSplit(test=0.25).split(data=data, context=context_of(time="t"))

    assert sorted(order[parts["test"]["row"]]) == [15, 16, 17, 18, 19]


def test_automatic_split_takes_what_the_task_names():
    data = table(40, g=np.arange(40) // 4, t=range(40), y=["a", "a", "a", "b"] * 10)
    split = AutomaticSplit(test=0.25)

    by_group = split.split(data=data, context=context_of(target="y", group="g", time="t"))
    by_time = split.split(data=data, context=context_of(target="y", time="t"))
    by_class = split.split(data=data, context=context_of(target="y"))
    at_random = split.split(data=data, context=context_of(target="y", kind="regression"))
    without_task = split.split(data=data, context=context_of())

    assert not set(by_group["test"]["g"]) & set(by_group["train"]["g"])
    assert by_time["test"]["t"].tolist() == list(range(30, 40))
    assert by_class["test"]["y"].value_counts().to_dict() in ({"a": 7, "b": 3}, {"a": 8, "b": 2})
    assert len(at_random["test"]) == len(without_task["test"]) == 10


BROKEN = {
    "one row": (RandomSplit(), table(1), {}, ["1 rows are too few"]),
    "no rows": (RandomSplit(), table(0), {}, ["0 rows are too few"]),
    "no target": (StratifiedSplit(), table(9), {}, ["task.target"]),
    "no group": (GroupSplit(), table(9), {}, ["task.group"]),
    "no time": (TimeSplit(), table(9), {}, ["task.time"]),
    "target missing": (StratifiedSplit(), table(9, z=0), {"target": "y"}, ["'y'", "z"]),
    "unique classes": (StratifiedSplit(), table(9), {"target": "row"}, ["'row'", "two rows"]),
    "one group": (GroupSplit(), table(9, g=0), {"group": "g"}, ["'g'", "1 groups"]),
    "two groups for three parts": (
        GroupSplit(validation=0.2),
        table(9, g=[0, 1, 1] * 3),
        {"group": "g"},
        ["'g'", "2 groups"],
    ),
    "group missing": (
        GroupSplit(),
        table(9, g=[0, None, 1] * 3),
        {"group": "g"},
        ["'g', row 1", "3 rows have no group"],
    ),
    "one time": (TimeSplit(), table(9, t=0), {"time": "t"}, ["'t'", "1 different times"]),
    "time missing": (
        TimeSplit(),
        table(9, t=[0, 1, None] * 3),
        {"time": "t"},
        ["'t', row 2", "no time"],
    ),
    "no times": (
        TimeSplit(),
        table(3, t=["2020-01-01", "soon", "2020-01-02"]),
        {"time": "t"},
        ["'t', row 1", "'soon'"],
    ),
    "truth as time": (TimeSplit(), table(2, t=[True, False]), {"time": "t"}, ["'t'", "boolean"]),
}


@pytest.mark.parametrize(("split", "data", "task", "says"), BROKEN.values(), ids=BROKEN)
def test_table_that_cannot_be_split_is_told(split, data, task, says):
    with pytest.raises(FourstrokeError) as caught:
        split.split(data=data, context=context_of(**task))

    assert "\n" not in str(caught.value)
    assert all(word in str(caught.value) for word in says), caught.value


@pytest.mark.parametrize("kind", SPLITS)
@pytest.mark.parametrize(
    "settings_",
    [
        {"test": 0.0},
        {"test": 1.0},
        {"test": -0.5},
        {"validation": -0.1},
        {"test": 0.5, "validation": 0.5},
    ],
)
def test_shares_without_sense_are_refused_when_the_plugin_is_built(kind, settings_):
    with pytest.raises(ValueError, match=r"test|validation"):
        kind(**settings_)


def test_five_thousand_columns_are_split():
    data = pd.DataFrame(np.zeros((40, 5000)), columns=[f"c{n}" for n in range(5000)])
    data = pd.concat([table(40, y=["a", "b"] * 20), data], axis=1)

    parts = StratifiedSplit().split(data=data, context=context_of(target="y"))

    assert parts["test"].shape == (10, 5002)


def test_time_and_group_hold_out_later_rows_of_other_groups(tmp_path):
    data = pd.DataFrame(
        {"t": range(100), "g": [n % 10 if n > 80 else 10 + n // 10 for n in range(100)]}
    )
    data.loc[5, "g"] = 3
    told = Context(
        run="r",
        step="s",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(time="t", group="g"),
    )

    found = AutomaticSplit(test=0.15, validation=0.1).split(
        data.sample(frac=1, random_state=0), told
    )

    train, validation, test = (found[name] for name in ("train", "validation", "test"))
    assert train["t"].max() < validation["t"].min() < validation["t"].max() < test["t"].min()
    for early, late in ((train, validation), (train, test), (validation, test)):
        assert not set(early["g"]) & set(late["g"])
    assert 5 not in set(train["t"])
    left_out = len(data) - len(train) - len(validation) - len(test)
    assert told.notes.messages == [
        f"{left_out} of 100 rows are in no part: later rows of their g are held out"
    ]


def test_groups_that_are_all_among_the_latest_are_refused(tmp_path):
    data = pd.DataFrame({"t": range(40), "g": [n % 2 for n in range(40)]})
    told = Context(
        run="r",
        step="s",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(time="t", group="g"),
    )

    with pytest.raises(DataError, match="none is left for an earlier part"):
        AutomaticSplit().split(data, told)
