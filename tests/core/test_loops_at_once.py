"""Two processes at one project: one of them turns, tells and trains, and the other finds that done."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from test_loop import drifted, grow, told, trained, turned, turns

from fourstroke import Project

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["turned"]  # the fixture

STEPS = """

def slowly(alert, context):
    telling(alert, context)
    _wait_for("go.txt", 1, context)
    return True


def together(window, reference, context):
    (context.root / f"look-{context.run}.txt").touch()
    _wait_for("look-*.txt", 2, context)
    return drift(window, reference)


def _wait_for(pattern, count, context):
    for _ in range(600):
        if len(list(context.root.glob(pattern))) >= count:
            return
        time.sleep(0.05)
"""


@pytest.fixture
def folder(turned: Path, tmp_path: Path) -> Path:
    """Give a project whose champion has scored old people, and whose channel is slow."""
    folder = shutil.copytree(turned, tmp_path / "tiny")
    drifted(folder).close()
    grow(folder, 61, 62)
    change(folder, "steps.py:telling", "steps.py:slowly")
    with (folder / "steps.py").open("a") as steps:
        steps.write(STEPS)
    return folder


def change(folder: Path, before: str, after: str) -> None:
    file = folder / "fourstroke.toml"
    file.write_text(file.read_text().replace(before, after))


def until(is_so, seconds: float = 60.0) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.02)


@contextlib.contextmanager
def begun(folder: Path, name: str, *words: str):
    """Begin a command; gives its process, and the file of what it says."""
    says = folder / f"{name}.log"
    command = [sys.executable, "-m", "fourstroke", *words]
    with says.open("w") as file:
        process = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
    try:
        yield process, says
    finally:
        process.kill()
        process.wait()


def test_of_two_loops_one_makes_the_new_champion_and_the_other_finds_nothing_to_do(folder: Path):
    with begun(folder, "first", "loop") as (one, first):
        until(lambda: told(folder))  # and the channel holds it there
        with begun(folder, "second", "loop") as (two, second):
            until(lambda: "another loop of tiny is at work" in second.read_text())
            (folder / "go.txt").touch()
            assert one.wait(60) == 0, first.read_text()
            assert two.wait(60) == 0, second.read_text()

    assert "tiny@v2 is the new champion" in first.read_text()
    why = "verdict  nothing to do: no alert of performance or drift is open"
    assert why in second.read_text()
    with Project.open(folder) as project:
        versions = project.records.model_versions("tiny")
        assert [(each.version, each.is_champion) for each in versions] == [(1, False), (2, True)]
        assert trained(project) == 2  # the first champion, and the second
        assert sorted(turns(project)) == [("no", ""), ("yes", "drift")]
        assert len(project.records.alerts("tiny")) == 1
        assert project.audit.verify().problems == ()
    assert told(folder) == ["raised tiny/drift"]


def test_of_two_looks_at_one_window_one_tells_people(folder: Path):
    change(folder, "steps.py:drift", "steps.py:together")

    with (
        begun(folder, "first", "monitor") as (one, first),
        begun(folder, "second", "monitor") as (two, second),
    ):
        until(lambda: told(folder))
        time.sleep(0.5)  # the other one has seen the same by now
        (folder / "go.txt").touch()
        assert one.wait(60) == 0, first.read_text()
        assert two.wait(60) == 0, second.read_text()

    assert told(folder) == ["raised tiny/together"]
    assert sum("people were told" in says.read_text() for says in (first, second)) == 1
    with Project.open(folder) as project:
        assert len(project.records.alerts("tiny")) == 1
