"""Contracts, checks without a run and audits, from the command line and the project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import SMALL, small_csv

from fourstroke import Project
from fourstroke.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("in_one_process")

WITH_CONTRACT = '\n[[data.check]]\nuse = "contract"\nfile = "contracts/small.toml"\n'


@pytest.fixture
def here(small: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(small)
    return small


def use_contract(folder: Path, text: str) -> None:
    (folder / "contracts").mkdir(exist_ok=True)
    (folder / "contracts" / "small.toml").write_text(text)
    (folder / "fourstroke.toml").write_text(SMALL + WITH_CONTRACT)


def test_contract_is_inferred_from_a_version_and_lets_it_pass(here: Path, capsys):
    assert main(["run", "--to", "data.publish"]) == 0

    assert main(["data", "contract", "infer", "small@v1", "-o", "contracts/small.toml"]) == 0

    (here / "fourstroke.toml").write_text(SMALL + WITH_CONTRACT)
    assert main(["data", "check", "small@1"]) == 0
    assert main(["run", "--to", "data.publish"]) == 0
    assert "fourstroke.contract/1" in (here / "contracts" / "small.toml").read_text()


def test_contract_is_inferred_from_a_file_or_the_sources_and_printed(here: Path, capsys):
    assert main(["data", "contract", "infer", "data.csv"]) == 0
    of_file = capsys.readouterr().out
    assert main(["data", "contract", "infer"]) == 0

    assert of_file == capsys.readouterr().out
    assert "[columns.region]" in of_file


def test_contract_that_is_there_is_not_overwritten(here: Path, capsys):
    (here / "c.toml").write_text("mine")

    assert main(["data", "contract", "infer", "-o", "c.toml"]) == 2
    assert (here / "c.toml").read_text() == "mine"
    assert main(["data", "contract", "infer", "-o", "c.toml", "--force"]) == 0

    assert "--force" in capsys.readouterr().err


def test_diff_of_contracts_names_each_change_and_gives_a_verdict(here: Path, capsys):
    (here / "old.toml").write_text(
        '[columns.age]\ntype = "integer"\nmin = 0\n[columns.city]\nallowed = ["a"]\n'
    )
    (here / "new.toml").write_text(
        '[columns.age]\ntype = "integer"\nmin = 5\n[columns.city]\nallowed = ["a", "b"]\n'
    )

    assert main(["data", "contract", "diff", "old.toml", "new.toml"]) == 3
    shown = capsys.readouterr().out
    assert main(["data", "contract", "diff", "new.toml", "new.toml", "--json"]) == 0

    assert "new values: 'b'" in shown
    assert "verdict  breaking, 1 of 2 changes" in shown
    assert json.loads(capsys.readouterr().out) == {"verdict": "compatible", "changes": []}


@pytest.mark.parametrize(
    ("old", "new", "is_breaking"),
    [
        ("[columns.a]", "[columns.a]\n[columns.b]", False),
        ("[columns.a]\n[columns.b]", "[columns.a]", True),
        ("[columns.a]\nmin = 0", "[columns.a]\nmin = 1", False),
        ("[columns.a]\nmin = 0", "[columns.a]\nmin = -1", True),
        ("[columns.a]\nmin = 0", "[columns.a]", True),
        ("[columns.a]\nmin = 0", '[columns.a]\nmin = 0\nwarn = ["min"]', True),
        ("[columns.a]\nusual = [0, 1]", "[columns.a]\nusual = [0, 9]", False),
        ("[columns.a]\nmissing = 0", "[columns.a]\nmissing = 0.1", True),
        ('[columns.a]\ntype = "number"', '[columns.a]\ntype = "integer"', False),
        ('[columns.a]\ntype = "integer"', '[columns.a]\ntype = "number"', True),
        ("[columns.a]\nunique = true", "[columns.a]", True),
        ("[columns.a]\nmax = 3", "[columns.a]\nmax = 3\nmostly = { max = 0.9 }", True),
        ("[columns.a]", "[columns.a]\nrequired = false", True),
        ("[columns.a]\ntype = 'text'", "[columns.a]\ntype = 'text'\nwarn = ['type']", True),
        ("[table]\nkey = ['a']\nwarn = ['key']", "[table]\nkey = ['a']", False),
        ("[table]\nkey = ['a']", "[table]\nkey = ['a']\nwarn = ['key']", True),
        ("[table]\nothers = 'fail'", "[table]\nothers = 'allow'", True),
        (
            "[table]\nfresh = { column = 't', days = 1 }",
            "[table]\nfresh = { column = 't', days = 2 }",
            True,
        ),
        ("[[rules]]\nmust = 'a > b'", "", True),
        ("", "[[rules]]\nmust = 'a > b'", False),
    ],
)
def test_change_breaks_if_readers_may_find_what_was_ruled_out(here: Path, old, new, is_breaking):
    (here / "old.toml").write_text(old)
    (here / "new.toml").write_text(new)

    with Project.open(here) as project:
        changes = project.data_checks.compare(here / "old.toml", here / "new.toml")

    assert [change.is_breaking for change in changes] == [is_breaking]


def test_bad_file_is_refused_without_a_run(here: Path, capsys):
    use_contract(here, "[columns.age]\nmin = 0\n[columns.region]\nallowed = ['north']\n")

    assert main(["data", "check"]) == 3
    shown = capsys.readouterr().out

    assert "region: allowed" in shown
    assert "of 400 rows" in shown
    assert not (here / ".fourstroke" / "records.sqlite").exists()


def test_contract_with_a_typo_is_one_line(here: Path, capsys):
    use_contract(here, "[columns.age]\nmni = 0\n")

    assert main(["run"]) == 2

    told = capsys.readouterr().err
    assert (
        "contracts/small.toml: columns.age.mni: there is no such key (did you mean 'min'?)" in told
    )
    assert len(told.splitlines()) == 1


def test_run_is_blocked_with_exit_3_and_nothing_is_published(here: Path, capsys):
    use_contract(here, "[columns.age]\nmax = 20\n")

    assert main(["run"]) == 3

    with Project.open(here) as project:
        assert list(project.datasets) == []


def test_freshness_is_looked_at_again_when_its_time_is_over(here: Path, monkeypatch):
    import datetime as dt

    from fourstroke.cycles import verdicts

    today = dt.datetime.now(dt.UTC).date().isoformat()
    lines = small_csv().splitlines()
    (here / "data.csv").write_text(
        "\n".join([f"{lines[0]},day", *(f"{line},{today}" for line in lines[1:])])
    )
    use_contract(here, "[table]\nfresh = { column = 'day', days = 3 }\n")
    text = (here / "fourstroke.toml").read_text()
    cast = '\n[[data.prepare]]\nuse = "cast"\ncolumns = { day = "datetime" }\n'
    (here / "fourstroke.toml").write_text(text + cast)

    def states(project) -> str:
        steps = project.run(stop="data.publish").report.steps
        return next(step.state for step in steps if step.name == "data.check.contract")

    with Project.open(here) as project:
        assert [states(project), states(project)] == ["succeeded", "cached"]
        later = dt.datetime.now(dt.UTC) + dt.timedelta(days=4)
        monkeypatch.setattr(verdicts, "now", lambda: later)
        assert states(project) == "succeeded"


def test_leak_blocks_the_training_with_exit_3(here: Path, capsys):
    (here / "fourstroke.toml").write_text(
        SMALL + '\n[[data.prepare]]\nuse = "derive"\ncolumns = { paid = "bought == \'yes\'" }\n'
        "training_only = true\n"
    )

    assert main(["run"]) == 3
    told = capsys.readouterr()
    assert main(["data", "leakage"]) == 3

    assert "'paid': one value for each class" in told.err
    assert "'paid': one value for each class" in capsys.readouterr().out
    with Project.open(here) as project:
        report = project.runs.show(project.runs.list()[0].run)
        trained = [step for step in report.steps if step.fact.stage == "train"]
        assert [step.fact.state for step in trained] == ["skipped"]


def test_audit_that_was_edited_trains_nothing_anew(here: Path):
    with Project.open(here) as project:
        project.run(stop="model.train")
    (here / "fourstroke.toml").write_text(
        SMALL + '\n[[data.audit]]\nuse = "leakage"\nnear = 0.98\n'
    )

    with Project.open(here) as project:
        steps = project.run(stop="model.train").report.steps
    states = {step.name: step.state for step in steps}

    assert states["data.audit.leakage"] == "succeeded"
    assert states["model.train.logistic"] == "cached"


def test_leakage_of_a_data_set_is_told_without_a_run(here: Path, capsys):
    assert main(["run", "--to", "data.publish"]) == 0
    assert main(["data", "leakage"]) == 2
    told = capsys.readouterr().err

    assert main(["data", "leakage", "small@1", "--json"]) == 0

    assert "no split was audited yet" in told
    found = json.loads(capsys.readouterr().out)
    assert found["says_no"] is False
    assert {check["name"] for check in found["checks"]["data.audit.audit"]} >= {
        "duplicates",
        "proxies",
    }


def test_no_audit_at_all_is_a_choice(here: Path):
    (here / "fourstroke.toml").write_text(SMALL + "\n[data]\naudit = []\n".replace("[data]\n", ""))
    text = SMALL.replace("[data.collect]", "[data]\naudit = []\n\n[data.collect]")
    (here / "fourstroke.toml").write_text(text)

    with Project.open(here) as project:
        steps = project.run(stop="model.train").report.steps

    assert {step.state for step in steps} == {"succeeded"}
    assert not [step.name for step in steps if step.stage == "audit"]


def test_unknown_name_is_told(here: Path, capsys):
    assert main(["data", "check", "nothing.csv"]) == 2
    assert main(["data", "check", "smal"]) == 2

    assert "there is no such file, nor such a data set" in capsys.readouterr().err
