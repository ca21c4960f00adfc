"""Odd tables at predict: scored as they should be, or refused with column and row."""

from __future__ import annotations

import datetime as dt
import logging
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fourstroke import Context, DataError, Task
from fourstroke_sklearn import Sklearn

ROWS = 300


def context(tmp_path: Path, **task) -> Context:
    return Context(
        run="r",
        step="predict",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(**{"target": "y", **task}),
        seed=11,
        log=logging.getLogger("test"),
    )


def table() -> pd.DataFrame:
    """Give a table with a column of each family."""
    random = np.random.default_rng(0)
    number = random.normal(size=ROWS)
    return pd.DataFrame(
        {
            "number": number,
            "count": random.integers(0, 9, ROWS),
            "flag": random.random(ROWS) < 0.5,
            "place": random.choice(["north", "south", "east"], ROWS),
            "day": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(random.integers(0, 900, ROWS), unit="D"),
            "wait": pd.to_timedelta(random.integers(0, 900, ROWS), unit="s"),
            "y": np.where(number + random.normal(size=ROWS) > 0, "yes", "no"),
        }
    )


@pytest.fixture(scope="module", params=["HistGradientBoostingClassifier", "LogisticRegression"])
def trained(request, tmp_path_factory):
    where = context(tmp_path_factory.mktemp("train"))
    trainer = Sklearn(estimator=request.param)
    return trainer, trainer.train(table(), where)


@pytest.fixture
def predict(trained, tmp_path):
    trainer, model = trained
    return lambda data: trainer.predict(model, data, context(tmp_path))


def test_predictions_have_the_rows_and_index_of_the_table(predict):
    data = table().tail(5).set_axis([7, 7, 8, 9, 9])

    predictions = predict(data)

    assert list(predictions.columns) == ["prediction", "probability_no", "probability_yes"]
    assert list(predictions.index) == [7, 7, 8, 9, 9]
    assert np.allclose(predictions.filter(like="probability").sum(axis=1), 1)
    likelier = predictions["probability_yes"] > 0.5
    assert list(predictions["prediction"]) == list(np.where(likelier, "yes", "no"))


def test_table_without_rows_gives_predictions_without_rows(predict):
    predictions = predict(table().head(0))

    assert list(predictions.columns) == ["prediction", "probability_no", "probability_yes"]
    assert len(predictions) == 0


def test_one_row_is_scored_as_among_others(predict):
    together, alone = predict(table()), predict(table().head(1))

    assert np.allclose(alone["probability_yes"], together["probability_yes"].head(1))


def test_order_of_columns_and_further_columns_make_no_difference(predict):
    data = table()
    other = data[data.columns[::-1]].drop(columns="y").assign(further=1.0, strange=[[1]] * ROWS)

    assert predict(other).equals(predict(data))


ALIKE = {
    "nullable": pd.DataFrame.convert_dtypes,
    "arrow": lambda d: pd.DataFrame(
        {
            name: pd.arrays.ArrowExtensionArray(pa.array(d[name], from_pandas=True))
            for name in d.columns
        }
    ),
    "object": lambda d: d.astype(object),
    "category": lambda d: d.assign(place=d["place"].astype("category")),
    "category with more levels": lambda d: d.assign(
        place=d["place"].astype(pd.CategoricalDtype(["zenith", "east", "south", "north"]))
    ),
    "arrow dictionary": lambda d: d.assign(
        place=pd.arrays.ArrowExtensionArray(pa.array(d["place"]).dictionary_encode())
    ),
    "small numbers": lambda d: d.assign(count=d["count"].astype("int8")),
    "decimals": lambda d: d.assign(count=[Decimal(int(value)) for value in d["count"]]),
    "sparse": lambda d: d.assign(count=d["count"].astype(pd.SparseDtype("int64", 0))),
    "time zone": lambda d: d.assign(
        day=d["day"].dt.tz_localize("UTC").dt.tz_convert("Asia/Kolkata")
    ),
    "nanoseconds": lambda d: d.assign(day=d["day"].astype("datetime64[ns]")),
    "dates": lambda d: d.assign(day=d["day"].dt.date),
    "flag as numbers": lambda d: d.assign(flag=d["flag"].astype(int)),
    "arrow table": pa.Table.from_pandas,
}


@pytest.mark.parametrize("change", ALIKE.values(), ids=ALIKE.keys())
def test_dtype_makes_no_difference(predict, change):
    predictions = predict(change(table()))

    expected = predict(table())
    assert np.array_equal(predictions["probability_yes"], expected["probability_yes"])


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
@pytest.mark.parametrize("column", ["number", "count", "flag", "place", "day", "wait"])
def test_missing_cell_of_any_kind_is_scored_alike(predict, column, missing):
    data = table().head(20).astype({column: object})
    plain = data.copy()
    plain.loc[3, column] = None
    data.loc[3, column] = missing

    predictions = predict(data)

    assert predictions.notna().all(axis=None)
    assert predictions.equals(predict(plain))


@pytest.mark.parametrize("column", ["number", "count", "flag", "place", "day", "wait"])
@pytest.mark.parametrize("dtype", ["float64", "object"])
def test_column_without_any_value_is_scored_as_missing(predict, column, dtype):
    data = table().assign(**{column: pd.Series([None] * ROWS, dtype=dtype)})

    assert predict(data).notna().all(axis=None)


def test_new_text_is_scored_and_told(trained, tmp_path):
    trainer, model = trained
    data = table().head(10)
    data.loc[:3, "place"] = "west"
    where = context(tmp_path)

    predictions = trainer.predict(model, data, where)

    assert len(predictions) == 10
    assert where.notes.messages == [
        "column 'place': 4 of 10 rows hold text that training never saw, such as 'west'"
    ]


