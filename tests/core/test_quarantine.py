"""Rows at fault are set aside with the reason; good rows go on, and beyond the limit nothing does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import SMALL, small_csv

from fourstroke import PluginError, Project
from fourstroke.cli.main import main
from fourstroke.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("in_one_process")

CONTRACT = """
[columns.age]
type = "number"
min = 0
[columns.region]
allowed = ["north", "south", "east"]
"""
CHECK = """
[[data.check]]
use = "table"

[[data.check]]
use = "contract"
file = "contract.toml"
on_failure = "quarantine"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project with a contract, and with five rows of four hundred that break it."""
    (tmp_path / "fourstroke.toml").write_text(SMALL + CHECK)
    (tmp_path / "contract.toml").write_text(CONTRACT)
    (tmp_path / "data.csv").write_text(with_faults(5))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_faults(count: int) -> str:
    head, *lines = small_csv().splitlines()
    broken = [f"-1,{line.split(',', 1)[1]}" for line in lines[:count]]
    return "\n".join([head, *broken, *lines[count:]]) + "\n"


def test_good_rows_are_published_and_bad_ones_kept_with_the_reason(folder: Path):
    with Project.open(folder) as project:
        outcome = project.run(stop="data.publish")
        table = project.datasets["small"].load()
        (kept,) = project.data_checks.quarantined()
        rows = kept.load()

    assert outcome.state == "succeeded"
    assert len(table) == 395
    assert (table["age"] >= 0).all()
    assert list(table.columns) == ["age", "visits", "region", "bought"]
    assert (kept.run, kept.step, kept.rows) == (outcome.run, "data.check.contract", 5)
    assert rows["quarantine_row"].tolist() == [0, 1, 2, 3, 4]
    assert set(rows["quarantine_reason"]) == {"age: min"}


def test_report_tells_what_was_set_aside(folder: Path):
    with Project.open(folder) as project:
        report = project.run(stop="data.publish").report

    checks = {check.name: check for check in report.checks}
    assert checks["age: min"].status == "warn"
    assert "they are set aside" in checks["age: min"].why
    assert checks["quarantined"].why == "5 of 400 rows (1.25%) are set aside"
    assert any("5 rows set aside" in message for message in report.messages)


def test_other_checks_see_the_good_rows_whatever_their_order(folder: Path):
    text = SMALL + CHECK.replace('use = "table"', 'use = "columns"\ncolumns.age = { min = 0 }')
    (folder / "fourstroke.toml").write_text(text)

    with Project.open(folder) as project:
        outcome = project.run(stop="data.publish")

    assert outcome.state == "succeeded"


def test_second_run_reuses_all_of_it(folder: Path):
    with Project.open(folder) as project:
        project.run(stop="data.publish")
        again = project.run(stop="data.publish")
        kept = project.data_checks.quarantined(again.run)

    assert {step.state for step in again.report.steps} == {"cached"}
    assert [each.rows for each in kept] == [5]


def test_edited_contract_is_checked_anew(folder: Path):
    with Project.open(folder) as project:
        project.run(stop="data.publish")
        (folder / "contract.toml").write_text(CONTRACT.replace("min = 0", "min = -9"))
        (reason,) = [
            step.reason
            for step in project.plan(stop="data.publish").steps
            if "check.contract" in step.name
        ]
        project.run(stop="data.publish")
        versions = project.datasets["small"].versions()

    assert reason == "the file of its setting file changed"
    assert [row.rows for row in versions] == [395, 400]


def test_limit_is_part_of_the_key(folder: Path):
    with Project.open(folder) as project:
        project.run(stop="data.publish")
    with Project.open(folder, overrides=["data.check.contract.most_quarantined=0.01"]) as project:
        outcome = project.run(stop="data.publish")

    assert outcome.state == "blocked"


def test_more_than_the_limit_blocks_and_is_kept_all_the_same(folder: Path):
    (folder / "data.csv").write_text(with_faults(21))

    with Project.open(folder) as project:
        outcome = project.run()
        (kept,) = project.data_checks.quarantined()
        published = list(project.datasets)

    assert outcome.state == "blocked"
    assert "21 of 400 rows (5.25%) are set aside" in str(outcome.errors[0])
    assert kept.rows == 21
    assert published == []


def test_fault_of_the_whole_table_blocks_as_ever(folder: Path):
    (folder / "contract.toml").write_text(CONTRACT + "[columns.gone]\n")

    with Project.open(folder) as project:
        outcome = project.run()

    assert outcome.state == "blocked"
    assert "there is no column 'gone'" in str(outcome.errors[0])


def test_failure_of_the_plugin_blocks_closed(folder: Path):
    (folder / "strict.py").write_text(
        "from fourstroke import hookimpl, plugin\n\n\n@plugin\nclass Strict:\n"
        '    """Fail."""\n\n'
        "    @hookimpl\n    def check(self, data):\n        raise ValueError('no idea')\n\n"
        "    @hookimpl\n    def set_aside(self, data):\n        return {}\n"
    )
    text = '\n[[data.check]]\nuse = "strict.py:Strict"\non_failure = "quarantine"\n'
    (folder / "fourstroke.toml").write_text(SMALL + text)

    with Project.open(folder) as project:
        outcome = project.run()

    assert outcome.state == "blocked"
    assert "no idea" in str(outcome.errors[0])


def test_plugin_that_cannot_set_rows_aside_is_refused_before_anything_runs(folder: Path):
    text = '\n[[data.check]]\nuse = "table"\non_failure = "quarantine"\n'
    (folder / "fourstroke.toml").write_text(SMALL + text)

    with (
        Project.open(folder) as project,
        pytest.raises((ConfigError, PluginError), match=r"on_failure.*does not tell good rows"),
    ):
        project.check()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('on_failure = "quarantaine"', "on_failure"),
        ("most_quarantined = 5", "expected a share between 0 and 1, got the number 5"),
    ],
)
def test_wrong_keys_are_told(folder: Path, line: str, told: str):
    (folder / "fourstroke.toml").write_text(f'{SMALL}\n[[data.check]]\nuse = "contract"\n{line}\n')

    with pytest.raises(ConfigError, match=told):
        Project.open(folder)


def test_commands_list_and_show_what_was_set_aside(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["run", "--to", "data.publish"]) == 0
    capsys.readouterr()

    assert main(["data", "quarantine", "list"]) == 0
    listed = capsys.readouterr().out
    assert main(["data", "quarantine", "show", "small", "-o", "bad.csv"]) == 0
    shown = capsys.readouterr().out
    assert main(["data", "quarantine", "show", listed.splitlines()[1].split()[0], "--json"]) == 0

    assert "5 of 400 rows" in listed
    assert "age: min" in shown
    assert len((folder / "bad.csv").read_text().splitlines()) == 6
    assert '"quarantine_reason": "age: min"' in capsys.readouterr().out


def test_data_check_says_what_a_run_would_do(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["data", "check"]) == 0
    accepted = capsys.readouterr().out
    (folder / "bad.csv").write_text(with_faults(40))

    assert main(["data", "check", "bad.csv"]) == 3

    assert "they are set aside" in accepted
    assert "40 of 400 rows (10.00%) are set aside" in capsys.readouterr().out
    assert not (folder / ".fourstroke" / "records.sqlite").exists()
