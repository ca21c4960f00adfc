"""Odd tables on their way through profile, checks, drift, audit and store: one column harms no other.

The tables are those at which other tools of the field crash, fall silent or raise false alarms.
"""

from __future__ import annotations

import datetime as dt
import logging
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fourstroke import Batch, Context, DataError, Task, Window
from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.table_service import TableService
from fourstroke_drift import Drift
from fourstroke_leakage import Leakage
from fourstroke_pandas import Table

ROWS = 2000
NUMBERS = np.arange(ROWS)


def people(seed: int = 5, rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": random.normal(40, 10, rows).round(),
            "hours": random.normal(40, 8, rows),
            "region": random.choice(["north", "south", "east"], rows, p=[0.6, 0.3, 0.1]),
            "member": random.random(rows) < 0.3,
        }
    )


def arrow(cells: list[Any], kind: pa.DataType) -> Any:
    return pd.array(cells, dtype=pd.ArrowDtype(kind))


# The same table in other clothes: nothing may change.
ALIKE = {
    "numbers as text": lambda d: d.assign(age=d["age"].astype(str)),
    "Int64": lambda d: d.assign(age=d["age"].astype("Int64")),
    "float32": lambda d: d.assign(age=d["age"].astype("float32")),
    "float16": lambda d: d.assign(age=d["age"].astype("float16")),
    "Arrow double": lambda d: d.assign(age=d["age"].astype("double[pyarrow]")),
    "Decimal": lambda d: d.assign(age=[Decimal(str(age)) for age in d["age"]]),
    "Arrow text": lambda d: d.assign(region=d["region"].astype(pd.ArrowDtype(pa.string()))),
    "string": lambda d: d.assign(region=d["region"].astype("string")),
    "category": lambda d: d.assign(region=d["region"].astype("category")),
    "unused category": lambda d: d.assign(
        region=pd.Categorical(d["region"], ["north", "south", "east", "mars"])
    ),
    "Arrow dictionary": lambda d: d.assign(
        region=d["region"].astype(pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string())))
    ),
    "Arrow boolean": lambda d: d.assign(member=d["member"].astype("boolean[pyarrow]")),
    "sparse": lambda d: d.assign(age=pd.arrays.SparseArray(d["age"])),
    "other order": lambda d: d[d.columns[::-1]],
    "one index for all": lambda d: d.set_axis([0] * ROWS),
    "times as index": lambda d: d.set_axis(pd.date_range("2024", periods=ROWS, freq="h")),
    "further columns": lambda d: d.assign(**{"😀\n<script>": 1.0, "": "x"}),
    "three thousand columns": lambda d: pd.concat(
        [d, pd.DataFrame(np.zeros((ROWS, 3000))).rename(columns=str)], axis=1
    ),
}