def test_new_text_is_refused_where_it_is_to_be(trained, tmp_path):
    _, model = trained
    data = table().head(10).assign(place="west")

    with pytest.raises(DataError) as raised:
        Sklearn(unseen="error").predict(model, data, context(tmp_path))

    assert str(raised.value) == (
        "column 'place': 10 of 10 rows hold text that training never saw, such as 'west'"
    )


def test_huge_numbers_are_scored(predict):
    predictions = predict(table().head(4).assign(number=[1e300, -1e300, 1e-300, 0.0]))

    assert predictions["probability_yes"].between(0, 1).all()


ODD = {
    "infinite": (
        lambda d: d.assign(number=np.where(np.arange(ROWS) == 17, np.inf, d["number"])),
        "column 'number', row 17: infinity is not a value that a model can use",
    ),
    "numbers as text": (
        lambda d: d.assign(number=d["number"].map(str)),
        "column 'number', row 0: the model was trained on numbers here and got text",
    ),
    "a word among numbers as text": (
        lambda d: d.assign(number=["1.5", "2", "old", *map(str, range(3, ROWS))]),
        "column 'number', row 2: the model was trained on numbers here and got text, such as 'old'",
    ),
    "text as numbers": (
        lambda d: d.assign(place=5),
        "column 'place', row 0: the model was trained on text here and got numbers, such as 5",
    ),
    "dates as numbers": (
        lambda d: d.assign(number=d["day"]),
        "column 'number', row 0: the model was trained on numbers here and got dates",
    ),
    "dates with a time zone as numbers": (
        lambda d: d.assign(number=d["day"].dt.tz_localize("UTC")),
        "column 'number', row 0: the model was trained on numbers here and got dates",
    ),
    "numbers as dates": (
        lambda d: d.assign(day=d["number"]),
        "column 'day', row 0: the model was trained on dates here and got numbers",
    ),
    "text as dates": (
        lambda d: d.assign(day=d["day"].map(str)),
        "column 'day', row 0: the model was trained on dates here and got text",
    ),
    "a number that is no flag": (
        lambda d: d.assign(flag=2),
        "column 'flag', row 0: the model was trained on true and false here and got numbers",
    ),
    "mixed": (
        lambda d: d.assign(place=["north", *range(1, ROWS)]),
        "column 'place', row 1: 1 (int) cannot be used here",
    ),
    "lists": (
        lambda d: d.assign(place=[[1, 2]] * ROWS),
        "column 'place', row 0: [1, 2] (list) cannot be used here",
    ),
    "complex": (
        lambda d: d.assign(number=d["number"] + 1j),
        "(complex128) cannot be used here",
    ),
    "bytes": (
        lambda d: d.assign(place=b"north"),
        "column 'place', row 0: b'north' (bytes) cannot be used here",
    ),
    "times": (
        lambda d: d.assign(wait=dt.time(1, 2)),
        "column 'wait', row 0: datetime.time(1, 2) (time) cannot be used here",
    ),
    "periods": (
        lambda d: d.assign(day=d["day"].dt.to_period("M")),
        "(Period) cannot be used here",
    ),
    "no column": (
        lambda d: d.drop(columns="number").rename(columns={"place": "plaice"}),
        "the table does not have it (did you mean 'plaice'?)",
    ),
    "two columns of one name": (
        lambda d: pd.concat([d, d[["number"]]], axis=1),
        "column 'number': two columns have this name",
    ),
    "names that are no text": (
        lambda d: d.rename(columns={"wait": 3}),
        "a column's name is 3 (int), not text",
    ),
    "names of several levels": (
        lambda d: pd.concat({"a": d}, axis=1),
        "the columns' names have several levels",
    ),
    "no table": (lambda d: d.to_numpy(), "expected a table, got ndarray"),
}


@pytest.mark.parametrize(("change", "message"), ODD.values(), ids=ODD.keys())
def test_odd_table_is_refused_with_column_and_row(predict, change, message):
    with pytest.raises(DataError) as raised:
        predict(change(table()))

    assert message in str(raised.value)


def test_all_faults_of_a_table_are_told_at_once(predict):
    data = table().assign(number="a", place=1, flag=[[0]] * ROWS)

    with pytest.raises(DataError) as raised:
        predict(data)

    lines = str(raised.value).splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "column 'number'",
        "column 'flag'",
        "column 'place'",
    ]


def test_all_missing_columns_are_told_at_once(predict):
    with pytest.raises(DataError) as raised:
        predict(table()[["number"]])

    assert len(str(raised.value).splitlines()) == 5


def test_table_is_left_as_it_was(trained, tmp_path):
    trainer, model = trained
    data = table()
    before = data.copy()

    trainer.predict(model, data, context(tmp_path))

    pd.testing.assert_frame_equal(data, before)


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "🚗 price", "a\nb", "", " ", "prediction", "x" * 500]
)
def test_any_text_is_a_name_of_a_column(tmp_path, name):
    data = table().rename(columns={"number": name})
    trainer, where = Sklearn(estimator="LogisticRegression"), context(tmp_path)

    model = trainer.train(data, where)

    assert len(trainer.predict(model, data, where)) == ROWS


def test_twelve_thousand_rows_are_scored_in_well_below_a_second(trained, tmp_path):
    trainer, model = trained
    data = pd.concat([table()] * 40, ignore_index=True)

    started = time.process_time()
    trainer.predict(model, data, context(tmp_path))

    assert time.process_time() - started < 0.7
