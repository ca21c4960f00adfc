"""Data frames as files: what goes in comes out, and equal frames give equal bytes."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourstroke import Cells, DataError, StoreError
from fourstroke_pandas import FrameCodec

N = 4
COLUMNS = {
    "int64": np.arange(N),
    "int8": np.arange(N, dtype="int8"),
    "uint64": np.array([0, 1, 2**63, 2**64 - 1], dtype="uint64"),
    "float64": np.array([1.0, np.nan, np.inf, -0.0]),
    "float32": np.array([1, np.nan, 3, 4], dtype="float32"),
    "float16": np.array([1, np.nan, 3, 4], dtype="float16"),
    "bool": np.array([True, False, True, False]),
    "text": ["a", None, "", "é😀"],
    "text objects": pd.Series(["a", None, "", "b"], dtype=object),
    "text objects with NaN": pd.Series(["a", np.nan, "", "b"], dtype=object),
    "text objects with NA": pd.Series(["a", pd.NA, "", "b"], dtype=object),
    "string": pd.array(["a", None, "", "b"], dtype="string"),
    "string[python]": pd.array(["a", None, "", "b"], dtype="string[python]"),
    "string[pyarrow]": pd.array(["a", None, "", "b"], dtype="string[pyarrow]"),
    "Int64": pd.array([1, None, 2**60 + 1, 4], dtype="Int64"),
    "Float64": pd.array([1.5, None, 3, 4], dtype="Float64"),
    "boolean": pd.array([True, None, False, True], dtype="boolean"),
    "time ns": pd.Series(pd.to_datetime(["2020-01-01", None, "1999-12-31", "2020-02-29"])).astype(
        "datetime64[ns]"
    ),
    "time s": pd.date_range("2020", periods=N).astype("datetime64[s]"),
    "time us": pd.date_range("2020", periods=N).astype("datetime64[us]"),
    "time in Paris": pd.date_range("2020", periods=N, tz="Europe/Paris"),
    "time in UTC": pd.date_range("2020", periods=N, tz="UTC"),
    "time at an offset": pd.to_datetime(["2020-01-01T00:00+05:30"] * N),
    "duration": pd.to_timedelta([1, None, 3, 4], unit="s"),
    "category": pd.Categorical(["a", None, "b", "a"], categories=["z", "b", "a"]),
    "ordered category": pd.Categorical(["a", "b", "b", "a"], ["b", "a"], ordered=True),
    "category of numbers": pd.Categorical([1, 2, 1, None], categories=[3, 2, 1]),
    "category of times": pd.Categorical(pd.to_datetime(["2020", "2021", "2020", None])),
    "category without values": pd.Categorical([None] * N, categories=[]),
    "arrow int": pd.array([1, 2, None, 4], dtype="int64[pyarrow]"),
    "arrow text": pd.array(["a", None, "", "b"], dtype=pd.ArrowDtype(pa.string())),
    "arrow double": pd.array([1.5, None, 2.5, 0.0], dtype=pd.ArrowDtype(pa.float64())),
    "arrow seconds": pd.array([1, 2, 3, None], dtype=pd.ArrowDtype(pa.timestamp("s", "UTC"))),
    "arrow date": pd.array([dt.date(2020, 1, 1)] * N, dtype=pd.ArrowDtype(pa.date32())),
    "arrow decimal": pd.array([Decimal("1.10")] * N, dtype=pd.ArrowDtype(pa.decimal128(10, 2))),
    "arrow dictionary": pd.array(
        ["a", "b", None, "a"], dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))
    ),
    "period": pd.period_range("2020", periods=N, freq="M"),
    "interval": pd.interval_range(0, N),
    "dates": pd.Series([dt.date(2020, 1, 1), None, dt.date(1, 1, 1), dt.date(2020, 2, 29)]),
    "times of day": pd.Series([dt.time(1, 2, 3), None, dt.time(0), dt.time(23, 59)]),
    "decimals": pd.Series([Decimal("1.50"), None, Decimal(-3), Decimal("0.001")]),
    "bytes": pd.Series([b"a", None, b"", b"\x00\xff"]),
    "truth objects": pd.Series([True, None, False, True], dtype=object),
    "whole objects": pd.Series([1, None, 3, 4], dtype=object),
    "missing objects": pd.Series([None] * N, dtype=object),
    "missing floats": pd.Series([np.nan] * N),
    "<script>alert('x')</script>\n": np.arange(N),
    "": np.arange(N),
}


def round_trip(frame: pd.DataFrame, folder: Path) -> pd.DataFrame:
    FrameCodec().encode(frame, folder)
    assert [path.name for path in folder.iterdir()] == ["data.parquet"]
    return FrameCodec().decode(folder)


def bytes_of(frame: pd.DataFrame, folder: Path) -> bytes:
    FrameCodec().encode(frame, folder)
    return (folder / "data.parquet").read_bytes()


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_freq=False)
    assert [str(dtype) for dtype in found.dtypes] == [str(dtype) for dtype in expected.dtypes]


@pytest.mark.parametrize("name", COLUMNS)
def test_each_type_comes_back(tmp_path: Path, name: str):
    frame = pd.DataFrame({name: COLUMNS[name]})

    assert_same(round_trip(frame, tmp_path), frame)


# Text of dtype object becomes what pandas makes of text, as in any new frame.
@pytest.mark.parametrize("name", [name for name in COLUMNS if "text objects" not in name])
def test_each_type_comes_back_from_columns_and_from_bytes(name: str):
    frame, codec = pd.DataFrame({"column": COLUMNS[name]}), FrameCodec()
    columns = codec.columns_of(frame)

    alone = codec.table_of([columns])
    packed = codec.table_of([codec.unpack_columns(codec.pack_columns(columns))])
    twice = codec.table_of([columns, codec.unpack_columns(codec.pack_columns(columns))])

    pd.testing.assert_frame_equal(alone, frame)
    pd.testing.assert_frame_equal(packed, frame)
    pd.testing.assert_frame_equal(twice, pd.concat([frame, frame], ignore_index=True))


def test_parts_of_different_columns_become_one_table():
    codec = FrameCodec()
    parts = [{"a": Cells("<f8", [1.0])}, {"a": Cells("<f8", [2.0]), "b": Cells("|O", ["x"])}]

    found = codec.table_of([*parts, {"a": Cells("<f8", [])}])

    assert found["a"].tolist() == [1.0, 2.0]
    assert found["b"].isna().tolist() == [True, False]


@pytest.mark.parametrize("name", COLUMNS)
def test_each_type_comes_back_without_rows(tmp_path: Path, name: str):
    frame = pd.DataFrame({name: COLUMNS[name]}).iloc[:0]

    assert_same(round_trip(frame, tmp_path), frame)


@pytest.mark.parametrize("name", [name for name in COLUMNS if name != "float16"])
def test_each_type_comes_back_as_an_index(tmp_path: Path, name: str):
    labels = pd.Series(COLUMNS[name])
    frame = pd.DataFrame({"a": range(N)}, index=pd.Index(labels, dtype=labels.dtype, name="key"))

    assert_same(round_trip(frame, tmp_path), frame)


@pytest.mark.parametrize("name", COLUMNS)
def test_what_comes_back_gives_the_same_bytes(tmp_path: Path, name: str):
    before = bytes_of(pd.DataFrame({name: COLUMNS[name]}), tmp_path)

    assert bytes_of(FrameCodec().decode(tmp_path), tmp_path) == before


INDEXES = {
    "shifted range": pd.RangeIndex(5, 5 + N),
    "named range": pd.RangeIndex(N, name="row"),
    "backwards": pd.RangeIndex(N - 1, -1, -1),
    "numbers": pd.Index([3, 1, 2, 2]),
    "two levels": pd.MultiIndex.from_arrays([list("aabb"), [1, 2, 1, 2]], names=["x", None]),
    "level of categories": pd.MultiIndex.from_arrays([pd.Categorical(list("abab")), range(N)]),
    "one level": pd.MultiIndex.from_arrays([list("abcd")], names=["x"]),
}


@pytest.mark.parametrize("name", INDEXES)
def test_index_comes_back(tmp_path: Path, name: str):
    frame = pd.DataFrame({"a": range(N)}, index=INDEXES[name])

    assert_same(round_trip(frame, tmp_path), frame)


def test_index_that_counts_rows_is_not_stored(tmp_path: Path):
    counted = pd.DataFrame({"a": [1, 2]})
    labelled = pd.DataFrame({"a": [1, 2]}, index=pd.Index([0, 1], dtype="int64"))

    assert bytes_of(counted, tmp_path) == bytes_of(labelled, tmp_path)
    assert pq.ParquetFile(tmp_path / "data.parquet").schema_arrow.names == ["a"]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame(),
        pd.DataFrame(index=range(3)),
        pd.DataFrame({"a": []}),
        pd.DataFrame({"b": [1], "a": [2]}),
    ],
    ids=["nothing", "no columns", "no rows", "order of columns"],
)
def test_odd_shapes_come_back(tmp_path: Path, frame: pd.DataFrame):
    found = round_trip(frame, tmp_path)

    assert found.shape == frame.shape
    assert_same(found, frame)


def test_way_in_which_a_frame_came_to_be_does_not_show(tmp_path: Path):
    texts = pd.array(["a", None, "b", "a"], dtype=pd.ArrowDtype(pa.string()))
    whole = pd.DataFrame({"s": texts, "n": [1.0, np.nan, 2.0, 3.0], "k": list("wxyz")})
    chunked = pd.concat([whole.iloc[:1], whole.iloc[1:]])
    sliced = pd.concat([whole.iloc[2:], whole]).iloc[2:]
    odd_nan = whole.copy()
    odd_nan["n"] = np.array([1.0, -np.nan, 2.0, 3.0])

    expected = bytes_of(whole, tmp_path)

    assert bytes_of(chunked, tmp_path) == expected
    assert bytes_of(sliced.set_axis(range(4)), tmp_path) == expected
    assert bytes_of(odd_nan, tmp_path) == expected
    assert bytes_of(whole[["s"]].assign(n=whole["n"], k=whole["k"]), tmp_path) == expected


def test_other_process_gives_the_same_bytes(tmp_path: Path):
    script = (
        "import sys, pathlib, pandas as pd\n"
        "from fourstroke_pandas import FrameCodec\n"
        "frame = pd.DataFrame({'a': range(100), 's': [f'x{i % 7}' for i in range(100)]})\n"
        "frame['c'] = frame['s'].astype('category')\n"
        "FrameCodec().encode(frame, pathlib.Path(sys.argv[1]))\n"
    )
    found = []
    for seed in ("0", "1"):
        folder = tmp_path / seed
        folder.mkdir()
        command = [sys.executable, "-c", script, str(folder)]
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        subprocess.run(command, check=True, env=environment)
        found.append((folder / "data.parquet").read_bytes())

    assert found[0] == found[1]


def test_frames_that_differ_give_other_bytes(tmp_path: Path):
    frames = [
        pd.DataFrame({"a": [1, 2], "b": [1, 2]}),
        pd.DataFrame({"b": [1, 2], "a": [1, 2]}),
        pd.DataFrame({"a": [1, 2], "b": [1.0, 2.0]}),
        pd.DataFrame({"a": [1, 2], "b": pd.array([1, 2], dtype="Int64")}),
        pd.DataFrame({"a": [1, 2], "b": pd.Categorical([1, 2])}),
        pd.DataFrame({"a": [1, 2], "b": pd.Categorical([1, 2], categories=[2, 1])}),
        pd.DataFrame({"a": [1, 2], "b": pd.Categorical([1, 2], ordered=True)}),
        pd.DataFrame({"a": [1, 2], "b": [1, 2]}, index=[1, 0]),
    ]

    assert len({bytes_of(frame, tmp_path) for frame in frames}) == len(frames)


def test_what_comes_back_can_be_changed(tmp_path: Path):
    found = round_trip(pd.DataFrame({name: COLUMNS[name] for name in COLUMNS}), tmp_path)

    found.loc[0, "int64"] = 7
    found["float64"] += 1
    found.loc[1, "text"] = "new"

    assert found.loc[0, "int64"] == 7


def test_other_tools_can_read_the_file(tmp_path: Path):
    FrameCodec().encode(pd.DataFrame({"c": pd.Categorical(["x", "y"]), "n": [1, 2]}), tmp_path)

    found = pq.read_table(tmp_path / "data.parquet").to_pydict()

    assert found == {"c": ["x", "y"], "n": [1, 2]}


REFUSED = {
    "number and text": (
        pd.DataFrame({"x": [1, "a"]}, dtype=object),
        ["'x'", "int", "str", "row 1"],
    ),
    "truth and number": (pd.DataFrame({"x": [True, 1]}, dtype=object), ["'x'", "bool", "int"]),
    "whole and fraction": (pd.DataFrame({"x": [1, 2.5]}, dtype=object), ["'x'", "int", "float"]),
    "lists": (pd.DataFrame({"x": [[1], [2]]}), ["'x'", "list"]),
    "dicts": (pd.DataFrame({"x": [{}, {}]}), ["'x'", "dict"]),
    "complex": (pd.DataFrame({"x": [1j]}), ["'x'", "complex"]),
    "sparse": (pd.DataFrame({"x": pd.arrays.SparseArray([0, 1])}), ["'x'", "Sparse"]),
    "huge": (pd.DataFrame({"x": [2**70]}, dtype=object), ["'x'"]),
    "lone surrogate": (pd.DataFrame({"x": ["\ud800"]}, dtype=object), ["'x'"]),
    "arrow list": (
        pd.DataFrame({"x": pd.array([[1]], dtype=pd.ArrowDtype(pa.list_(pa.int64())))}),
        ["'x'", "list"],
    ),
    "number as a name": (pd.DataFrame({"a": [1], 2: [1]}), ["column 2", "2", "not text"]),
    "missing name": (pd.DataFrame([[1]], columns=[None]), ["column 1", "None"]),
    "two levels of names": (
        pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
        ["levels"],
    ),
    "name twice": (pd.DataFrame([[1, 2]], columns=["a", "a"]), ["'a'", "two columns"]),
    "name of the index": (pd.DataFrame({"a": [1]}).rename_axis(3), ["index", "3"]),
}


@pytest.mark.parametrize(("frame", "says"), REFUSED.values(), ids=REFUSED)
def test_frame_that_would_not_come_back_is_refused(
    tmp_path: Path, frame: pd.DataFrame, says: list[str]
):
    with pytest.raises(DataError) as caught:
        FrameCodec().encode(frame, tmp_path)

    assert all(word in str(caught.value) for word in says), caught.value


def test_file_of_another_tool_is_refused(tmp_path: Path):
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "data.parquet")

    with pytest.raises(StoreError, match=r"data\.parquet"):
        FrameCodec().decode(tmp_path)


def test_five_thousand_columns_come_back(tmp_path: Path):
    frame = pd.DataFrame(
        np.arange(50_000).reshape(10, 5000), columns=[f"c{n}" for n in range(5000)]
    )

    assert_same(round_trip(frame, tmp_path), frame)


@pytest.mark.benchmark
def test_small_frame_is_written_as_fast_as_pandas_does(tmp_path: Path):
    frame = pd.DataFrame(
        {
            "a": np.arange(1000),
            "b": np.random.default_rng(0).normal(size=1000),
            "c": np.arange(1000) / 3,
            "d": np.arange(1000) % 7,
            "e": [f"x{n % 11}" for n in range(1000)],
        }
    )

    def seconds(write) -> float:
        best = float("inf")
        for _ in range(50):
            started = time.perf_counter()
            write()
            best = min(best, time.perf_counter() - started)
        return best

    own = seconds(lambda: FrameCodec().encode(frame, tmp_path))
    floor = seconds(lambda: frame.to_parquet(tmp_path / "floor.parquet"))

    print(f"codec {own * 1e3:.2f} ms, pandas {floor * 1e3:.2f} ms")
    assert own < 1.5 * floor


CELLS = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "float64": st.floats(),
    "bool": st.booleans(),
    "object": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    "string": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    "Int64": st.none() | st.integers(-(2**63), 2**63 - 1),
    "boolean": st.none() | st.booleans(),
    "category": st.none() | st.sampled_from(["a", "b", "", "é"]),
    "datetime64[us]": st.none() | st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)),
    "datetime64[us, UTC]": st.datetimes(
        dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1), timezones=st.just(dt.UTC)
    ),
    "timedelta64[us]": st.none() | st.timedeltas(dt.timedelta(-9999), dt.timedelta(9999)),
}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.integers(0, 12))
    names = draw(
        st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5, unique=True)
    )
    columns = {}
    for name in names:
        dtype = draw(st.sampled_from(sorted(CELLS)))
        cells = draw(st.lists(CELLS[dtype], min_size=rows, max_size=rows))
        columns[name] = pd.Series(cells, dtype=dtype)
    return pd.DataFrame(columns, index=pd.RangeIndex(rows))


@settings(max_examples=150, deadline=None)
@given(frame=frames())
def test_any_frame_comes_back_and_gives_the_same_bytes_again(
    tmp_path_factory: pytest.TempPathFactory, frame: pd.DataFrame
):
    folder = tmp_path_factory.mktemp("frame")

    before = bytes_of(frame, folder)
    found = FrameCodec().decode(folder)

    pd.testing.assert_frame_equal(found, frame, check_column_type=False)
    assert bytes_of(found, folder) == before
    pieces = [frame.iloc[:3], frame.iloc[3:]]
    if len(frame) > 3:
        assert bytes_of(pd.concat(pieces), folder) == before
