"""Checks of tables: what says no, what is only told, and that one fault hides no other."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fourstroke import Check, Context, Task
from fourstroke_pandas import Columns, Table
from fourstroke_pandas.checking import Rule


def check_table(data: Any, settings: dict[str, Any] | None = None, **task: Any) -> dict[str, Check]:
    here = Path()
    context = Context(run="r", step="s", project="p", root=here, scratch=here, task=Task(**task))
    checks = Table(**(settings or {})).check(data=data, context=context)
    assert len({check.name for check in checks}) == len(checks)
    return {check.name: check for check in checks}


def check_columns(data: Any, **settings: Any) -> dict[str, Check]:
    checks = Columns(**settings).check(data=data)
    assert len({check.name for check in checks}) == len(checks)
    return {check.name: check for check in checks}


def good() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n": range(10),
            "x": np.linspace(0, 1, 10),
            "s": list("abcdefghij"),
            "y": ["no", "yes"] * 5,
        }
    )


def test_good_table_passes_every_check():
    checks = check_table(good(), target="y", positive="yes", id="n", sensitive=("s",))

    assert {check.status for check in checks.values()} == {"pass"}
    assert {"rows", "names", "target", "target classes", "infinite", "duplicates"} <= set(checks)


SAYS_NO = {
    "no rows": (good().iloc[:0], {"target": "y"}, "rows", "0 rows"),
    "names": (pd.DataFrame([[1, 2]], columns=["a", "a"]), {}, "names", "two columns"),
    "no target": (good(), {"target": "z"}, "target", "no column 'z'"),
    "near target": (good(), {"target": "yy"}, "target", "did you mean 'y'?"),
    "target incomplete": (
        good().assign(y=["no", None] * 5),
        {"target": "y"},
        "target complete",
        "5 of 10 rows",
    ),
    "one class": (good().assign(y="no"), {"target": "y"}, "target classes", "one class only: 'no'"),
    "three classes": (
        good().assign(y=list("abcabcabca")),
        {"target": "y"},
        "target classes",
        "3 classes",
    ),
    "one of many": (
        good().assign(y="a"),
        {"target": "y", "kind": "multiclass"},
        "target classes",
        "one class only",
    ),
    "text to regress": (good(), {"target": "y", "kind": "regression"}, "target number", "text"),
    "no positive": (good(), {"target": "y", "positive": "Yes"}, "positive class", "'Yes'"),
    "truth is no number": (
        good().assign(y=[0, 1] * 5),
        {"target": "y", "positive": True},
        "positive class",
        "True",
    ),
    "no id": (good(), {"id": "key"}, "task.id: key", "no column 'key'"),
    "no sensitive": (good(), {"sensitive": ("sex",)}, "task.sensitive: sex", "no column 'sex'"),
    "infinite": (
        good().assign(x=[np.inf, *range(9)]),
        {},
        "infinite: x",
        "1 cells are infinite, the first in row 0",
    ),
}


@pytest.mark.parametrize(("data", "task", "name", "says"), SAYS_NO.values(), ids=SAYS_NO)
def test_table_that_cannot_be_learnt_from_is_refused(data, task, name, says):
    check = check_table(data, **task)[name]

    assert check.says_no
    assert says in check.why


WARNS = {
    "constant": (good().assign(c=1), {}, "constant: c", "all cells are"),
    "all missing": (good().assign(c=np.nan), {}, "missing: c", "all cells are missing"),
    "a word among numbers": (
        pd.DataFrame({"a": ["1.5", "2", *map(str, range(97)), "abc"]}),
        {},
        "nearly numbers: a",
        "99.0% of its cells are numbers, and 'abc' in row 99 is none",
    ),
    "duplicates": (pd.concat([good(), good()]), {}, "duplicates", "10 rows (50.0%)"),
    "ids twice": (good().assign(i=[1, 1, *range(8)]), {"id": "i"}, "id unique", "2 rows"),
}


@pytest.mark.parametrize(("data", "task", "name", "says"), WARNS.values(), ids=WARNS)
def test_odd_table_is_told_of_and_not_refused(data, task, name, says):
    checks = check_table(data, **task)

    assert checks[name].status == "warn"
    assert says in checks[name].why
    assert not any(check.says_no for check in checks.values())


@pytest.mark.parametrize(
    "cells",
    [
        [str(number) for number in range(100)],
        [f"{'AB'[number % 2]}{number}" if number % 3 else str(number) for number in range(100)],
        ["1", "unknown"] * 50,
        [None] * 100,
    ],
    ids=["numbers written as text", "codes", "few values", "nothing"],
)
def test_text_that_was_not_meant_to_be_numbers_is_no_fault(cells):
    data = pd.DataFrame({"a": pd.Series(cells, dtype=object), "b": range(100)})

    assert check_table(data)["nearly numbers"].status == "pass"


def test_one_bad_column_hides_no_other():
    data = good().assign(a=np.inf, b=np.nan, c="x", y="no")

    checks = check_table(data, target="y")

    bad = {name for name, check in checks.items() if check.status != "pass"}
    assert bad == {
        "infinite: a",
        "missing: b",
        "constant: a",
        "constant: c",
        "constant: y",
        "target classes",
    }


def test_rows_at_fault_are_given_by_position():
    data = good().assign(x=[0.0, np.inf, 1.0, -np.inf, *range(6)]).set_index("s")

    assert check_table(data)["infinite: x"].rows == (1, 3)


def test_limits_can_be_set():
    twice = pd.concat([good(), good()])

    checks = check_table(twice, {"rows_min": 100, "duplicates": 0.5})

    assert checks["rows"].says_no
    assert checks["duplicates"].status == "pass"


def test_five_thousand_constant_columns_are_told_in_few_words():
    data = pd.DataFrame(np.ones((5, 5000)), columns=[f"c{n}" for n in range(5000)])

    checks = check_table(data)

    assert len(checks) < 40
    assert "4,980 more columns" in checks["constant: others"].why


@pytest.mark.parametrize(
    "dtype", ["float64", "Float64", "float64[pyarrow]", "float32", "double[pyarrow]"]
)
def test_infinite_cells_are_found_in_all_types(dtype):
    data = pd.DataFrame({"x": pd.array([1.0, np.inf, 2.0], dtype=dtype)})

    assert check_table(data)["infinite: x"].rows == (1,)


@pytest.mark.parametrize("dtype", ["object", "string", "category", "string[pyarrow]"])
def test_classes_are_found_in_all_types(dtype):
    data = good().assign(y=good()["y"].astype(dtype))

    assert check_table(data, target="y", positive="yes")["positive class"].status == "pass"


FRAME = pd.DataFrame(
    {
        "age": [17, 30, 95],
        "share": [0.5, np.nan, 2.0],
        "code": ["A1", "b2", None],
        "when": pd.to_datetime(["2020-01-01", "2021-01-01", None]),
        "ok": [True, False, True],
        "kind": pd.Categorical(["a", "b", "a"]),
        "void": [np.nan] * 3,
    }
)

RULES = [
    ("age", {"type": "integer"}, "type", "pass", ()),
    ("age", {"type": "number"}, "type", "pass", ()),
    ("age", {"type": "text"}, "type", "fail", ()),
    ("share", {"type": "integer"}, "type", "fail", ()),
    ("code", {"type": "text"}, "type", "pass", ()),
    ("when", {"type": "datetime"}, "type", "pass", ()),
    ("ok", {"type": "boolean"}, "type", "pass", ()),
    ("ok", {"type": "number"}, "type", "fail", ()),
    ("kind", {"type": "category"}, "type", "pass", ()),
    ("kind", {"type": "text"}, "type", "pass", ()),
    ("void", {"type": "text"}, "type", "pass", ()),
    ("age", {"nulls": 0.0}, "nulls", "pass", ()),
    ("share", {"nulls": 0.0}, "nulls", "fail", (1,)),
    ("share", {"nulls": 0.5}, "nulls", "pass", ()),
    ("void", {"nulls": 0.99}, "nulls", "fail", (0, 1, 2)),
    ("age", {"min": 17}, "min", "pass", ()),
    ("age", {"min": 18}, "min", "fail", (0,)),
    ("age", {"max": 90}, "max", "fail", (2,)),
    ("share", {"max": 1.0}, "max", "fail", (2,)),
    ("when", {"min": "2020-06-01"}, "min", "fail", (0,)),
    ("when", {"max": "soon"}, "max", "error", ()),
    ("code", {"min": 1}, "min", "error", ()),
    ("void", {"min": 1}, "min", "pass", ()),
    ("code", {"allowed": ("A1", "b2")}, "allowed", "pass", ()),
    ("code", {"allowed": ("A1",)}, "allowed", "fail", (1,)),
    ("kind", {"allowed": ("a",)}, "allowed", "fail", (1,)),
    ("code", {"pattern": r"[A-Z]\d"}, "pattern", "fail", (1,)),
    ("code", {"pattern": r"\w\d"}, "pattern", "pass", ()),
    ("code", {"pattern": "A"}, "pattern", "fail", (0, 1)),
    ("age", {"pattern": "x"}, "pattern", "error", ()),
    ("age", {"unique": True}, "unique", "pass", ()),
    ("ok", {"unique": True}, "unique", "fail", (2,)),
]


@pytest.mark.parametrize(("name", "rule", "asked", "status", "rows"), RULES)
def test_rule_gives_its_outcome_and_the_rows_at_fault(name, rule, asked, status, rows):
    check = check_columns(FRAME, columns={name: Rule(**rule)})[f"{name}: {asked}"]

    assert (check.status, check.rows) == (status, rows)
    assert check.says_no == (status != "pass")
    assert check.column == name


def test_rule_may_only_warn():
    rule = Rule(min=18, pattern="x", severity="warning")

    checks = check_columns(FRAME, columns={"age": rule})

    assert checks["age: min"].status == "warn"
    assert not any(check.says_no for check in checks.values())


def test_missing_column_is_told_with_the_nearest_and_hides_no_other():
    rules = {"agee": Rule(min=1), "age": Rule(min=18), "gone": Rule(min=1, required=False)}

    checks = check_columns(FRAME, columns=rules)

    assert set(checks) == {"agee: required", "age: min"}
    assert "did you mean 'age'?" in checks["agee: required"].why


def test_columns_that_are_not_named_can_be_refused():
    rules = {name: Rule() for name in FRAME.columns if name != "void"}

    assert check_columns(FRAME, columns=rules, others="fail")["others"].says_no
    assert check_columns(FRAME, columns=rules, others="warn")["others"].status == "warn"
    assert check_columns(FRAME, columns=rules) == {}


def test_number_of_rows_can_be_bounded():
    checks = check_columns(FRAME, columns={}, rows_min=4, rows_max=2)

    assert checks["rows_min"].says_no
    assert checks["rows_max"].says_no


def test_first_cell_at_fault_is_shown():
    why = check_columns(FRAME, columns={"age": Rule(max=90)})["age: max"].why

    assert "row 2" in why
    assert "95" in why


def test_rows_at_fault_are_bounded_and_counted_in_full():
    data = pd.DataFrame({"x": range(10_000)})

    check = check_columns(data, columns={"x": Rule(max=-1)})["x: max"]

    assert check.observed == 10_000
    assert len(check.rows) == 10


@pytest.mark.parametrize("rule", [{"nulls": 1.5}, {"pattern": "["}, {"nulls": -0.1}])
def test_rules_without_sense_are_refused_when_the_plugin_is_built(rule):
    with pytest.raises(ValueError, match=r"nulls|pattern"):
        Rule(**rule)


@pytest.mark.parametrize("settings", [{"rows_min": 0}, {"duplicates": 2.0}])
def test_table_settings_without_sense_are_refused(settings):
    with pytest.raises(ValueError, match=r"rows_min|duplicates"):
        Table(**settings)


def test_rules_about_cells_are_skipped_where_there_are_no_rows():
    rules = {
        "age": Rule(type="integer", min=18, max=90, nulls=0.0, unique=True),
        "code": Rule(pattern="[A-Z][0-9]"),
        "kind": Rule(allowed=("a",)),
        "void": Rule(type="number"),
    }

    checks = check_columns(FRAME.iloc[:0], columns=rules)

    assert {name for name, check in checks.items() if check.status == "pass"} == {"age: type"}
    assert {check.status for check in checks.values()} == {"pass", "skipped"}
    assert checks["age: min"].why == "the table has no rows"


@pytest.mark.parametrize("kind", [float, Decimal])
def test_infinite_cells_among_objects_are_found(kind):
    cells = [None, *map(kind, range(8)), kind("-Infinity")]

    checks = check_table(good().assign(x=pd.Series(cells, dtype=object)))

    assert checks["infinite: x"].rows == (9,)
