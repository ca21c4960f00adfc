"""`fourstroke loop`: one whole turn, that ends with a new champion or the reason why not."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from nursery import Nursery
from whole_project import PROJECT, write_project

from fourstroke import Project
from fourstroke.cli.main import main
from fourstroke.cycles import turning
from fourstroke.prediction_log.segment import SegmentName, folder_of

if TYPE_CHECKING:
    from pathlib import Path

STEPS = """

def is_human(data):
    old = [row for row in data if row["age"] > 900]
    return [Check(name="age", status="fail" if old else "pass", why=f"{len(old)} are too old")]


def drift(window, reference):
    ages = [int(row["age"]) for batch in window.batches for row in batch.data]
    status = "alert" if max(ages) > 100 else "ok"
    return [Observation(name="drift", column="age", status=status, why=f"age up to {max(ages)}")]


def is_welcome(candidate, context):
    is_refused = (context.root / "refuse.txt").exists()
    status = "fail" if is_refused else "pass"
    return [Check(name="welcome", status=status, why="it is not better" if is_refused else "")]


def telling(alert, context):
    with (context.root / "told.txt").open("a") as file:
        file.write(f"{alert.status} {alert.key}" + chr(10))
    return True
"""
# How far the loop has come that is killed: its candidate is trained, and not in production.
SHARE_BEFORE = 0.8
# While the monitor looks, somebody else turns the engine.
OVERTAKEN = """

def overtaken(window, reference, context):
    from fourstroke import Project

    if window.version == 1:
        with Project.open(context.root) as project:
            assert project.run().state == "succeeded"
    return drift(window, reference)
"""
RULE = """
[operations.retrain]
use = "triggers"
rows_min = 1
new_data = true
"""


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a project whose champion has scored a usual batch."""
    folder = write_project(tmp_path_factory.mktemp("loop") / "tiny")
    text = PROJECT.format(runner="inline", times=1)
    text = text.replace("check = []\n", "").replace("steps.py:never", "never")
    text = text.replace("steps.py:is_measured", "steps.py:is_welcome")
    text = text.replace("steps.py:count", "steps.py:drift")
    text = text.replace("steps.py:keep_quiet", "steps.py:telling")
    text = text.replace('[operations.retrain]\nuse = "never"\n', RULE)
    text += '\n[[data.check]]\nuse = "steps.py:is_human"\n'
    (folder / "fourstroke.toml").write_text(text)
    with (folder / "steps.py").open("a") as file:
        file.write(STEPS)
    with Project.open(folder) as project:
        assert project.run().state == "succeeded"
        score(project, 50)
    return folder


@pytest.fixture
def folder(turned: Path, tmp_path: Path) -> Path:
    return shutil.copytree(turned, tmp_path / "tiny")


def score(project: Project, age: int) -> None:
    batch = project.root / "batch.csv"
    batch.write_text(f"age\n{age}\n31\n")
    project.predict(batch)


def grow(folder: Path, *ages: int) -> None:
    with (folder / "data.csv").open("a") as file:
        file.writelines(f"{age},yes\n" for age in ages)


def drifted(folder: Path, *overrides: str) -> Project:
    """Open the project after a batch of old people."""
    project = Project.open(folder, overrides=overrides)
    score(project, 200)
    return project


def turns(project: Project) -> list[tuple[str, str]]:
    rows = project.records.decisions("tiny", kind="turn")
    return [(row.decision.answer, row.decision.trigger) for row in rows]


def told(folder: Path) -> list[str]:
    file = folder / "told.txt"
    return file.read_text().splitlines() if file.exists() else []


def trained(project: Project) -> int:
    return sum(
        step.fact.stage == "train" and step.fact.state == "succeeded"
        for run in project.records.runs(kind="run")
        for step in project.records.steps(run.run)
    )


