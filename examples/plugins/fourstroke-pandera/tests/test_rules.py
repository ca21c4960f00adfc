"""What each rule of a schema becomes."""

from __future__ import annotations

import pandas as pd
import pandera.io.pandas_io
import pandera.pandas
import pytest

from fourstroke import DataError

ALL = """
columns:
  age:
    dtype: float64
    nullable: false
    checks:
      in_range: {min_value: 0, max_value: 120}
  city: {dtype: str, nullable: true, isin: [a, b]}
  id: {dtype: int64, unique: true}
  gone: {dtype: int64, nullable: true, ge: 3}
strict: true
"""


def test_every_rule_is_a_check(checked, table):
    found = checked(ALL, table)

    assert {name: check.status for name, check in found.items()} == {
        "columns: strict": "pass",
        "age: required": "pass",
        "age: dtype": "pass",
        "age: nullable": "fail",
        "age: in_range": "fail",
        "city: required": "pass",
        "city: dtype": "pass",
        "city: isin": "fail",
        "id: required": "pass",
        "id: dtype": "pass",
        "id: nullable": "pass",
        "id: unique": "fail",
        "gone: required": "fail",
        "gone: dtype": "skipped",
        "gone: greater_than_or_equal_to": "skipped",
    }


def test_rows_are_told_by_position(checked, table):
    found = checked(ALL, table)

    assert found["age: nullable"].rows == (2,)
    assert found["age: in_range"].rows == (1,)
    assert found["id: unique"].rows == (0, 1)


def test_check_says_column_bounds_and_what_was_found(checked, table):
    check = checked(ALL, table)["age: in_range"]

    assert (check.column, check.required, check.observed) == ("age", "in_range(0, 120)", 1)
    assert check.why == "1 of 4 rows do not keep to it, the first is row 1: 200.0"


def test_what_is_skipped_says_why(checked, table):
    assert checked(ALL, table)["gone: dtype"].why == "there is no column 'gone'"


def test_wrong_dtype_tells_the_one_that_there_is(checked, table):
    check = checked("columns: {age: {dtype: int64, nullable: true}}", table)["age: dtype"]

    assert (check.status, check.required, check.observed) == ("fail", "int64", "float64")


def test_first_rows_of_many_are_told(checked):
    table = pd.DataFrame({"n": range(1000)})

    check = checked("columns: {n: {lt: 5}}", table)["n: less_than"]

    assert check.observed == 995
    assert check.rows == tuple(range(5, 15))


def test_warning_of_the_schema_is_a_warning_with_rows(checked, table):
    schema = "columns: {age: {nullable: true, gt: {value: 40, raise_warning: true}}}"

    check = checked(schema, table)["age: greater_than"]

    assert (check.status, check.severity, check.rows) == ("warn", "warning", (0,))
    assert not check.says_no


def test_severity_makes_warnings_of_all(checked, table):
    found = checked(ALL, table, severity="warning")

    assert not any(check.says_no for check in found.values())
    assert found["age: in_range"].status == "warn"


def test_rule_that_cannot_be_checked_says_no_and_hides_none(checked, table):
    found = checked("columns: {city: {nullable: true, gt: 3}, age: {nullable: true}}", table)

    check = found["city: greater_than"]
    assert (check.status, check.says_no) == ("error", True)
    assert check.why.startswith("it cannot be checked: TypeError")
    assert found["age: required"].status == "pass"


def test_columns_that_nobody_named_are_told(checked, table):
    check = checked("{columns: {age: {nullable: true}}, strict: true}", table)["columns: strict"]

    assert (check.status, check.observed) == ("fail", "city, id")


def test_order_of_columns_is_checked(checked, table):
    schema = "{columns: {id: {}, age: {nullable: true}}, ordered: true}"

    assert checked(schema, table)["columns: ordered"].status == "fail"


def test_rows_alike_are_told(checked, table):
    table["age"] = 1.0

    check = checked("{columns: {age: {}, id: {}}, unique: [age, id]}", table)["rows: unique"]

    assert (check.status, check.rows) == ("fail", (0, 1))


def test_names_that_are_there_twice_are_told(checked):
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])

    found = checked("{columns: {b: {required: false}}, unique_column_names: true}", twice)

    assert found["columns: unique names"].status == "fail"


