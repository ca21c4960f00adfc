"""Upkeep that dies or finds no room: a backup is whole or not there, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import time
from typing import TYPE_CHECKING

import pytest
from conftest import Shell
from nursery import Nursery
from whole_project import damaged_objects, leftovers, listed_runs, start, write_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("in_one_process")


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Nursery]:
    (tmp_path / "nursery").mkdir()
    with Nursery(tmp_path / "nursery") as nursery:
        yield nursery


@pytest.fixture
def turned(tmp_path: Path, call: Nursery) -> Path:
    """Give a project that has run."""
    folder = write_project(tmp_path / "project")
    assert call(folder, "run").code == 0
    return folder


def deaths(call: Nursery, original: Path, *words: str, stride: int = 1) -> Iterator[Path]:
    """Let a command die at its points, or some of them, each time in a new copy of a project."""
    for point in range(0, 400, stride):
        folder = original.with_name(f"at{point}")
        shutil.copytree(original, folder)
        if not call(folder, *words, kill_at=point).was_killed:
            assert point > 0, "nothing of it lasts"
            return
        yield folder
    raise AssertionError("it never came through")


def test_killed_backup_is_whole_or_not_there(call: Nursery, turned: Path):
    for folder in deaths(call, turned, "store", "backup", "kept.tar"):
        if (folder / "kept.tar").exists():
            with tarfile.open(folder / "kept.tar") as archive:
                assert len(archive.getnames()) > 10


def test_killed_backup_leaves_nothing_that_a_sweep_does_not_find(call: Nursery, turned: Path):
    for folder in deaths(call, turned, "store", "backup", "kept.tar"):
        call(folder, "store", "gc", "--apply")
        assert leftovers(folder) == []


def test_killed_backup_can_be_made_again(call: Nursery, turned: Path):
    for folder in deaths(call, turned, "store", "backup", "kept.tar"):
        (folder / "kept.tar").unlink(missing_ok=True)
        assert call(folder, "store", "backup", "kept.tar").code == 0
        assert [path.name for path in folder.glob(".kept*")] == []


def test_killed_restore_can_be_repeated(call: Nursery, turned: Path, tmp_path: Path):
    empty = write_project(tmp_path / "empty")
    assert call(turned, "store", "backup", str(empty / "kept.tar")).code == 0
    for folder in deaths(call, empty, "store", "restore", "kept.tar", stride=17):
        if not listed_runs(call(folder, "runs", "list", "--json").stdout):
            again = call(folder, "store", "restore", "kept.tar")
            assert again.code == 0, again.stderr
        assert call(folder, "store", "verify").code == 0
        assert len(listed_runs(call(folder, "runs", "list", "--json").stdout)) == 1


def test_killed_sweep_takes_nothing_that_is_in_use(call: Nursery, turned: Path):
    for folder in deaths(call, turned, "store", "gc", "--apply", "--grace-hours", "0"):
        assert call(folder, "store", "verify").code == 0
        assert damaged_objects(folder) == []


def test_backup_without_room_is_one_line_and_leaves_nothing(tmp_path: Path):
    folder = write_project(tmp_path, times=3000)
    Shell(folder)("run")

    limited = 'ulimit -f 2000; exec "$0" -m fourstroke store backup kept.tar'
    done = subprocess.run(
        ["bash", "-c", limited, sys.executable],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert [line[:7] for line in done.stderr.splitlines()] == ["error: "]
    assert [path.name for path in folder.glob("*kept*")] == []
    assert leftovers(folder) == []


def test_sweep_without_grace_is_refused_while_a_run_is_at_work(tmp_path: Path):
    folder = write_project(tmp_path)
    with (folder / "steps.py").open("a") as file:
        file.write("\n\ndef wait(data):\n    Path('waits').touch()\n    time.sleep(100)\n")
    text = (folder / "fourstroke.toml").read_text()
    (folder / "fourstroke.toml").write_text(
        text.replace(":widen", ":wait").replace("times = 1", "")
    )
    process = start(folder, "run")
    while not (folder / "waits").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)

    swept = Shell(folder)("store", "gc", "--apply", "--grace-hours", "0", code=None)
    process.kill()
    process.communicate(timeout=30)

    assert swept.code == 2
    assert "a run is at work" in swept.stderr
    assert Shell(folder)("store", "gc", "--apply", "--grace-hours", "0").code == 0


def test_sweep_keeps_what_a_run_at_work_has_stored(tmp_path: Path):
    folder = write_project(tmp_path)
    with (folder / "steps.py").open("a") as file:
        file.write("\n\ndef wait(data):\n    Path('waits').touch()\n    time.sleep(100)\n")
    text = (folder / "fourstroke.toml").read_text()
    (folder / "fourstroke.toml").write_text(
        text.replace(":widen", ":wait").replace("times = 1", "")
    )
    process = start(folder, "run")
    while not (folder / "waits").exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    # Stored half an hour ago by a run that died, found again by this one, and not recorded yet.
    place = next(each for each in (folder / ".fourstroke" / "store").rglob("*") if each.is_file())
    stray = place.with_name("f" * len(place.name))
    stray.write_bytes(b"found again")
    half_an_hour_ago = time.time() - 1800
    os.utime(stray, (half_an_hour_ago, half_an_hour_ago))

    swept = Shell(folder)("store", "gc", "--apply", "--grace-hours", "0.25")
    process.kill()
    process.communicate(timeout=30)

    assert swept.code == 0
    assert stray.exists()
    Shell(folder)("store", "gc", "--apply", "--grace-hours", "0.25")
    assert not stray.exists()
