"""A whole run on a disk without room: one line, nothing half-written, and the next run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import attrs
import pytest
from conftest import Result, Shell
from nursery import Call, Nursery
from whole_project import (
    announced,
    damaged_objects,
    leftovers,
    listed_runs,
    states,
    write_project,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KIB = 1024
# Points at which the disk is full from then on: every so many of about 340.
STRIDE = 43


def is_one_line_that_helps(stderr: str) -> bool:
    """Say whether it names the fault and what to do, once and without a traceback."""
    errors = [line for line in stderr.splitlines() if line.startswith("error: ")]
    return (
        len(errors) == 1
        and "the disk is full (make room" in errors[0]
        and "Traceback" not in stderr
    )


# A file system that is really full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 3 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(place)]
    if os.getuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, *, leave: int) -> None:
    """Take all room on a file system but so many bytes."""
    free = os.statvfs(disk)
    (disk / "ballast").write_bytes(b"x" * (free.f_bavail * free.f_frsize - leave))


# What is used up half-way, and less than the memory takes that the database shares.
@pytest.mark.parametrize("room", [700 * KIB, 8 * KIB])
def test_full_disk_fails_the_run_in_one_line_and_the_next_one_goes_on(small_disk: Path, room: int):
    shell = Shell(write_project(small_disk / "project", times=300))
    fill(small_disk, leave=room)

    full: Result = shell("run", code=1)
    half_written = damaged_objects(shell.folder)
    (small_disk / "ballast").unlink()
    listed = listed_runs(shell("runs", "list", "--json").stdout)
    again = states(shell("run", "--json").stdout)

    assert is_one_line_that_helps(full.stderr), full.stderr
    assert half_written == []
    assert set(listed.values()) <= {"failed", "lost"}
    assert all(again[name] == "cached" for name in announced(full.stdout))
    assert shell("store", "verify").code == 0
    assert leftovers(shell.folder) == []


# A disk that is full from one durable step on


@attrs.frozen
class Filled:
    """What was found after a run whose disk was full from one point on."""

    point: str
    full: Call
    half_written: list[str]
    listed: Call
    again: Call
    left: list[str]


def run_full(base: Path, *, records_have_room: bool) -> list[Filled]:
    (base / "nursery").mkdir()
    with Nursery(base / "nursery") as call:
        points = call(write_project(base / "whole"), "run").points
        # The last step's end is the last thing that needs room.
        found = []
        for number in range(0, len(points) - STRIDE, STRIDE):
            folder = write_project(base / str(number))
            full = call(folder, "run", full_at=number, records_have_room=records_have_room)
            filled = Filled(
                point=f"{number} {points[number]}",
                full=full,
                half_written=damaged_objects(folder),
                listed=call(folder, "runs", "list", "--json"),
                again=call(folder, "run", "--json"),
                left=leftovers(folder),
            )
            found.append(filled)
    return found


@pytest.fixture(scope="module")
def all_full(tmp_path_factory: pytest.TempPathFactory) -> list[Filled]:
    """Fill the disk of store and records."""
    return run_full(tmp_path_factory.mktemp("all"), records_have_room=False)


@pytest.fixture(scope="module")
def store_full(tmp_path_factory: pytest.TempPathFactory) -> list[Filled]:
    """Fill the disk of the store, as if the records lay on another one."""
    return run_full(tmp_path_factory.mktemp("store"), records_have_room=True)


@pytest.mark.parametrize("case", ["all_full", "store_full"])
def test_run_ends_with_one_line_that_helps(case: str, request: pytest.FixtureRequest):
    found: list[Filled] = request.getfixturevalue(case)

    assert len(found) > 5
    assert [item.point for item in found if item.full.code != 1] == []
    assert [
        item.full.stderr for item in found if not is_one_line_that_helps(item.full.stderr)
    ] == []


@pytest.mark.parametrize("case", ["all_full", "store_full"])
def test_nothing_is_left_half(case: str, request: pytest.FixtureRequest):
    found: list[Filled] = request.getfixturevalue(case)

    assert [item.point for item in found if item.half_written or item.left] == []


def test_run_is_recorded_as_failed_where_the_records_have_room(store_full: list[Filled]):
    for item in store_full:
        assert list(listed_runs(item.listed.stdout).values()) == ["failed"], item.point


def test_run_that_cannot_be_ended_reads_lost(all_full: list[Filled]):
    ends = {item.point: [*listed_runs(item.listed.stdout).values()] for item in all_full}

    assert all(end in (["lost"], []) for end in ends.values()), ends
    assert list(ends.values()).count(["lost"]) > 5


@pytest.mark.parametrize("case", ["all_full", "store_full"])
def test_next_run_reuses_what_was_finished(case: str, request: pytest.FixtureRequest):
    found: list[Filled] = request.getfixturevalue(case)

    for item in found:
        again = states(item.again.stdout)
        assert item.again.code == 0
        assert all(again[name] == "cached" for name in announced(item.full.stdout)), item.point


# A process that may not write large files


@pytest.mark.parametrize(
    ("times", "kib"),
    [
        pytest.param(3000, 1000, id="an-object-is-too-large"),
        pytest.param(1, 200, id="the-records-are-too-large"),
    ],
)
def test_limit_of_file_sizes_is_told_with_what_to_do(tmp_path: Path, times: int, kib: int):
    write_project(tmp_path, times=times)

    limited = f'ulimit -f {kib}; exec "$0" -m fourstroke run'
    done = subprocess.run(
        ["bash", "-c", limited, sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == 1
    assert len(errors) == 1
    assert "ulimit -f" in errors[0]
    assert damaged_objects(tmp_path) == []
    assert leftovers(tmp_path) == []
