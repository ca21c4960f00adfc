"""The store gives back what was put in, finds every damage, and survives what disks do."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fourstroke import Check, DataError, StepError, StoreError, hookimpl, plugin
from fourstroke.artifacts.artifact import Artifact, File
from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.digest import digest_bytes
from fourstroke.artifacts.objects import digest_of, key_of
from fourstroke.artifacts.store import ArtifactStore
from fourstroke.plugins.services import StorageCaller
from fourstroke_local import LocalStorage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VALUE = (Check(name="rows", status="pass", observed=3), {"limit": 0.5})


class Blob:
    """A value with a codec of its own."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts


@plugin
class BlobCodec:
    @hookimpl
    def encode(self, value, folder):
        for name, content in value.parts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return True

    @hookimpl
    def decode(self, folder):
        files = [path for path in folder.rglob("*") if path.is_file()]
        return Blob({path.relative_to(folder).as_posix(): path.read_bytes() for path in files})


@plugin
class LinkCodec:
    @hookimpl
    def encode(self, folder):
        (folder / "link").symlink_to("/etc/hostname")
        return True

    @hookimpl
    def decode(self, folder):
        return Blob({})


class Lender:
    """A backend that hands out copies, as one behind a network does."""

    def __init__(self, inner: LocalStorage) -> None:
        self.inner = inner

    def write(self, key, path):
        is_new = not self.inner.exists(key)
        if is_new:
            copy = path.with_name(f"{path.name}.sent")
            shutil.copyfile(path, copy)
            self.inner.write(key, copy)
        return is_new

    def read(self, key, path):
        shutil.copyfile(self.inner.read(key), path)
        return path

    def exists(self, key):
        return self.inner.exists(key)

    def keys(self, prefix):
        return self.inner.keys(prefix)

    def delete(self, key):
        return self.inner.delete(key)


def open_store(root: Path, codec: object | None = None, *, lends: bool = False) -> ArtifactStore:
    local = LocalStorage(path=root / "store")
    storage = Lender(local) if lends else StorageCaller(local)
    overrides = {f"{__name__}.Blob": codec or BlobCodec()}
    return ArtifactStore(storage, Codecs(root, overrides), root / "tmp")


