"""What a storage backend has to hold: nothing that it confirmed is lost, nothing is seen in part."""

from __future__ import annotations

import multiprocessing
import pickle
import random
import time
import unittest
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from fourstroke.errors import FourstrokeError, StoreError
from fourstroke.plugins.services import StorageCaller
from fourstroke.testing.claims import expect, refused
from fourstroke.testing.contract import Contract, requires

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import ForkServerContext, SpawnContext

    from fourstroke.typing import Stores

# Names that would lead out of the store, or that two backends would understand otherwise.
TRAVERSAL = ("../x", "a/../../x", "/etc/passwd", "a//b", "", ".", "a\\b", "a\x00b", "a\nb", "ä")

_MEGABYTE = 1 << 20
_WRITERS = 4
_KEYS_EACH = 8
_KILLS = 5


class StorageContract(Contract):
    """What every storage backend has to hold.

    ``make`` is called once a check, and several times in checks about processes: all that it makes
    within one check have to see the same content.
    """

    stage = "storage"
    plugin: ClassVar[Stores | Callable[..., Stores]]
    offered: ClassVar = {
        "link": "`read` gives its own file instead of a copy, and no reader can change it"
    }

    def exercise(self) -> None:
        """Write, find, read, list and delete one key."""
        storage = self.storage()
        self.write(storage, "exercise/key", b"content")
        storage.exists("exercise/key")
        storage.read("exercise/key", self.folder / "exercised")
        list(storage.keys("exercise/"))
        storage.delete("exercise/key")

    def storage(self) -> StorageCaller:
        """Give the backend as the core calls it."""
        return StorageCaller(self.make())

    def write(self, storage: StorageCaller, key: str, content: bytes) -> bool:
        """Store bytes under a key."""
        return storage.write(key, a_file(self.folder, content))

    def read(self, storage: StorageCaller, key: str) -> bytes:
        """Fetch the bytes of a key."""
        place = self.folder / f"read-{time.monotonic_ns()}"
        return storage.read(key, place).read_bytes()

    def travelling(self) -> Any:
        """Give a plugin for another process; without one the check cannot run."""
        plugin = self.make()
        if why := unpicklable(plugin):
            raise unittest.SkipTest(f"it cannot be pickled: {why}")
        return plugin

    def test_content_comes_back_as_it_was(self) -> None:
        """What is written under a key is read back byte by byte."""
        storage = self.storage()
        content = bytes(range(256)) * 40

        self.write(storage, "blake3/ab/cdef", content)

        expect(self.read(storage, "blake3/ab/cdef") == content, "other bytes came back")

    def test_empty_content_is_content(self) -> None:
        """An empty file is stored, is there, and comes back empty."""
        storage = self.storage()

        self.write(storage, "empty", b"")

        expect(storage.exists("empty"), "an empty file is not there after it was written")
        expect(self.read(storage, "empty") == b"", "an empty file came back with content")

    def test_large_content_comes_back_as_it_was(self) -> None:
        """Content of 32 MB, more than any buffer holds, comes back byte by byte."""
        storage = self.storage()
        content = random.Random(7).randbytes(_MEGABYTE) * 32

        self.write(storage, "large", content)

        expect(self.read(storage, "large") == content, "other bytes came back")

    def test_new_key_is_told_from_known_one(self) -> None:
        """Writing says whether the key is new."""
        storage = self.storage()

        first = self.write(storage, "key", b"first")
        second = self.write(storage, "key", b"first")

        expect(first is True, "it says of a new key that it was there already")
        expect(second is False, "it says of a known key that it is new")

    def test_known_key_keeps_its_content(self) -> None:
        """Who writes a key a second time does not change what is under it."""
        storage = self.storage()
        self.write(storage, "key", b"first")

        self.write(storage, "key", b"second")

        expect(self.read(storage, "key") == b"first", "the content of a known key was replaced")

    def test_other_instance_sees_the_content(self) -> None:
        """Content belongs to the place that the settings name, not to the object."""
        self.write(self.storage(), "key", b"content")

        other = self.storage()

        expect(other.exists("key"), "another object with the same settings does not see it")
        expect(self.read(other, "key") == b"content", "another object reads other bytes")

    def test_missing_key_is_an_error_of_the_store(self) -> None:
        """Reading what is not there is a StoreError, and not an empty file."""
        storage = self.storage()

        with refused(StoreError, otherwise="a missing key was read"):
            storage.read("blake3/none", self.folder / "none")

    def test_missing_key_is_not_there(self) -> None:
        """What was never written does not exist."""
        expect(self.storage().exists("blake3/none") is False, "a missing key is said to be there")

    def test_keys_are_told_apart(self) -> None:
        """A key does not stand for another that begins like it, or differs in case."""
        storage = self.storage()

        for key in ("a/b", "a/bc", "a/B", "a.b", "a-b"):
            self.write(storage, key, key.encode())

        for key in ("a/b", "a/bc", "a/B", "a.b", "a-b"):
            expect(self.read(storage, key) == key.encode(), f"{key!r} holds another key's content")

    def test_keys_are_listed_by_prefix(self) -> None:
        """Listing gives every key that begins so, sorted, whole, and no other."""
        storage = self.storage()
        keys = ["b/1", "a/2", "a/10", "a", "ab/c", "a-b"]
        keys = [key for key in keys if key != "a"]  # a folder of files cannot hold `a` beside `a/2`
        for key in keys:
            self.write(storage, key, b"")

        for prefix in ("", "a", "a/", "a/1", "b/1", "none"):
            listed = list(storage.keys(prefix))
            expected = sorted(key for key in keys if key.startswith(prefix))
            expect(listed == expected, f"keys({prefix!r}) gave {listed}, not {expected}")

    def test_many_keys_are_listed(self) -> None:
        """Listing goes past the first page: 1,200 keys are listed, each once."""
        storage = self.storage()
        keys = [f"many/{number:05d}" for number in range(1200)]
        for key in keys:
            self.write(storage, key, b"")

        listed = list(storage.keys("many/"))

        expect(listed == keys, f"{len(listed)} keys were listed, of 1200, or not in order")

    def test_deleted_key_is_gone(self) -> None:
        """A deleted key is not there, not listed, and cannot be read."""
        storage = self.storage()
        self.write(storage, "a/key", b"content")

        expect(storage.delete("a/key") is True, "deleting says that there was nothing")

        expect(not storage.exists("a/key"), "a deleted key is said to be there")
        expect("a/key" not in list(storage.keys("")), "a deleted key is listed")
        with refused(StoreError, otherwise="a deleted key was read"):
            storage.read("a/key", self.folder / "deleted")

    def test_deleting_nothing_says_so(self) -> None:
        """Deleting what is not there is no error, and says that there was nothing."""
        expect(self.storage().delete("none") is False, "deleting nothing says that it did")

    def test_deleted_key_may_be_written_again(self) -> None:
        """After its deletion a key is new, and takes other content."""
        storage = self.storage()
        self.write(storage, "key", b"first")
        storage.delete("key")

        is_new = self.write(storage, "key", b"second")

        expect(is_new is True, "a deleted key is said to be known")
        expect(self.read(storage, "key") == b"second", "the deleted content came back")

    def test_keys_that_lead_elsewhere_are_refused(self) -> None:
        """No key leads out of the store: each hook refuses it with an error of fourstroke."""
        storage = self.storage()
        acts: dict[str, Callable[[str], object]] = {
            "write": lambda key: self.write(storage, key, b""),
            "read": lambda key: storage.read(key, self.folder / "elsewhere"),
            "exists": storage.exists,
            "delete": storage.delete,
        }
        for key in TRAVERSAL:
            for name, act in acts.items():
                with refused(FourstrokeError, otherwise=f"{name} took the key {key!r}"):
                    act(key)

    def test_source_that_is_missing_stores_nothing(self) -> None:
        """A write that fails leaves nothing under its key."""
        storage = self.storage()

        with refused(Exception, otherwise="a file that is not there was stored"):
            storage.write("key", self.folder / "none")

        expect(not storage.exists("key"), "a write that failed left something under its key")

    def test_travels_to_a_worker(self) -> None:
        """The backend can be pickled: steps that run in other processes need it there."""
        why = unpicklable(self.make())
        expect(not why, f"it cannot be pickled: {why}")

    def test_concurrent_writers_of_one_key_agree(self) -> None:
        """Of several processes that write one key, one is told that it is new; all is whole."""
        content = random.Random(3).randbytes(_MEGABYTE)
        works = [(write_once, (self.travelling(), self.folder, "shared", content))] * _WRITERS

        told = in_processes(works)

        count = told.count(True)
        expect(count == 1, f"{count} of {_WRITERS} writers were told that one key is new")
        expect(self.read(self.storage(), "shared") == content, "other bytes came back")

    def test_concurrent_writers_lose_nothing(self) -> None:
        """Several processes that write keys of their own at once: every key is there, and whole."""
        plugin = self.travelling()
        works = [(write_several, (plugin, self.folder, number)) for number in range(_WRITERS)]

        in_processes(works)

        storage = self.storage()
        expected = sorted(
            f"writer-{number}/{key}" for number in range(_WRITERS) for key in range(_KEYS_EACH)
        )
        listed = list(storage.keys("writer-"))
        expect(listed == expected, f"{len(listed)} keys are there, of {len(expected)}")
        for key in expected:
            expect(self.read(storage, key) == key.encode() * 1000, f"{key} holds other bytes")

    def test_nothing_is_seen_in_part_when_the_writer_is_killed(self) -> None:
        """Kill the writer at random moments: each key that is there holds its whole content."""
        moments = random.Random(11)
        plugin = self.travelling()
        for round_ in range(_KILLS):
            kill_a_writer(plugin, self.folder, round_, after=moments.uniform(0.0, 0.2))
        storage = self.storage()

        for key in list(storage.keys("killed-")):
            content = self.read(storage, key)
            expect(content == killed_content(key), f"{key} holds {len(content):,} bytes, in part")

    def test_what_was_confirmed_outlives_the_writer(self) -> None:
        """A key that `write` has confirmed is there after its process was killed."""
        plugin = self.travelling()
        confirmed = kill_a_writer(plugin, self.folder, 0, after=0.3)
        storage = self.storage()

        lost = [key for key in confirmed if not storage.exists(key)]

        expect(not lost, f"{len(lost)} of {len(confirmed)} confirmed keys are lost: {lost[:3]}")

    @requires("link")
    def test_file_that_is_read_cannot_be_changed(self) -> None:
        """The backend's own file, given to a reader, is read-only."""
        storage = self.storage()
        self.write(storage, "key", b"content")
        place = self.folder / "copy"

        given = storage.read("key", place)

        expect(given != place, "it gave a copy, and claims to give its own file")
        expect(not given.stat().st_mode & 0o222, "a reader can write to the backend's own file")


