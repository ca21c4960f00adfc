"""The store beside a dictionary: whatever is done in whatever order, they agree."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from fourstroke import StoreError
from fourstroke.artifacts import files
from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.digest import digest_bytes
from fourstroke.artifacts.objects import key_of
from fourstroke.artifacts.store import ArtifactStore
from fourstroke.plugins.services import StorageCaller
from fourstroke_local import LocalStorage

if TYPE_CHECKING:
    from fourstroke.artifacts.artifact import Artifact

VALUES = st.sampled_from([{"a": number} for number in range(4)])
CONTENTS = st.sampled_from([b"", b"one", b"two" * 1000, b"x" * 1_100_000])
CHANGES = st.sampled_from(
    [
        lambda content: content[:-1] + b"~" if content else b"~",
        lambda content: content + b"~",
        lambda content: content[: len(content) // 2] if content else b"~",
    ]
)
DAY = 86_400.0


class Killed(BaseException):
    """Stands for the death of the process between two steps."""


class StoreModel(RuleBasedStateMachine):
    """Two processes over one store; the model knows which objects there are and are sound."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.stores = [self.opened(), self.opened()]
        self.sound: dict[str, bool] = {}
        self.times = 0

    artifacts = Bundle("artifacts")
    which = st.sampled_from([0, 1])

    def opened(self) -> ArtifactStore:
        storage = StorageCaller(LocalStorage(path=self.root / "store"))
        return ArtifactStore(storage, Codecs(self.root), self.root / "tmp")

    @rule(target=artifacts, which=which, value=VALUES)
    def put(self, which: int, value: dict[str, int]) -> Artifact:
        artifact = self.stores[which].put(value)
        self.sound[artifact.files[0].digest] = True
        return artifact

    @rule(target=artifacts, which=which, content=CONTENTS)
    def put_file(self, which: int, content: bytes) -> Artifact:
        source = self.root / "source"
        source.write_bytes(content)
        artifact = self.stores[which].put_file(source)
        assert artifact.files[0].digest == digest_bytes(content)
        self.sound[digest_bytes(content)] = True
        return artifact

    @rule(which=which, value=VALUES, steps=st.integers(0, 6))
    def put_is_cut_off(self, which: int, value: dict[str, int], steps: int) -> None:
        left = steps

        def reached(_: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed

        before = set(self.sound)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(files, "reached", reached)
            try:
                digest = self.stores[which].put(value).files[0].digest
            except Killed:
                return self.look_again(before)
        self.sound[digest] = True
        return None

    def look_again(self, before: set[str]) -> None:
        """Learn what an unfinished step has changed: it may have happened or not."""
        for digest in self.listed() - before:
            self.sound[digest] = True
        for digest in before - self.listed():
            self.sound.pop(digest)
        for digest, was_sound in list(self.sound.items()):
            if not was_sound and digest_bytes(self.path(digest).read_bytes()) == digest:
                self.sound[digest] = True

    @rule(artifact=artifacts, change=CHANGES)
    def damage(self, artifact: Artifact, change) -> None:
        digest = artifact.files[0].digest
        if digest not in self.sound:
            return
        path = self.path(digest)
        path.chmod(0o644)
        path.write_bytes(change(path.read_bytes()))
        self.times += 1
        os.utime(path, ns=(self.times, self.times))
        self.sound[digest] = digest_bytes(path.read_bytes()) == digest

    @rule(artifact=artifacts)
    def remove(self, artifact: Artifact) -> None:
        digest = artifact.files[0].digest
        self.path(digest).unlink(missing_ok=True)
        self.sound.pop(digest, None)

    @rule(which=which, artifact=artifacts)
    def get(self, which: int, artifact: Artifact) -> None:
        digest = artifact.files[0].digest
        if self.sound.get(digest):
            path = self.stores[which].fetch(digest)
            assert digest_bytes(path.read_bytes()) == digest
            if artifact.codec == "json":
                value = self.stores[which].load(artifact)
                assert self.opened().put(value) == artifact
            return
        with pytest.raises(StoreError) as caught:
            self.stores[which].fetch(digest)
        assert ("damaged" in str(caught.value)) == (digest in self.sound)
        self.sound.pop(digest, None)

    @rule(which=which)
    def verify(self, which: int) -> None:
        damaged = {digest for digest, is_sound in self.sound.items() if not is_sound}

        problems = self.stores[which].verify_all(sorted(self.sound))

        assert len(problems) == len(damaged)
        assert all(any(digest in problem for problem in problems) for digest in damaged)
        for digest in damaged:
            self.sound.pop(digest)

    @rule(which=which, keep=st.sets(st.integers(0, 7)), old=st.booleans())
    def sweep(self, which: int, keep: set[int], old: bool) -> None:  # noqa: FBT001
        known = sorted(self.sound)
        in_use = {known[number] for number in keep if number < len(known)}
        for digest in known:
            self.times += 1
            age = time.time() - (2 if old else 0.5) * DAY
            os.utime(self.path(digest), (age, age + self.times / 1000))

        done = self.stores[which].sweep(in_use, grace_seconds=DAY, apply=True)

        assert set(done.removed) == (set(known) - in_use if old else set())
        for digest in done.removed:
            self.sound.pop(digest)

    @rule(which=which)
    def restart(self, which: int) -> None:
        self.stores[which] = self.opened()

    @invariant()
    def agrees(self) -> None:
        assert self.listed() == set(self.sound)

    @invariant()
    def nothing_temporary_stays(self) -> None:
        scratch = self.root / "tmp"
        left = {path.name for path in scratch.iterdir()} if scratch.exists() else set()
        assert left <= {"repair.lock"}

    def path(self, digest: str) -> Path:
        return self.root / "store" / "objects" / key_of(digest)

    def listed(self) -> set[str]:
        store = LocalStorage(path=self.root / "store")
        return {f"blake3:{key[7:].replace('/', '')}" for key in store.keys("blake3/")}

    def teardown(self) -> None:
        shutil.rmtree(self.root)


TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
