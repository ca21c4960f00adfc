"""A whole project that names the plugin, as it is installed."""

from __future__ import annotations

import pytest

PROJECT = """
[data.collect]
path = "people.csv"

[[data.check]]
use = "pandera"
schema = "schema.yaml"
depends = ["schema.yaml"]

[backends]
runner = "inline"
"""
SCHEMA = "columns: {age: {dtype: int64, lt: 120}}"


@pytest.fixture
def project(fourstroke_project):
    files = {"people.csv": "age,city\n31,a\n45,b\n", "schema.yaml": SCHEMA}
    return fourstroke_project(PROJECT, files=files)


def test_table_that_keeps_to_the_schema_is_published(project):
    outcome = project.run()

    assert outcome.state == "succeeded"
    assert outcome.report.dataset.rows == 2


def test_broken_rule_blocks_the_run(project):
    (project.root / "people.csv").write_text("age,city\n31,a\n450,b\n")

    outcome = project.run()

    assert outcome.state == "blocked"
    broken = [check for check in outcome.report.checks if check.says_no]
    assert [(check.column, check.rows) for check in broken] == [("age", (1,))]


def test_changed_schema_is_checked_anew(project):
    project.run()
    (project.root / "schema.yaml").write_text(SCHEMA.replace("120", "40"))

    assert project.run().state == "blocked"
