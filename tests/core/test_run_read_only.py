"""A project that may not be written: reading commands work, all others say so in one line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import Result, Shell
from whole_project import write_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What lets root write where nobody may; without it root is a user like any other.
POWERS = "-dac_override,-dac_read_search"


def call(folder: Path, *words: str) -> Result:
    """Call `fourstroke` as somebody to whom permissions apply."""
    without_powers = ["setpriv", f"--bounding-set={POWERS}"] if os.getuid() == 0 else []
    if without_powers and not shutil.which("setpriv"):
        pytest.skip("root needs setpriv to give its powers up")
    done = subprocess.run(
        [*without_powers, sys.executable, "-B", "-m", "fourstroke", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
        timeout=100,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def set_writable(folder: Path, *, is_writable: bool) -> None:
    for path in [folder, *folder.rglob("*")]:
        mode = 0o755 if path.is_dir() else 0o644
        path.chmod(mode if is_writable else mode & ~0o222)


def state_of(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*"))


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a project that has run and scored a batch, and may not be written any more."""
    folder = write_project(tmp_path_factory.mktemp("turned"))
    shell = Shell(folder)
    shell("run")
    shell("predict", "data.csv")
    set_writable(folder, is_writable=False)
    yield folder
    set_writable(folder, is_writable=True)


@pytest.fixture
def untouched(tmp_path: Path) -> Iterator[Path]:
    """Give a project that has never run, in a folder that may not be written."""
    folder = write_project(tmp_path / "untouched")
    set_writable(folder, is_writable=False)
    yield folder
    set_writable(folder, is_writable=True)


@pytest.mark.parametrize(
    ("words", "shows"),
    [
        pytest.param(words, shows, id=" ".join(words))
        for words, shows in (
            (("runs", "list"), "succeeded"),
            (("data", "list"), "tiny"),
            (("models", "list"), "tiny"),
            (("models", "show", "tiny"), "champion"),
            (("config", "check"), "valid"),
            (("plan",), "0 to run"),
            (("store", "verify"), "sound"),
            (("predict", "--help"), "Score the rows"),
        )
    ],
)
def test_reading_command_works_on_a_read_only_project(
    turned: Path, words: tuple[str, ...], shows: str
):
    before = state_of(turned)

    done = call(turned, *words)

    assert done.code == 0, done
    assert shows in done.stdout
    assert done.stderr == ""
    assert state_of(turned) == before


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("predict", "data.csv"),
        ("monitor",),
        ("models", "deploy", "tiny", "1", "--why", "a test"),
        ("store", "gc", "--apply", "--grace-hours", "0"),
    ],
    ids=" ".join,
)
def test_writing_command_says_in_one_line_that_it_may_not(turned: Path, words: tuple[str, ...]):
    before = state_of(turned)

    done = call(turned, *words)

    assert done.code == 1, done
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 1
    assert "writable" in done.stderr
    assert state_of(turned) == before


@pytest.mark.parametrize("words", [("run",), ("plan",), ("runs", "list")], ids=" ".join)
def test_folder_that_takes_no_records_is_told_in_one_line(untouched: Path, words: tuple[str, ...]):
    done = call(untouched, *words)

    assert done.code == 1, done
    assert done.stderr.startswith(f"error: {untouched}")
    assert len(done.stderr.splitlines()) == 1
    assert "writable" in done.stderr


def test_records_that_became_read_only_fail_the_run_in_one_line(tmp_path: Path):
    folder = write_project(tmp_path)
    Shell(folder)("run")
    (folder / ".fourstroke" / "records.sqlite").chmod(0o444)

    done = call(folder, "run")

    assert done.code == 1
    assert len(done.stderr.splitlines()) == 1
    assert "read-only" in done.stderr


def test_store_that_became_read_only_fails_the_run_in_one_line(tmp_path: Path):
    folder = write_project(tmp_path)
    store = folder / ".fourstroke" / "store"
    store.mkdir(parents=True)
    store.chmod(0o555)

    done = call(folder, "run")
    store.chmod(0o755)

    assert done.code == 1
    assert len([line for line in done.stderr.splitlines() if line.startswith("error: ")]) == 1
    assert "make it writable" in done.stderr
    assert Shell(folder)("run").code == 0
