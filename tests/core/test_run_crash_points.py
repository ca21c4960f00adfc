"""A whole run dies at each kind of durable step: nothing announced is lost, nothing is left half.

The points are enumerated by a first run: before and after each commit, fsync, link and rename. They
are about 350, of which every `STRIDE`-th is taken, and the last; ``CRASH_STRIDE=1`` takes all.
"""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import attrs
import pytest
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
    from collections.abc import Callable
    from pathlib import Path

# Shares no factor with the number of points that a step has, so that all kinds are met.
STRIDE = int(os.environ.get("CRASH_STRIDE", "11"))
# A process can only wait for one child at a time: as many as there usually are processors.
NURSERIES = 2


@attrs.frozen
class Death:
    """What was found after a run had died at one point, in the order in which it was looked for."""

    point: int
    killed: Call
    whole: Call
    half_written: list[str]
    listed: Call
    verified: Call
    deployed: list[str]
    again: Call
    swept: Call
    left: list[str]
    verified_again: Call

    @property
    def was_finished(self) -> bool:
        """Whether the last commit of a run, which says how it ended, had passed."""
        return self.killed.commits == self.whole.commits

    def __str__(self) -> str:
        return f"point {self.point}, {self.killed.points[-1]}, after {self.killed.stdout[-200:]}"


def die(call: Nursery, folder: Path, point: int, whole: Call) -> Death:
    write_project(folder)
    death = Death(
        point=point,
        whole=whole,
        killed=call(folder, "run", kill_at=point),
        half_written=damaged_objects(folder),
        listed=call(folder, "runs", "list", "--json"),
        verified=call(folder, "store", "verify"),
        deployed=not_whole(folder),
        again=call(folder, "run", "--json"),
        swept=call(folder, "store", "gc", "--apply", "--grace-hours", "0"),
        left=leftovers(folder),
        verified_again=call(folder, "store", "verify"),
    )
    shutil.rmtree(folder)
    return death


def not_whole(folder: Path) -> list[str]:
    """Name the deployments that a reader finds and that are not complete."""
    home = folder / ".fourstroke" / "deployments" / "tiny"
    active = home / "active.json"
    named = [json.loads(active.read_text())["folder"]] if active.exists() else []
    visible = [path.relative_to(home).as_posix() for path in home.glob("versions/[!.]*")]
    return [name for name in {*named, *visible} if not (home / name / "manifest.json").exists()]


@pytest.fixture(scope="module")
def deaths(tmp_path_factory: pytest.TempPathFactory) -> list[Death]:
    """Give what was found after each death."""
    base = tmp_path_factory.mktemp("deaths")
    with nursery(base, "count") as call:
        whole = call(write_project(base / "whole"), "run")
    assert whole.code == 0, whole.stderr
    last = len(whole.points) - 1
    points = sorted({*range(0, last, STRIDE), last})

    def die_at(some: list[int]) -> list[Death]:
        with nursery(base, str(some[0])) as call:
            return [die(call, base / f"at{point}", point, whole) for point in some]

    shares = [points[number::NURSERIES] for number in range(NURSERIES)]
    with ThreadPoolExecutor(NURSERIES) as pool:
        found = [death for share in pool.map(die_at, shares) for death in share]
    # What is recorded together depends on the time, so that a run may end a point or two earlier.
    return [death for death in found if death.killed.was_killed or death.point < last - 2]


def nursery(base: Path, name: str) -> Nursery:
    scratch = base / f"nursery-{name}"
    scratch.mkdir()
    return Nursery(scratch)


def wrong(deaths: list[Death], is_right: Callable[[Death], object]) -> list[str]:
    return [str(death) for death in deaths if not is_right(death)]


def test_run_dies_at_every_point_that_is_asked_for(deaths: list[Death]):
    assert len(deaths) > 20
    assert wrong(deaths, lambda death: death.killed.was_killed) == []
    assert wrong(deaths, lambda death: len(death.killed.points) == death.point + 1) == []


def test_killed_run_reads_lost_from_then_on(deaths: list[Death]):
    def is_lost(death: Death) -> bool:
        states = list(listed_runs(death.listed.stdout).values())
        # It may have died before it was recorded, and then it was not announced either.
        expected = ["succeeded"] if death.was_finished else ["lost"]
        return states == expected or (not states and "run " not in death.killed.stdout)

    assert wrong(deaths, is_lost) == []


def test_nothing_half_written_is_visible(deaths: list[Death]):
    assert wrong(deaths, lambda death: not death.half_written) == []
    assert wrong(deaths, lambda death: not death.deployed) == []


def test_store_is_sound_at_once(deaths: list[Death]):
    assert wrong(deaths, lambda death: death.verified.code == 0) == []


def test_next_run_succeeds(deaths: list[Death]):
    assert wrong(deaths, lambda death: death.again.code == 0) == []


def test_all_that_was_announced_is_reused(deaths: list[Death]):
    def is_reused(death: Death) -> bool:
        found = states(death.again.stdout)
        return all(found[name] == "cached" for name in announced(death.killed.stdout))

    assert wrong(deaths, is_reused) == []


def test_no_temporary_file_remains_after_the_sweep(deaths: list[Death]):
    assert wrong(deaths, lambda death: death.swept.code == 0 and not death.left) == []


def test_store_is_sound_after_the_next_run_and_the_sweep(deaths: list[Death]):
    assert wrong(deaths, lambda death: death.verified_again.code == 0) == []
