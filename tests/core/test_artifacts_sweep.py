"""A sweep removes what nobody refers to, and nothing else."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from fourstroke.artifacts import files
from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.store import ArtifactStore
from fourstroke.plugins.services import StorageCaller
from fourstroke_local import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path

HOUR = 3600.0


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return open_store(tmp_path)


def open_store(root: Path) -> ArtifactStore:
    storage = StorageCaller(LocalStorage(path=root / "store"))
    return ArtifactStore(storage, Codecs(root), root / "tmp")


def make_old(root: Path, hours: float) -> None:
    for path in (root / "store").rglob("*"):
        if path.is_file():
            then = time.time() - hours * HOUR
            os.utime(path, (then, then))


def dead_process() -> int:
    process = os.fork()
    if process == 0:
        os._exit(0)
    os.waitpid(process, 0)
    return process


def test_unused_object_is_removed_and_used_one_stays(store: ArtifactStore):
    used, unused = store.put({"a": 1}), store.put({"a": 2})

    done = store.sweep({used.files[0].digest}, grace_seconds=0, apply=True)

    assert done.removed == (unused.files[0].digest,)
    assert done.size_bytes == unused.size_bytes
    assert store.has(used)
    assert not store.has(unused)


def test_without_apply_nothing_changes(store: ArtifactStore):
    unused = store.put({"a": 2})

    done = store.sweep(set(), grace_seconds=0, apply=False)

    assert done.removed == (unused.files[0].digest,)
    assert not done.is_applied
    assert store.has(unused)


def test_young_object_stays_in_its_time_of_grace(store: ArtifactStore):
    young = store.put({"a": 1})

    done = store.sweep(set(), grace_seconds=HOUR, apply=True)

    assert done.removed == ()
    assert done.kept == 1
    assert store.has(young)


def test_old_object_that_is_put_again_is_young_again(store: ArtifactStore, tmp_path: Path):
    artifact = store.put({"a": 1})
    make_old(tmp_path, 50)
    open_store(tmp_path).put({"a": 1})

    store.sweep(set(), grace_seconds=24 * HOUR, apply=True)

    assert store.load(artifact) == {"a": 1}


def test_old_object_is_removed(store: ArtifactStore, tmp_path: Path):
    artifact = store.put({"a": 1})
    make_old(tmp_path, 50)

    store.sweep(set(), grace_seconds=24 * HOUR, apply=True)

    assert not store.has(artifact)


def test_keys_that_are_no_objects_are_not_touched(tmp_path: Path):
    store = open_store(tmp_path)
    storage = LocalStorage(path=tmp_path / "store")
    for name in ("other/key", "blake3/notes.txt"):
        (tmp_path / "file").write_text("x")
        storage.write(name, tmp_path / "file")

    done = store.sweep(set(), grace_seconds=0, apply=True)

    assert done.removed == ()
    assert list(storage.keys("")) == ["blake3/notes.txt", "other/key"]


def test_leftovers_of_dead_processes_go_and_those_of_living_ones_stay(tmp_path: Path):
    store = open_store(tmp_path)
    living = files.new_folder(tmp_path / "tmp", "put")
    dead = tmp_path / "tmp" / living.name.replace(f"-{os.getpid()}-", f"-{dead_process()}-")
    dead.mkdir()
    (dead / "half.parquet").write_bytes(b"x")
    elsewhere = tmp_path / "tmp" / "put-00000000-1-0123456789abcdef"
    elsewhere.mkdir()
    (tmp_path / "tmp" / "unknown").mkdir()

    store.clear_leftovers()

    assert not dead.exists()
    assert {path.name for path in (tmp_path / "tmp").iterdir()} == {
        living.name,
        elsewhere.name,
        "unknown",
    }


def test_old_leftovers_of_another_host_go(tmp_path: Path):
    elsewhere = tmp_path / "tmp" / "fetch-00000000-1-0123456789abcdef"
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(b"x")
    os.utime(elsewhere, (1, 1))

    done = open_store(tmp_path).sweep(set(), grace_seconds=0, apply=True)

    assert done.leftovers == (elsewhere.name,)
    assert not elsewhere.exists()


def test_verify_all_names_damaged_and_missing_objects_only(store, tmp_path: Path):
    digests = [store.put({"a": number}).files[0].digest for number in range(4)]
    damaged, missing = digests[1], digests[2]
    storage = LocalStorage(path=tmp_path / "store")
    path = store.fetch(damaged)
    path.chmod(0o644)
    path.write_bytes(b"{}")
    store.fetch(missing).unlink()

    problems = store.verify_all(digests)

    assert len(problems) == 2
    assert damaged in problems[0]
    assert len(list(storage.keys(""))) == 2


def test_sweep_of_a_store_that_is_not_there_yet_finds_nothing(store: ArtifactStore):
    assert store.sweep(set(), grace_seconds=0, apply=True).removed == ()
