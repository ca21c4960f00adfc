"""The stat index spares reading what did not change, and is never wrong."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from fourstroke import DataError
from fourstroke.artifacts import stat_index
from fourstroke.artifacts.digest import digest_bytes
from fourstroke.artifacts.stat_index import StatIndex

if TYPE_CHECKING:
    from pathlib import Path


class Clock:
    def __init__(self) -> None:
        self.ahead_ns = 0

    def time_ns(self) -> int:
        return time.time_ns() + self.ahead_ns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give a clock that can be put forward."""
    clock = Clock()
    monkeypatch.setattr(stat_index, "time", clock)
    return clock


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Give a list of the files that were really read."""
    read: list[Path] = []

    def counted(path: Path) -> str:
        read.append(path)
        return digest_bytes(path.read_bytes())

    monkeypatch.setattr(stat_index, "digest_file", counted)
    return read


@pytest.fixture
def index(tmp_path: Path):
    index = StatIndex(tmp_path / "home" / "index.sqlite")
    yield index
    index.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n")
    return path


def test_unchanged_file_is_read_once(index, data: Path, reads, clock: Clock):
    clock.ahead_ns = 10**10

    digests = {index.digest(data) for _ in range(3)}

    assert digests == {digest_bytes(b"a,b\n1,2\n")}
    assert len(reads) == 1


def test_byte_that_a_disk_changed_without_a_time_is_seen_anew_and_then_known(
    index, data: Path, monkeypatch, clock: Clock
):
    clock.ahead_ns = 10**10
    state = stat_index._state(data)
    monkeypatch.setattr(stat_index, "_state", lambda _: state)
    before = index.digest(data)
    data.write_bytes(b"a,b\n1,3\n")

    unseen, seen = index.digest(data), index.anew().digest(data)

    assert unseen == before == digest_bytes(b"a,b\n1,2\n")
    assert seen == index.digest(data) == digest_bytes(b"a,b\n1,3\n")


def test_file_that_has_just_been_written_is_not_trusted(index, data: Path, reads):
    index.digest(data)
    index.digest(data)

    assert len(reads) == 2


def test_change_of_content_is_seen(index, data: Path, reads, clock: Clock):
    clock.ahead_ns = 10**10
    index.digest(data)
    data.write_bytes(b"a,b\n1,2\n3,4\n")

    assert index.digest(data) == digest_bytes(b"a,b\n1,2\n3,4\n")


def test_change_behind_the_same_size_and_time_is_seen(index, data: Path, clock: Clock):
    clock.ahead_ns = 10**10
    index.digest(data)
    state = data.stat()
    time.sleep(0.02)
    data.write_bytes(b"a,b\n9,9\n")
    os.utime(data, ns=(state.st_atime_ns, state.st_mtime_ns))

    assert index.digest(data) == digest_bytes(b"a,b\n9,9\n")


def test_another_file_moved_into_its_place_is_seen(index, data: Path, tmp_path, clock: Clock):
    clock.ahead_ns = 10**10
    other = tmp_path / "other.csv"
    other.write_bytes(b"a,b\n7,7\n")
    index.digest(data)
    other.replace(data)

    assert index.digest(data) == digest_bytes(b"a,b\n7,7\n")


def test_index_is_shared_by_processes(index, data: Path, reads, clock: Clock, tmp_path: Path):
    clock.ahead_ns = 10**10
    index.digest(data)

    again = StatIndex(tmp_path / "home" / "index.sqlite")
    again.digest(data)
    again.close()

    assert len(reads) == 1


@pytest.mark.parametrize(
    "content", [b"", b"not a database", b"SQLite format 3\x00" + b"\xff" * 999]
)
def test_damaged_index_is_made_anew(tmp_path: Path, data: Path, reads, clock, content: bytes):
    clock.ahead_ns = 10**10
    path = tmp_path / "home" / "index.sqlite"
    path.parent.mkdir()
    path.write_bytes(content)
    index = StatIndex(path)

    digests = {index.digest(data) for _ in range(4)}
    index.close()

    assert digests == {digest_bytes(b"a,b\n1,2\n")}
    assert len(reads) < 4


def test_index_that_cannot_be_made_is_done_without(tmp_path: Path, data: Path):
    (tmp_path / "home").write_text("a file where a folder is needed")

    assert StatIndex(tmp_path / "home" / "index.sqlite").digest(data) == digest_bytes(b"a,b\n1,2\n")


def test_index_that_is_locked_is_done_without(index, data: Path, tmp_path, monkeypatch, clock):
    monkeypatch.setattr(stat_index, "_BUSY_SECONDS", 0.05)
    clock.ahead_ns = 10**10
    index.digest(data)
    index.close()
    holder = sqlite3.connect(tmp_path / "home" / "index.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    data.write_bytes(b"new")

    assert index.digest(data) == digest_bytes(b"new")
    holder.close()


def test_missing_file_is_named(index, tmp_path: Path):
    with pytest.raises(DataError) as caught:
        index.digest(tmp_path / "gone.csv")

    assert "gone.csv" in caught.value.where


def test_many_threads_and_processes_may_ask_at_once(index, tmp_path: Path):
    paths = [tmp_path / f"{number}.csv" for number in range(30)]
    for number, path in enumerate(paths):
        path.write_bytes(b"%d" % number)
        os.utime(path, (1, 1))
    wrong: list[str] = []

    def ask() -> None:
        for _ in range(3):
            for number, path in enumerate(paths):
                if index.digest(path) != digest_bytes(b"%d" % number):
                    wrong.append(path.name)

    program = (
        "import sys\nfrom pathlib import Path\n"
        "from fourstroke.artifacts.stat_index import StatIndex\n"
        "index = StatIndex(Path(sys.argv[1]))\n"
        "for path in sorted(Path(sys.argv[2]).glob('*.csv')): index.digest(path)\n"
    )
    command = [
        sys.executable,
        "-c",
        program,
        str(tmp_path / "home" / "index.sqlite"),
        str(tmp_path),
    ]
    processes = [subprocess.Popen(command) for _ in range(3)]
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert not wrong
