"""Runs that die at random moments, and while a champion is at work: the project always goes on."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from typing import TYPE_CHECKING

import attrs
import pytest
from conftest import Shell
from nursery import Call, Nursery
from whole_project import (
    announced,
    damaged_objects,
    leftovers,
    listed_runs,
    start,
    states,
    write_project,
)

if TYPE_CHECKING:
    from pathlib import Path

KILLS = 8
# Points of a turn with a champion at which it dies: every so many of about 400.
STRIDE = 37


@pytest.mark.parametrize("seed", [1])
def test_project_that_is_killed_again_and_again_gets_done(tmp_path: Path, seed: int):
    folder = write_project(tmp_path, runner="processes")
    moments = random.Random(seed)
    known: set[str] = set()
    forgotten: set[str] = set()
    for _ in range(KILLS):
        process = start(folder, "run")
        time.sleep(moments.uniform(0.2, 1.2))
        # The main process alone: its workers have to notice.
        process.send_signal(signal.SIGKILL)
        stdout, _ = process.communicate(timeout=30)
        ran = {line.split()[1] for line in stdout.splitlines() if line.endswith(" ran")}
        forgotten |= ran & known
        known |= announced(stdout)
    shell = Shell(folder)

    again = states(shell("run", "--json").stdout)
    ends = list(listed_runs(shell("runs", "list", "--json").stdout).values())

    assert forgotten == set()
    assert all(again[name] == "cached" for name in known)
    assert ends[0] == "succeeded"
    assert set(ends[1:]) <= {"lost", "succeeded"}
    assert shell("store", "verify").code == 0
    assert damaged_objects(folder) == []


def test_workers_of_a_killed_run_end_by_themselves(tmp_path: Path):
    folder = write_project(tmp_path, runner="processes")
    with (folder / "steps.py").open("a") as file:
        file.write(
            "\n\ndef wait(data):\n    import os\n"
            "    Path('worker').write_text(str(os.getpid()))\n    time.sleep(300)\n"
        )
    text = (folder / "fourstroke.toml").read_text()
    (folder / "fourstroke.toml").write_text(text.replace(":number", ":wait"))
    process = start(folder, "run")
    while not (folder / "worker").exists() or not (folder / "worker").read_text():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)

    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)

    assert is_gone(int((folder / "worker").read_text()), seconds=10)


def is_gone(pid: int, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@attrs.frozen
class Succession:
    """What was found after a run had died that was about to replace the champion."""

    point: str
    predicted: Call
    again: Call
    models: list[dict[str, object]]
    active: int
    verified: Call
    left: list[str]


@pytest.fixture(scope="module")
def successions(tmp_path_factory: pytest.TempPathFactory) -> list[Succession]:
    """Kill the second turn of a project, whose data has changed since the first one."""
    base = tmp_path_factory.mktemp("successions")
    (base / "nursery").mkdir()
    with Nursery(base / "nursery") as call:
        first = write_project(base / "first")
        assert call(first, "run").code == 0
        whole = call(second_turn(first, base / "whole"), "run")
        assert whole.code == 0, whole.stderr
        several = [
            succeed(call, second_turn(first, base / str(point)), point)
            for point in range(STRIDE, len(whole.points), STRIDE)
        ]
    # A slow run writes a sign of life or two more than a fast one, which may end before the last.
    return [succession for succession in several if succession is not None]


def second_turn(first: Path, folder: Path) -> Path:
    """Copy a project that has a champion, and give the copy other data."""
    shutil.copytree(first, folder)
    with (folder / "data.csv").open("a") as file:
        file.write("100,yes\n110,yes\n")
    return folder


def succeed(call: Nursery, folder: Path, point: int) -> Succession | None:
    killed = call(folder, "run", kill_at=point)
    if not killed.was_killed:
        assert killed.code == 0, killed.stderr
        return None
    predicted = call(folder, "predict", "data.csv")
    again = call(folder, "run", "--json")
    listed = json.loads(call(folder, "models", "list", "--json").stdout)["models"]
    active = folder / ".fourstroke" / "deployments" / "tiny" / "active.json"
    return Succession(
        point=f"{point} {killed.points[-1]}",
        predicted=predicted,
        again=again,
        models=listed[0]["versions"],
        active=json.loads(active.read_text())["version"],
        verified=call(folder, "store", "verify"),
        left=leftovers(folder),
    )


def test_champion_scores_whenever_its_successor_dies(successions: list[Succession]):
    assert len(successions) > 5
    assert [item.point for item in successions if item.predicted.code != 0] == []


def test_successor_takes_over_in_the_next_run(successions: list[Succession]):
    for item in successions:
        champions = {row["version"]: row["is_champion"] for row in item.models}
        assert item.again.code == 0, item.again.stderr
        assert champions == {1: False, 2: True}, item.point
        assert item.active == 2


def test_store_is_sound_after_the_change(successions: list[Succession]):
    assert [item.point for item in successions if item.verified.code or item.left] == []
