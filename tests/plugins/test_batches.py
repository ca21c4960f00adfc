"""Tables in batches: what is kept, mapped, found repeated and checked is what pandas says of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourstroke import Context, DataError, Task
from fourstroke_batches import Batches, BatchesCodec, Sample, table, writing
from fourstroke_batches.table import BatchedTable
from fourstroke_contract import Contract
from fourstroke_pandas import Cast, Derive, Drop, Fill, Filter, Rename, Select, Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = 8
CONTRACT = """
format = "fourstroke.contract/1"
[table]
rows = { min = 3, max = 40 }
key = ["id", "word"]
[columns.id]
type = "integer"
missing = 0.1
min = 0
unique = true
[columns.amount]
type = "number"
usual = [0, 10]
mostly = { usual = 0.9 }
[columns.word]
allowed = ["a", "b", "c"]
length = [1, 1]
pattern = "[a-c]"
warn = ["pattern"]
[columns.gone]
[[rules]]
name = "small"
must = "amount <= id"
"""


@pytest.fixture(autouse=True)
def short_pieces(monkeypatch):
    """Cut tables into pieces of eight rows."""
    monkeypatch.setattr(writing, "ROWS", ROWS)
    monkeypatch.setattr(table, "ROWS", ROWS)


@pytest.fixture
def batched(tmp_path) -> Callable[..., BatchedTable]:
    """Give a function that makes a table in batches of a frame."""

    def make(data: pd.DataFrame, group: int = 5) -> BatchedTable:
        path = tmp_path / "table.parquet"
        data.to_parquet(path, row_group_size=group, index=False)
        return BatchedTable.open([path])

    return make


def context(folder: Path, **task: Any) -> Context:
    return Context(
        run="r", step="s", project="p", root=folder, scratch=folder, task=Task(**task), seed=1
    )


def orders(rows: int = 30) -> pd.DataFrame:
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "id": pd.array(range(rows), dtype="Int64"),
            "amount": random.normal(5, 3, rows).round(1),
            "word": random.choice(["a", "b", "c"], rows),
        }
    )


def bytes_of(value: BatchedTable, folder: Path) -> bytes:
    folder.mkdir()
    BatchesCodec().encode(value, folder)
    return (folder / "data.parquet").read_bytes()


# Tables


def test_same_rows_give_the_same_bytes_however_they_were_cut(tmp_path):
    data = orders()
    data.to_parquet(tmp_path / "whole.parquet", index=False)
    data[:7].to_parquet(tmp_path / "part1.parquet", index=False)
    data[7:].astype({"word": "category"}).to_parquet(
        tmp_path / "part2.parquet", index=False, row_group_size=4
    )

    whole = BatchedTable.open([tmp_path / "whole.parquet"])
    parts = BatchedTable.open([tmp_path / "part1.parquet", tmp_path / "part2.parquet"])

    assert bytes_of(whole, tmp_path / "a") == bytes_of(parts, tmp_path / "b")


def test_one_other_cell_gives_other_bytes(tmp_path, batched):
    data = orders()

    first = bytes_of(batched(data), tmp_path / "a")
    data.loc[29, "word"] = "d"

    assert bytes_of(batched(data), tmp_path / "b") != first


def test_pieces_are_as_long_as_they_can_be_and_have_one_dtype_each_time(batched):
    data = orders()
    data.loc[20, "id"] = pd.NA

    pieces = list(batched(data))

    assert [len(piece) for piece in pieces] == [8, 8, 8, 6]
    assert len({tuple(piece.dtypes.map(str)) for piece in pieces}) == 1


def test_table_outlives_its_file(tmp_path, batched):
    made = batched(orders())
    (tmp_path / "table.parquet").unlink()

    assert len(made.to_pandas()) == 30


@pytest.mark.parametrize("rows", [0, 3, 8, 13, 99])
def test_head_is_that_of_the_whole(batched, rows):
    made = batched(orders())

    pd.testing.assert_frame_equal(made.head(rows), made.to_pandas().head(rows))


def test_types_that_differ_between_pieces_are_widened(batched):
    def function(piece: pd.DataFrame) -> pd.DataFrame:
        is_first = piece["id"].iloc[0] == 0
        return pd.DataFrame({"x": [None] if is_first else [1.5], "y": [1 if is_first else 2.5]})

    made = batched(orders(16)).map(function)

    assert made.schema.types == [pa.float64(), pa.float64()]
    assert made.to_pandas()["y"].tolist() == [1.0, 2.5]


def test_pieces_of_other_columns_are_refused(batched):
    def function(piece: pd.DataFrame) -> pd.DataFrame:
        return piece if piece["id"].iloc[0] == 0 else piece.drop(columns="word")

    with pytest.raises(DataError, match="different columns"):
        batched(orders()).map(function)


def test_map_of_no_rows_has_the_columns(batched):
    made = batched(orders().head(0)).map(lambda piece: piece.assign(half=piece["amount"] / 2))

    assert (len(made), made.columns) == (0, ["id", "amount", "word", "half"])


@pytest.mark.parametrize(
    ("columns", "dropped"), [((), False), (("word",), True), (("amount", "word"), True)]
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cells=st.lists(
        st.tuples(
            st.sampled_from([0, 1, None]),
            st.sampled_from([0.5, 1.5, None]),
            st.sampled_from(["a", "b", None]),
        ),
        max_size=30,
    )
)
def test_repeats_are_those_of_pandas(batched, columns, dropped, cells):
    data = pd.DataFrame(cells, columns=["id", "amount", "word"]).astype(
        {"id": "Int64", "amount": "float64", "word": "str"}
    )

    found = batched(data).repeated(columns)

    again = data.duplicated(subset=list(columns) or None)
    if dropped:
        again &= data[list(columns)].notna().all(axis=1)
    assert found.count == again.sum()
    assert list(found.rows) == list(np.flatnonzero(again))[:10]


# The source


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ({"id": ["x"], "amount": [1.0], "word": ["a"]}, "b.parquet, column 'id'"),
        (
            {"id": [1], "amount": [1.0]},
            "a.parquet: it has a column 'word', which b.parquet has not",
        ),
        ({"id": [1], "amount": [1.0], "word": ["a"], "z": [1]}, "b.parquet: it has a column 'z'"),
    ],
)
def test_files_that_do_not_fit_each_other_are_named(tmp_path, second, told):
    orders().to_parquet(tmp_path / "a.parquet", index=False)
    pd.DataFrame(second).to_parquet(tmp_path / "b.parquet", index=False)

    with pytest.raises(DataError) as found:
        Batches(path="*.parquet").collect(context=context(tmp_path, target="id"))

    assert told in str(found.value)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path.write_bytes(b"PAR1 no"), "no whole Parquet file"),
        (lambda path: pq.write_table(pa.table({"x": [[1]]}), path), "column 'x'"),
        (lambda path: path.mkdir(), "name its files"),
        (lambda path: None, "there is no such file"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, make, told):
    make(tmp_path / "x.parquet")

    with pytest.raises(DataError, match=told):
        Batches(path="x.parquet").collect(context=context(tmp_path, target="id"))


def test_columns_are_read_in_the_order_given(tmp_path):
    orders().to_parquet(tmp_path / "a.parquet", index=False)

    made = Batches(path="a.parquet", columns=("word", "id")).collect(
        context=context(tmp_path, target="id")
    )

    assert made.columns == ["word", "id"]
    assert next(iter(made)).columns.tolist() == ["word", "id"]


# Steps


@pytest.mark.parametrize(
    "step",
    [
        Select(columns=("word", "id")),
        Drop(columns=("word",)),
        Rename(columns={"word": "letter"}),
        Fill(columns={"amount": 0.0}),
        Derive(columns={"half": "amount / 2", "long": "length(word) > 1"}),
        Filter(where="amount > 6"),
        Cast(columns={"word": "number"}, invalid="missing"),
    ],
    ids=lambda step: type(step).__name__,
)
def test_steps_by_row_give_what_they_give_for_the_whole(tmp_path, batched, step):
    data = batched(orders())
    told = context(tmp_path, target="id")

    made = step.prepare(data=data, context=told)

    whole = step.prepare(data=data.to_pandas(), context=context(tmp_path, target="id"))
    assert isinstance(made, BatchedTable)
    pd.testing.assert_frame_equal(made.to_pandas(), whole.reset_index(drop=True), check_dtype=False)
    assert len(told.notes.messages) <= 1


def test_filter_that_keeps_nothing_is_told_of_the_whole(tmp_path, batched):
    with pytest.raises(DataError, match="none of 30 rows"):
        Filter(where="amount > 600").prepare(
            data=batched(orders()), context=context(tmp_path, target="id")
        )


def test_sample_takes_the_same_rows_of_pieces_and_of_the_whole(tmp_path, batched):
    data, told = batched(orders()), context(tmp_path, target="id")

    of_pieces = Sample(rows=9).prepare(data=data, context=told)

    of_whole = Sample(rows=9).prepare(data=data.to_pandas(), context=told)
    assert of_pieces["id"].is_monotonic_increasing
    assert of_pieces["id"].nunique() == 9
    pd.testing.assert_frame_equal(of_pieces, of_whole)


# Checks

TABLES = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 2, 3, 40, None]),
        st.sampled_from([0.5, 1.5, float("inf"), None]),
        st.sampled_from(["a", "b", "1", "2", "", None]),
        st.sampled_from(["yes", "no", None]),
    ),
    min_size=1,
    max_size=30,
)
TYPES = {"id": "Int64", "amount": "float64", "word": "str", "bought": "str"}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cells=TABLES)
def test_table_is_checked_as_if_it_were_whole(tmp_path, batched, cells):
    data = batched(pd.DataFrame(cells, columns=list(TYPES)).astype(TYPES))
    told = context(tmp_path, target="bought", kind="binary", positive="yes", id="id")

    found = Table().check(data=data, context=told)

    assert found == Table().check(data=data.to_pandas(), context=told)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cells=TABLES)
def test_contract_is_held_as_if_the_table_were_whole(tmp_path, batched, cells):
    (tmp_path / "contract.toml").write_text(CONTRACT)
    data = batched(pd.DataFrame(cells, columns=list(TYPES)).astype(TYPES))
    contract = Contract(file=tmp_path / "contract.toml")

    found = contract.check(data=data)

    assert list(map(comparable, found)) == [
        comparable(each) for each in contract.check(data=data.to_pandas())
    ]


def comparable(check: Any) -> Any:
    """Leave out the dtype's name, which one piece has as the whole would have it."""
    return attrs.evolve(check, observed=str(check.observed))


