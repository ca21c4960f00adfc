"""Which files are read, and what is said of others."""

from __future__ import annotations

import pandera.io.pandas_io as pandera_io
import pandera.pandas as pa
import pytest

from fourstroke import ConfigError
from fourstroke_pandera import Pandera


def refusal(checked, table, schema, **options) -> str:
    with pytest.raises(ConfigError) as told:
        checked(schema, table, **options)
    return str(told.value)


@pytest.mark.parametrize("minimal", [True, False])
@pytest.mark.parametrize("file", ["schema.yaml", "schema.json"])
def test_files_that_pandera_writes_are_read(checked, table, file, minimal):
    schema = pa.DataFrameSchema(
        {"age": pa.Column(float, pa.Check.in_range(0, 120), nullable=True)}, strict=False
    )
    write = pandera_io.to_json if file.endswith("json") else pandera_io.to_yaml

    found = checked(write(schema, minimal=minimal), table, file=file)

    assert found["age: in_range"].rows == (1,)


def test_misspelt_key_is_told_with_the_nearest(checked, table):
    said = refusal(checked, table, "columns: {age: {dtpe: float64, nulable: true}}")

    assert said.splitlines() == [
        (
            "schema.yaml: columns.age.dtpe: pandera knows no such key, and would pass it over"
            " (did you mean 'dtype'?)"
        ),
        (
            "schema.yaml: columns.age.nulable: pandera knows no such key, and would pass it over"
            " (did you mean 'nullable'?)"
        ),
    ]


def test_misspelt_check_is_told_with_the_nearest(checked, table):
    said = refusal(checked, table, "columns: {age: {inrange: {min_value: 0, max_value: 1}}}")

    assert "did you mean 'in_range'?" in said


def test_check_beside_a_list_of_checks_is_told(checked, table):
    said = refusal(checked, table, "columns: {age: {gt: 3, checks: {lt: 9}}}")

    assert "columns.age.gt: pandera passes it over beside `checks`" in said


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("{columns: {age: {}}, drop_invalid_rows: true}", "drop_invalid_rows: this would change"),
        ("{columns: {age: {}}, add_missing_columns: true}", "add_missing_columns: this would"),
        ("columns: {age: {default: 3.0}}", "columns.age.default: this would change the table"),
        ("{columns: {age: {}}, strict: filter}", "strict: 'filter' would drop columns"),
    ],
)
def test_schema_that_would_change_the_table_is_refused(checked, table, schema, message):
    assert message in refusal(checked, table, schema)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("columns: {age: {dtype: flt}}", "pandera cannot read this schema: .*flt"),
        ("columns: {age: {in_range: {min_value: 0}}}", "missing required argument: 'max_value'"),
        ("columns: {age: null}", "columns.age: expected a table of rules, got None"),
        ("columns: {age: {", "this is no YAML"),
        ("", "there is no rule in this schema"),
        ("column: {age: {}}", "there is no rule in this schema"),
    ],
)
def test_schema_that_cannot_be_read_is_told(checked, table, schema, message):
    with pytest.raises(ConfigError, match=message):
        checked(schema, table)


def test_broken_json_is_told(checked, table):
    assert "schema.json: this is no JSON" in refusal(checked, table, "{", file="schema.json")


def test_yaml_makes_no_objects(checked, table):
    said = refusal(checked, table, "columns: !!python/object/apply:os.getcwd []")

    assert "this is no YAML: could not determine a constructor" in said


def test_missing_file_is_told(tmp_path, context, table):
    with pytest.raises(ConfigError, match=r"none.yaml: the schema cannot be read: No such file"):
        Pandera(schema=tmp_path / "none.yaml").check(table, context())


def test_step_has_to_depend_on_its_schema(tmp_path, context, table):
    (tmp_path / "schema.yaml").write_text("columns: {age: {nullable: true}}")
    plugin = Pandera(schema=tmp_path / "schema.yaml")
    own = {"use": "pandera", "schema": "schema.yaml"}

    with pytest.raises(ConfigError, match=r'put depends = \["schema.yaml"\] beside schema'):
        plugin.check(table, context(data={"check": [own]}))
    found = plugin.check(table, context(data={"check": [{**own, "depends": ["schema.yaml"]}]}))

    assert [check.status for check in found] == ["pass"]
