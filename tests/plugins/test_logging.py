"""Lines of JSON: one a fact, whole, and beside each other when several processes write."""

from __future__ import annotations

import datetime as dt
import json
import logging
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from fourstroke import Alert, Batch, Context, Observation, StepFact, Task, Window
from fourstroke_logging import LogAlert, LogMonitor, LogObserver
from fourstroke_logging.lines import append

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(
        run="r1",
        step="log",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(target="y"),
        seed=0,
        log=logging.getLogger("test"),
    )


def window_of(*batches: pd.DataFrame) -> Window:
    return Window(
        model="m",
        version=2,
        batches=tuple(
            Batch(at=AT, data=data, predictions=pd.DataFrame({"prediction": data["x"] * 2.0}))
            for data in batches
        ),
    )


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_monitor_counts_over_all_batches(context: Context):
    window = window_of(
        pd.DataFrame({"x": [1.0, None], "z": ["a", "b"]}), pd.DataFrame({"x": [4.0], "z": [None]})
    )

    seen = {item.name: item for item in LogMonitor().monitor(window=window, context=context)}

    assert {name: item.value for name, item in seen.items()} == {
        "rows": 3,
        "missing": pytest.approx(2 / 6, abs=1e-6),
        "mean prediction": pytest.approx(10 / 3, abs=1e-6),
    }
    assert {item.status for item in seen.values()} == {"ok"}


def test_monitor_alerts_beyond_its_limits(context: Context):
    window = window_of(pd.DataFrame({"x": [1.0, None]}))
    monitor = LogMonitor(missing_max=0.4, rows_min=3)

    seen = {item.name: item for item in monitor.monitor(window=window, context=context)}

    assert seen["missing"].status == "alert"
    assert seen["missing"].why == "missing is 0.5, the limit is 0.4"
    assert seen["rows"].status == "alert"


def test_monitor_of_an_empty_window_says_that_it_is_empty(context: Context):
    [only] = LogMonitor(rows_min=1).monitor(window=window_of(), context=context)

    assert (only.name, only.value, only.status) == ("rows", 0, "alert")


def test_alert_is_one_line_however_its_words_look(tmp_path: Path, context: Context):
    alert = Alert(
        key="m/drift",
        severity="error",
        title="drift: a\nb",
        text="tab\t and ünïcode \x1b[31m",
        at=AT,
        model="m",
        version=2,
        observations=(Observation(name="drift", status="alert", column="age"),),
    )

    LogAlert(path=tmp_path / "deep" / "alerts.jsonl").alert(alert=alert, context=context)

    [line] = lines(tmp_path / "deep" / "alerts.jsonl")
    assert line["title"] == "drift: a\nb"
    assert line["columns"] == ["age"]
    assert (line["model"], line["version"], line["run"]) == ("m", 2, "r1")
    assert "\x1b" not in (tmp_path / "deep" / "alerts.jsonl").read_text()


@pytest.mark.parametrize(
    ("severity", "status", "level"),
    [
        ("error", "raised", "ERROR"),
        ("warning", "raised", "WARNING"),
        ("error", "resolved", "WARNING"),
    ],
)
def test_alert_is_told_by_its_severity(tmp_path, context, caplog, severity, status, level):
    alert = Alert(
        key="m/drift",
        severity=severity,
        title="t",
        text="",
        at=AT,
        model="m",
        version=2,
        status=status,
    )

    LogAlert(path=tmp_path / "alerts.jsonl").alert(alert=alert, context=context)

    assert [each.levelname for each in caplog.records] == [level]


def test_observer_tells_a_run_in_order(tmp_path: Path):
    observer = LogObserver(path=tmp_path / "events.jsonl")

    observer.run_started(run="r1", project="p")
    observer.step_finished(
        run="r1", step=StepFact(name="data.split", cycle="data", stage="split", state="cached")
    )
    observer.run_finished(run="r1", state="succeeded")

    told = lines(tmp_path / "events.jsonl")
    assert [line["event"] for line in told] == ["run_started", "step_finished", "run_finished"]
    assert told[1]["state"] == "cached"
    assert all(dt.datetime.fromisoformat(str(line["at"])).tzinfo for line in told)


def test_what_is_no_number_is_refused_and_leaves_no_half_line(tmp_path: Path):
    with pytest.raises(ValueError, match="Out of range float"):
        append(tmp_path / "x.jsonl", {"value": float("nan")})

    assert not (tmp_path / "x.jsonl").exists()


def test_half_a_character_is_kept_as_json_escapes_it(tmp_path: Path):
    path = tmp_path / "log.jsonl"

    append(path, {"name": "a\ud800b"})

    assert json.loads(path.read_text(encoding="utf-8")) == {"name": "a\ud800b"}


def test_lines_of_several_processes_do_not_mix(tmp_path: Path):
    code = (
        "import sys; from pathlib import Path; from fourstroke_logging.lines import append\n"
        "for n in range(50): append(Path(sys.argv[1]), {'who': sys.argv[2], 'n': n, 'pad': 'x' * 5000})"
    )
    path = tmp_path / "x.jsonl"

    writers = [
        subprocess.Popen([sys.executable, "-c", code, str(path), str(number)])
        for number in range(4)
    ]

    assert [writer.wait(60) for writer in writers] == [0] * 4
    told = lines(path)
    assert sorted((int(str(line["who"])), int(str(line["n"]))) for line in told) == [
        (who, n) for who in range(4) for n in range(50)
    ]