def test_rows_at_fault_are_set_aside_with_their_numbers(tmp_path, batched):
    (tmp_path / "contract.toml").write_text(
        'format = "fourstroke.contract/1"\n[columns.word]\nallowed = ["a", "b"]\n'
    )
    data = orders()
    contract = Contract(file=tmp_path / "contract.toml")

    parts = contract.set_aside(data=batched(data), context=context(tmp_path, target="id"))

    bad = parts["bad"].to_pandas()
    assert bad["quarantine_row"].tolist() == np.flatnonzero(data["word"] == "c").tolist()
    assert set(bad["quarantine_reason"]) == {"word: allowed"}
    assert len(parts["good"]) + len(bad) == len(data)


def test_latest_time_of_all_pieces_tells_how_fresh_a_table_is(tmp_path, batched):
    (tmp_path / "contract.toml").write_text(
        'format = "fourstroke.contract/1"\n[table]\nfresh = { column = "at", days = 2 }\n'
        "[columns.at]\n"
    )
    times = pd.Timestamp.now().floor("s") - pd.to_timedelta([900, 0, 800], unit="D")
    data = pd.DataFrame({"at": np.repeat(times.to_numpy(), ROWS)})

    (found,) = Contract(file=tmp_path / "contract.toml").check(data=batched(data))

    assert found.status == "pass"
