"""Profiles: figures of pandas, the same for every dtype, and the same in any parts."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourstroke_pandas.profile import profile_of, sketches_of
from fourstroke_pandas.profile.table import told

if TYPE_CHECKING:
    from fourstroke import ColumnProfile
    from fourstroke_pandas.profile.sketch import Sketch


def profiled(cells: Any, dtype: Any = None) -> ColumnProfile:
    return profile_of([pd.DataFrame({"x": pd.Series(cells, dtype=dtype)})]).columns[0]


# Every dtype

WHOLE = [3, 1, 2, 2, None]
WORDS = ["b", "a", "ccc", "a", None]
FLAGS = [True, False, True, True, None]
TIMES = [dt.datetime(2024, 5, 31, 12), dt.datetime(2023, 1, 1), None]


@pytest.mark.parametrize(
    "dtype", ["Int64", "Int8", "UInt16", "int64[pyarrow]", "uint8[pyarrow]", object]
)
def test_whole_numbers_give_the_same_figures_in_every_dtype(dtype):
    found = profiled(WHOLE, dtype)

    assert (found.family, found.rows, found.missing, found.distinct) == ("integer", 5, 1, 3)
    assert (found.mean, found.least, found.largest) == (2.0, 1, 3)
    assert found.std == pytest.approx(math.sqrt(2 / 3))
    assert found.top == (("2", 2), ("1", 1), ("3", 1))
    assert found.quantiles["0.5"] == 2.0


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64", "double[pyarrow]", object])
def test_numbers_give_the_same_figures_in_every_dtype(dtype):
    cells = [0.5, 1.5, math.inf, 1.5, None]
    if dtype is object:
        cells = [Decimal("0.5"), Decimal("1.5"), None, Decimal("1.5"), None]
    found = profiled(cells, dtype)

    assert found.family == "number"
    assert found.infinite == (0 if dtype is object else 1)
    assert (found.least, found.largest) == (0.5, 1.5)
    assert found.mean == pytest.approx(3.5 / 3)


@pytest.mark.parametrize("dtype", ["str", object, "string", "string[pyarrow]", "category"])
def test_words_give_the_same_figures_in_every_dtype(dtype):
    found = profiled(WORDS, dtype)

    assert (found.family, found.missing, found.distinct, found.lengths) == ("text", 1, 3, (1, 3))
    assert [value for value, _ in found.top] == ["a", "b", "ccc"]


@pytest.mark.parametrize("dtype", ["boolean", object, "bool[pyarrow]"])
def test_truth_values_give_the_same_figures_in_every_dtype(dtype):
    found = profiled(FLAGS, dtype)

    assert (found.family, found.top) == ("boolean", (("true", 3), ("false", 1)))


@pytest.mark.parametrize(
    "dtype", ["datetime64[ns]", "datetime64[s]", "timestamp[us][pyarrow]", object]
)
def test_times_give_the_same_figures_in_every_dtype(dtype):
    found = profiled(TIMES, dtype)

    assert (found.family, found.missing) == ("datetime", 1)
    assert (found.least, found.largest) == (
        "2023-01-01T00:00:00.000000",
        "2024-05-31T12:00:00.000000",
    )
    assert found.months == {"2023-01": 1, "2024-05": 1}


@pytest.mark.parametrize(
    ("cells", "family"),
    [
        ([dt.date(2024, 1, 1)], "datetime"),
        ([pd.Timedelta(days=1)], "duration"),
        ([b"x"], "binary"),
        ([[1, 2]], "nested"),
        ([1, "a"], "mixed"),
        ([None, None], "empty"),
        ([pd.Timestamp("2024-01-01", tz="Europe/Zurich")], "datetime"),
    ],
)
def test_other_cells_are_told_apart(cells, family):
    assert profiled(cells).family == family


def test_table_without_rows_has_its_columns():
    found = profile_of([pd.DataFrame({"x": pd.Series([], dtype="int64")})])

    assert (found.rows, [column.family for column in found.columns]) == (0, ["empty"])


# Parts

CELLS = st.lists(
    st.none()
    | st.integers(-1_000, 1_000).map(float)
    | st.floats(-1e6, 1e6, allow_nan=False)
    | st.sampled_from([math.inf, 0.0]),
    max_size=60,
)


def sketch_of(cells: list[Any]) -> Sketch:
    return sketches_of([pd.DataFrame({"x": pd.Series(cells, dtype="float64")})])["x"]


def same(one: ColumnProfile, other: ColumnProfile) -> bool:
    rounded = [
        attrs.evolve(
            each,
            mean=None,
            std=None,
        )
        for each in (one, other)
    ]
    return rounded[0] == rounded[1] and near(one.mean, other.mean) and near(one.std, other.std)


def near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-6)


@settings(max_examples=150, deadline=None)
@given(a=CELLS, b=CELLS, c=CELLS)
def test_merging_is_associative_commutative_and_gives_the_whole(a, b, c):
    one, two, three = map(sketch_of, (a, b, c))

    left = told("x", one.merge(two).merge(three))
    right = told("x", one.merge(two.merge(three)))
    turned = told("x", three.merge(one).merge(two))

    assert same(left, right)
    assert same(left, turned)
    assert same(left, told("x", sketch_of([*a, *b, *c])))


@pytest.mark.parametrize("parts", [1, 7])
def test_sketches_stay_within_their_bounds(parts):
    random = np.random.default_rng(1)
    rows = 120_000
    # Half of the rows are one of ten values; the others all differ.
    values = np.where(
        random.random(rows) < 0.5, random.integers(0, 10, rows), random.gamma(2, 50, rows) + 11
    )
    pieces = [pd.DataFrame({"x": part}) for part in np.array_split(values, parts)]

    (found,) = profile_of(pieces).columns

    exact = pd.Series(values)
    assert not found.is_exact
    assert found.distinct == pytest.approx(exact.nunique(), rel=0.15)
    assert found.mean == pytest.approx(exact.mean())
    assert found.std == pytest.approx(exact.std())
    for share, value in found.quantiles.items():
        wanted = np.quantile(values, float(share), method="inverted_cdf")
        assert value == pytest.approx(wanted, rel=0.0101, abs=1e-9)
    counts = exact.value_counts()
    for value, count in found.top:
        assert counts[float(value)] - found.top_error <= count <= counts[float(value)]
    assert {value for value, _ in found.top} == {str(n) for n in range(10)}
    assert found.top_error <= rows / 256
    assert sum(bar.count for bar in found.histogram) == rows


def test_memory_of_a_sketch_is_bounded():
    sketch = sketch_of([])
    for start in range(0, 400_000, 100_000):
        part = pd.DataFrame({"x": [f"id-{n}" for n in range(start, start + 100_000)]})
        sketch = sketch.merge(sketches_of([part])["x"])

    assert sketch.exact is None
    assert len(sketch.frequent) <= 256
    assert len(sketch.hashes) == 1_024
    assert told("x", sketch).distinct == pytest.approx(400_000, rel=0.15)


def test_numbers_of_all_sizes_take_few_buckets():
    found = sketch_of([10.0**n for n in range(-300, 300)] + [-1e300, 0.0, 5e-324])

    assert found.exact is not None
    assert len(found.above) + len(found.below) <= 604
