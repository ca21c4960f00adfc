"""Contracts: what each rule finds, that one fault hides no other, and how a fault in the file is told."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fourstroke import Check, ConfigError, Task
from fourstroke_contract import Contract
from fourstroke_contract.inferring import infer, latest
from fourstroke_contract.reading import read
from fourstroke_contract.table_rules import set_aside
from fourstroke_contract.writing import written


def check(data: Any, text: str) -> dict[str, Check]:
    found = [each.check for each in _findings(data, text)]
    assert len({each.name for each in found}) == len(found)
    return {each.name: each for each in found}


def _findings(data: Any, text: str) -> Any:
    from fourstroke_contract.table_rules import as_frame, findings

    return findings(as_frame(data), read(text, "c.toml"))


def statuses(found: dict[str, Check]) -> dict[str, str]:
    return {name: each.status for name, each in found.items()}


def fault(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(text, "contracts/sales.toml")
    return str(caught.value)


def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["a1", "a2", "a3", "a3"],
            "age": [20, -5, 130, 40],
            "city": ["Bonn", "Köln", None, "Paris"],
            "start": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]),
            "end": pd.to_datetime(["2024-01-05", "2024-01-01", None, "2024-05-01"]),
        }
    )


@pytest.mark.parametrize(
    ("text", "name", "rows"),
    [
        ("[columns.age]\nmin = 0", "age: min", (1,)),
        ("[columns.age]\nmax = 100", "age: max", (2,)),
        ("[columns.city]\nmissing = 0", "city: missing", (2,)),
        ('[columns.city]\nallowed = ["Bonn", "Köln"]', "city: allowed", (3,)),
        ('[columns.id]\npattern = "a[12]"', "id: pattern", (2, 3)),
        ("[columns.city]\nlength = [5, 9]", "city: length", (0, 1)),
        ("[columns.id]\nunique = true", "id: unique", (3,)),
        ('[columns.start]\nmin = "2024-02-01"', "start: min", (0,)),
        ("[columns.start]\nmax = 2024-03-01", "start: max", (3,)),
        ('[table]\nkey = ["id"]', "key", (3,)),
        ('[[rules]]\nmust = "start <= end"', "rule: start <= end", (1,)),
        (
            "[[rules]]\nmust = \"age > 30 or city == 'Bonn'\"",
            "rule: age > 30 or city == 'Bonn'",
            (1,),
        ),
        ('[[rules]]\nmust = "not missing(city)"', "rule: not missing(city)", (2,)),
        ("[[rules]]\nmust = \"city in ['Bonn', 'Köln']\"", "rule: city in ['Bonn', 'Köln']", (3,)),
        (
            '[[rules]]\nmust = "length(id) == 2 and age * 2 < 200"',
            "rule: length(id) == 2 and age * 2 < 200",
            (2,),
        ),
        ('[[rules]]\nmust = "days(end - start) >= 0"', "rule: days(end - start) >= 0", (1,)),
    ],
)
def test_rule_names_the_rows_that_break_it(text, name, rows):
    found = check(people(), text)[name]

    assert (found.status, found.observed, found.rows) == ("fail", len(rows), rows)
    assert f"row {rows[0]}" in found.why
    assert found.severity == "error"


def test_fault_is_told_with_number_share_rows_and_values():
    found = check(people(), "[columns.age]\nmin = 50")["age: min"]

    assert found.why == "3 of 4 rows (75.00%) do not keep to it; row 0: 20, row 1: -5, row 3: 40"


def test_broken_rule_over_columns_shows_the_cells_of_each():
    found = check(people(), '[[rules]]\nname = "in order"\nmust = "start <= end"')["rule: in order"]

    assert "row 1: end = 2024-01-01 00:00:00, start = 2024-02-01 00:00:00" in found.why


def test_usual_range_only_warns_and_takes_its_share_of_others():
    text = "[columns.age]\nusual = [0, 100]\nmostly = {{ usual = {} }}"

    assert check(people(), text.format(0.9))["age: usual"].status == "warn"
    assert check(people(), text.format(0.5))["age: usual"].status == "pass"


def test_rule_that_only_warns_says_no_to_nothing():
    found = check(people(), '[columns.age]\nmin = 0\nmax = 100\nwarn = ["min"]')

    assert statuses(found) == {"age: min": "warn", "age: max": "fail"}
    assert not found["age: min"].says_no


def test_one_bad_column_silences_no_other():
    text = """
        [columns.age]
        type = "text"
        min = 0
        [columns.city]
        min = 3
        missing = 0
        [columns.gone]
        type = "number"
        [columns.id]
        unique = true
        [[rules]]
        must = "age > city"
        [[rules]]
        must = "age > nothing"
    """

    assert statuses(check(people(), text)) == {
        "age: type": "fail",
        "age: min": "fail",
        "city: missing": "fail",
        "city: min": "fail",
        "gone: required": "fail",
        "id: unique": "fail",
        "rule: age > city": "fail",
        "rule: age > nothing": "fail",
    }


def test_table_rules_tell_of_columns_order_and_rows():
    text = '[table]\nrows = { min = 10 }\nothers = "fail"\norder = "same"\n[columns.age]\n[columns.id]\n'

    found = check(people()[["id", "age", "city"]], text)

    assert statuses(found) == {"rows": "fail", "others": "fail", "order": "fail"}
    assert "'city'" in found["others"].why


def test_fresh_table_says_until_when_it_is():
    today = pd.Timestamp.now(tz="UTC")
    text = '[table]\nfresh = { column = "t", days = 2 }'

    new = check(pd.DataFrame({"t": [today - pd.Timedelta(days=1)]}), text)["fresh"]
    old = check(pd.DataFrame({"t": [today - pd.Timedelta(days=3)]}), text)["fresh"]

    assert new.status == "pass"
    assert dt.datetime.fromisoformat(new.until) > today
    assert (old.status, old.until) == ("fail", "")


@pytest.mark.parametrize(
    ("cells", "family"),
    [
        (pd.Series([1, 2, 3]), "integer"),
        (pd.Series([1, None, 3], dtype="Int64"), "integer"),
        (pd.Series([1.0, None, 3.0]), "integer"),
        (pd.Series([1, 2, 3], dtype="int64[pyarrow]"), "integer"),
        (pd.Series([1.5, None, 3]), "number"),
        (pd.Series([1, 2, 3]), "number"),
        (pd.Series([1.5, None], dtype="double[pyarrow]"), "number"),
        (pd.Series([Decimal("1.5"), Decimal(2)]), "number"),
        (pd.Series(["a", None]), "text"),
        (pd.Series(["a", None], dtype="string"), "text"),
        (pd.Series(["a", None], dtype="string[pyarrow]"), "text"),
        (pd.Series(["a", None], dtype=object), "text"),
        (pd.Series(["a", "b"], dtype="category"), "text"),
        (pd.Series([1, 2], dtype="category"), "integer"),
        (pd.Series([True, None], dtype="boolean"), "boolean"),
        (pd.Series([True, None], dtype=object), "boolean"),
        (pd.to_datetime(pd.Series(["2024-01-01", None])), "datetime"),
        (pd.to_datetime(pd.Series(["2024-01-01", None]), utc=True), "datetime"),
        (pd.Series([dt.date(2024, 1, 1), None]), "date"),
        (pd.Series([pd.Timedelta(1), None]), "duration"),
        (pd.Series([b"a", None]), "binary"),
        (pd.Series([[1], None]), "nested"),
        (pd.Series([1, "a", None]), "mixed"),
    ],
    ids=str,
)
def test_family_is_known_whatever_library_keeps_the_cells(cells, family):
    found = check(cells.to_frame("x"), f'[columns.x]\ntype = "{family}"')

    assert statuses(found) == {"x: type": "pass"}


@pytest.mark.parametrize(
    ("cells", "family", "told"),
    [
        (["1", "2", "x"], "number", "row 2: 'x'"),
        ([1, 2, "x"], "number", "row 2: 'x'"),
        ([1.5, 2.0], "integer", "row 0: 1.5"),
        ([1.5, np.inf], "number", "row 1: inf"),
        ([1, "a"], "text", "row 0: 1"),
        (["2024-01-01", "x"], "datetime", "row 1: 'x'"),
        ([True, False], "integer", "its cells are boolean"),
        (pd.to_datetime(["2024-01-01"]), "number", "its cells are datetime"),
    ],
    ids=str,
)
def test_wrong_type_names_the_cells_that_cannot_be_read_as_it(cells, family, told):
    found = check(pd.DataFrame({"x": cells}), f'[columns.x]\ntype = "{family}"')["x: type"]

    assert found.status == "fail"
    assert told in found.why


def test_names_that_are_twice_there_are_refused():
    data = pd.DataFrame([[1, 2]], columns=["a", "a"])

    assert check(data, "[columns.a]\nmin = 0")["columns"].status == "fail"


def test_table_without_rows_passes_nothing():
    text = '[columns.age]\ntype = "integer"\nmin = 0\n[[rules]]\nmust = "age > 0"\n[table]\nkey = ["age"]'

    found = check(people().iloc[:0], text)

    assert set(statuses(found).values()) <= {"skipped", "pass"}
    assert found["age: min"].status == "skipped"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "[columns.age]\nmni = 0",
            "contracts/sales.toml: columns.age.mni: there is no such key (did you mean 'min'?)",
        ),
        ('[columns.age]\ntype = "integr"', "columns.age.type: expected one of integer, number"),
        (
            "[columns.age]\nmissing = 2",
            "columns.age.missing: expected a share between 0 and 1, got 2",
        ),
        (
            "[columns.age]\nmin = 5\nmax = 1",
            "columns.age.max: the largest, 1, is below the least, 5",
        ),
        ("[columns.age]\nwarn = ['mn']", "columns.age.warn: expected one of required, type"),
        ("[columns.age]\npattern = '('", "columns.age.pattern: '(' is no regular expression"),
        ("[columns]\nage = 3", "columns.age: expected a table, got 3"),
        ("[colums.age]\nmin = 0", "colums: there is no such key (did you mean 'columns'?)"),
        ("[table]\nrows = 3", "table.rows: expected a table, got 3"),
        (
            "[table]\nkey = ['ag']\n[columns.age]",
            "table.key: there is no column 'ag' in the contract (did you mean 'age'?)",
        ),
        ("[table]\nfresh = { column = 't' }", "table.fresh: 'days' is missing"),
        ("[[rules]]\nmust = 'age >'", "rules[0].must: 'age >' is no rule: "),
        ("[[rules]]\nmust = 'age + 1'", "says nothing that is true or false"),
        ("[[rules]]\nmust = '__import__(\"os\") == 1'", "there is no function '__import__'"),
        ("[[rules]]\nname = 'x'", "rules[0]: 'must' is missing"),
        ("format = 'other/2'", "format: expected 'fourstroke.contract/1'"),
        ("[columns.age\nmin = 0", "contracts/sales.toml: it is no TOML: "),
    ],
)
def test_typo_is_one_line_with_the_path_of_the_key(text, line):
    told = fault(text)

    assert line in told
    assert "\n" not in told


def test_every_fault_of_a_file_is_told_at_once():
    told = fault("[columns.age]\nmni = 0\ntyp = 'text'\n[tabel]\nrows = 3")

    assert len(told.splitlines()) == 3


def test_missing_file_says_which_command_writes_it(tmp_path: Path):
    with pytest.raises(ConfigError, match="data contract infer"):
        Contract(file=tmp_path / "no.toml").check(people())


def test_faulty_file_is_found_when_the_plugin_is_built(tmp_path: Path):
    (tmp_path / "c.toml").write_text("[columns.age]\nmni = 0")

    with pytest.raises(ConfigError, match="did you mean 'min'"):
        Contract(file=tmp_path / "c.toml")


def test_rows_at_fault_are_set_aside_with_every_reason_and_their_place():
    text = "[columns.age]\nmin = 0\nmax = 100\n[columns.city]\nmissing = 0\n[table]\nrows = { min = 100 }"

    parts = set_aside(people(), read(text, "c.toml"))

    assert parts["good"]["id"].tolist() == ["a1", "a3"]
    assert parts["bad"]["quarantine_row"].tolist() == [1, 2]
    assert parts["bad"]["quarantine_reason"].tolist() == ["age: min", "age: max; city: missing"]


def test_warnings_and_tolerated_rows_are_not_set_aside():
    text = "[columns.age]\nusual = [0, 100]\nmin = 0\nmostly = { min = 0.7 }"

    parts = set_aside(people(), read(text, "c.toml"))

    assert len(parts["good"]) == 4
    assert parts["bad"].empty


def sales(rows: int = 4_000) -> pd.DataFrame:
    random = np.random.default_rng(0)
    start = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, rows), unit="D")
    return pd.DataFrame(
        {
            "sale_id": np.arange(rows) + 7,
            "amount": random.lognormal(3, 1, rows).round(2),
            "change": random.normal(0, 5, rows),
            "country": random.choice(["AT", "CH", "DE"], rows),
            "stars": random.choice([1.0, 2.0, 3.0, np.nan], rows),
            "note": [f"note {number}" for number in range(rows)],
            "start": start,
            "end": start + pd.to_timedelta(random.integers(0, 9, rows), unit="D"),
            "odd name!": random.random(rows) < 0.5,
            "endless": np.where(random.random(rows) < 0.1, np.inf, 1.5),
            "nothing": np.nan,
        }
    )


def test_inferred_contract_lets_its_own_table_pass_without_a_warning():
    text = written(infer(sales(), Task()), latest=latest(sales()))

    assert set(statuses(check(sales(), text)).values()) == {"pass"}


def test_inferred_contract_is_read_back_as_it_was_written():
    terms = infer(sales(), Task())

    assert read(written(terms, latest={}), "c.toml") == terms


def test_inferred_contract_follows_the_rules_of_inference():
    terms = infer(sales(), Task())
    columns = terms.columns

    assert terms.table.key == ("sale_id",)
    assert terms.table.severity("rows") == "warning"
    assert columns["country"].allowed == ("AT", "CH", "DE")
    assert columns["country"].severity("allowed") == "warning"
    assert columns["amount"].min == 0
    assert columns["amount"].severity("min") == "error"
    assert columns["change"].min is None
    assert columns["change"].usual is not None
    assert columns["amount"].max is None
    assert columns["sale_id"].usual is None
    assert columns["stars"].type == "integer"
    assert 0 < columns["stars"].missing < 1
    assert columns["stars"].severity("missing") == "warning"
    assert columns["amount"].missing == 0
    assert columns["amount"].severity("missing") == "error"
    assert [rule.must for rule in terms.rules] == ["start <= end"]


def test_new_extreme_is_no_fault_of_an_inferred_contract():
    text = written(infer(sales(), Task()), latest={})
    other = sales()
    other.loc[0, "amount"] = 1e9

    assert set(statuses(check(other, text)).values()) == {"pass"}


def test_small_tables_only_warn_of_what_is_missing():
    assert infer(sales(200), Task()).columns["amount"].severity("missing") == "warning"


def test_names_of_any_kind_come_through_the_file():
    names = [
        "a b",
        'q"uote',
        "back\\slash",
        "new\nline",
        "ключ",
        "🙂",
        "<script>",
        "",
        "a.b",
        "tab\t",
    ]
    data = pd.DataFrame({name: ["x", "y"] * 30 for name in names})

    text = written(infer(data, Task()), latest={})

    assert list(read(text, "c.toml").columns) == names
    assert set(statuses(check(data, text)).values()) == {"pass"}
