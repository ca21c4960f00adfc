"""What runs again and what does not."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from fourstroke import Project, UsageError

if TYPE_CHECKING:
    from pathlib import Path

HELPERS = """\
[project]
name = "helpers"

[data.collect]
path = "data.csv"

[[data.prepare]]
use = "steps/first.py:first"

[[data.prepare]]
use = "steps/second.py:second"

[[data.prepare]]
use = "steps/third.py:third"

[backends]
runner = "inline"
"""


@pytest.fixture
def helpers(tmp_path: Path) -> Path:
    """Give a project whose second step imports a helper two modules away."""
    (tmp_path / "fourstroke.toml").write_text(HELPERS)
    (tmp_path / "data.csv").write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(50)))
    steps = tmp_path / "steps"
    steps.mkdir()
    (steps / "__init__.py").write_text("")
    (steps / "first.py").write_text("def first(data):\n    return data.assign(c=1)\n")
    (steps / "second.py").write_text(
        "from steps.middle import widen\n\n\ndef second(data):\n    return widen(data)\n"
    )
    (steps / "middle.py").write_text(
        "from .far import AMOUNT\n\n\ndef widen(data):\n    return data.assign(d=AMOUNT)\n"
    )
    (steps / "far.py").write_text("AMOUNT = 1\n")
    (steps / "third.py").write_text("def third(data):\n    return data.assign(e=2)\n")
    return tmp_path


def states(project: Path, **options) -> dict[str, str]:
    with Project.open(project) as opened:
        outcome = opened.run(**options)
    assert outcome.state == "succeeded", outcome.errors
    return {step.name.rpartition(".")[2]: step.state for step in outcome.report.steps}


def test_second_run_reuses_every_step(helpers):
    states(helpers)

    again = states(helpers)

    assert set(again.values()) == {"cached"}


def test_edited_helper_two_imports_away_runs_exactly_the_affected_steps(helpers):
    states(helpers)
    (helpers / "steps" / "far.py").write_text("AMOUNT = 5\n")

    again = states(helpers)

    ran = {name for name, state in again.items() if state == "succeeded"}
    assert "first" not in ran
    assert {"second", "third"} <= ran


def test_changed_step_with_unchanged_result_stops_the_rebuild_there(helpers):
    states(helpers)
    (helpers / "steps" / "far.py").write_text("AMOUNT = 2 - 1  # the same\n")

    again = states(helpers)

    assert [name for name, state in again.items() if state == "succeeded"] == ["second"]


def test_changed_source_runs_what_follows(helpers):
    states(helpers)
    (helpers / "data.csv").write_text("a,b\n1,2\n3,4\n")

    again = states(helpers)

    assert again["collect"] if "collect" in again else again["files"] == "succeeded"
    assert again["third"] == "succeeded"


def test_touched_source_with_the_same_content_runs_nothing(helpers):
    states(helpers)
    os.utime(helpers / "data.csv", (1, 1))

    again = states(helpers)

    assert set(again.values()) == {"cached"}


def test_moved_project_is_still_cached(helpers, tmp_path_factory):
    states(helpers)
    target = tmp_path_factory.mktemp("elsewhere") / "moved"
    shutil.move(helpers, target)

    again = states(target)

    assert set(again.values()) == {"cached"}


def test_changed_setting_is_named_by_the_plan(chain):
    project = chain(3)
    states(project)
    text = (project / "fourstroke.toml").read_text().replace("amount = 1\n", "amount = 9\n")
    (project / "fourstroke.toml").write_text(text)

    with Project.open(project) as opened:
        plan = {step.name: step for step in opened.plan().steps}

    assert plan["data.prepare.add0"].action == "cached"
    assert plan["data.prepare.add1"].action == "run"
    assert plan["data.prepare.add1"].reason == "amount: 1 -> 9"
    assert plan["data.prepare.add2"].action == "perhaps"


def test_plan_names_the_file_that_changed(helpers):
    states(helpers)
    (helpers / "steps" / "far.py").write_text("AMOUNT = 5\n")

    with Project.open(helpers) as opened:
        plan = {step.name: step for step in opened.plan().steps}

    assert plan["data.prepare.second"].reason == "code of steps/far.py changed"


def test_force_runs_all_and_start_runs_what_follows(chain):
    project = chain(3)
    states(project)

    forced = states(project, force=True)
    started = states(project, start="add1")

    assert set(forced.values()) == {"succeeded"}
    assert started["add0"] == "cached"
    assert started["add1"] == started["add2"] == "succeeded"


def test_stop_ends_the_turn_after_that_step(chain):
    project = chain(3)

    ran = states(project, stop="add1")

    assert "add2" not in ran


def test_unknown_step_is_answered_with_the_nearest(chain):
    project = chain(3)

    with Project.open(project) as opened, pytest.raises(UsageError, match="did you mean 'add2'"):
        opened.run(only=["ad2"])


def test_damaged_object_is_named_set_aside_and_made_again(helpers):
    states(helpers)
    objects = [path for path in (helpers / ".fourstroke" / "store").rglob("*") if path.is_file()]
    for path in objects:
        path.chmod(0o644)
        path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    (helpers / "steps" / "third.py").write_text("def third(data):\n    return data.assign(e=3)\n")

    again = states(helpers)

    assert again["third"] == "succeeded"


def test_everything_damaged_is_made_again_in_one_run(helpers):
    states(helpers)
    for path in (helpers / ".fourstroke" / "store" / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"damaged")

    again = states(helpers)

    assert "succeeded" in again.values()
    assert set(states(helpers).values()) == {"cached"}
