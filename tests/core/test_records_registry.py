"""Data sets and models: one number a content, one champion, also when many write at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from records_sample import artifact, begin, finished, python, register

from fourstroke import UsageError
from fourstroke.records import Records


def test_same_content_keeps_its_version_of_a_data_set(records: Records):
    with begin(records) as writer:
        first, is_new = writer.publish_dataset("adult", artifact("a"), 10, ("age", "sex"), "first")
        second, _ = writer.publish_dataset("adult", artifact("b"), None, ())
        again, is_new_again = writer.publish_dataset("adult", artifact("a"), 99, ("other",), "x")
        writer.publish_dataset("other", artifact("a"), 1, ("age",))
        writer.finish("succeeded")

    assert (first.version, is_new, second.version) == (1, True, 2)
    assert (again, is_new_again) == (first, False)
    assert records.datasets() == ("adult", "other")
    assert [row.version for row in records.dataset_versions("adult")] == [1, 2]
    row = records.dataset("adult", 1)
    assert row is not None
    assert (row.digest, row.artifact) == (artifact("a").digest, artifact("a"))
    assert (row.rows, row.columns, row.note, row.run) == (10, ("age", "sex"), "first", writer.run)


def test_data_set_is_read_by_number_by_digest_or_the_latest(records: Records):
    with begin(records) as writer:
        for content in "abc":
            writer.publish_dataset("adult", artifact(content), 1, ("x",))
        writer.finish("succeeded")

    def version(*arguments: int | None, digest: str | None = None) -> int | None:
        row = records.dataset("adult", *arguments, digest=digest)
        return None if row is None else row.version

    assert version() == 3
    assert version(2) == 2
    assert version(digest=artifact("a").digest) == 1
    assert version(4) is None
    assert version(2, digest=artifact("a").digest) is None
    assert records.dataset("nothing") is None


def test_same_files_keep_their_version_of_a_model(records: Records):
    facts = {"train": {"use": None, "settings": {"C": 0.1}}, "profiles": {}, "outcome": "pass"}
    with begin(records) as writer:
        first, is_new = writer.register_model("income", "logistic", artifact("m1"), facts)
        second, _ = writer.register_model("income", "trees", artifact("m2"), {})
        again, is_new_again = writer.register_model("income", "other", artifact("m1"), {})
        writer.finish("succeeded")

    assert (first.version, is_new, second.version) == (1, True, 2)
    assert (again, is_new_again) == (first, False)
    assert (first.model, first.candidate, first.run) == ("income", "logistic", writer.run)
    assert first.digest == artifact("m1").digest
    row = records.model_version("income", 1)
    assert (row.facts, row.artifact, row.created) == (facts, artifact("m1"), first.created)
    assert records.models() == ("income",)


def test_unknown_version_is_refused_with_the_nearest(records: Records):
    with begin(records) as writer:
        register(writer, "m1")
        writer.finish("succeeded")

    with pytest.raises(UsageError, match=r"there is no version income@v7.*income@v1"):
        records.model_version("income", 7)
    with pytest.raises(UsageError, match=r"incone@v1.*did you mean 'income'"):
        records.model_version("incone", 1)


def test_champion_is_what_was_promoted_last(records: Records):
    with begin(records) as writer:
        for content in ("m1", "m2", "m3"):
            register(writer, content)
        assert records.champion("income") is None
        is_news = [writer.promote("income", version, "why") for version in (1, 3, 3, 1)]
        writer.finish("succeeded")

    champion = records.champion("income")

    assert champion is not None
    assert (champion.version, champion.is_champion) == (1, True)
    assert is_news == [True, True, False, True]
    assert records.champion_history("income") == (1, 3, 1)
    flags = [row.is_champion for row in records.model_versions("income")]
    assert flags == [True, False, False]
    before = records.champion_before("income", artifact("m1").digest)
    assert before is not None
    assert before.version == 3
    assert records.champion_before("nothing", "x") is None


def test_version_that_is_not_there_cannot_be_promoted(records: Records):
    with begin(records) as writer:
        register(writer, "m1")
        with pytest.raises(UsageError, match="there is no version income@v2"):
            writer.promote("income", 2, "")
        writer.finish("succeeded")

    assert records.champion("income") is None
    assert [event.what for event in records.events()] == ["registered"]


def test_many_who_promote_at_once_leave_one_champion_and_a_whole_ledger(records: Records):
    with begin(records) as writer:
        for number in range(8):
            register(writer, f"m{number}")
        writer.finish("succeeded")

    def promote(version: int) -> None:
        with begin(records) as own:
            own.promote("income", version, f"by {version}")
            own.finish("succeeded")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(promote, range(1, 9)))

    history = records.champion_history("income")
    champions = [row.version for row in records.model_versions("income") if row.is_champion]
    assert sorted(history) == list(range(1, 9))
    assert champions == [history[-1]]
    assert records.verify_ledger() == ()


# Sixteen processes that import once, before the fork: none has opened the records then.
WRITERS = """
import os
import sys
from pathlib import Path
from fourstroke.context import MetricPoint
from fourstroke.records import Records
from records_sample import artifact, begin, register, succeed
url, folder = sys.argv[1], Path(sys.argv[2])

def write(me):
    with Records.open(url, folder=folder) as records:
        for number in range(4):
            with begin(records, user=me) as writer:
                points = [MetricPoint(name=f"m{n}", value=n) for n in range(20)]
                succeed(writer, "data.a", f"{me}-{number}", f"{me}-{number}", metrics=points)
                writer.publish_dataset("adult", artifact(f"{me}-{number}"), 1, ("x",))
                writer.publish_dataset("adult", artifact(f"shared-{number}"), 1, ("x",))
                version = register(writer, f"{me}-{number}")
                writer.promote("income", version, me)
                writer.finish("succeeded")

children = []
for number in range(16):
    child = os.fork()
    if not child:
        code = 1
        try:
            write(f"p{number}")
            code = 0
        finally:
            os._exit(code)
    children.append(child)
assert {os.waitpid(child, 0)[1] for child in children} == {0}
"""


def test_sixteen_processes_record_4_runs_each_and_one_unbroken_chain(url: str, folder: Path):
    finished(python(WRITERS, url, folder))

    with Records.open(url, folder=folder) as records:
        runs = records.runs()
        versions = [row.version for row in records.dataset_versions("adult")]
        models = [row.version for row in records.model_versions("income")]

        events = records.events()

        assert len(runs) == len({row.run for row in runs}) == 64
        assert {row.state for row in runs} == {"succeeded"}
        assert versions == list(range(1, 69))
        assert models == list(range(1, 65))
        assert len(records.metrics(runs[0].run)) == 20
        # Each is registered and promoted; the events of all stand in one line.
        assert [event.sequence for event in events] == list(range(1, 129))
        assert len({event.previous for event in events}) == 128
        assert {event.why for event in events if event.why} == {f"p{n}" for n in range(16)}
        assert records.verify_ledger() == ()
