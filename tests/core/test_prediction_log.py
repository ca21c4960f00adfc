"""The prediction log: what is in a journal comes into it once, whatever happens to processes and bytes."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fourstroke import DataError, Observation, Project, UsageError
from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.table_service import TableService
from fourstroke.cli.main import main
from fourstroke.config import LogRules
from fourstroke.engine.workshop import Workshop
from fourstroke.prediction_log import journal as journal_module
from fourstroke.prediction_log import open_segment
from fourstroke.prediction_log.forms import Forms
from fourstroke.prediction_log.framing import Damage, Record, framed, records_of
from fourstroke.prediction_log.journal import PredictionJournal
from fourstroke.prediction_log.privacy import Privacy, is_sampled
from fourstroke.prediction_log.segment import read_segment
from fourstroke.records.operation_rows import WindowFacts

PROJECT = """
[project]
name = "shop"

[task]
target = "bought"

[data.collect]
path = "shop.csv"

[backends]
runner = "inline"
"""
DAY_NS = 86_400 * 10**9
MAY_1 = int(dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC).timestamp()) * 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "shop")


def write(folder: Path, rules: str = "") -> Path:
    folder.mkdir()
    text = f"{PROJECT}[operations.log]\n{rules}\n" if rules else PROJECT
    (folder / "fourstroke.toml").write_text(text)
    return folder


def asked(rows: int, start: int = 0) -> pd.DataFrame:
    numbers = np.arange(start, start + rows)
    return pd.DataFrame(
        {
            "age": numbers + 0.5,
            "town": [("Köln", "Ulm", None)[each % 3] for each in numbers],
            "since": pd.Timestamp("2024-05-01", tz="UTC") + pd.to_timedelta(numbers, "D"),
        }
    )


def said(rows: int) -> pd.DataFrame:
    return pd.DataFrame({"prediction": ["yes"] * rows, "probability_yes": [0.75] * rows})


def log(project: Project, *requests: tuple[str, int], role="champion", at_ns=MAY_1, version=1):
    with PredictionJournal.of(project, "shop", version, role) as journal:
        for request_id, rows in requests:
            assert journal.append(
                asked(rows), said(rows), request_id=request_id, latency_seconds=0.004, at_ns=at_ns
            )


def logged_ids(project: Project) -> list[str]:
    store = Workshop.of(project.config).store
    return [
        request_id
        for row in project.predictions.batches()
        if row.requests is not None
        for request_id in store.load(row.requests)["request_id"]
    ]


def segments(folder: Path) -> list[Path]:
    return sorted((folder / ".fourstroke" / "journal").rglob("*.rows"))


# The file

PAYLOADS = st.lists(st.tuples(st.sampled_from([b"J", b"P"]), st.binary(max_size=60)), max_size=8)


@given(PAYLOADS)
def test_records_come_back(payloads):
    content = b"".join(framed(kind, payload) for kind, payload in payloads)

    assert list(records_of(content)) == [Record(*each) for each in payloads]


@given(PAYLOADS.filter(bool), st.data())
def test_torn_end_costs_the_record_that_is_torn_and_no_other(payloads, data):
    parts = [framed(kind, payload) for kind, payload in payloads]
    whole = b"".join(parts)
    cut = data.draw(st.integers(0, len(whole) - 1))
    complete = [each for n, each in enumerate(payloads) if sum(map(len, parts[: n + 1])) <= cut]

    found = list(records_of(whole[:cut]))

    assert [each for each in found if isinstance(each, Record)] == [Record(*e) for e in complete]
    assert all(each.is_torn for each in found if isinstance(each, Damage))
    assert any(isinstance(each, Damage) for each in found) == (
        cut > sum(map(len, parts[: len(complete)]))
    )


@given(PAYLOADS.filter(bool), st.data())
def test_flipped_bit_costs_one_record_and_is_told(payloads, data):
    parts = [framed(kind, payload) for kind, payload in payloads]
    content = bytearray(b"".join(parts))
    at, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    content[at] ^= 1 << bit
    hit = next(n for n in range(len(parts)) if at < sum(map(len, parts[: n + 1])))

    found = list(records_of(bytes(content)))

    others = [Record(*each) for n, each in enumerate(payloads) if n != hit]
    assert [each for each in found if isinstance(each, Record)] == others
    assert sum(isinstance(each, Damage) for each in found) == 1


def test_marks_within_a_payload_are_no_beginning():
    inner = framed(b"J", b"not a record of its own")
    damaged = bytearray(framed(b"P", inner) + framed(b"J", b"next"))
    damaged[-len(framed(b"J", b"next")) - 1] ^= 1

    assert [each for each in records_of(bytes(damaged)) if isinstance(each, Record)] == [
        Record(b"J", b"next")
    ]


# From the journal into the log


@pytest.mark.parametrize("rows", [1, 100])
def test_rows_come_back_as_they_were(folder, rows):
    with Project.open(folder) as project:
        log(project, ("a", rows), ("b", rows))
        taken = project.predictions.take_in()
        [row] = project.predictions.batches()
        store = Workshop.of(project.config).store
        data, predictions, requests = map(store.load, (row.data, row.predictions, row.requests))

    twice = pd.concat([asked(rows)] * 2, ignore_index=True)
    assert (taken.segments, taken.rows, taken.problems) == (1, 2 * rows, ())
    pd.testing.assert_frame_equal(data, twice)
    assert predictions.to_dict("list") == pd.concat([said(rows)] * 2).to_dict("list")
    assert list(requests["request_id"]) == ["a"] * rows + ["b"] * rows
    assert set(requests["at"]) == {pd.Timestamp(MAY_1, tz="UTC")}
    assert set(requests["latency_seconds"]) == {0.004}
    assert (row.rows, row.role, row.version) == (2 * rows, "champion", 1)
    assert row.first_at == row.last_at == dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)
    assert segments(folder) == []


CELLS = {
    "number": st.floats(allow_infinity=True) | st.just(float("nan")),
    "whole": st.integers(-(2**62), 2**62),
    "text": st.none() | st.text(max_size=8),
    "truth": st.booleans(),
    "time": st.integers(0, 2**40),
}
TABLES = st.lists(
    st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=40), min_size=1, max_size=4
)
DTYPES = {
    "number": "f8", "whole": "i8", "text": object, "truth": bool, "time": "M8[us]",
}  # fmt: skip


@given(TABLES)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_was_asked_is_read_as_it_was(tmp_path_factory, tables):
    folder = tmp_path_factory.mktemp("any")
    service = TableService(Codecs(folder))
    tables = [
        {name: np.array([row[name] for row in rows], dtype=DTYPES[name]) for name in CELLS}
        for rows in tables
    ]
    forms = Forms(service, 1.0)
    with PredictionJournal(1, "champion", LogRules(), folder, Privacy(), forms) as journal:
        for columns in tables:
            journal.append(columns, said(len(columns["number"])), at_ns=MAY_1)
    [path] = folder.glob("*.rows")
    read = read_segment(path.read_bytes(), lambda name: service.of_kind(name, "table_of"))
    found = service.of_columns(read.head.codec, read.rows.data)

    assert (read.damaged, read.torn) == (0, False)
    for name in CELLS:
        expected = np.concatenate([columns[name] for columns in tables])
        if name == "text":
            assert [None if pd.isna(each) else each for each in found[name]] == list(expected)
        else:
            np.testing.assert_array_equal(found[name].to_numpy().astype(expected.dtype), expected)


def test_batch_never_holds_two_days_versions_or_roles(folder):
    with Project.open(folder) as project:
        with PredictionJournal.of(project, "shop", 1, "champion") as journal:
            # The clock is turned back, too.
            for at_ns in (MAY_1, MAY_1 + DAY_NS, MAY_1 - 9 * 3600 * 10**9, MAY_1):
                journal.append(asked(1), said(1), at_ns=at_ns)
        log(project, ("c", 2), role="shadow")
        log(project, ("d", 3), version=2)
        project.predictions.take_in()
        found = project.predictions.batches()

    days = [(row.first_at.date().isoformat(), row.version, row.role, row.rows) for row in found]
    assert days == [
        ("2026-04-30", 1, "champion", 1),
        ("2026-05-01", 1, "champion", 1),
        ("2026-05-01", 1, "champion", 1),
        ("2026-05-01", 1, "shadow", 2),
        ("2026-05-01", 2, "champion", 3),
        ("2026-05-02", 1, "champion", 1),
    ]
    assert all(row.first_at.date() == row.last_at.date() for row in found)


def test_batch_never_holds_two_quarters_of_an_hour_and_none_is_made_by_merging(folder):
    minutes = [0, 14, 15, 29, 30]
    with Project.open(folder) as project:
        with PredictionJournal.of(project, "shop", 1, "champion") as journal:
            for minute in minutes:
                journal.append(asked(1), said(1), at_ns=MAY_1 + minute * 60 * 10**9)
        project.predictions.take_in()
        before = [row.rows for row in project.predictions.batches()]
        log(project, ("a", 1), at_ns=MAY_1 + 60 * 10**9)
        project.predictions.take_in()
        project.predictions.compact()
        after = [row.rows for row in project.predictions.batches()]

    assert before == [2, 2, 1]
    assert after == [3, 2, 1]


def test_living_journal_is_left_alone_and_one_of_a_killed_process_is_taken_in(folder):
    script = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "import test_prediction_log as t, time\n"
        "project = t.Project.open('.')\n"
        "journal = t.PredictionJournal.of(project, 'shop', 1, 'champion')\n"
        "journal.append(t.asked(1), t.said(1), request_id='answered')\n"
        "print('answered', flush=True)\n"
        "time.sleep(60)\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(Path(__file__).parent)],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert writer.stdout.readline() == "answered\n"
        with Project.open(folder) as project:
            while_alive = project.predictions.take_in()
            waiting = project.predictions.waiting()
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            afterwards = project.predictions.take_in()
            ids = logged_ids(project)
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    assert (while_alive.segments, waiting.segments) == (0, 1)
    assert afterwards.rows == 1
    assert ids == ["answered"]


def test_segment_is_taken_in_once_though_the_process_died_before_it_was_removed(
    folder, monkeypatch
):
    with Project.open(folder) as project:
        log(project, ("a", 1))
        with monkeypatch.context() as patched:
            # As it is found when the process ends between the commit and the removal.
            patched.setattr(Path, "unlink", lambda *_, **__: None)
            project.predictions.take_in()
        assert len(segments(folder)) == 1
        again = project.predictions.take_in()

        assert again.rows == 0
        assert logged_ids(project) == ["a"]
    assert segments(folder) == []


def test_segment_of_a_merged_batch_is_not_taken_in_again(folder):
    with Project.open(folder) as project:
        log(project, ("a", 1))
        [kept] = segments(folder)
        content = kept.read_bytes()
        log(project, ("b", 1))
        project.predictions.take_in()
        project.predictions.compact()
        kept.write_bytes(content)
        project.predictions.take_in()

        assert sorted(logged_ids(project)) == ["a", "b"]


def test_many_take_in_while_others_write(folder):
    def write_on(number: int) -> None:
        with PredictionJournal.of(project, "shop", 1, "champion") as journal:
            for request in range(40):
                journal.append(asked(1), said(1), request_id=f"{number}-{request}")
                if request % 10 == 9:
                    journal.close()

    def take_on(_: int) -> int:
        return sum(project.predictions.take_in().rows for _ in range(5))

    with Project.open(folder) as project:
        project.check()
        with ThreadPoolExecutor(4) as pool:
            writing = [pool.submit(write_on, number) for number in range(2)]
            taken = sum(pool.map(take_on, range(2)))
            for each in writing:
                each.result()
        taken += project.predictions.take_in().rows
        ids = logged_ids(project)

    assert taken == 80
    assert sorted(ids) == sorted(f"{n}-{r}" for n in range(2) for r in range(40))


def test_damaged_record_is_told_the_others_are_logged_and_the_file_is_kept(folder):
    with Project.open(folder) as project:
        log(project, ("a", 1), ("b", 1), ("c", 1))
        [path] = segments(folder)
        content = bytearray(path.read_bytes())
        content[content.index(b'"b"') + 1] ^= 1
        path.write_bytes(content)
        taken = project.predictions.take_in()
        [day] = project.predictions.count()

        assert logged_ids(project) == ["a", "c"]
    assert (day.rows, day.damaged) == (2, 1)
    assert "1 record of" in taken.problems[0]
    assert "cannot be read" in taken.problems[0]
    assert [each.parent.name for each in segments(folder)] == ["damaged"]


def test_half_a_record_at_the_end_is_left_out(folder):
    with Project.open(folder) as project:
        log(project, ("a", 1), ("b", 1))
        [path] = segments(folder)
        path.write_bytes(path.read_bytes()[:-5])
        taken = project.predictions.take_in()

        assert logged_ids(project) == ["a"]
    assert taken.problems == ()
    assert segments(folder) == []


def test_file_of_a_later_version_stays_and_is_told(folder):
    with Project.open(folder) as project:
        log(project, ("a", 1))
        [path] = segments(folder)
        path.write_bytes(path.read_bytes() + framed(b"Z", b"of tomorrow"))
        log(project, ("b", 1))
        taken = project.predictions.take_in()

        assert logged_ids(project) == ["b"]
    assert "upgrade fourstroke" in taken.problems[0]
    assert segments(folder) == [path]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"a": np.array([object()], dtype=object)}, "cannot be logged"),
        ({"a": np.array([1.0, 2.0])}, "2 rows and 1 predictions"),
    ],
)
def test_what_cannot_be_logged_is_told_and_counted(folder, data, told):
    with Project.open(folder) as project:
        with PredictionJournal.of(project, "shop", 1, "champion") as journal:
            with pytest.raises(DataError, match=told):
                journal.append(data, said(1))
            assert journal.dropped == 1
        project.predictions.take_in()
        [day] = project.predictions.count()
    assert (day.rows, day.dropped, day.answered) == (0, 1, 1)


# A disk that is full or slow


def test_full_disk_drops_with_a_count_and_takes_rows_again(folder, monkeypatch):
    with (
        Project.open(folder) as project,
        PredictionJournal.of(project, "shop", 1, "champion") as journal,
    ):
        append = lambda own_id: journal.append(asked(1), said(1), request_id=own_id)  # noqa: E731
        assert append("before")
        real, half = os.write, [True]

        def full(handle: int, content: bytes) -> int:
            if half.pop() if half else False:
                return real(handle, content[: len(content) // 2])
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(open_segment.os, "write", full)
            kept = [append(str(number)) for number in range(5)]
            trouble = journal.trouble
            journal.tend()
        monkeypatch.setattr(journal_module, "_PROBE_SECONDS", 0.0)
        journal.tend()
        assert append("after")
        journal.close()
        project.predictions.take_in()
        [day] = project.predictions.count()
        ids = logged_ids(project)

    assert kept == [False] * 5
    assert "No space left" in trouble
    assert ids == ["before", "after"]
    assert (day.rows, day.dropped) == (2, 5)


def test_slow_disk_holds_up_one_answer_at_most(folder, monkeypatch):
    monkeypatch.setattr(journal_module, "_SLOW_SECONDS", 0.01)
    with (
        Project.open(folder) as project,
        PredictionJournal.of(project, "shop", 1, "champion") as journal,
    ):
        real = os.write
        slow = lambda *given: (time.sleep(0.1), real(*given))[1]  # noqa: E731
        with monkeypatch.context() as patched:
            patched.setattr(open_segment.os, "write", slow)
            first = journal.append(asked(1), said(1))
            begun = time.monotonic()
            others = [journal.append(asked(1), said(1)) for _ in range(20)]
            seconds = time.monotonic() - begun
    assert (first, any(others)) == (True, False)
    assert seconds < 1.0
    assert journal.dropped == 20


def test_power_durability_syncs_once_for_many(folder, monkeypatch):
    write_rules = '[operations.log]\ndurability = "power"\n'
    (folder / "fourstroke.toml").write_text(PROJECT + write_rules)
    synced = []
    real = os.fsync
    with (
        Project.open(folder) as project,
        PredictionJournal.of(project, "shop", 1, "champion") as journal,
    ):
        monkeypatch.setattr(open_segment.os, "fsync", lambda h: (synced.append(h), real(h)))
        for number in range(5):
            journal.append(asked(1), said(1), request_id=str(number))
        before = len(synced)
        for _ in range(5):
            journal.settle()
        assert journal.survives_power_loss
    assert len(synced) - before == 2, "one for all five, and one for the end"


# What is not kept


def test_masked_and_hashed_cells_never_touch_the_disk(tmp_path):
    rules = 'mask = ["name"]\nhash = ["email"]\nhash_key = "${LOG_KEY}"'
    secret, address = "Zaphod Beeblebrox", "zaphod@example.org"
    data = pd.DataFrame({"name": [secret], "email": [address], "age": [42.0]})
    os.environ["LOG_KEY"] = "a key that others do not know"
    try:
        with Project.open(write(tmp_path / "shop", rules)) as project:
            with PredictionJournal.of(project, "shop", 1, "champion") as journal:
                journal.append(data, said(1))
                journal.append(pd.concat([data] * 50), said(50))
                in_journal = bytes_of(project.root)
            project.predictions.take_in()
            rows = [project.predictions.rows(row) for row in project.predictions.batches()]
            in_log = bytes_of(project.root)
    finally:
        del os.environ["LOG_KEY"]
    for content in (in_journal, in_log):
        for part in (secret, address, "Beeblebrox", "a key that others"):
            assert part.encode() not in content
    found = pd.concat(rows)
    assert found["name"].isna().all()
    assert found["age"].tolist() == [42.0] * 51
    expected = Privacy(hash=frozenset({"email"}), key=b"a key that others do not know")
    assert set(found["email"]) == {expected.hashed(address)}


def bytes_of(folder: Path) -> bytes:
    """Read all that was written, as tables of text where it is compressed."""
    found = b""
    for path in (folder / ".fourstroke").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found += content
            if content[:4] == b"PAR1":
                found += pd.read_parquet(path).to_csv().encode()
    return found


def test_hashes_are_keyed_and_the_same_for_a_cell_in_any_form(tmp_path):
    one, other = (Privacy(hash=frozenset({"a"}), key=key) for key in (b"1", b"2"))

    assert one.hashed(39) == one.hashed(39.0) == one.hashed(np.float64(39.0))
    assert one.hashed("39") == one.hashed(39)
    assert one.hashed(39) != other.hashed(39)
    assert one.hashed(None) is None
    assert one.hashed(float("nan")) is None


def test_own_key_of_a_project_is_made_once_and_nobody_else_may_read_it(tmp_path):
    with Project.open(write(tmp_path / "shop", 'hash = ["email"]')) as project:
        keys = {
            Privacy.of(project.config, tmp_path / "shop" / ".fourstroke" / "journal").key
            for _ in range(2)
        }
    [salt] = (tmp_path / "shop").rglob("salt")
    assert keys == {salt.read_bytes()}
    assert len(salt.read_bytes()) == 32
    assert salt.stat().st_mode & 0o077 == 0


@given(st.text(max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_larger_share_holds_all_of_a_smaller_one(request_id, one, other):
    low, high = sorted((one, other))
    assert is_sampled(request_id, low) <= is_sampled(request_id, high)


def test_share_of_requests_is_kept_always_the_same_and_the_others_are_counted(tmp_path):
    ids = [f"request-{number}" for number in range(600)]
    with Project.open(write(tmp_path / "shop", "sample = 0.25")) as project:
        log(project, *((own_id, 1) for own_id in ids), at_ns=time.time_ns())
        project.predictions.take_in()
        [day] = project.predictions.count()
        kept = logged_ids(project)

    assert kept == [own_id for own_id in ids if is_sampled(own_id, 0.25)]
    # Four standard deviations of a binomial share.
    assert abs(len(kept) / 600 - 0.25) < 4 * (0.25 * 0.75 / 600) ** 0.5
    assert (day.rows + day.left_out, day.answered, day.sample) == (600, 600, 0.25)


# Compaction, retention, export


def seen(project: Project, *batches: int) -> None:
    with project.recorded("monitor", "") as turn:
        facts = WindowFacts(rows=len(batches))
        observed = [Observation(name="volume", status="ok")]
        turn.session.writer.record_observations("shop", 1, batches, observed, facts)
        turn.session.writer.finish("succeeded")


def test_merged_batches_hold_the_same_rows_and_windows_keep_theirs(folder):
    with Project.open(folder) as project:
        for name in "abcdef":
            log(project, (name, 2))
            project.predictions.take_in()
        log(project, ("other day", 2), at_ns=MAY_1 + DAY_NS)
        project.predictions.take_in()
        ids = [row.id for row in project.predictions.batches()]
        seen(project, ids[0], ids[1])
        seen(project, ids[2], ids[3], ids[6])
        before = sorted(logged_ids(project))
        done = project.predictions.compact()
        again = project.predictions.compact()
        found = project.predictions.batches()
        windows = {each.window: each.batches for each in project.records.observations("shop", 1)}
        monitored = {
            number for each in project.records.seen_windows("shop", 1) for number in each.batches
        }
        store = Workshop.of(project.config).store
        rows_of = {row.id: store.load(row.requests)["request_id"].tolist() for row in found}

    assert (done.before, done.after, done.rows) == (6, 3, 12)
    assert again.before == 0
    assert sorted(each for ids_ in rows_of.values() for each in ids_) == before
    in_windows = [sorted({each for b in w for each in rows_of[b]}) for w in windows.values()]
    assert in_windows == [["a", "b"], ["c", "d", "other day"]]
    assert [rows_of[row.id] for row in found if row.id not in monitored] == [["e", "e", "f", "f"]]


def test_nothing_is_merged_or_purged_under_a_monitor_at_work(folder):
    with Project.open(folder) as project:
        for name in "ab":
            log(project, (name, 1))
            project.predictions.take_in()
        with project.recorded("monitor", "") as turn:
            with pytest.raises(UsageError, match="a monitor is at work"):
                project.predictions.compact()
            with pytest.raises(UsageError, match="a run is at work"):
                project.predictions.purge(keep="1h")
            turn.session.writer.finish("succeeded")
        assert len(project.predictions.batches()) == 2


def test_purged_rows_are_gone_from_the_store_and_the_ledger_tells(folder):
    with Project.open(folder) as project:
        log(project, ("old", 3))
        project.predictions.take_in()
        log(project, ("new", 1), at_ns=time.time_ns())
        project.predictions.take_in()
        old, new = project.predictions.batches()
        seen(project, old.id)
        would = project.predictions.purge(keep="30d", apply=False)
        assert len(project.predictions.batches()) == 2
        done = project.predictions.purge(keep="30d")
        kept = logged_ids(project)
        project.store.gc(apply=True, grace_hours=0)
        store = Workshop.of(project.config).store
        there = [store.has(row.data) for row in (old, new)]
        problems = project.store.verify()
        [event] = [each for each in project.records.events() if "purged" in each.what]

    assert (would.rows, would.is_applied, done.rows) == (3, False, 3)
    assert kept == ["new"]
    assert there == [False, True]
    assert problems == ()
    assert (event.subject, event.facts["rows"], event.why) == ("shop", 3, "older than 30d")


def test_export_is_read_by_pandas_with_its_partitions(folder, tmp_path):
    with Project.open(folder) as project:
        log(project, ("a", 2), ("b", 40))
        log(project, ("c", 1), at_ns=MAY_1 + DAY_NS)
        log(project, ("d", 1), role="shadow", version=2)
        project.predictions.take_in()
        written = project.predictions.export(tmp_path / "out")
        with pytest.raises(UsageError, match="something already"):
            project.predictions.export(tmp_path / "out")

    found = pd.read_parquet(tmp_path / "out")
    counts = found.groupby(["version", "day", "role"], observed=True).size()
    assert {path.relative_to(tmp_path / "out").as_posix() for path in written} == {
        "version=1/day=2026-05-01/role=champion/part-0.parquet",
        "version=1/day=2026-05-02/role=champion/part-0.parquet",
        "version=2/day=2026-05-01/role=shadow/part-0.parquet",
    }
    assert sorted(counts.tolist()) == [1, 1, 42]
    assert found["log_request_id"].value_counts().to_dict() == {"b": 40, "a": 2, "c": 1, "d": 1}
    assert found["probability_yes"].tolist() == [0.75] * 44
    assert str(found["log_at"].dtype).startswith("datetime64")


# The commands


def call(folder: Path, capsys, *words: str, code: int = 0) -> tuple[str, str]:
    assert main(["-C", str(folder), "predictions", *words]) == code
    found = capsys.readouterr()
    return found.out, found.err


def test_commands_count_list_show_export_compact_and_purge(folder, tmp_path, capsys):
    with Project.open(folder) as project:
        for name in "ab":
            log(project, (name, 3))
            project.predictions.take_in()
        log(project, ("c", 4), role="shadow")

    counted = json.loads(call(folder, capsys, "count", "--json")[0])
    listed = json.loads(call(folder, capsys, "list", "--json", "--role", "champion")[0])
    shown, _ = call(folder, capsys, "show", str(listed[0]["id"]), "--rows", "1")
    merged, _ = call(folder, capsys, "compact")
    written, _ = call(folder, capsys, "export", str(tmp_path / "out"))
    would, _ = call(folder, capsys, "purge", "--before", "2026-06-01", "--dry-run")
    gone, _ = call(folder, capsys, "purge", "--before", "2026-06-01", "--why", "asked for")
    empty = json.loads(call(folder, capsys, "count", "--json")[0])

    assert [(day["role"], day["rows"], day["batches"]) for day in counted["days"]] == [
        ("champion", 6, 2),
        ("shadow", 4, 1),
    ]
    assert [row["rows"] for row in listed] == [3, 3]
    assert "Köln" in shown
    assert "shop@v1, champion" in shown
    assert "2 batches, which are 1 now, 6 rows" in merged
    assert written.count("part-0.parquet") == 2
    assert would.startswith("would go  10 rows in 2 batches")
    assert gone.startswith("removed  10 rows in 2 batches")
    assert empty["days"] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["purge"], "--before 2026-01-01, or --keep 90d"),
        (["purge", "--keep", "soon"], "expected an age, got 'soon'"),
        (["purge", "--keep", "1d", "--before", "2026-01-01"], "said twice how old"),
        (["show", "7"], "batch 7 is not in the prediction log"),
        (["count", "--since", "lately"], "expected a day or a time, got 'lately'"),
        (["list", "--model", "shup"], "there is no model 'shup'"),
        (["export", "out"], "no such rows are in the prediction log"),
    ],
)
def test_wrong_words_are_told_with_what_to_do(folder, capsys, words, told):
    _, error = call(folder, capsys, *words, code=2)

    assert told in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ("sampel = 0.5", "did you mean 'sample'"),
        ("sample = 2", "a share between 0 and 1"),
        ('keep = "90 days"', "an age such as"),
        ('durability = "disk"', "one of process, power"),
        ('mask = ["a"]\nhash = ["a"]', "'a' is masked, and nothing of it is left to hash"),
    ],
)
def test_wrong_rules_are_told_with_their_line(tmp_path, capsys, rules, told):
    _, error = call(write(tmp_path / "shop", rules), capsys, "count", code=2)

    assert told in error
    assert "fourstroke.toml:" in error


def test_environments_with_records_of_their_own_have_journals_of_their_own(folder):
    text = PROJECT + '[environments.prod.backends]\nrecords = "sqlite:///prod.sqlite"\n'
    (folder / "fourstroke.toml").write_text(text)
    with Project.open(folder, environment="prod") as prod, Project.open(folder) as project:
        log(prod, ("a", 1))
        assert project.predictions.take_in().rows == 0
        assert prod.predictions.take_in().rows == 1


def test_rows_of_the_log_have_the_columns_of_all_its_parts(folder):
    with Project.open(folder) as project:
        with PredictionJournal.of(project, "shop", 1, "champion") as journal:
            journal.append(pd.DataFrame({"prediction": [1.0]}), said(1), at_ns=MAY_1)
        project.predictions.take_in()
        [row] = project.predictions.batches()
        found = project.predictions.rows(row)
        assert attrs.asdict(row)["segment"].startswith("v1-champion-2026-05-01-")
    assert list(found.columns) == [
        "prediction",
        "predicted_prediction",
        "probability_yes",
        "log_request_id",
        "log_at",
        "log_latency_seconds",
        "log_batch",
    ]