def test_without_a_reason_nothing_is_trained(folder: Path, capsys):
    assert main(["-C", str(folder), "loop"]) == 0

    output = capsys.readouterr().out
    assert "verdict  nothing to do: no alert of performance or drift is open" in output
    with Project.open(folder) as project:
        assert trained(project) == 1
        assert turns(project) == [("no", "")]
        assert not [each for each in project.audit.events() if each.what.startswith("turn")]


def damaged_journal(folder: Path, version: int) -> str:
    """Leave a file of a service in which nothing can be read; gives its name."""
    with Project.open(folder) as project:
        journal = folder_of(project.config, folder / ".fourstroke", "tiny")
    journal.mkdir(parents=True, exist_ok=True)
    name = SegmentName.new(version, "champion", time.time_ns()).name
    (journal / f"{name}.rows").write_bytes(b"no rows")
    return name


@pytest.mark.parametrize("command", ["loop", "monitor"])
def test_damaged_file_of_a_journal_is_told_though_no_window_is_due(folder: Path, capsys, command):
    with Project.open(folder) as project:
        project.monitor()
    name = damaged_journal(folder, version=1)

    assert main(["-C", str(folder), command]) == 0

    told = capsys.readouterr()
    assert f"1 record of {name} cannot be read" in told.out + told.err


def test_drift_leads_to_a_new_champion_and_the_ledger_tells_all_of_it(folder: Path, capsys):
    with drifted(folder) as project:
        grow(folder, 61, 62)
        outcome = project.loop()

        assert (outcome.end, outcome.before, outcome.after) == ("champion", 1, 2)
        assert (outcome.decision.trigger, outcome.decision.why) == ("drift", "drift: age")
        assert turns(project) == [("yes", "drift")]
        assert told(folder) == ["raised tiny/drift"]
        events = [each.what for each in project.audit.events()]
        assert events[events.index("alerted") :] == [
            *("alerted", "alert told", "turn begun", "validated", "registered", "approved"),
            *("deploying", "deployed", "promoted", "alert resolved"),
        ]
        assert project.audit.verify().problems == ()
        [run] = project.runs.search("tags.turn != ''")
        assert run.run == outcome.turn.run

        # The new champion has scored nothing yet, and the old one's alert went with it.
        assert project.loop().end == "quiet"
        assert project.alerts.matters(open_only=True) == ()
    assert main(["-C", str(folder), "incidents", "show", "drift"]) == 0
    shown = capsys.readouterr().out
    assert "resolved" in shown
    assert "UTC: replaced by version 2" in shown
    assert main(["-C", str(folder), "--json", "loop"]) == 0
    assert json.loads(capsys.readouterr().out)["champion"] == {"before": 2, "after": 2}

    name = damaged_journal(folder, version=2)
    assert main(["-C", str(folder), "monitor"]) == 2
    told_now = capsys.readouterr().err
    assert "tiny@v2 has not scored anything yet" in told_now
    assert f"1 record of {name} cannot be read" in told_now


def test_what_the_new_champion_shows_again_is_an_incident_of_its_own(folder: Path):
    with drifted(folder) as project:
        grow(folder, 61, 62)
        assert project.loop().end == "champion"
        score(project, 300)
        project.monitor()

        first, second = project.alerts.matters()
        assert (first.state, first.resolved.why) == ("resolved", "replaced by version 2")
        assert (second.state, second.key, second.last.alert.version) == ("open", first.key, 2)
        # By going back the alert about the version that is left is over, too.
        project.models["tiny"].rollback(why="it is no better")
        assert project.alerts.matters()[1].resolved.why == "replaced by version 1"
        assert project.audit.verify().problems == ()
    assert told(folder) == ["raised tiny/drift"] * 2


