"""Channels of alerts: each is told, none silences another, and none fails in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from whole_project import write_project

from fourstroke import Project

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = """

def alarming(window, reference):
    return [Observation(name="rows", value=1.0, status="alert", why="a test")]


def raises(alert):
    raise OSError("no network")


def undelivered(alert):
    return False


def delivered(alert, context):
    (context.root / "delivered").write_text(alert.title)
    return True
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_project(tmp_path)
    with (tmp_path / "steps.py").open("a") as file:
        file.write(CHANNELS)
    return tmp_path


def monitored(folder: Path):
    channels = ", ".join(
        f'{{ use = "steps.py:{name}" }}' for name in ("raises", "undelivered", "delivered")
    )
    overrides = (
        'operations.monitor=[{ use = "steps.py:alarming" }]',
        f"operations.alert=[{channels}]",
    )
    with Project.open(folder, overrides=overrides) as project:
        project.run()
        project.predict(folder / "data.csv")
        outcome = project.monitor()
        steps = {step.fact.name: step for step in project.runs.show(outcome.run).steps}
    return outcome, steps


def test_channel_that_fails_or_does_not_deliver_is_told_and_recorded(folder):
    outcome, steps = monitored(folder)

    told = [line for line in outcome.messages if line.startswith("alert channel")]
    assert [line.split(":")[0] for line in told] == [
        "alert channel raises failed",
        "alert channel undelivered did not deliver",
    ]
    assert tuple(told) == steps["operations.alert"].messages
    assert (folder / "delivered").exists()
