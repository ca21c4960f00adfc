"""A project that was moved or copied is the same project: all of it is known at its new place."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import Shell
from whole_project import states, write_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project that has run, scored and monitored at another place than this one."""
    folder = write_project(tmp_path_factory.mktemp("before") / "old")
    shell = Shell(folder)
    shell("run")
    shell("predict", "data.csv")
    shell("monitor")
    return folder


@pytest.fixture
def moved(turned: Path, tmp_path: Path) -> Shell:
    """Give it at a place whose name is hard to read, with the old place gone."""
    place = tmp_path / "neu & schön" / "pro'ject %20"
    place.parent.mkdir()
    copy = tmp_path / "copy"
    shutil.copytree(turned, copy)
    shutil.move(copy, place)
    return Shell(place)


def test_whole_turn_is_cached_at_the_new_place(moved: Shell):
    assert set(states(moved("run", "--json").stdout).values()) == {"cached"}


def test_champion_scores_and_is_monitored_at_the_new_place(moved: Shell):
    moved("predict", "data.csv", "--json")

    assert moved("monitor").code == 0
    assert json.loads(moved("models", "list", "--json").stdout)["models"][0]["versions"][0][
        "is_champion"
    ]


def test_store_and_history_are_whole_at_the_new_place(moved: Shell):
    runs = json.loads(moved("runs", "list", "--json").stdout)["runs"]

    assert [row["state"] for row in runs] == ["succeeded"] * 3
    assert moved("store", "verify").stdout.startswith("sound")


def test_nothing_that_is_kept_names_the_old_place(turned: Path):
    home = turned / ".fourstroke"
    # A cache of digests by path: what it holds of another place is never looked up.
    kept = [path for path in home.rglob("*") if path.is_file() and path.stem != "index"]

    naming = [path.name for path in kept if str(turned).encode() in path.read_bytes()]

    assert naming == []
