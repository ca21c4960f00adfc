"""The storage contract: the bundled backend keeps it; a wrong one fails the check meant for it."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest
from wrong import failed_checks

from fourstroke import StoreError, hookimpl, plugin
from fourstroke.testing import StorageContract
from fourstroke_local import LocalStorage

PLACE = {"path": "store"}
# They take a second each, and most wrong backends are wrong in one process, too.
WITH_PROCESSES = (
    "test_concurrent_writers_of_one_key_agree",
    "test_concurrent_writers_lose_nothing",
    "test_nothing_is_seen_in_part_when_the_writer_is_killed",
    "test_what_was_confirmed_outlives_the_writer",
)


class TestLocalStorage(StorageContract):
    plugin = LocalStorage
    settings = PLACE


@plugin
class Plain:
    """Keep each artifact as a file: right in all, and the base of what is wrong in one thing."""

    path: Path

    @hookimpl
    def write(self, key, path):
        place = self.place(key)
        content = self.packed(path.read_bytes())
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.{os.getpid()}")
        part.write_bytes(content)
        try:
            os.link(part, place)
        except FileExistsError:
            return False
        finally:
            part.unlink()
        return True

    @hookimpl
    def read(self, key, path):
        try:
            path.write_bytes(self.place(key).read_bytes())
        except FileNotFoundError:
            raise StoreError("there is nothing under this key", where=key) from None
        return path

    @hookimpl
    def exists(self, key):
        return self.place(key).is_file()

    @hookimpl
    def keys(self, prefix):
        files = (each for each in self.path.rglob("*") if each.is_file())
        keys = (each.relative_to(self.path).as_posix() for each in files)
        return sorted(key for key in keys if key.startswith(prefix) and "/." not in f"/{key}")

    @hookimpl
    def delete(self, key):
        is_there = self.exists(key)
        self.place(key).unlink(missing_ok=True)
        return is_there

    def place(self, key):
        parts = key.split("/")
        is_plain = all(part.isascii() and part.isprintable() for part in parts)
        if not is_plain or "\\" in key or {"", ".", ".."} & set(parts):
            raise StoreError(f"{key!r} is not a key")
        return self.path.joinpath(*parts)

    def packed(self, content):
        return content


@plugin
class CutsContent(Plain):
    """Keep no more than a megabyte and a half."""

    def packed(self, content):
        return content[: 3 << 19]


@plugin
class TellsEveryKeyNew(Plain):
    """Say of each key that it is new."""

    @hookimpl
    def write(self, key, path):
        Plain.write(self, key, path)
        return True


@plugin
class Overwrites(Plain):
    """Put the last content under a key."""

    @hookimpl
    def write(self, key, path):
        is_new = Plain.write(self, key, path)
        if not is_new:
            self.place(key).write_bytes(path.read_bytes())
        return is_new


@plugin
class ReadsEmptiness(Plain):
    """Give an empty file for a missing key."""

    @hookimpl
    def read(self, key, path):
        path.touch()
        return Plain.read(self, key, path) if self.exists(key) else path


@plugin
class FoldsCase(Plain):
    """Take keys that differ in case for one."""

    def place(self, key):
        return Plain.place(self, key.lower() if key in {"a/b", "a/B"} else key)


@plugin
class ListsOnePage(Plain):
    """List the first thousand keys."""

    @hookimpl
    def keys(self, prefix):
        return Plain.keys(self, prefix)[:1000]


@plugin
class ListsFolders(Plain):
    """List by folder instead of by prefix."""

    @hookimpl
    def keys(self, prefix):
        return [key for key in Plain.keys(self, "") if key.startswith(f"{prefix.rstrip('/')}/")]


@plugin
class FollowsTraversal(Plain):
    """Take any key for a path."""

    def place(self, key):
        return self.path / key.replace("\x00", "")


@plugin
class HasNoName(Plain):
    @hookimpl
    def delete(self, key):
        return Plain.delete(self, key)


@plugin
class Prints(Plain):
    """Tell what it does on stdout."""

    @hookimpl
    def delete(self, key):
        print("deleting", key)
        return Plain.delete(self, key)


@plugin
class ClaimsMore(Plain):
    """Claim what no storage can."""

    capabilities = frozenset({"links"})


@plugin
class ClaimsLinks(Plain):
    """Claim to give its own file."""

    capabilities = frozenset({"link"})


@plugin
class Misspelt(Plain):
    """Have a hook that there is not."""

    @hookimpl
    def wirte(self, key):
        return key


@plugin
class IsSeenInPart(Plain):
    """Write to the final place, block by block."""

    @hookimpl
    def write(self, key, path):
        place = self.place(key)
        if place.exists():
            return False
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = place.open("xb")
        except FileExistsError:
            return False
        with file, path.open("rb") as source:
            while block := source.read(1 << 16):
                file.write(block)
                file.flush()
                time.sleep(0.0005)
        return True


@plugin
class ConfirmsEarly(Plain):
    """Say that a key is stored, and store it a while later."""

    @hookimpl
    def write(self, key, path):
        if not key.startswith("killed-"):
            return Plain.write(self, key, path)
        late = threading.Timer(
            0.2, Plain.write, (self, key, Path(shutil.copy(path, f"{path}.late")))
        )
        late.daemon = True
        late.start()
        return True


@plugin
class TellsTwoWriters(Plain):
    """Look whether a key is there, and write it later."""

    @hookimpl
    def write(self, key, path):
        is_new = not self.exists(key)
        time.sleep(0.5 if key == "shared" else 0)
        Plain.write(self, key, path)
        return is_new


@plugin
class LosesWrites(Plain):
    """Keep a list of keys, which each process writes anew."""

    @hookimpl
    def write(self, key, path):
        listed = self.path / ".list"
        known = listed.read_text() if listed.is_file() else ""
        time.sleep(0.01)
        is_new = Plain.write(self, key, path)
        listed.write_text(f"{known}{key}\n")
        return is_new

    @hookimpl
    def keys(self, prefix):
        listed = self.path / ".list"
        known = listed.read_text().splitlines() if listed.is_file() else []
        return sorted({key for key in known if key.startswith(prefix)} & {*Plain.keys(self, "")})


@plugin
class Unpicklable(Plain):
    """Hold a connection that cannot travel."""

    def __getstate__(self):
        raise TypeError("cannot pickle a connection")


def test_plain_storage_keeps_the_contract():
    assert failed_checks(StorageContract, Plain, settings=PLACE) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (CutsContent, ["test_large_content_comes_back_as_it_was"]),
        (TellsEveryKeyNew, ["test_new_key_is_told_from_known_one"]),
        (Overwrites, ["test_known_key_keeps_its_content"]),
        (ReadsEmptiness, ["test_missing_key_is_an_error_of_the_store", "test_deleted_key_is_gone"]),
        (FoldsCase, ["test_keys_are_told_apart"]),
        (ListsOnePage, ["test_many_keys_are_listed"]),
        (ListsFolders, ["test_keys_are_listed_by_prefix"]),
        (FollowsTraversal, ["test_keys_that_lead_elsewhere_are_refused"]),
        (HasNoName, ["test_says_what_it_is_for"]),
        (Prints, ["test_prints_nothing"]),
        (ClaimsMore, ["test_capabilities_are_known"]),
        (ClaimsLinks, ["test_file_that_is_read_cannot_be_changed"]),
        (Misspelt, ["test_keeps_to_its_hooks"]),
        (Unpicklable, ["test_travels_to_a_worker"]),
    ],
)
def test_wrong_storage_fails_the_check_meant_for_it(wrong, expected):
    failed = failed_checks(StorageContract, wrong, settings=PLACE, without=WITH_PROCESSES)

    assert failed == expected


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (IsSeenInPart, "test_nothing_is_seen_in_part_when_the_writer_is_killed"),
        (ConfirmsEarly, "test_what_was_confirmed_outlives_the_writer"),
        (TellsTwoWriters, "test_concurrent_writers_of_one_key_agree"),
        (LosesWrites, "test_concurrent_writers_lose_nothing"),
    ],
)
def test_storage_that_processes_break_fails_the_check_meant_for_it(wrong, expected):
    others = {case.name for case in StorageContract.checks()} - {expected}

    assert failed_checks(StorageContract, wrong, settings=PLACE, without=others) == [expected]
