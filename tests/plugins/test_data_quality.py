"""Data quality: each odd column has its status and its reason, and none silences another."""

from __future__ import annotations

import datetime as dt
import json
import logging
from decimal import Decimal
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest

from fourstroke import Batch, Context, Task, Window
from fourstroke_quality import Quality

ROWS = 1000
SAID = pd.DataFrame(columns=["prediction", "probability_0", "probability_1"])
AT = np.arange(ROWS)


def people(seed: int, rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": random.normal(40, 10, rows).round(),
            "hours": random.normal(40, 8, rows),
            "region": random.choice(["north", "south", "east"], rows, p=[0.6, 0.3, 0.1]),
            "name": [f"person {seed} {at}" for at in range(rows)],
        }
    )


@pytest.fixture(scope="module")
def context() -> Context:
    here = Path()
    task = Task(target="y", kind="binary", positive=1)
    log = logging.getLogger("test")
    return Context(
        run="r", step="quality", project="p", root=here, scratch=here, task=task, seed=1, log=log
    )


@pytest.fixture(scope="module")
def look(context):
    quality = Quality()
    known = json.dumps(quality.profile(people(0, 2000).assign(y=1), SAID, context), allow_nan=False)

    def look(*tables: pd.DataFrame):
        at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        batches = [Batch(at=at, data=table, predictions=table[[]]) for table in tables]
        window = Window(model="m", version=1, batches=batches)
        seen = quality.monitor(window, json.loads(known), context)
        return {(each.name, each.column): each for each in seen}

    return look


def loud(seen):
    return {key: each.severity for key, each in seen.items() if each.status == "alert"}


ALIKE = {
    "as it was": lambda d: d,
    "Int64": lambda d: d.assign(age=d["age"].astype("Int64")),
    "float32": lambda d: d.assign(age=d["age"].astype("float32")),
    "Arrow double": lambda d: d.assign(age=d["age"].astype("double[pyarrow]")),
    "string": lambda d: d.assign(region=d["region"].astype("string")),
    "category": lambda d: d.assign(region=d["region"].astype("category")),
    "reordered": lambda d: d[d.columns[::-1]],
    "one infinite cell": lambda d: d.assign(hours=d["hours"].where(AT != 7, np.inf)),
    "other names": lambda d: d.assign(name=[f"nobody {at}" for at in AT]),
}

# What is odd, which observation alerts, how much it matters, and what is said.
ODD = {
    "nothing but NaN": (
        lambda d: d.assign(age=np.nan),
        ("missing", "age", "error"),
        "100.0 % after 0.0 %",
    ),
    "constant": (lambda d: d.assign(age=40.0), ("constant", "age", "warning"), "same value"),
    "many infinite": (
        lambda d: d.assign(hours=d["hours"].where(AT % 10 > 0, np.inf)),
        ("infinite", "hours", "error"),
        "100 of 1,000 rows",
    ),
    "new categories": (
        lambda d: d.assign(region=d["region"].where(AT % 2 > 0, "mars")),
        ("new_categories", "region", "error"),
        "'mars'",
    ),
    "None category": (
        lambda d: d.assign(region=d["region"].where(AT % 3 > 0, None)),
        ("missing", "region", "error"),
        "33.4 %",
    ),
    "Int64 with NA": (
        lambda d: d.assign(age=d["age"].astype("Int64").mask(AT % 5 == 0)),
        ("missing", "age", "error"),
        "20.0 %",
    ),
    "mixed cells": (
        lambda d: d.assign(age=[at if at % 2 else "old" for at in AT.tolist()]),
        ("schema", "age", "error"),
        "number and text",
    ),
    "numbers as text": (
        lambda d: d.assign(age=d["age"].astype(str)),
        ("schema", "age", "error"),
        "it holds text, and held number",
    ),
    "dates with a zone": (
        lambda d: d.assign(age=pd.date_range("2024", periods=ROWS, freq="h", tz="Europe/Zurich")),
        ("schema", "age", "error"),
        "it holds time",
    ),
    "truth values": (
        lambda d: d.assign(hours=AT % 2 > 0),
        ("schema", "hours", "warning"),
        "it holds truth",
    ),
    "Decimal": (
        lambda d: d.assign(age=[Decimal(str(age)) for age in d["age"]]),
        ("schema", "age", "warning"),
        "it holds decimal",
    ),
    "complex": (
        lambda d: d.assign(age=d["age"] + 1j),
        ("schema", "age", "error"),
        "it holds complex",
    ),
    "lists": (
        lambda d: d.assign(region=[[1, 2]] * ROWS),
        ("schema", "region", "error"),
        "it holds list",
    ),
    "missing column": (
        lambda d: d.drop(columns="age"),
        ("schema", "age", "error"),
        "the window has not",
    ),
    "new column": (
        lambda d: d.assign(more=1),
        ("schema", "more", "warning"),
        "the reference has not",
    ),
    "duplicate columns": (
        lambda d: pd.concat([d, d[["age"]]], axis=1),
        ("schema", "age", "error"),
        "several columns of this name",
    ),
    "1e300": (
        lambda d: d.assign(age=d["age"].where(AT % 4 > 0, 1e300)),
        ("range", "age", "error"),
        "outside of",
    ),
}