def test_an_alert_about_a_version_that_is_replaced_meanwhile_does_not_stay_open(folder: Path):
    with (folder / "steps.py").open("a") as file:
        file.write(OVERTAKEN)
    text = (folder / "fourstroke.toml").read_text()
    (folder / "fourstroke.toml").write_text(text.replace("steps.py:drift", "steps.py:overtaken"))
    with drifted(folder) as project:
        grow(folder, 61, 62)
        assert project.monitor().report.version == 1

        [matter] = project.alerts.matters()
        assert (matter.last.alert.version, matter.resolved.why) == (1, "replaced by version 2")
    assert told(folder) == []


def test_an_alert_that_people_are_not_told_of_again_is_a_reason_still(folder: Path):
    with drifted(folder) as project:
        assert project.monitor().decision.answer == "yes"
        score(project, 300)
        outcome = project.loop()

    assert outcome.monitoring.report.alerts == ()
    assert outcome.monitoring.decision.trigger == "drift"
    assert (outcome.decision.trigger, outcome.end) == ("drift", "unchanged")


def test_a_muted_alert_is_no_reason(folder: Path):
    with drifted(folder) as project:
        project.monitor()
        project.alerts.mute("drift", why="a campaign")

        assert project.loop().end == "quiet"


def test_new_data_is_a_reason_and_known_data_are_nothing_to_learn(folder: Path):
    with Project.open(folder) as project:
        grow(folder, 61)
        first = project.loop()
        asked = project.loop(now=True)

        assert (first.end, first.decision.trigger) == ("champion", "new data")
        assert (asked.end, asked.decision.trigger) == ("unchanged", "on demand")
        assert trained(project) == 2


def test_data_that_fail_their_contract_raise_an_incident_and_train_nothing(folder: Path, capsys):
    here = ["-C", str(folder)]
    with drifted(folder) as project:
        grow(folder, 999)
        outcome = project.loop()

        assert (outcome.end, outcome.after) == ("data", 1)
        assert outcome.why == "the data failed their contract: age: 1 are too old"
        assert trained(project) == 1
        assert told(folder) == ["raised tiny/drift", "raised tiny/training_data"]
        assert project.alerts.incident("training_data").version.version == 1

    assert main([*here, "loop"]) == 3
    assert told(folder)[2:] == []
    assert "stays in production" in capsys.readouterr().out
    assert main([*here, "incidents", "list"]) == 0
    assert "tiny/training_data" in capsys.readouterr().out

    # Mended data: what was refused has cost no cool-down, and the incident is over.
    rows = (folder / "data.csv").read_text().replace("999,yes", "66,yes")
    (folder / "data.csv").write_text(rows)
    with Project.open(folder) as project:
        assert project.loop().end == "champion"
        assert project.alerts["training_data"].state == "resolved"
        assert told(folder)[2:] == ["resolved tiny/training_data"]


def test_a_source_that_cannot_be_read_raises_the_incident_too(folder: Path):
    with drifted(folder) as project:
        (folder / "data.csv").unlink()
        outcome = project.loop()

        assert outcome.end == "failed"
        assert told(folder)[-1] == "raised tiny/training_data"


def test_the_gate_is_not_passed_by(folder: Path, capsys):
    (folder / "refuse.txt").touch()
    grow(folder, 61)

    assert main(["-C", str(folder), "loop", "--now"]) == 3

    output = capsys.readouterr().out
    assert "the candidate was refused: welcome: it is not better" in output
    assert "tiny@v1 stays in production" in output
    with Project.open(folder) as project:
        assert project.records.champion("tiny").version == 1


