"""Differences of tables: empty for equal ones, turned round the other way, and what pandas finds."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fourstroke import DataError, TableDifference, UsageError
from fourstroke_pandas.differing import compare
from fourstroke_pandas.exporting import find, write

ROWS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from([0.5, 1.0, None]),
        st.sampled_from(["a", "b", "é", None]),
        st.sampled_from([True, False]),
    ),
    max_size=20,
)


def frame(rows: list[Any]) -> pd.DataFrame:
    data = pd.DataFrame(rows, columns=["id", "x", "word", "flag"])
    return data.astype({"id": "int64", "x": "float64", "word": "str", "flag": "bool"})


def difference(before: pd.DataFrame, after: pd.DataFrame, *key: str) -> TableDifference:
    return compare([before], [after], key)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS)
def test_equal_tables_do_not_differ(rows):
    data = frame(rows)
    others = data.sample(frac=1, random_state=1).convert_dtypes()[["word", "flag", "x", "id"]]

    assert difference(data, others).is_empty
    unique = data.drop_duplicates("id")
    assert difference(
        unique, others.drop_duplicates("id").iloc[:0].pipe(lambda _: unique), "id"
    ).is_empty


@settings(max_examples=100, deadline=None)
@given(before=ROWS, after=ROWS)
def test_rows_are_counted_as_multisets(before, after):
    one, two = frame(before), frame(after)

    found, turned = difference(one, two), difference(two, one)

    def known(rows: list[Any]) -> dict[Any, int]:
        return {row: rows.count(row) for row in rows}

    added = sum(max(n - known(before).get(row, 0), 0) for row, n in known(after).items())
    removed = sum(max(n - known(after).get(row, 0), 0) for row, n in known(before).items())
    assert (found.added, found.removed) == (added, removed)
    assert (turned.added, turned.removed) == (removed, added)


@settings(max_examples=100, deadline=None)
@given(before=ROWS, after=ROWS)
def test_rows_of_a_key_are_what_a_merge_says(before, after):
    one, two = frame(before).drop_duplicates("id"), frame(after).drop_duplicates("id")

    found = difference(one, two, "id")

    both = one.merge(two, on="id", suffixes=("", "_"))
    pairs = [(both[name], both[f"{name}_"]) for name in ("x", "word", "flag")]
    odd = [~((a == b) | (a.isna() & b.isna())) for a, b in pairs]
    assert found.added == len(set(two["id"]) - set(one["id"]))
    assert found.removed == len(set(one["id"]) - set(two["id"]))
    assert found.changed == int((odd[0] | odd[1] | odd[2]).sum())
    cells = {each.name: each.cells for each in found.columns if each.cells}
    assert cells == {
        name: int(each.sum())
        for name, each in zip(("x", "word", "flag"), odd, strict=True)
        if each.any()
    }


def test_changed_cells_are_told_with_key_and_both_values():
    before = frame([(1, 0.5, "a", True), (2, 1.0, None, False)])
    after = frame([(1, 0.5, "b", True), (2, None, None, False)])

    found = difference(before, after, "id")

    assert {each.name: each.examples for each in found.columns} == {
        "word": (("1", "a", "b"),),
        "x": (("2", "1", "missing"),),
    }


def test_columns_that_come_go_or_change_their_type_are_told():
    before = pd.DataFrame({"a": [1], "b": ["x"], "c": [1]})
    after = pd.DataFrame({"a": [1], "c": ["1"], "d": [2]})

    found = {
        each.name: each.what
        for each in difference(before, after).columns
        if each.what in {"added", "removed", "type"}
    }

    assert found == {"b": "removed", "d": "added", "c": "type"}


def test_distance_is_one_for_tables_that_share_nothing():
    found = difference(pd.DataFrame({"a": [1, 1]}), pd.DataFrame({"a": [2, 2]}))

    (column,) = found.columns
    assert (column.what, column.distance) == ("distribution", 1.0)


def test_pieces_are_compared_as_the_whole():
    one = frame([(n, n / 2, "a", True) for n in range(50)])
    two = frame([(n, n / 2 + (n == 7), "a", True) for n in range(5, 60)])
    pieces = [two[:20], two[20:21], two[21:]]

    assert compare([one], pieces, ["id"]) == compare([one], [two], ["id"])


@pytest.mark.parametrize(
    ("key", "told"), [("idd", "did you mean 'id'"), ("flag", "the key of a row before")]
)
def test_key_that_names_no_row_is_refused(key, told):
    data = frame([(1, 0.5, "a", True), (2, 0.5, "a", True)])

    with pytest.raises(DataError, match=told):
        difference(data, data, key)


# Files


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet", ".xlsx"])
def test_pieces_are_written_and_read_back(tmp_path, suffix):
    data = frame([(1, 0.5, "a,b", True), (2, None, "é\n'\"", False), (3, 1.5, None, True)])
    path = tmp_path / f"x{suffix}"

    rows = write([data[:1], data[1:]], path)

    read = {
        ".csv": pd.read_csv,
        ".tsv": lambda place: pd.read_csv(place, sep="\t"),
        ".jsonl": lambda place: pd.read_json(place, lines=True),
        ".parquet": pd.read_parquet,
        ".xlsx": pd.read_excel,
    }[suffix](path)
    assert rows == 3
    assert difference(data, read).is_empty


def test_suffix_that_tells_no_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"one of .csv"):
        write([frame([])], tmp_path / "x.doc")


@pytest.mark.parametrize(
    ("column", "value", "rows"),
    [
        ("id", "2", [1]),
        ("id", "2.0", [1]),
        ("id", "x", []),
        ("word", "é", [1, 2]),
        ("flag", "TRUE", [0, 2]),
    ],
)
def test_rows_are_found_by_a_cell(column, value, rows):
    data = frame([(1, 0.5, "a", True), (2, None, "é", False), (3, 1.5, "é", True)])

    assert find([data[:1], data[1:]], column, value) == rows
    assert find([data.convert_dtypes()], column, value) == rows


def test_column_that_is_not_there_is_refused():
    with pytest.raises(DataError, match="did you mean 'word'"):
        find([frame([])], "wrd", "a")
