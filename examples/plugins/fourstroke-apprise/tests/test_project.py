"""A whole turn of a project whose monitor always alerts, with the plugin as it is installed."""

from __future__ import annotations

import random

import pytest
from conftest import SECRET

PROJECT = """
[task]
kind = "binary"
target = "bought"

[data.collect]
path = "people.csv"

[[model.train]]
estimator = "LogisticRegression"

[[operations.monitor]]
use = "steps.py:worry"

[[operations.alert]]
use = "apprise"
urls = ["${ALERT_URL}"]

[[operations.alert]]
use = "log"

[backends]
runner = "inline"
"""
STEPS = """
from fourstroke import Observation


def worry(window, reference):
    return [Observation(name="drift", column="<age>", status="alert", why="<age> has moved")]
"""


def everything_in(folder) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(path.read_bytes().decode("latin-1") for path in files)


@pytest.fixture
def project(fourstroke_project):
    draw = random.Random(0)
    ages = [draw.randrange(18, 80) for _ in range(200)]
    rows = "\n".join(f"{age},{'yes' if age + draw.gauss(0, 5) > 45 else 'no'}" for age in ages)
    files = {"people.csv": f"age,bought\n{rows}\n", "steps.py": STEPS}
    return fourstroke_project(PROJECT, files=files)


def test_alert_of_a_monitor_reaches_the_service(project, receiver, url, monkeypatch):
    monkeypatch.setenv("ALERT_URL", url("alerts"))
    project.run()
    project.predict(project.root / "people.csv")

    project.monitor()

    [(_, message)] = receiver.received
    assert message["title"] == "project: worry: <age>"
    assert message["message"].startswith("<age> has moved\n\nmodel project, version 1")


def test_failing_service_is_told_and_hides_no_other_channel(project, url, monkeypatch):
    monkeypatch.setenv("ALERT_URL", url("fail"))
    project.run()
    project.predict(project.root / "people.csv")

    told = project.monitor().messages

    assert "<age> has moved" in (project.root / ".fourstroke" / "alerts.jsonl").read_text()
    assert "urls[0]: JSON answered 500" in "".join(told)


def test_secret_is_in_no_file_of_the_project(project, url, monkeypatch):
    monkeypatch.setenv("ALERT_URL", url("fail"))
    project.run()
    project.predict(project.root / "people.csv")

    told = project.monitor().messages

    assert SECRET not in f"{told}{everything_in(project.root)}"