# What is odd, the column that it is in, and what the monitor says of that column.
ODD = {
    "nothing but NaN": (lambda d: d.assign(age=np.nan), "age", "missing 0.0 % became 100.0 %"),
    "nothing but None": (lambda d: d.assign(region=None), "region", "missing"),
    "Arrow null": (lambda d: d.assign(region=arrow([None] * ROWS, pa.null())), "region", "missing"),
    "missing of three kinds": (
        lambda d: d.assign(age=pd.Series([None, np.nan, pd.NA, 41.0] * 500, dtype=object)),
        "age",
        "missing 0.0 % became 75.0 %",
    ),
    "Int64 with gaps": (
        lambda d: d.assign(age=d["age"].astype("Int64").mask(NUMBERS % 5 == 0)),
        "age",
        "missing 0.0 % became 20.0 %",
    ),
    "constant": (lambda d: d.assign(age=40.0), "age", "became 100.0 %"),
    "all infinite": (lambda d: d.assign(age=np.inf), "age", "no number is left"),
    "a new category": (lambda d: d.assign(region="mars"), "region", "new: 'mars'"),
    "None category": (
        lambda d: d.assign(region=d["region"].where(NUMBERS % 3 > 0, None)),
        "region",
        "missing",
    ),
    "empty text": (lambda d: d.assign(region=""), "region", "new: ''"),
    "mixed cells": (
        lambda d: d.assign(region=["north" if at % 2 else at for at in range(ROWS)]),
        "region",
        "new categories",
    ),
    "names of rows": (lambda d: d.assign(region=[f"r{at}" for at in range(ROWS)]), "region", "new"),
    "words among numbers": (lambda d: d.assign(age="old"), "age", "not a number"),
    "dates": (lambda d: d.assign(age=pd.Timestamp("2024-01-01")), "age", "it holds datetime64"),
    "dates with a zone": (
        lambda d: d.assign(age=pd.date_range("2024", periods=ROWS, freq="h", tz="Europe/Zurich")),
        "age",
        "Europe/Zurich], and held numbers",
    ),
    "plain dates": (lambda d: d.assign(age=[dt.date(2024, 1, 1)] * ROWS), "age", "no number"),
    "periods": (
        lambda d: d.assign(age=pd.period_range("2000", periods=ROWS)),
        "age",
        "it holds period[D]",
    ),
    "durations": (
        lambda d: d.assign(age=pd.to_timedelta(d["age"], unit="s")),
        "age",
        "it holds timedelta64",
    ),
    "intervals": (lambda d: d.assign(age=pd.cut(d["age"], 5)), "age", "no number is left"),
    "truth values": (lambda d: d.assign(age=d["age"] > 40), "age", "mean"),
    "complex": (lambda d: d.assign(age=d["age"] + 1j), "age", "it holds complex128"),
    "lists": (lambda d: d.assign(region=[[1, 2]] * ROWS), "region", "new"),
    "mappings": (lambda d: d.assign(region=[{"a": 1}] * ROWS), "region", "new"),
    "Arrow lists": (
        lambda d: d.assign(region=arrow([[1]] * ROWS, pa.list_(pa.int64()))),
        "region",
        "",
    ),
    "bytes": (lambda d: d.assign(region=b"north"), "region", "new"),
    "1e300": (lambda d: d.assign(age=1e300), "age", "more than 1,000 standard deviations"),
    "the largest floats": (
        lambda d: d.assign(age=np.where(NUMBERS % 2, 1.7e308, -1.7e308)),
        "age",
        "mean",
    ),
    "beyond exact floats": (lambda d: d.assign(age=np.full(ROWS, 2**62 + 1)), "age", "4.612e+18"),
    "unsigned": (
        lambda d: d.assign(age=np.full(ROWS, 2**64 - 1, dtype="uint64")),
        "age",
        "1.845e+19",
    ),
    "no column": (lambda d: d.drop(columns="age"), "age", "the window has not"),
    "two of one name": (
        lambda d: pd.concat([d, d[["age"]]], axis=1),
        "age",
        "several columns of this name",
    ),
    "a name that is a number": (
        lambda d: d.rename(columns={"age": 3}),
        "age",
        "the window has not",
    ),
    "a name that is a tuple": (
        lambda d: d.rename(columns={"age": ("a", "b")}),
        "age",
        "the window has not",
    ),
}
HARMLESS = {"one infinite cell": lambda d: d.assign(age=d["age"].where(NUMBERS != 7, np.inf))}
FEW = {"no row": lambda d: d.iloc[:0], "one row": lambda d: d.iloc[:1]}
EVERY = {**ALIKE, **{name: change for name, (change, *_) in ODD.items()}, **HARMLESS, **FEW}
UNNAMED = {"two of one name", "a name that is a number", "a name that is a tuple"}


@pytest.fixture(scope="module")
def context(tmp_path_factory) -> Context:
    folder = tmp_path_factory.mktemp("odd")
    return Context(
        run="r",
        step="drift",
        project="p",
        root=folder,
        scratch=folder,
        task=Task(target="y", kind="binary", positive="yes"),
        seed=11,
        log=logging.getLogger("test"),
    )