@pytest.fixture(params=["hands out its files", "hands out copies"])
def store(request, tmp_path: Path) -> ArtifactStore:
    return open_store(tmp_path, lends=request.param == "hands out copies")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Give a function that mounts a small disk of its own."""
    mounted = []

    def mount(options: str) -> Path:
        place = tmp_path / "disk"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        if os.name == "nt" or os.geteuid() != 0 or subprocess.run(command, check=False).returncode:
            pytest.skip("only root may mount a disk")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True)


def objects(root: Path) -> list[Path]:
    return sorted(path for path in (root / "store" / "objects").rglob("*") if path.is_file())


def damage(path: Path, content: bytes | None = None) -> None:
    path.chmod(0o644)
    before = path.read_bytes()
    path.write_bytes(before[:-1] + b"~" if content is None else content)
    os.utime(path, ns=(1, 1))


def test_value_comes_back_equal(store: ArtifactStore):
    artifact = store.put(VALUE)

    assert store.load(artifact) == VALUE
    assert store.has(artifact)


def test_equal_values_have_one_artifact_and_one_object(tmp_path: Path):
    first = open_store(tmp_path).put({"a": 1, "b": 2})
    second = open_store(tmp_path).put({"b": 2, "a": 1})

    assert first == second
    assert len(objects(tmp_path)) == 1


def test_artifact_of_many_files_comes_back(store: ArtifactStore):
    parts = {"model.bin": b"\x00" * 3_000_000, "deep/er/a.txt": b"a", "b.txt": b""}

    artifact = store.put(Blob(parts))

    assert [file.name for file in artifact.files] == sorted(parts)
    assert store.load(artifact).parts == parts
    assert artifact.size_bytes == 3_000_001


def test_codec_of_the_nearest_type_is_recorded(tmp_path: Path):
    class Derived(Blob):
        pass

    artifact = open_store(tmp_path).put(Derived({"a": b"1"}))

    assert artifact.codec == f"{__name__}.Blob"


def test_codec_of_the_project_itself_is_found_by_its_file(tmp_path: Path):
    (tmp_path / "images.py").write_text(
        "from fractions import Fraction\n"
        "from fourstroke import hookimpl, plugin\n\n"
        "@plugin\n"
        "class Text:\n"
        "    @hookimpl\n"
        "    def encode(self, value, folder):\n"
        "        (folder / 'ratio.txt').write_text(str(value))\n"
        "        return True\n"
        "    @hookimpl\n"
        "    def decode(self, folder):\n"
        "        return Fraction((folder / 'ratio.txt').read_text())\n"
    )
    codecs = Codecs(tmp_path, {"fractions.Fraction": "images.py:Text"})
    storage = StorageCaller(LocalStorage(path=tmp_path / "store"))
    store = ArtifactStore(storage, codecs, tmp_path / "tmp")

    artifact = store.put(Fraction(1, 3))

    assert artifact.codec == "fractions.Fraction"
    assert store.load(artifact) == Fraction(1, 3)


def test_nothing_temporary_stays(store: ArtifactStore, tmp_path: Path):
    artifact = store.put(VALUE)
    store.put(VALUE)
    store.load(artifact)
    store.materialize(artifact, tmp_path / "out")
    store.check(artifact)

    assert list((tmp_path / "tmp").iterdir()) == []


def test_objects_are_read_only_and_named_by_their_content(tmp_path: Path):
    open_store(tmp_path).put(VALUE)

    [path] = objects(tmp_path)
    key = path.relative_to(tmp_path / "store" / "objects").as_posix()
    assert path.stat().st_mode & 0o777 == 0o444
    assert digest_of(key) == digest_bytes(path.read_bytes())


def test_store_may_be_moved(tmp_path: Path):
    artifact = open_store(tmp_path / "here").put(VALUE)

    (tmp_path / "here").rename(tmp_path / "there")

    assert open_store(tmp_path / "there").load(artifact) == VALUE


def test_building_a_store_touches_no_disk(tmp_path: Path):
    open_store(tmp_path / "nowhere")

    assert not (tmp_path / "nowhere").exists()


def test_loaded_values_are_apart_from_each_other(store: ArtifactStore):
    artifact = store.put({"a": [1]})
    store.load(artifact)["a"].append(2)

    assert store.load(artifact) == {"a": [1]}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda content: content[:-1] + b"~", id="one-byte"),
        pytest.param(lambda content: content[:-1], id="cut"),
        pytest.param(lambda content: b"", id="empty"),
        pytest.param(lambda content: content + b" ", id="longer"),
    ],
)
def test_damaged_object_is_named_set_aside_and_made_again(store, tmp_path: Path, change):
    artifact = store.put(VALUE)
    [path] = objects(tmp_path)
    damage(path, change(path.read_bytes()))

    with pytest.raises(StoreError) as caught:
        store.load(artifact)

    assert artifact.files[0].digest in str(caught.value)
    assert not store.has(artifact)
    assert len(list((tmp_path / "quarantine").iterdir())) == 1
    assert store.put(VALUE) == artifact
    assert store.load(artifact) == VALUE


def test_damaged_object_does_not_count_as_already_there(store: ArtifactStore, tmp_path: Path):
    artifact = store.put(VALUE)
    store.put(VALUE)
    damage(objects(tmp_path)[0])

    store.put(VALUE)

    assert store.load(artifact) == VALUE
    assert len(list((tmp_path / "quarantine").iterdir())) == 1


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_object_that_is_no_file_any_more_is_found(tmp_path: Path, make):
    store = open_store(tmp_path)
    artifact = store.put(VALUE)
    [path] = objects(tmp_path)
    path.unlink()
    make(path)

    with pytest.raises(StoreError):
        store.load(artifact)


def test_missing_object_is_named(store: ArtifactStore, tmp_path: Path):
    artifact = store.put(VALUE)
    objects(tmp_path)[0].unlink()

    with pytest.raises(StoreError) as caught:
        store.load(artifact)

    assert caught.value.where
    assert not store.has(artifact)


def test_check_names_every_damaged_file(store: ArtifactStore, tmp_path: Path):
    artifact = store.put(Blob({"a": b"1", "b": b"2", "c": b"3"}))
    for path in objects(tmp_path)[:2]:
        damage(path)

    with pytest.raises(StoreError) as caught:
        store.check(artifact)

    assert len(str(caught.value).splitlines()) == 2


def test_materialized_copy_may_be_changed_without_harm(store: ArtifactStore, tmp_path: Path):
    artifact = store.put(Blob({"a/b.txt": b"1"}))

    folder = store.materialize(artifact, tmp_path / "out")
    (folder / "a" / "b.txt").write_bytes(b"changed")

    assert store.load(artifact).parts == {"a/b.txt": b"1"}


def test_damaged_object_is_not_materialized(store: ArtifactStore, tmp_path: Path):
    artifact = store.put(Blob({"a.txt": b"1"}))
    damage(objects(tmp_path)[0])

    with pytest.raises(StoreError):
        store.materialize(artifact, tmp_path / "out")

    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 20_000_001])
def test_file_is_kept_under_the_digest_of_its_content(store, tmp_path: Path, size: int):
    content = os.urandom(size)
    (tmp_path / "figure one.svg").write_bytes(content)

    artifact = store.put_file(tmp_path / "figure one.svg")

    assert artifact.files == (File("figure one.svg", digest_bytes(content), size),)
    folder = store.materialize(artifact, tmp_path / "out")
    assert (folder / "figure one.svg").read_bytes() == content
    assert store.fetch(artifact.files[0].digest).read_bytes() == content


def test_file_is_no_value(store: ArtifactStore, tmp_path: Path):
    (tmp_path / "a.txt").write_text("x")
    artifact = store.put_file(tmp_path / "a.txt", "b.txt")

    with pytest.raises(StoreError, match=r"b\.txt was kept as a file"):
        store.load(artifact)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda path: None, id="missing"),
        pytest.param(Path.mkdir, id="folder"),
        pytest.param(os.mkfifo, id="pipe"),
    ],
)
def test_only_regular_files_are_kept(store: ArtifactStore, tmp_path: Path, make):
    make(tmp_path / "odd")

    with pytest.raises(DataError) as caught:
        store.put_file(tmp_path / "odd")

    assert "odd" in caught.value.where


def test_nothing_is_not_kept(store: ArtifactStore):
    with pytest.raises(StepError, match="no value to keep"):
        store.put(None)


def test_value_without_a_codec_is_refused_by_its_type(store: ArtifactStore):
    with pytest.raises(StepError, match=r"threading\.Event cannot be kept"):
        store.put(threading.Event())


def test_codec_that_writes_nothing_is_refused(store: ArtifactStore):
    with pytest.raises(StepError, match="wrote no file"):
        store.put(Blob({}))


def test_codec_that_writes_a_link_is_refused(tmp_path: Path):
    with pytest.raises(StepError, match="not a regular file"):
        open_store(tmp_path, LinkCodec()).put(Blob({}))


@pytest.mark.parametrize(
    "name", ["", "/etc/passwd", "../a", "a/../b", "a//b", ".", "a\\b", "c:d", "a\x00", "a\nb"]
)
def test_file_names_that_lead_elsewhere_are_refused(name: str):
    with pytest.raises(StepError, match="not a name for a stored file"):
        File(name, digest_bytes(b""), 0)


@pytest.mark.parametrize("digest", ["", "blake3:..", "blake3:" + "A" * 64, "md5:" + "0" * 64, 3])
def test_digests_of_another_form_are_refused(digest):
    with pytest.raises(StoreError, match="not a digest"):
        File("a", digest, 0)


def test_record_of_an_artifact_comes_back(store: ArtifactStore):
    artifact = store.put(VALUE)

    assert Artifact.from_json(artifact.to_json()) == artifact


@pytest.mark.parametrize(
    "change",
    [
        {"codec": "other"},
        {"files": []},
        {"files": [{"name": "../x", "digest": digest_bytes(b""), "size_bytes": 0}]},
        {"files": [{"name": "x"}]},
        {"digest": digest_bytes(b"other")},
        {"digest": None},
    ],
)
def test_changed_record_of_an_artifact_is_found(store: ArtifactStore, change):
    plain = store.put(VALUE).to_json() | change

    with pytest.raises(StoreError):
        Artifact.from_json(plain)


def test_key_and_digest_stand_for_each_other():
    digest = digest_bytes(b"x")

    assert digest_of(key_of(digest)) == digest
    assert digest_of("blake3/zz/1") is None
    assert digest_of("else/where") is None


def test_many_threads_may_put_the_same(tmp_path: Path):
    store, other = open_store(tmp_path), open_store(tmp_path)
    made: list[Artifact] = []

    def work(mine: ArtifactStore) -> None:
        made.extend(mine.put({"number": number % 5}) for number in range(40))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in (store, other) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 240
    assert len(objects(tmp_path)) == len(set(made)) == 5
    assert list((tmp_path / "tmp").iterdir()) == []


def test_many_readers_of_a_damaged_object_leave_a_sound_one_alone(tmp_path: Path):
    artifact = open_store(tmp_path).put(VALUE)
    damage(objects(tmp_path)[0])
    failures: list[Exception] = []

    def read_or_make() -> None:
        store = open_store(tmp_path)
        for _ in range(20):
            try:
                assert store.load(artifact) == VALUE
            except StoreError:
                try:
                    store.put(VALUE)
                except StoreError as error:
                    failures.append(error)

    threads = [threading.Thread(target=read_or_make) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    assert open_store(tmp_path).load(artifact) == VALUE
    assert len(list((tmp_path / "quarantine").iterdir())) == 1


def test_object_that_goes_while_it_is_put_again_is_stored_again(tmp_path: Path):
    class Vanishing(Lender):
        """Says that a key is there which somebody has just removed."""

        def write(self, key, path):
            if self.inner.exists(key):
                self.inner.delete(key)
                return False
            return self.inner.write(key, path)

    storage = Vanishing(LocalStorage(path=tmp_path / "store"))
    store = ArtifactStore(storage, Codecs(tmp_path), tmp_path / "tmp")
    artifact = store.put(VALUE)

    store.put(VALUE)

    assert store.load(artifact) == VALUE


def test_damage_on_a_read_only_disk_is_told_as_damage(disk, tmp_path: Path):
    place = disk("size=1m")
    artifact = open_store(place).put(VALUE)
    damage(objects(place)[0])
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    reader = ArtifactStore(
        StorageCaller(LocalStorage(path=place / "store")), Codecs(place), tmp_path / "tmp"
    )

    with pytest.raises(StoreError, match="is damaged") as caught:
        reader.load(artifact)

    assert "could not be set aside" in caught.value.hint


def test_full_disk_is_told_and_leaves_nothing_half_written(disk):
    place = disk("size=1m")
    store = open_store(place)
    kept = store.put(VALUE)

    with pytest.raises(StoreError, match="disk is full") as caught:
        store.put(Blob({"big": os.urandom(3 << 20)}))

    assert "store gc" in caught.value.hint
    assert store.load(kept) == VALUE
    assert list((place / "tmp").iterdir()) == []
    assert all(store.fetch(digest_of(key)) for key in LocalStorage(path=place / "store").keys(""))


def test_full_disk_is_told_for_files_too(disk, tmp_path: Path):
    place = disk("size=1m")
    (tmp_path / "big").write_bytes(os.urandom(3 << 20))

    with pytest.raises(StoreError, match="disk is full"):
        open_store(place).put_file(tmp_path / "big")


def test_copy_that_does_not_fit_leaves_nothing(disk, tmp_path: Path):
    artifact = open_store(tmp_path).put(Blob({"big": os.urandom(3 << 20)}))
    place = disk("size=1m")

    with pytest.raises(StoreError, match="disk is full"):
        open_store(tmp_path).materialize(artifact, place / "out")

    assert list((place / "out").iterdir()) == []


def test_read_only_store_can_be_read_and_says_so_when_written(disk, tmp_path: Path):
    place = disk("size=1m")
    artifact = open_store(place).put(VALUE)
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)

    with pytest.raises(StoreError, match="cannot be written"):
        open_store(place).put({"new": 1})
    reader = ArtifactStore(
        StorageCaller(LocalStorage(path=place / "store")), Codecs(place), tmp_path / "tmp"
    )

    assert reader.load(artifact) == VALUE
