"""`fourstroke runs show` tells who watched a run, in which order, and who failed at what."""

from __future__ import annotations

import json

import pytest

from fourstroke.cli.main import main

TOML = """\
[project]
name = "small"

[backends.runner]
use = "inline"

[data.collect]
use = "steps.py:read"

[[data.prepare]]
use = "steps.py:same"

[[observe]]
name = "second-by-name"
use = "steps.py:Quiet"

[[observe]]
name = "bad"
use = "steps.py:Bad"
event = "{event}"
"""

STEPS = """\
from fourstroke import hookimpl, plugin


def read():
    return {"x": [1, 2]}


def same(data):
    return data


@plugin
class Quiet:
    @hookimpl
    def run_started(self):
        pass


@plugin
class Bad:
    event: str = ""

    def fail(self, event):
        if event == self.event:
            raise RuntimeError(f"not \\x1b[31mtoday")

    @hookimpl
    def run_started(self):
        self.fail("run_started")

    @hookimpl
    def step_finished(self):
        self.fail("step_finished")

    @hookimpl
    def run_finished(self):
        self.fail("run_finished")

    @hookimpl(wrapper=True)
    def prepare(self):
        self.fail("prepare")
        return (yield)
"""


@pytest.fixture
def shown(tmp_path, monkeypatch, capsys):
    """Give a function that runs the project with an observer that fails, and shows the run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "steps.py").write_text(STEPS)

    def show(event, *options):
        (tmp_path / "fourstroke.toml").write_text(TOML.format(event=event))
        main(["run", "--to", "data.prepare"])
        capsys.readouterr()
        main(["runs", "list", "--json"])
        run = json.loads(capsys.readouterr().out)["runs"][0]
        assert run["state"] == "succeeded"
        main(["runs", "show", run["run"], *options])
        return capsys.readouterr().out

    return show


def observers(text):
    """Give the lines of the table of observers."""
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("OBSERVER"))
    return [line.split() for line in lines[at + 1 : at + 3]]


def test_observers_stand_in_the_order_in_which_they_act(shown):
    assert observers(shown("never")) == [
        ["observe.second-by-name", "succeeded", "steps.py:Quiet"],
        ["observe.bad", "succeeded", "steps.py:Bad"],
    ]


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ("run_started", "at run_started"),
        ("run_finished", "at run_finished"),
        ("prepare", "around prepare"),
    ],
)
def test_observer_that_fails_is_shown_with_its_error(shown, event, place):
    _, bad = observers(shown(event))

    assert bad[:2] == ["observe.bad", "failed"]
    assert " ".join(bad[3:]) == f"{place}: RuntimeError: not \\x1b[31mtoday"


def test_observer_that_fails_again_and_again_is_counted(shown):
    _, bad = observers(shown("step_finished"))

    assert " ".join(bad[3:]).endswith("(and 1 more)")


def test_observers_are_facts_for_programs(shown):
    steps = json.loads(shown("run_finished", "--json"))["steps"]

    watching = [each["fact"] for each in steps if each["fact"]["stage"] == "observe"]
    assert [(each["name"], each["state"]) for each in watching] == [
        ("observe.second-by-name", "succeeded"),
        ("observe.bad", "failed"),
    ]