@pytest.mark.parametrize("change", ALIKE.values(), ids=ALIKE)
def test_what_is_the_same_is_quiet(look, change):
    assert loud(look(change(people(1)))) == {}


@pytest.mark.parametrize(("change", "expected", "said"), ODD.values(), ids=ODD)
def test_odd_column_is_told_and_silences_no_other(look, change, expected, said):
    name, column, severity = expected

    seen = look(change(people(2)))

    assert loud(seen)[name, column] == severity
    assert said in seen[name, column].why
    assert {key[1] for key in loud(seen)} == {column}
    assert {key[1] for key in seen} >= {"age", "hours", "region", "name"}


def test_window_without_rows_says_nothing(look):
    [only] = look(people(3).head(0).drop(columns="age")).values()

    assert (only.status, "say too little" in only.why) == ("unknown", True)


@pytest.mark.parametrize("rows", [1, 29])
def test_few_rows_show_what_is_not_there_and_no_share(look, rows):
    seen = look(people(3).head(rows).drop(columns="age").assign(hours="long", region=1.0))

    assert loud(seen) == {("schema", "age"): "error", ("schema", "hours"): "error"}
    assert {key[1] for key in seen} >= {"age", "hours", "region", "name"}
    others = [each for key, each in seen.items() if key not in loud(seen)]
    assert {each.status for each in others} == {"unknown"}
    assert all("say too little" in each.why for each in others)


def test_batches_are_one_window(look):
    rows = people(4).assign(region="mars")

    assert look(rows) == look(rows.head(300), rows.tail(700))


def test_column_that_some_batches_lack_is_told(look):
    rows = people(5)

    seen = look(rows.head(500), rows.tail(500).drop(columns="age"))

    assert seen["schema", "age"].why == "500 rows come without this column"


@pytest.mark.parametrize("rows", [50, 1000])
def test_usual_windows_are_quiet_at_the_promised_rate(context, rows):
    quality, random, alarms = Quality(effect=0.0), np.random.default_rng(rows), 0
    for _ in range(10):
        wide = [random.normal(size=(size, 20)) for size in (1000, *[rows] * 10)]
        tables = [pd.DataFrame(np.where(each > 1.5, np.nan, each)).add_prefix("n") for each in wide]
        known = quality.profile(tables[0], SAID, context)
        for table in tables[1:]:
            batch = Batch(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), data=table, predictions=None)
            window = Window(model="m", version=1, batches=[batch])
            seen = quality.monitor(window, known, context)
            alarms += any(each.status == "alert" for each in seen)

    # One in a hundred is promised: 6 or more of 100 windows have a probability of 0.05 %.
    assert alarms <= 5


def test_version_without_a_reference_is_unknown(context):
    [only] = Quality().monitor(Window(model="m", version=1, batches=()), None, context)

    assert (only.status, "the next turn makes one" in only.why) == ("unknown", True)


@pytest.mark.parametrize(
    ("labels", "status", "why"),
    [
        ([1, 0, "1.0", True, None], "ok", ""),
        (
            [1, "maybe", "maybe", "1"],
            "alert",
            "2 of 4 outcomes are none that the model knows: 'maybe'",
        ),
    ],
)
def test_outcomes_that_are_no_class_are_a_matter_of_quality(context, labels, status, why):
    quality, rows = Quality(), people(1, 100)
    known = quality.profile(people(0, 100).assign(y=[0, 1] * 50), SAID, context)
    outcomes = pd.Series([*labels, *[None] * (100 - len(labels))], dtype=object)
    at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    batch = Batch(at=at, data=rows, predictions=rows[[]], labels=outcomes)

    seen = quality.monitor(Window(model="m", version=1, batches=[batch]), known, context)

    [found] = [each for each in seen if each.name == "strange_outcomes"]
    assert (found.status, found.why) == (status, why)


def test_outcomes_of_a_regression_are_finite_numbers(context):
    quality, rows = Quality(), people(1, 100)
    context = attrs.evolve(context, task=Task(target="y", kind="regression"))
    known = quality.profile(people(0, 100).assign(y=1.5), SAID, context)
    outcomes = pd.Series(["1.5", "n/a", *[2] * 98], dtype=object)
    batch = Batch(
        at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), data=rows, predictions=rows[[]], labels=outcomes
    )

    seen = quality.monitor(Window(model="m", version=1, batches=[batch]), known, context)

    [found] = [each for each in seen if each.name == "strange_outcomes"]
    assert found.why == "1 of 100 outcomes are none that the model knows: text, or infinite"


def test_column_that_a_service_does_not_log_is_no_alert_and_one_that_a_file_lacks_is(context):
    known = Quality().profile(people(0), SAID, context)
    at, short = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), people(1).drop(columns="name")
    said = pd.DataFrame(index=short.index)
    of_service = Batch(at=at, data=short, predictions=said, requests=said)
    of_file = Batch(at=at, data=short, predictions=said)

    found = [
        {
            each.column: each.status
            for each in Quality().monitor(
                Window(model="m", version=1, batches=batches), known, context
            )
            if each.name == "schema"
        }["name"]
        for batches in ([of_service], [of_file], [of_service, of_file])
    ]

    assert found == ["unknown", "alert", "alert"]
