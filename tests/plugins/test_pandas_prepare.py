"""Steps that prepare a table: what they give, and what they say of what they cannot do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fourstroke import Context, DataError, FourstrokeError, Task
from fourstroke_pandas import Cast, Deduplicate, Derive, Drop, Fill, Filter, Join, Rename, Select


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(
        run="r", step="s", project="p", root=tmp_path, scratch=tmp_path, task=Task(target="y")
    )


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [20, 35, 70],
            "income": [1000.0, np.nan, 0.0],
            "name": ["Ana", None, "bo b"],
            "born": pd.to_datetime(["2004-03-05", None, "1954-12-31"]),
            "member": [True, False, True],
            "hours per week": [40, 0, 10],
            "kind": pd.Categorical(["a", "b", None]),
            "y": ["yes", "no", "no"],
        }
    )


def error_of(step: Any, data: Any, context: Context) -> str:
    with pytest.raises(FourstrokeError) as caught:
        step.prepare(data=data, context=context)
    return str(caught.value)


def test_select_gives_the_columns_in_the_order_asked_for(people, context):
    found = Select(columns=("name", "age")).prepare(data=people, context=context)

    assert list(found.columns) == ["name", "age"]


def test_drop_leaves_columns_out(people, context):
    found = Drop(columns=("name", "y")).prepare(data=people, context=context)

    assert "name" not in found
    assert "y" not in found


STEPS = {
    "select": Select(columns=("agee", "incom")),
    "drop": Drop(columns=("agee", "incom")),
    "rename": Rename(columns={"agee": "a", "incom": "b"}),
    "cast": Cast(columns={"agee": "text", "incom": "text"}),
    "fill": Fill(columns={"agee": 1, "incom": 1}),
    "deduplicate": Deduplicate(columns=("agee", "incom")),
    "filter": Filter(where="agee > 1 and incom > 1"),
    "derive": Derive(columns={"x": "agee + incom"}),
}


@pytest.mark.parametrize("name", STEPS)
def test_every_missing_column_is_told_with_the_nearest(people, context, name: str):
    lines = error_of(STEPS[name], people, context)

    assert lines.splitlines() == [
        "column 'agee': there is no such column (did you mean 'age'?)",
        "column 'incom': there is no such column (did you mean 'income'?)",
    ]


@pytest.mark.parametrize(
    "step",
    [
        Select(columns=("age", "y")),
        Drop(columns=("age", "y")),
        Rename(columns={"y": "z"}),
        Cast(columns={"y": "category"}),
        Fill(columns={"y": "no"}),
        Deduplicate(columns=("age", "y")),
    ],
)
def test_rows_to_be_scored_need_no_target(people, context, step):
    found = step.prepare(data=people.drop(columns="y"), context=context)

    assert len(found) == 3


def test_expression_over_a_target_that_is_not_there_says_what_to_do(people, context):
    line = error_of(Filter(where="y == 'yes'"), people.drop(columns="y"), context)

    assert "training_only = true" in line


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize(
    ("data", "says"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns"),
        (pd.DataFrame({1: [1]}), "not text"),
        ([1, 2], "expected a table, got list"),
    ],
)
def test_odd_tables_are_refused(context, step, data: Any, says: str):
    assert says in error_of(step, data, context)


def test_arrow_tables_are_taken(people, context):
    import pyarrow as pa

    table = pa.table({"a": [1, 2], "b": ["x", "y"]})

    assert list(Select(columns=("b",)).prepare(data=table, context=context)["b"]) == ["x", "y"]


def test_steps_leave_the_table_that_they_were_given_alone(people, context):
    before = people.copy(deep=True)

    Cast(columns={"age": "text"}).prepare(data=people, context=context)
    Fill(columns={"income": 0.0}).prepare(data=people, context=context)
    Derive(columns={"age": "age + 1", "new": "age"}).prepare(data=people, context=context)

    pd.testing.assert_frame_equal(people, before)


def test_rename_may_swap_names(people, context):
    found = Rename(columns={"age": "income", "income": "age"}).prepare(data=people, context=context)

    assert found["income"].tolist() == [20, 35, 70]


def test_rename_to_a_name_that_is_taken_is_refused(people, context):
    assert "'income'" in error_of(Rename(columns={"age": "income"}), people, context)


def test_deduplicate_tells_how_many_rows_it_dropped(context):
    data = pd.DataFrame({"a": [1, 1, 2, 1], "b": ["x", "x", "x", "y"]})

    found = Deduplicate().prepare(data=data, context=context)

    assert found.to_dict("list") == {"a": [1, 2, 1], "b": ["x", "x", "y"]}
    assert found.index.tolist() == [0, 1, 2]
    assert context.notes.messages == ["dropped 1 of 4 rows: they repeat earlier rows"]


def test_deduplicate_by_columns_can_keep_the_last_row(context):
    data = pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "z"]})

    found = Deduplicate(columns=("a",), keep="last").prepare(data=data, context=context)

    assert found["b"].tolist() == ["y", "z"]


def test_index_with_a_meaning_is_kept(context):
    data = pd.DataFrame({"a": [1, 1, 2]}, index=pd.Index(["k", "l", "m"], name="key"))

    assert Deduplicate().prepare(data=data, context=context).index.tolist() == ["k", "m"]


CASTS = [
    (["1", " 2 ", None], "integer", [1, 2, None], "Int64"),
    (["1", "2"], "integer", [1, 2], "int64"),
    ([1.0, 2.0], "integer", [1, 2], "int64"),
    ([1.0, None], "integer", [1, None], "Int64"),
    (["9007199254740993", None], "integer", [9007199254740993, None], "Int64"),
    ([True, False], "integer", [1, 0], "int64"),
    (["1.5", "2e3", None], "number", [1.5, 2000.0, None], "float64"),
    ([1, 2], "number", [1, 2], "int64"),
    (["yes", "No", " TRUE "], "boolean", [True, False, True], "bool"),
    (["0", "1", None], "boolean", [False, True, None], "boolean"),
    ([0, 1], "boolean", [False, True], "bool"),
    ([0.0, 1.0, None], "boolean", [False, True, None], "boolean"),
    ([8001, 8002], "text", ["8001", "8002"], None),
    ([8001.0, None], "text", ["8001", None], None),
    ([1.5, 2.0], "text", ["1.5", "2.0"], None),
    ([True, False], "text", ["True", "False"], None),
    (["b", "a", None], "category", ["b", "a", None], "category"),
    (["2020-01-31", "2020-02-01T12:00"], "datetime", ["2020-01-31", "2020-02-01 12:00"], None),
    (["2020-01-31T00:00+01:00", "2020-01-31T00:00Z"], "datetime", None, None),
]


@pytest.mark.parametrize(("cells", "kind", "expected", "dtype"), CASTS)
def test_cast_gives_the_type_asked_for(context, cells, kind, expected, dtype):
    data = pd.DataFrame({"x": cells})

    found = Cast(columns={"x": kind}).prepare(data=data, context=context)["x"]

    if dtype:
        assert str(found.dtype) == dtype
    if kind == "datetime":
        assert found.dtype.kind == "M"
        expected = [pd.Timestamp(cell) for cell in expected or []] or found.tolist()
    assert [None if pd.isna(cell) else cell for cell in found] == expected


MISFITS = [
    (["1", "2", "x"], "integer", "row 2: 'x' is no integer"),
    ([1.0, 2.5], "integer", "row 1: 2.5 is no integer"),
    ([1.0, np.inf], "integer", "row 1: inf is no integer"),
    ([1.0, 1e300], "integer", "row 1: 1e+300 is no integer"),
    (["1", "1,5", "2,5"], "number", "row 1: '1,5' is no number, and 1 more do not fit"),
    (["yes", "maybe"], "boolean", "row 1: 'maybe' is no boolean"),
    ([0, 2], "boolean", "row 1: 2 is no boolean"),
    (["2020-01-31", "31.1.2020"], "datetime", "row 1: '31.1.2020' is no datetime"),
]


@pytest.mark.parametrize(("cells", "kind", "says"), MISFITS)
def test_cell_that_cannot_be_cast_is_named(context, cells, kind, says):
    line = error_of(Cast(columns={"x": kind}), pd.DataFrame({"x": cells}), context)

    assert f"column 'x', {says}" in line


def test_text_of_arrow_without_a_number_in_it_can_be_left_empty(context):
    towns = pd.DataFrame({"town": pd.Series(["Bonn", None, "Köln"], dtype="string[pyarrow]")})
    towns = towns.convert_dtypes(dtype_backend="pyarrow")

    found = Cast(columns={"town": "number"}, invalid="missing").prepare(data=towns, context=context)

    assert found["town"].isna().all()


def test_cells_that_do_not_fit_can_be_left_empty_and_are_counted(context):
    data = pd.DataFrame({"x": ["1", "x", None]})

    found = Cast(columns={"x": "integer"}, invalid="missing").prepare(data=data, context=context)

    assert found["x"].isna().tolist() == [False, True, True]
    assert context.notes.messages == ["1 cells of x did not fit, and are missing now"]


def test_times_are_read_in_the_form_given(context):
    data = pd.DataFrame({"x": ["31.1.2020", "1.2.2020"]})

    found = Cast(columns={"x": "datetime"}, format="%d.%m.%Y").prepare(data=data, context=context)

    assert found["x"].tolist() == [pd.Timestamp("2020-01-31"), pd.Timestamp("2020-02-01")]


def test_numbers_are_times_only_with_a_unit(context):
    data = pd.DataFrame({"x": [0, 86_400]})
    cast = Cast(columns={"x": "datetime"}, format="seconds")

    found = cast.prepare(data=data, context=context)

    assert found["x"].tolist() == [pd.Timestamp("1970-01-01"), pd.Timestamp("1970-01-02")]
    assert "seconds" in error_of(Cast(columns={"x": "datetime"}), data, context)


def test_times_are_no_numbers(people, context):
    assert "column 'born'" in error_of(Cast(columns={"born": "number"}), people, context)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("income", 5, [1000.0, 5.0, 0.0]),
        ("income", 0.5, [1000.0, 0.5, 0.0]),
        ("name", "?", ["Ana", "?", "bo b"]),
        ("kind", "c", ["a", "b", "c"]),
        ("age", 1, [20, 35, 70]),
        ("born", "2000-01-01", [pd.Timestamp(t) for t in ("2004-03-05", "2000", "1954-12-31")]),
    ],
)
def test_fill_puts_a_value_into_missing_cells(people, context, name, value, expected):
    found = Fill(columns={name: value}).prepare(data=people, context=context)

    assert found[name].tolist() == expected


@pytest.mark.parametrize(("name", "value"), [("income", "x"), ("name", 1), ("born", "soon")])
def test_value_of_another_type_is_refused(people, context, name, value):
    assert f"column '{name}'" in error_of(Fill(columns={name: value}), people, context)


@pytest.mark.parametrize("missing", [np.nan, None])
def test_column_without_any_cell_can_be_filled(context, missing):
    data = pd.DataFrame({"x": [missing, missing]})

    assert Fill(columns={"x": "a"}).prepare(data=data, context=context)["x"].tolist() == ["a", "a"]


FILTERS = [
    ("age > 20", [35, 70]),
    ("age >= 20 and age < 70", [20, 35]),
    ("20 < age <= 70", [35, 70]),
    ("age == 20 or age == 70", [20, 70]),
    ("not age == 20", [35, 70]),
    ("age in [20, 35]", [20, 35]),
    ("age not in [20, 35]", [70]),
    ("name in ['Ana', 'Eve']", [20]),
    ("name not in ['Ana']", [70]),
    ("income > 0", [20]),
    ("income != 1000", [70]),
    ("not income == 1000", [35, 70]),
    ("missing(income)", [35]),
    ("not missing(name) and not missing(income)", [20, 70]),
    ("member", [20, 70]),
    ("not member", [35]),
    ("member == true", [20, 70]),
    ("col('hours per week') > 5", [20, 70]),
    ("kind == 'a'", [20]),
    ("kind in ['b']", [35]),
    ("born < '2000-01-01'", [70]),
    ("year(born) == 2004", [20]),
    ("contains(name, ' ')", [70]),
    ("starts(lower(name), 'a')", [20]),
    ("length(name) == 4", [70]),
    ("age % 2 == 0 and age // 10 == 2", [20]),
    ("-age < -30", [35, 70]),
    ("age > min(30, age * 2)", [35, 70]),
    ("(1 if member else 0) == 1", [20, 70]),
    ("true", [20, 35, 70]),
    ("  age\n  > 20 ", [35, 70]),
]


@pytest.mark.parametrize(("where", "ages"), FILTERS)
def test_filter_keeps_the_rows_in_which_it_holds(people, context, where, ages):
    found = Filter(where=where).prepare(data=people, context=context)

    assert found["age"].tolist() == ages
    assert found.index.tolist() == list(range(len(ages)))


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "int64[pyarrow]", "float64"])
def test_missing_cells_compare_alike_in_all_types(context, dtype):
    data = pd.DataFrame({"x": pd.array([1, None, 3], dtype=dtype)})

    kept = {
        where: Filter(where=where).prepare(data=data, context=context)["x"].tolist()
        for where in ("x != 1", "x == 1", "not x == 1 and not missing(x)", "x not in [1]")
    }

    assert kept == {
        "x != 1": [3],
        "x == 1": [1],
        "not x == 1 and not missing(x)": [3],
        "x not in [1]": [3],
    }


DERIVED = [
    ("age * 2 + 1", [41, 71, 141]),
    ("age / col('hours per week')", [0.5, np.inf, 7.0]),
    ("income / age", [50.0, np.nan, 0.0]),
    ("age ** 2", [400.0, 1225.0, 4900.0]),
    ("2 ** 0.5", [2**0.5] * 3),
    ("member + member", [2, 0, 2]),
    ("(age > 30) + (age > 50)", [0, 1, 2]),
    ("round(age / 30, 1)", [0.7, 1.2, 2.3]),
    ("log1p(income)", [np.log1p(1000), np.nan, 0.0]),
    ("log(income - 2000)", [np.nan] * 3),
    ("clip(age, 30, 60)", [30, 35, 60]),
    ("max(age, income)", [1000.0, 35.0, 70.0]),
    ("fill(income, age)", [1000.0, 35.0, 0.0]),
    ("abs(age - 40)", [20, 5, 30]),
    ("floor(age / 15)", [1.0, 2.0, 4.0]),
    ("month(born)", [3, np.nan, 12]),
    ("weekday(born)", [4, np.nan, 4]),
    ("days(born - born)", [0.0, np.nan, 0.0]),
    ("income > 0", [True, False, False]),
    ("7", [7, 7, 7]),
    ("age if member else -1", [20, -1, 70]),
]


@pytest.mark.parametrize(("expression", "expected"), DERIVED)
def test_derive_computes_a_column(people, context, expression, expected):
    found = Derive(columns={"new": expression}).prepare(data=people, context=context)["new"]

    np.testing.assert_allclose(found.to_numpy(dtype=float, na_value=np.nan), expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("upper(strip(name))", ["ANA", None, "BO B"]),
        ("name + '!'", ["Ana!", None, "bo b!"]),
        ("replace(name, 'b', 'p')", ["Ana", None, "po p"]),
        ("'old' if age > 30 else 'young'", ["young", "old", "old"]),
        ("fill(name, '-')", ["Ana", "-", "bo b"]),
        ("kind", ["a", "b", None]),
    ],
)
def test_derive_computes_text(people, context, expression, expected):
    found = Derive(columns={"new": expression}).prepare(data=people, context=context)["new"]

    assert [None if pd.isna(cell) else cell for cell in found] == expected


def test_later_expressions_may_use_earlier_columns(people, context):
    found = Derive(columns={"a": "age + 1", "b": "a * 2"}).prepare(data=people, context=context)

    assert found["b"].tolist() == [42, 72, 142]


def test_any_name_serves_for_a_new_column(people, context):
    found = Derive(columns={"self": "age", "a b": "age"}).prepare(data=people, context=context)

    assert list(found.columns[-2:]) == ["self", "a b"]


NO_EXPRESSIONS = [
    ("__import__('os').system('x')", "__import__"),
    ("open('x')", "there is no function 'open'"),
    ("age.__class__", "'age.__class__' is not allowed"),
    ("age[0]", "'age[0]' is not allowed"),
    ("[age for age in age]", "not allowed"),
    ("lambda: 1", "not allowed"),
    ("(x := 1)", "not allowed"),
    ("f'{age}'", "not allowed"),
    ("age & 1", "not allowed"),
    ("age is None", "not allowed"),
    ("None", "not allowed"),
    ("b'x'", "not allowed"),
    ("1j", "not allowed"),
    ("[1, 2]", "not allowed"),
    ("age in name", "a list of values"),
    ("age in []", "a list of values"),
    ("age in [age]", "a list of values"),
    ("abs()", "abs takes 1 arguments, not 0"),
    ("clip(age)", "clip takes 3"),
    ("abs(x=1)", "not allowed"),
    ("col(age)", 'col("odd name")'),
    ("age >", "no expression"),
    ("age = 1", "no expression"),
    ("age; age", "no expression"),
    ("", "no expression"),
    ("(" * 500 + ")" * 500, "no expression"),
    ("age + " * 600 + "1", "2000 characters"),
]


@pytest.mark.parametrize(("expression", "says"), NO_EXPRESSIONS)
def test_what_is_no_expression_is_refused_when_the_plugin_is_built(expression, says):
    with pytest.raises(ValueError) as caught:
        Filter(where=expression)
    with pytest.raises(ValueError, match=r"columns\.x"):
        Derive(columns={"x": expression})

    assert says in str(caught.value)
    assert str(caught.value).startswith("where: ")


MISFITTING = [
    ("age + name", "numbers and text"),
    ("name * 2", "numbers and text"),
    ("age > 'x'", "numbers and text cannot be compared"),
    ("name == 1", "numbers and text cannot be compared"),
    ("age in ['x']", "numbers and text cannot be compared"),
    ("age and member", "not true or false"),
    ("not age", "not true or false"),
    ("1 if age else 2", "not true or false"),
    ("-name", "sign"),
    ("born + born", "times"),
    ("born > 'soon'", "soon"),
    ("lower(age)", "expected text, got a number"),
    ("year(name)", "expected a time, got text"),
    ("sqrt(name)", "expected a number, got text"),
    ("contains(name, age)", "text"),
    ("'a' if member else 1", "one type"),
    ("1 / 0", "zero"),
    ("9.0 ** 9 ** 9", "range"),
]


@pytest.mark.parametrize(("expression", "says"), MISFITTING)
def test_expression_that_does_not_fit_the_columns_is_told(people, context, expression, says):
    line = error_of(Derive(columns={"x": expression}), people, context)

    assert says in line
    assert "`" in line


def test_filter_that_is_no_question_is_told(people, context):
    assert "not true or false" in error_of(Filter(where="age + 1"), people, context)


def test_filter_that_leaves_nothing_is_told(people, context):
    assert "none of 3 rows" in error_of(Filter(where="age > 100"), people, context)


def test_join_keeps_the_rows_of_the_first_table_and_counts_matches(context):
    orders = pd.DataFrame({"who": ["b", "a", None, "c"], "n": [1, 2, 3, 4]})
    homes = pd.DataFrame({"who": ["a", "b", None], "town": ["x", "y", "z"]})

    found = Join(on=("who",)).prepare(inputs={"orders": orders, "homes": homes}, context=context)

    assert found["n"].tolist() == [1, 2, 3, 4]
    assert [None if pd.isna(town) else town for town in found["town"]] == ["y", "x", None, None]
    assert context.notes.messages == ["homes: 2 of 4 rows matched"]


def test_join_takes_labels_that_are_named_as_the_key(context):
    orders = pd.DataFrame({"who": ["b", "a"], "n": [1, 2]}, index=pd.Index([5, 5], name="who"))
    homes = pd.DataFrame({"who": ["a", "b"], "town": ["x", "y"]}).set_index("who", drop=False)

    found = Join(on=("who",)).prepare(inputs={"orders": orders, "homes": homes}, context=context)

    assert found["town"].tolist() == ["y", "x"]


def test_inner_join_drops_rows_without_a_match(context):
    left = pd.DataFrame({"k": [1, 2, 3], "a": list("xyz")})
    right = pd.DataFrame({"k": [3.0, 1.0], "b": list("uv")})

    found = Join(on=("k",), how="inner").prepare(inputs={"l": left, "r": right}, context=context)

    assert found["b"].tolist() == ["v", "u"]


def test_join_of_three_tables(context):
    tables = {name: pd.DataFrame({"k": [1, 2], name: [name, name]}) for name in ("a", "b", "c")}

    found = Join(on=("k",)).prepare(inputs=tables, context=context)

    assert list(found.columns) == ["k", "a", "b", "c"]


JOINS = {
    "key missing": (pd.DataFrame({"q": [1]}), ["r, column 'k'", "no such column"]),
    "key twice": (pd.DataFrame({"k": [1, 1], "b": [1, 2]}), ["r", "several rows for k 1"]),
    "key of another type": (pd.DataFrame({"k": ["1"]}), ["r, column 'k'", "text", "integer"]),
    "column in both": (pd.DataFrame({"k": [1], "a": [1]}), ["r", "'a'", "rename"]),
}


@pytest.mark.parametrize(("right", "says"), JOINS.values(), ids=JOINS)
def test_join_that_would_lose_or_double_something_is_refused(context, right, says):
    left = pd.DataFrame({"k": [1, 2], "a": [1, 2]})

    with pytest.raises(DataError) as caught:
        Join(on=("k",)).prepare(inputs={"l": left, "r": right}, context=context)

    assert all(word in str(caught.value) for word in says), caught.value


def test_join_may_double_rows_if_it_is_told_to(context):
    left = pd.DataFrame({"k": [1, 2]})
    right = pd.DataFrame({"k": [1, 1], "b": [1, 2]})

    found = Join(on=("k",), several=True).prepare(inputs={"l": left, "r": right}, context=context)

    assert len(found) == 3


def test_join_of_one_table_says_how_to_name_two(context):
    with pytest.raises(FourstrokeError, match="from"):
        Join(on=("k",)).prepare(inputs={"l": pd.DataFrame({"k": [1]})}, context=context)


def test_dates_kept_as_objects_are_times(context):
    data = pd.DataFrame({"d": [dt.date(2020, 1, 31), dt.date(2021, 1, 1)]})

    found = Derive(columns={"year": "year(d)"}).prepare(data=data, context=context)

    assert found["year"].tolist() == [2020, 2021]
