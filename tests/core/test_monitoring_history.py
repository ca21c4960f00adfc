"""What a monitoring report rests on, and when it is written: after a look, and again without one."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from whole_project import write_project

from fourstroke import Project, UsageError
from fourstroke.cli.main import main

pytestmark = pytest.mark.usefixtures("in_one_process")

STEPS = """

def watching(window, reference, context):
    ages = [row["age"] for batch in window.batches for row in batch.data]
    mean = sum(ages) / len(ages)
    status = "alert" if mean > 50 else "ok"
    found = [
        Observation(name="drift", column="age", status=status, value=mean, threshold=50.0, why="older")
    ]
    if len(ages) > 1:
        found.append(Observation(name="estimated_f1", status="ok", value=0.8, low=0.7, high=0.9))
    return found


def telling(model, data):
    from fourstroke import Section, Table

    rows = (("text", 0.1), ("age", 0.4))
    table = Table(columns=("column", "importance"), rows=rows)
    return [Section(title="What it goes by", tables=(table,))]


@plugin
class Broken:
    @hookimpl
    def render(self, report, context):
        path = context.scratch / "broken.txt"
        path.write_text("whole")
        return path

    @hookimpl
    def render_monitoring(self, history, context):
        raise OSError("no ink")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a project that has looked at three windows, of which the last two raise an alarm."""
    made = write_project(tmp_path_factory.mktemp("history"))
    file = made / "fourstroke.toml"
    text = file.read_text().replace("steps.py:count", "steps.py:watching")
    text = text.replace("explain = []", "").replace('[[report]]\nuse = "json"\n', "")
    text += '\n[[model.explain]]\nuse = "steps.py:telling"\n'
    for name in ("html", "markdown", "steps.py:Broken", "json", "prometheus"):
        text += f'\n[[report]]\nuse = "{name}"\n'
    file.write_text(text)
    with (made / "steps.py").open("a") as steps:
        steps.write(STEPS)
    with Project.open(made) as project:
        assert project.run().state == "succeeded"
        for ages in ([20, 30], [60], [70, 90]):
            (made / "batch.csv").write_text("age,bought\n" + "".join(f"{a},no\n" for a in ages))
            project.predict(made / "batch.csv")
            project.monitor()
    return made


@pytest.fixture(scope="module")
def history(folder):
    with Project.open(folder) as project:
        return project.monitoring()


def test_windows_and_trends_are_put_together_from_the_records(history):
    assert [each.rows for each in history.windows] == [2, 1, 2]
    assert [len(each.alerts) for each in history.windows] == [0, 1, 0]
    assert history.windows[-1].held[0].why.startswith("people were told of it")
    by_name = {each.name: each for each in history.trends}
    drift, estimate = by_name["drift"], by_name["estimated_f1"]
    assert (drift.monitor, drift.column) == ("watching", "age")
    assert drift.statuses == ("ok", "alert", "alert")
    assert drift.values == (27.0, 62.0, 82.0)
    assert estimate.values == (0.8, None, 0.8)
    assert (estimate.lows[0], estimate.highs[0]) == (0.7, 0.9)


def test_a_history_says_what_it_rests_on(history):
    assert (history.model, history.version, history.is_champion) == ("tiny", 1, True)
    assert history.dataset == "tiny@v1"
    assert history.importances == {"text": 0.1, "age": 0.4}
    assert history.decision.why == "a test"
    assert [(each.key, each.state) for each in history.incidents] == [("tiny/watching", "open")]


def test_reports_are_written_after_a_look_and_a_format_that_fails_leaves_the_others(folder):
    (folder / "batch.csv").write_text("age,bought\n75,no\n")
    with Project.open(folder) as project:
        project.predict(folder / "batch.csv")
        outcome = project.monitor()

    names = [path.name for path in outcome.files]
    assert names == ["monitoring.html", "monitoring.md", "monitoring.json", "monitoring.prom"]
    assert {path.parent.name for path in outcome.files} == {outcome.run}
    assert any("no ink" in message for message in outcome.messages)


def test_a_run_has_figures_for_prometheus_too(folder):
    (file,) = (folder / ".fourstroke" / "reports").glob("*/report.prom")

    families = text_string_to_metric_families(file.read_text())

    found = {sample.name: sample for family in families for sample in family.samples}
    assert found["fourstroke_run_succeeded"].value == 1
    assert found["fourstroke_run_metric"].labels == {
        "project": "tiny",
        "candidate": "Limit",
        "metric": "accuracy",
    }


def test_the_report_is_written_again_without_a_look(folder, tmp_path, capsys):
    with Project.open(folder) as project:
        runs = len(project.records.runs())

    words = ["-C", str(folder), "monitor", "report", "-o", str(tmp_path / "out"), "--since", "1d"]
    assert main([*words, "--prometheus", str(tmp_path / "m.prom")]) == 1

    with Project.open(folder) as project:
        assert len(project.records.runs()) == runs
    told = capsys.readouterr()
    assert "monitoring.html" in told.out
    assert "no ink" in told.err
    facts = json.loads((tmp_path / "out" / "monitoring.json").read_text())
    assert facts["schema"] == "fourstroke.monitoring/1"
    metrics = text_string_to_metric_families((tmp_path / "m.prom").read_text())
    assert "fourstroke_monitor_value" in {each.name for each in metrics}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_nothing_to_report_is_an_error_that_says_so(folder, capsys):
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    with Project.open(folder) as project, pytest.raises(UsageError, match="no window of tiny@v1"):
        project.monitoring(since=soon)
    words = ["-C", str(folder), "monitor", "report"]
    assert main([*words, "--version", "7"]) == 2
    assert main([*words, "--since", "soon"]) == 2
    assert main([*words, "--prometheus", str(Path("nowhere") / "m.prom")]) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_windows_before_the_latest_sixty_are_counted(folder, monkeypatch):
    monkeypatch.setattr("fourstroke.monitored._USUAL", 2)

    with Project.open(folder) as project:
        found = project.monitoring()

    assert (len(found.windows), found.earlier) == (2, 2)
    assert {len(each.values) for each in found.trends} == {2}


def test_a_window_whose_record_is_damaged_takes_nothing_from_the_others(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    with Project.open(tmp_path / "copy") as project:
        first = project.records.seen_windows("tiny", 1)[0].facts
        (file,) = first.report.files
        digest = file.digest.removeprefix("blake3:")
        objects = project.root / ".fourstroke" / "store" / "objects" / "blake3"
        kept = objects / digest[:2] / digest[2:]
        kept.chmod(0o644)
        kept.write_bytes(b"{}")

        found = project.monitoring()

    assert found.unreadable == (first.name,)
    assert len(found.windows) == 3


def test_turn_that_monitors_a_batch_writes_the_report_and_one_that_finds_nothing_new_does_not(
    folder, tmp_path, capsys
):
    copy = shutil.copytree(folder, tmp_path / "copy")
    shutil.rmtree(copy / ".fourstroke" / "reports")
    with (copy / "fourstroke.toml").open("a") as file:
        file.write('\n[operations.batch]\nuse = "steps.py:Rows"\npath = "batch.csv"\n')

    assert main(["-C", str(copy), "run"]) == 0
    told = capsys.readouterr().out

    [made] = copy.glob(".fourstroke/reports/*/monitoring.json")
    for name in ("monitoring.html", "monitoring.md", "monitoring.json"):
        assert any(
            line.startswith("report ") and line.endswith(f"{made.parent.name}/{name}")
            for line in told.splitlines()
        )
    assert json.loads(made.read_text())["run"] == made.parent.name

    assert main(["-C", str(copy), "run"]) == 0
    assert "monitoring" not in capsys.readouterr().out
    assert len(list(copy.glob(".fourstroke/reports/*/monitoring.json"))) == 1