@pytest.fixture(scope="module")
def look(context):
    drift, said = Drift(), pd.DataFrame({"prediction": ["yes", "no"] * (ROWS // 2)})
    reference = drift.profile(data=people(0), predictions=said, context=context)

    def look(data: pd.DataFrame) -> dict[str, Any]:
        batch = Batch(
            at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), data=data, predictions=said.head(len(data))
        )
        window = Window(model="m", version=1, batches=(batch,))
        seen = drift.monitor(window=window, reference=reference, context=context)
        return {item.column: item for item in seen}

    return look


@pytest.mark.parametrize("change", [*ALIKE.values(), *HARMLESS.values()], ids=[*ALIKE, *HARMLESS])
def test_what_is_the_same_raises_no_alarm(look, change):
    seen = look(change(people()))

    assert {seen[name].status for name in people().columns} == {"ok"}


@pytest.mark.parametrize(("change", "column", "says"), ODD.values(), ids=ODD)
def test_an_odd_column_alerts_and_changes_nothing_for_others(look, change, column, says):
    usual, seen = look(people()), look(change(people()))

    assert seen[column].status == "alert"
    assert says in seen[column].why
    for name in set(people().columns) - {column}:
        assert seen[name].value == usual[name].value
        assert seen[name].status == "ok"


@pytest.mark.parametrize("change", FEW.values(), ids=FEW)
def test_too_few_rows_are_unknown(look, change):
    seen = look(change(people()))

    assert seen.keys() >= set(people().columns)
    assert {each.status for each in seen.values()} == {"unknown"}
    assert all("too little" in each.why for each in seen.values())


@pytest.mark.parametrize("name", EVERY)
def test_every_column_has_a_profile_or_the_fault_of_its_name_is_told(tmp_path, name):
    tables, data = TableService(Codecs(tmp_path)), EVERY[name](people())

    if name in UNNAMED:
        with pytest.raises(DataError, match="column"):
            tables.profile(data)
        return
    profile = tables.profile(data)
    assert [column.name for column in profile.columns] == list(data.columns)
    assert {column.rows for column in profile.columns} == {len(data)}


@pytest.mark.parametrize("name", [name for name in ALIKE if name != "further columns"])
def test_the_profile_is_the_same_in_other_clothes(tmp_path, name):
    tables = TableService(Codecs(tmp_path))
    usual, seen = (
        {column.name: column for column in tables.profile(data).columns}
        for data in (people(), ALIKE[name](people()))
    )

    for column, told in usual.items():
        assert seen[column].missing == told.missing
        assert seen[column].distinct == told.distinct
        if told.mean is None:
            assert seen[column].top == told.top
        elif name != "numbers as text":
            assert seen[column].mean == pytest.approx(told.mean, rel=1e-3)


@pytest.mark.parametrize("name", EVERY)
def test_every_table_is_checked_to_the_end(context, name):
    data = EVERY[name](people())
    if name not in FEW:
        data = data.assign(y=np.where(NUMBERS % 2, "yes", "no"))

    found = {check.name: check.status for check in Table().check(data, context)}

    if name in UNNAMED:
        assert found == {"names": "fail"}
    else:
        assert found["names"] == "pass"
        assert "rows" in found
    # What no model takes is told before training meets it.
    nested = {"mixed cells", "complex", "lists", "mappings", "Arrow lists", "periods", "bytes"}
    if name in nested:
        assert "warn" in {status for check, status in found.items() if check.startswith("cells")}


@pytest.mark.parametrize("name", [name for name in EVERY if name not in UNNAMED])
def test_every_table_is_audited_to_the_end(context, name):
    data = EVERY[name](people())
    data = data.assign(y=np.where(np.arange(len(data)) % 2, "yes", "no"))
    half = len(data) // 2

    found = Leakage().audit({"train": data.iloc[:half], "test": data.iloc[half:]}, context)

    assert found
    assert not [check for check in found if check.status == "error"]
