"""The store's commands: verify, gc, backup, restore, with files as people really have them."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import Shell
from whole_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """\
[project]
name = "small"

[data.collect]
path = "data.csv"

[backends]
runner = "inline"
"""


def project(folder: Path) -> Shell:
    folder.mkdir(parents=True)
    (folder / "fourstroke.toml").write_text(PROJECT)
    (folder / "data.csv").write_text("a,b\n" + "".join(f"{n},{n % 7}\n" for n in range(300)))
    return Shell(folder)


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Shell:
    """Give a project with a run and a backup."""
    shell = project(tmp_path_factory.mktemp("kept") / "project")
    shell("run")
    shell("store", "backup", "../backup")
    return shell


@pytest.fixture
def backup(kept: Shell) -> bytes:
    return (kept.folder.parent / "backup").read_bytes()


def one_error(result) -> str:
    [line] = result.stderr.splitlines()
    assert line.startswith("error: ")
    return line


def test_restored_project_reuses_everything(kept: Shell, tmp_path: Path):
    shell = project(tmp_path / "copy")

    told = shell("store", "restore", str(kept.folder.parent / "backup")).stdout

    assert told.startswith("restored  ")
    assert shell("store", "verify").stdout.startswith("sound  ")
    assert shell("plan").stdout.rstrip().endswith("nothing to do")


def test_restore_over_records_is_refused(kept: Shell):
    line = one_error(kept("store", "restore", "../backup", code=2))

    assert "this project has records already" in line


def damaged(whole: bytes) -> dict[str, bytes]:
    third = len(whole) // 3
    # Behind the 100 bytes that head a database stands its schema.
    schema = whole.find(b"SQLite format 3") + 100
    changed = bytes(byte ^ 255 for byte in whole[schema : schema + 300])
    last = whole.rindex(b"ustar") - 257
    return {
        "empty": b"",
        "a table": b"a,b\n" + b"1,2\n" * 999,
        "cut in the middle": whole[:third],
        "cut between two members": whole[:last],
        "changed records": whole[:schema] + changed + whole[schema + 300 :],
        "a changed object": whole.replace(b"PAR1", b"PAR2").replace(b"ARROW1", b"ARROW2"),
    }


@pytest.mark.parametrize("kind", damaged(b"ustar" * 999))
def test_damaged_backup_is_refused_in_one_line(backup: bytes, tmp_path: Path, kind: str):
    shell = project(tmp_path / "copy")
    content = damaged(backup)[kind]
    (tmp_path / "damaged").write_bytes(content)
    assert content != backup

    line = one_error(shell("store", "restore", "../damaged", code=1))

    assert "damaged" in line
    assert shell("runs", "list").stdout.startswith("no runs yet")


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("../backup", "there is a file already"),
        ("no/backup", "mkdir -p no"),
        (".", "is a directory"),
        ("", "there is a file already"),
    ],
)
def test_backup_to_a_wrong_place_is_one_line(kept: Shell, file: str, says: str):
    before = sorted(kept.folder.iterdir())

    line = one_error(kept("store", "backup", file, code=2))

    assert says in line
    assert sorted(kept.folder.iterdir()) == before


def test_gc_keeps_what_records_refer_to(kept: Shell, tmp_path: Path):
    shutil.copytree(kept.folder, tmp_path / "copy")
    shell = Shell(tmp_path / "copy")

    shell("store", "gc", "--apply", "--grace-hours", "0")

    assert shell("store", "verify").stdout.startswith("sound  ")


@pytest.mark.parametrize("hours", ["nan", "inf", "-1", "many"])
def test_grace_that_is_no_number_of_hours_is_refused(kept: Shell, hours: str):
    assert "--grace-hours" in one_error(kept("store", "gc", "--grace-hours", hours, code=2))


@pytest.mark.skipif(sys.platform == "win32", reason="no such redirection")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_are_no_fault(kept: Shell, closed: str):
    done = subprocess.run(
        f"{sys.executable} -m fourstroke runs list {closed}",
        shell=True,
        cwd=kept.folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("words", [("run",), ("plan",), ("store", "gc"), ("store", "verify")])
def test_damaged_row_of_the_records_is_told_in_one_line(tmp_path, words: tuple[str, ...]):
    shell = Shell(write_project(tmp_path))
    shell("run")
    with contextlib.closing(sqlite3.connect(tmp_path / ".fourstroke" / "records.sqlite")) as db:
        db.execute("update results set outputs = '{bad json'")
        db.commit()

    done = shell(*words, code=None)

    assert done.code == 1
    assert "a row of the records is damaged" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