@pytest.mark.parametrize("coerce", ["true", "false"])
def test_rule_about_a_name_that_is_there_twice_says_no(checked, coerce):
    twice = pd.DataFrame([[1, 2, 3]], columns=["a", "a", "b"])

    found = checked(f"columns: {{a: {{dtype: int64, coerce: {coerce}, gt: 0}}, b: {{}}}}", twice)

    assert found["a: dtype"].status == found["a: greater_than"].status == "error"
    assert found["a: dtype"].why == "two columns have this name"
    assert found["b: required"].status == "pass"


def test_pattern_stands_for_all_columns_that_match(checked):
    table = pd.DataFrame({"x_1": [1, 2], "x_2": [1, -2]})

    found = checked('columns: {"x_.*": {regex: true, gt: 0}}', table)

    assert found["x_1: greater_than"].status == "pass"
    assert found["x_2: greater_than"].rows == (1,)


def test_pattern_that_matches_nothing_is_told(checked, table):
    check = checked('columns: {"x_.*": {regex: true}}', table)["x_.*: required"]

    assert (check.status, check.why) == ("fail", "no column's name matches 'x_.*'")


def test_optional_column_may_be_absent(checked, table):
    found = checked("columns: {gone: {required: false, dtype: int64}, age: {}}", table)

    assert found["gone: dtype"].status == "skipped"
    assert "gone: required" not in found


def test_column_that_could_be_converted_passes_and_stays(checked):
    table = pd.DataFrame({"n": ["1", "20"]})

    found = checked("columns: {n: {dtype: int64, coerce: true, lt: 10}}", table)

    assert found["n: dtype"].status == "pass"
    assert found["n: less_than"].rows == (1,)
    assert table["n"].tolist() == ["1", "20"]


def test_column_that_could_not_be_converted_names_the_rows(checked):
    table = pd.DataFrame({"n": ["1", "many"]})

    check = checked("columns: {n: {dtype: int64, coerce: true}}", table)["n: dtype"]

    assert (check.status, check.rows) == ("fail", (1,))


def test_dtype_of_the_table_counts_for_each_column(checked):
    table = pd.DataFrame({"n": [1, 2], "m": [0.5, 1.5]})

    found = checked("{columns: {n: {}, m: {}}, dtype: float64}", table)

    assert (found["n: dtype"].status, found["m: dtype"].status) == ("fail", "pass")


def test_check_of_the_whole_table_names_rows(checked):
    table = pd.DataFrame({"n": [1, -2], "m": [1, 1]})

    check = checked("{columns: {n: {}}, checks: {gt: 0}}", table)["table: greater_than"]

    assert (check.status, check.rows) == ("fail", (1,))


def test_index_is_checked_by_its_own_labels(checked, table):
    schema = "{columns: {age: {nullable: true}}, index: [{dtype: int64, unique: true}]}"

    assert checked(schema, table)["index"].status == "fail"
    assert checked(schema, table.reset_index(drop=True))["index"].status == "pass"


def test_index_of_several_levels_is_checked(checked):
    index = pd.MultiIndex.from_tuples([("a", 1), ("b", -1)], names=["k", "n"])
    table = pd.DataFrame({"x": [1, 2]}, index=index)
    schema = "{columns: {x: {}}, index: [{name: k, dtype: str}, {name: n, dtype: int64, gt: 0}]}"

    check = checked(schema, table)["index"]

    assert check.status == "fail"
    assert check.why


def test_empty_table_keeps_to_rules_about_cells(checked, table):
    found = checked(ALL, table.iloc[:0])

    assert {name for name, check in found.items() if check.says_no} == {"gone: required"}


def test_table_is_left_as_it_was(checked, table):
    before = table.copy()

    checked(ALL, table)

    pd.testing.assert_frame_equal(table, before)


def test_verdict_is_that_of_pandera(checked, table):
    schema = pandera.io.pandas_io.from_yaml(ALL)
    with pytest.raises(pandera.errors.SchemaErrors) as told:
        schema.validate(table, lazy=True)

    found = checked(ALL, table)

    assert len([check for check in found.values() if check.says_no]) == len(
        told.value.schema_errors
    )


def test_environment_cannot_switch_the_checks_off(checked, table):
    with pandera.config.config_context(validation_enabled=False):
        found = checked(ALL, table)

    assert found["age: in_range"].status == "fail"


def test_what_is_no_table_is_refused(checked):
    with pytest.raises(DataError, match="expected a table, got list"):
        checked(ALL, [1, 2])
