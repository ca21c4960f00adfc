"""The bundled storage: named immutable files in a folder."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourstroke import StoreError
from fourstroke_local import LocalStorage, durable

if TYPE_CHECKING:
    from pathlib import Path

keys = st.lists(
    st.text("aZ09._-", min_size=1, max_size=4).filter(lambda part: set(part) != {"."}),
    min_size=1,
    max_size=3,
).map("/".join)


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(path=tmp_path / "store")


def a_file(folder: Path, content: str = "content") -> Path:
    path = folder / f"file-{time.monotonic_ns()}"
    path.write_text(content)
    return path


def test_what_is_written_can_be_read(storage: LocalStorage, tmp_path: Path):
    is_new = storage.write("blake3/ab/cd", a_file(tmp_path, "x"))

    assert is_new is True
    assert storage.exists("blake3/ab/cd")
    assert storage.read("blake3/ab/cd").read_text() == "x"


def test_key_that_is_there_is_left_as_it_is(storage: LocalStorage, tmp_path: Path):
    storage.write("a", a_file(tmp_path, "first"))

    is_new = storage.write("a", a_file(tmp_path, "second"))

    assert is_new is False
    assert storage.read("a").read_text() == "first"


def test_written_file_cannot_be_changed_through_its_old_name(storage, tmp_path: Path):
    source = a_file(tmp_path)
    storage.write("a", source)

    assert not source.exists()
    assert storage.read("a").stat().st_mode & 0o777 == 0o444


def test_missing_key_is_an_error_of_the_store(storage: LocalStorage):
    with pytest.raises(StoreError, match="nothing under this key") as caught:
        storage.read("blake3/ab/cd")

    assert caught.value.where == "blake3/ab/cd"
    assert not storage.exists("blake3/ab/cd")


def test_deleted_key_is_gone_and_may_be_written_again(storage: LocalStorage, tmp_path: Path):
    storage.write("a/b", a_file(tmp_path))

    assert storage.delete("a/b") is True
    assert storage.delete("a/b") is False
    assert not storage.exists("a/b")
    assert storage.write("a/b", a_file(tmp_path)) is True


@pytest.mark.parametrize(
    "key",
    [
        "",
        ".",
        "..",
        "../x",
        "a/../../x",
        "/etc/passwd",
        "a//b",
        "a/",
        "a\\b",
        "a b",
        "ä",
        "a\x00",
        "a\n",
    ],
)
def test_keys_that_lead_elsewhere_are_refused(storage: LocalStorage, tmp_path: Path, key: str):
    for act in (storage.read, storage.exists, storage.delete):
        with pytest.raises(StoreError, match="not a key"):
            act(key)
    with pytest.raises(StoreError, match="not a key"):
        storage.write(key, a_file(tmp_path))


@given(present=st.sets(keys, max_size=8), prefix=st.text("aZ09._-/", max_size=4))
def test_keys_are_listed_in_order_by_prefix(tmp_path_factory, present, prefix):
    folder = tmp_path_factory.mktemp("listed")
    storage = LocalStorage(path=folder / "store")
    written = set()
    for key in present:
        # A file system cannot hold a file and a folder of one name.
        if not any(other.startswith(f"{key}/") or key.startswith(f"{other}/") for other in written):
            storage.write(key, a_file(folder))
            written.add(key)
    try:
        listed = list(storage.keys(prefix))
    except StoreError:
        assert any(part in {"", ".", ".."} for part in prefix.split("/")[:-1])
    else:
        assert listed == sorted(key for key in written if key.startswith(prefix))


def test_keys_of_an_empty_store_are_none(storage: LocalStorage):
    assert list(storage.keys("")) == []
    assert list(storage.keys("blake3/")) == []


def test_key_below_another_key_is_refused(storage: LocalStorage, tmp_path: Path):
    storage.write("a", a_file(tmp_path))

    with pytest.raises(StoreError):
        storage.write("a/b", a_file(tmp_path))


def test_file_of_another_file_system_is_copied(storage, tmp_path: Path, monkeypatch):
    link = os.link

    def far(source, target):
        if "incoming" not in str(source):
            raise OSError(18, "Invalid cross-device link")
        link(source, target)

    monkeypatch.setattr(durable.os, "link", far)

    is_new = storage.write("a/b", a_file(tmp_path, "far"))

    assert is_new is True
    assert storage.read("a/b").read_text() == "far"
    assert list((tmp_path / "store" / "incoming").iterdir()) == []


def test_copies_that_were_never_finished_are_cleared(storage, tmp_path: Path, monkeypatch):
    incoming = tmp_path / "store" / "incoming"
    incoming.mkdir(parents=True)
    for name, age in (("old", 90_000), ("young", 60)):
        (incoming / name).write_text("half")
        os.utime(incoming / name, (time.time() - age, time.time() - age))
    link = os.link

    def far(source, target):
        if "incoming" not in str(source):
            raise OSError(18, "Invalid cross-device link")
        link(source, target)

    monkeypatch.setattr(durable.os, "link", far)
    storage.write("a", a_file(tmp_path))

    assert [path.name for path in incoming.iterdir()] == ["young"]


def test_file_system_without_links_serves_too(storage, tmp_path: Path, monkeypatch):
    def refuse(source, target):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(durable.os, "link", refuse)

    assert storage.write("a", a_file(tmp_path, "1")) is True
    assert storage.write("a", a_file(tmp_path, "2")) is False
    assert storage.read("a").read_text() == "1"


def test_only_one_of_many_writers_is_the_first(storage: LocalStorage, tmp_path: Path):
    results: list[tuple[bool, int]] = []

    def write(number: int) -> None:
        path = tmp_path / f"from-{number}"
        path.write_text(str(number))
        results.append((storage.write("deep/er/key", path), number))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    [winner] = [number for is_new, number in results if is_new]
    assert storage.read("deep/er/key").read_text() == str(winner)


def test_everything_is_synced_before_it_is_confirmed(storage, tmp_path: Path, monkeypatch):
    points: list[str] = []
    monkeypatch.setattr(durable, "reached", points.append)

    storage.write("blake3/ab/cd", a_file(tmp_path))

    assert points == ["file synced", "file linked", "file named", "folder synced"]


def test_small_write_syncs_two_times_when_its_folder_is_there(storage, tmp_path, monkeypatch):
    storage.write("ab/1", a_file(tmp_path))
    synced: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(durable.os, "fsync", lambda handle: (synced.append(handle), fsync(handle)))

    storage.write("ab/2", a_file(tmp_path))

    assert len(synced) == 2


def test_failed_sync_shows_nothing(storage: LocalStorage, tmp_path: Path, monkeypatch):
    def fail(handle):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(durable.os, "fsync", fail)

    with pytest.raises(StoreError, match="Input/output error"):
        storage.write("a", a_file(tmp_path))
    assert list(storage.keys("")) == []
