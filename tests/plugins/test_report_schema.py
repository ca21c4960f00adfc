"""The schema of report.json: reports keep to it, and it keeps to what it was when it was given out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fourstroke.testing import reports
from fourstroke_report.facts import json_of
from fourstroke_report.schema import schema

FIRST = json.loads((Path(__file__).parent / "report.schema.1.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


@pytest.mark.parametrize(
    "make", [reports.plain, reports.empty, reports.blocked, reports.odd, reports.large]
)
def test_reports_keep_to_the_schema(validator, make):
    assert not list(validator.iter_errors(json.loads(json_of(make()))))


def test_a_run_keeps_to_the_schema(validator, small, shell):
    shell("run")

    (file,) = (small / ".fourstroke" / "reports").glob("*/report.json")

    assert not list(validator.iter_errors(json.loads(file.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    "harm",
    [{"schema": "fourstroke.report/2"}, {"run": 7}, {"steps": [{}]}, {"state": "perhaps"}],
)
def test_what_is_no_report_is_refused(validator, harm):
    facts = json.loads(json_of(reports.plain()))

    assert list(validator.iter_errors({**facts, **harm}))


def test_nothing_that_was_given_out_is_taken_away_or_changed():
    """Whoever reads version 1 may count on every key of it; another version may change them."""
    now = schema()
    if now["title"] != FIRST["title"]:
        return

    for name, first in {"": FIRST, **FIRST["$defs"]}.items():
        today = now["$defs"][name] if name else now
        for key, wanted in first["properties"].items():
            assert today["properties"][key] == wanted, f"{name}.{key}"
        assert set(first["required"]) <= set(today["required"])
