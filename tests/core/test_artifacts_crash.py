"""The process dies at each step of keeping something: nothing half-written is ever visible."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from fourstroke import StoreError
from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.digest import digest_bytes
from fourstroke.artifacts.objects import digest_of
from fourstroke.artifacts.store import ArtifactStore
from fourstroke.plugins.services import StorageCaller
from fourstroke_local import LocalStorage

if TYPE_CHECKING:
    from pathlib import Path

# What the child does; it dies when it has passed as many steps as its first argument says.
CHILD = """
import os, signal, sys
from pathlib import Path
from fourstroke.artifacts import files
from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.store import ArtifactStore
from fourstroke.plugins.services import StorageCaller
from fourstroke_local import LocalStorage, durable

left = int(sys.argv[1])
root = Path(sys.argv[2])

def reached(point):
    global left
    print(point, flush=True)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1

files.reached = durable.reached = reached
store = ArtifactStore(StorageCaller(LocalStorage(path=root / "store")), Codecs(root), root / "tmp")
{work}
print("kept", flush=True)
"""
PUT = "store.put({'a': 1})"
PUT_FILE = "store.put_file(root / 'big')"
SET_ASIDE = """
from fourstroke import StoreError
artifact = store.put({'a': 1})
path = store.fetch(artifact.files[0].digest)
path.chmod(0o644)
path.write_bytes(b'damaged')
try:
    store.load(artifact)
except StoreError:
    pass
"""


def open_store(root: Path) -> ArtifactStore:
    storage = StorageCaller(LocalStorage(path=root / "store"))
    return ArtifactStore(storage, Codecs(root), root / "tmp")


def dies_after(steps: int, root: Path, work: str) -> tuple[bool, list[str]]:
    command = [sys.executable, "-c", CHILD.format(work=work), str(steps), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode != 0, done.stdout.split("\n")[:-1]


def all_deaths(root: Path, work: str):
    """Yield a folder for each step at which the child can die, after its death there."""
    for steps in range(30):
        folder = root / str(steps)
        folder.mkdir()
        (folder / "big").write_bytes(b"x" * 3_000_000)
        died, points = dies_after(steps, folder, work)
        if not died:
            assert steps > 3
            return
        yield folder, points
    raise AssertionError("it never came through")


@pytest.mark.parametrize("work", [PUT, PUT_FILE])
def test_whatever_is_visible_is_whole(tmp_path: Path, work: str):
    for folder, points in all_deaths(tmp_path, work):
        store = open_store(folder)
        digests = [digest_of(key) for key in LocalStorage(path=folder / "store").keys("")]

        assert store.verify_all(digests) == (), points
        assert len(digests) <= 1


@pytest.mark.parametrize("work", [PUT, PUT_FILE])
def test_next_process_can_keep_the_same_and_clears_what_was_left(tmp_path: Path, work: str):
    for folder, points in all_deaths(tmp_path, work):
        store = open_store(folder)

        artifact = store.put({"a": 1})
        file = store.put_file(folder / "big")
        store.clear_leftovers()

        assert store.load(artifact) == {"a": 1}, points
        assert file.files[0].digest == digest_bytes(b"x" * 3_000_000)
        assert list((folder / "tmp").iterdir()) == []


def test_what_was_confirmed_is_there(tmp_path: Path):
    died, points = dies_after(100, tmp_path, PUT)

    assert not died
    assert points[-1] == "kept"
    assert open_store(tmp_path).has(open_store(tmp_path / "other").put({"a": 1}))


def test_death_while_damage_is_set_aside_hides_nothing(tmp_path: Path):
    for folder, points in all_deaths(tmp_path, SET_ASIDE):
        store = open_store(folder)
        keys = list(LocalStorage(path=folder / "store").keys(""))

        for key in keys:
            if "file named" in points and "set aside" in points:
                with pytest.raises(StoreError, match="damaged"):
                    store.fetch(digest_of(key))
        artifact = store.put({"a": 1})

        assert store.load(artifact) == {"a": 1}, points