def a_file(folder: Path, content: bytes) -> Path:
    """Write a finished file that a backend may move away."""
    path = folder / f"file-{time.monotonic_ns()}-{random.SystemRandom().getrandbits(32)}"
    path.write_bytes(content)
    return path


def unpicklable(plugin: Any) -> str:
    """Say why a plugin cannot be pickled; nothing if it can."""
    try:
        pickle.dumps(plugin)
    except Exception as error:  # noqa: BLE001 - whatever a plugin's state raises
        return str(error) or type(error).__name__
    return ""


def write_once(plugin: Any, folder: Path, key: str, content: bytes) -> bool:
    """Write one key, in a process of its own."""
    return StorageCaller(plugin).write(key, a_file(folder, content))


def write_several(plugin: Any, folder: Path, number: int) -> None:
    """Write several keys that nobody else writes, in a process of its own."""
    storage = StorageCaller(plugin)
    for each in range(_KEYS_EACH):
        key = f"writer-{number}/{each}"
        storage.write(key, a_file(folder, key.encode() * 1000))


def write_until_killed(plugin: Any, folder: Path, round_: int, confirmed: Path) -> None:
    """Write keys with large content, each noted once it is confirmed."""
    storage = StorageCaller(plugin)
    for number in range(1000):
        key = f"killed-{round_}/{number:04d}"
        storage.write(key, a_file(folder, killed_content(key)))
        with confirmed.open("a") as file:
            file.write(f"{key}\n")


def killed_content(key: str) -> bytes:
    """Give the content of a key, whoever asks."""
    return key.encode() * 100_000


def kill_a_writer(plugin: Any, folder: Path, round_: int, *, after: float) -> list[str]:
    """Kill a process that writes, some seconds after its first key; give what it had confirmed."""
    confirmed = folder / f"confirmed-{round_}"
    confirmed.touch()
    writer = _starting().Process(
        target=write_until_killed, args=(plugin, folder, round_, confirmed)
    )
    writer.start()
    while writer.is_alive() and not confirmed.stat().st_size:
        time.sleep(0.005)
    time.sleep(after)
    writer.kill()
    writer.join()
    lines = confirmed.read_text().splitlines(keepends=True)
    return [line.rstrip("\n") for line in lines if line.endswith("\n")]


def in_processes(works: list[tuple[Callable[..., Any], tuple[Any, ...]]]) -> list[Any]:
    """Do several works at once, each in a process of its own."""
    with ProcessPoolExecutor(len(works), mp_context=_starting()) as pool:
        return [future.result() for future in [pool.submit(work, *given) for work, given in works]]


def _starting() -> ForkServerContext | SpawnContext:
    """Give how processes start: from one that has imported this module, where the system forks."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context