def test_a_version_that_waits_for_people_is_shown_and_nothing_is_trained_meanwhile(
    folder: Path, capsys
):
    here = ["-C", str(folder)]
    with (folder / "fourstroke.toml").open("a") as file:
        file.write("\n[development.policy]\napprovals = 1\n")
    grow(folder, 61)
    known = (folder / "data.csv").read_text()

    for newer in ((), (62, 63), ()):
        (folder / "data.csv").write_text(known)
        grow(folder, *newer)
        assert main([*here, "loop"]) == 4
        output = capsys.readouterr().out
        assert "tiny@v2 waits for approval" in output
        assert "models approve tiny 2" in output
    with Project.open(folder) as project:
        assert trained(project) == 2
        assert turns(project) == [("yes", "new data"), ("waiting", ""), ("yes", "approval")]
        events = [each.what for each in project.audit.events()]
        assert events.count("waits for approval") == 1

    # Whoever approves it need do no more: the next loop brings it to work.
    assert main([*here, "models", "approve", "tiny", "2", "--why", "I looked"]) == 0
    capsys.readouterr()
    assert main([*here, "loop"]) == 0
    assert "tiny@v2 is the new champion" in capsys.readouterr().out


def test_cool_down_holds_whatever_the_reason_and_not_who_asks(folder: Path, capsys):
    with Project.open(folder) as project:
        grow(folder, 61)
        project.loop()
        grow(folder, 62, 63)
        held = project.loop()
        again = project.loop()

        assert (held.end, held.decision.trigger) == ("held", "new data")
        assert held.why.startswith("cooling down after the last turn until 20")
        assert held.why.endswith("the reason: source Rows changed")
        assert trained(project) == 2
        assert again.why == held.why
        # Told once, however often it is asked.
        assert [each.what for each in project.audit.events()].count("turn refused") == 1
        assert project.audit.verify().problems == ()
    assert main(["-C", str(folder), "loop"]) == 4
    assert "loop --now" in capsys.readouterr().out


def test_it_is_time_for_a_turn_so_long_after_the_last_one(folder: Path, monkeypatch):
    class Later(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return dt.datetime.now(tz) + dt.timedelta(days=31)

    monkeypatch.setattr(turning, "dt", SimpleNamespace(datetime=Later, UTC=dt.UTC))
    with Project.open(folder, overrides=["operations.retrain.every='30d'"]) as project:
        outcome = project.loop()

    assert (outcome.decision.trigger, outcome.end) == ("schedule", "unchanged")


def test_budget_holds_whoever_asks(folder: Path):
    with Project.open(folder, overrides=["operations.loop.budget='1 per 7d'"]) as project:
        grow(folder, 61)
        assert project.loop(now=True).end == "champion"
        grow(folder, 62)
        held = project.loop(now=True)
        score(project, 200)
        seen = project.monitor().decision

    assert (seen.answer, seen.trigger) == ("no", "drift")
    assert seen.why == f"{held.why.partition(';')[0]}; the reason: drift: age"
    assert held.end == "held"
    assert held.why.startswith("the budget of 1 per 7d is used up until 20")


def test_a_wrong_budget_is_told_with_its_key(folder: Path, capsys):
    words = ["-C", str(folder), "--set", "operations.loop.budget='2 a week'", "loop"]

    assert main(words) == 2
    assert "operations.loop.budget: expected so many turns" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by a signal")
def test_a_loop_that_is_killed_leaves_one_champion_and_the_next_one_ends_well(
    turned: Path, tmp_path: Path
):
    folder, other = (shutil.copytree(turned, tmp_path / name / "tiny") for name in "ab")
    for each in (folder, other):
        with drifted(each):
            grow(each, 61, 62)
    with Nursery(tmp_path) as call:
        points = len(call(other, "loop").points)
        killed = call(folder, "loop", kill_at=int(SHARE_BEFORE * points))
        assert killed.was_killed
        with Project.open(folder) as project:
            left = [each for each in project.records.model_versions("tiny") if each.is_champion]
            assert [each.version for each in left] == [1]
        following = call(folder, "loop")

    assert following.code == 0, following.stdout + following.stderr
    with Project.open(folder) as project:
        champions = [each for each in project.records.model_versions("tiny") if each.is_champion]
        assert [each.version for each in champions] == [2]
        assert project.audit.verify().problems == ()
        assert "raised tiny/drift" in told(folder)
