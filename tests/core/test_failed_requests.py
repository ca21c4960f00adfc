"""Requests that got no predictions: in the journal before their client is told, then counted in the log."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import pandas as pd
import pytest

from fourstroke import Project, Traffic, UsageError
from fourstroke.prediction_log import journal as journal_module
from fourstroke.prediction_log import open_segment
from fourstroke.prediction_log.framing import framed
from fourstroke.prediction_log.journal import PredictionJournal
from fourstroke.prediction_log.segment import HEAD, Head, read_segment

PROJECT = """
[project]
name = "shop"
[task]
target = "bought"
[data.collect]
path = "shop.csv"
[operations.log]
{rules}
[backends]
runner = "inline"
"""
QUARTER_NS = 900 * 10**9
MAY_1 = int(dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC).timestamp()) * 10**9
ROW = {"age": [30.5], "town": ["Köln"]}
SAID = {"prediction": ["yes"], "probability_yes": [0.75]}


def write(folder: Path, rules: str = "") -> Path:
    folder.mkdir()
    (folder / "fourstroke.toml").write_text(PROJECT.format(rules=rules))
    return folder


@pytest.fixture
def project(tmp_path: Path):
    with Project.open(write(tmp_path / "shop")) as opened:
        yield opened


def hearing(project: Project, version: int = 1, role="champion") -> PredictionJournal:
    return PredictionJournal.of(project, "shop", version, role, hears_failures=True)


def answer(journal: PredictionJournal, *ids: str, at_ns: int | None = None, rows: int = 1) -> None:
    for own_id in ids:
        journal.append(
            pd.DataFrame(ROW).loc[[0] * rows],
            pd.DataFrame(SAID).loc[[0] * rows],
            request_id=own_id,
            at_ns=at_ns,
        )


def counted(project: Project) -> list[Traffic | None]:
    project.predictions.take_in()
    return [each.traffic for each in project.records.log_segments("shop")]


def test_requests_are_counted_by_what_became_of_them(project):
    with hearing(project) as journal:
        answer(journal, "a", "b", rows=3)
        assert [journal.failed(status) for status in (500, 503, 500, 422)] == [True] * 4
    [found] = counted(project)

    assert found == Traffic(answered=2, statuses={"422": 1, "500": 2, "503": 1})
    assert (found.failed, found.refused, found.asked) == (3, 1, 6)
    assert sum(batch.rows for batch in project.predictions.batches()) == 6


def test_journal_in_which_nothing_failed_says_so_and_one_that_does_not_hear_says_nothing(project):
    with hearing(project) as journal:
        answer(journal, "a")
    with PredictionJournal.of(project, "shop", 1, "champion") as deaf:
        answer(deaf, "b")
        with pytest.raises(UsageError, match="does not hear of failures") as told:
            deaf.failed(500)

    assert sorted(counted(project), key=str) == [None, Traffic(answered=1)]
    assert "hears_failures=True" in told.value.hint


def test_head_of_an_earlier_version_says_nothing_of_failures():
    facts = attrs.asdict(Head(codec="", sample=1.0))
    del facts["hears_failures"]
    plain = str({"format": 1, **facts}).replace("'", '"').replace("()", "[]")

    assert read_segment(framed(HEAD, plain.encode()) * 2, pytest.fail).traffic is None


def test_failures_alone_are_in_the_log_without_a_batch(project):
    with hearing(project, version=2) as journal:
        journal.failed(500, at_ns=MAY_1)
        journal.failed(500, at_ns=MAY_1 + 60 * 10**9)
    project.predictions.take_in()
    [segment] = project.records.log_segments("shop")

    assert project.predictions.batches() == ()
    assert (segment.version, segment.rows, segment.traffic) == (2, 0, Traffic(statuses={"500": 2}))
    assert segment.first_at == dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)
    assert segment.last_at == dt.datetime(2026, 5, 1, 8, 1, tzinfo=dt.UTC)


def test_failures_of_two_quarters_of_an_hour_stay_apart(project):
    with hearing(project) as journal:
        journal.failed(500, at_ns=MAY_1 + QUARTER_NS - 1)
        journal.failed(503, at_ns=MAY_1 + QUARTER_NS)

    assert counted(project) == [Traffic(statuses={"500": 1}), Traffic(statuses={"503": 1})]


def test_last_nanosecond_of_a_day_is_of_that_day(project):
    midnight = MAY_1 + 16 * 3600 * 10**9
    with hearing(project) as journal:
        journal.failed(500, at_ns=midnight - 1)
        journal.failed(503, at_ns=midnight)

    project.predictions.take_in()
    days = [each.day for each in project.records.log_segments("shop")]
    assert days == ["2026-05-01", "2026-05-02"]


def test_nothing_of_what_is_sampled_away_is_missing_in_the_counts(tmp_path):
    with Project.open(write(tmp_path / "shop", "sample = 0.2")) as project:
        with hearing(project) as journal:
            for number in range(50):
                answer(journal, f"r{number}")
                journal.failed(500) if number % 10 == 0 else None
        [found] = counted(project)
        rows = sum(batch.rows for batch in project.predictions.batches())

    assert 0 < rows < 30
    assert found == Traffic(answered=50, statuses={"500": 5})


def test_requests_of_which_no_row_is_logged_are_counted_in_their_quarter_of_an_hour(tmp_path):
    with Project.open(write(tmp_path / "shop", "sample = 0.0")) as project:
        with hearing(project) as journal:
            journal.failed(500, at_ns=MAY_1)
            answer(journal, "a", "b", at_ns=MAY_1)
            journal.failed(500, at_ns=MAY_1 + QUARTER_NS)
            # As a service does every second, without waiting for the next failure.
            answer(journal, "c")
            journal.tend()
        found = counted(project)

    assert Traffic.together(found) == Traffic(answered=3, statuses={"500": 2})
    assert len(found) == 3, "the quarter of May 1, the next one, and that of now"


def test_full_disk_holds_failures_up_and_none_is_forgotten(project, monkeypatch):
    def full(handle: int, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with hearing(project) as journal:
        answer(journal, "a")
        with monkeypatch.context() as patched:
            patched.setattr(open_segment.os, "write", full)
            kept = [journal.failed(500) for _ in range(4)]
            answer(journal, "b")
            journal.tend()
            trouble = journal.trouble
        monkeypatch.setattr(journal_module, "_PROBE_SECONDS", 0.0)
        journal.tend()
        assert journal.failed(503)
    found = Traffic.together(counted(project))

    assert (kept, trouble) == ([False] * 4, "No space left on device")
    assert found == Traffic(answered=2, statuses={"500": 4, "503": 1})


def test_threads_and_workers_count_every_failure_once(project):
    journals = [hearing(project) for _ in range(3)]
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda n: journals[n % 3].failed(500 + n % 2), range(600)))
    for journal in journals:
        journal.close()

    assert all(kept)
    assert Traffic.together(counted(project)) == Traffic(statuses={"500": 300, "501": 300})


KILLED = """
import os, sys
from fourstroke import Project
from fourstroke.prediction_log.journal import PredictionJournal
with Project.open(sys.argv[1]) as project:
    journal = PredictionJournal.of(project, "shop", 1, "champion", hears_failures=True)
    while True:
        assert journal.failed(500)
        os.write(1, b".")
"""


def test_no_failure_that_was_told_is_lost_with_its_process(project):
    command = [sys.executable, "-c", KILLED, str(project.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        told = len(process.stdout.read(200))
        process.send_signal(signal.SIGKILL)
        told += len(process.stdout.read())
    [found] = counted(project)

    assert told >= 200
    # It may have been killed between its file and its word.
    assert found.failed - told in {0, 1}


def test_compaction_keeps_the_counts_and_retention_removes_them(project):
    for minute in range(3):
        with hearing(project) as journal:
            answer(journal, f"r{minute}", at_ns=MAY_1 + minute)
            journal.failed(500, at_ns=MAY_1 + minute)
    # Days of which there are counts alone go as well.
    with hearing(project) as journal:
        journal.failed(500, at_ns=MAY_1 - 86_400 * 10**9)
    before = Traffic.together(counted(project))
    project.predictions.compact()
    after = Traffic.together(counted(project))
    early = project.predictions.purge(before=dt.datetime(2026, 5, 1, tzinfo=dt.UTC))
    kept = Traffic.together(counted(project))
    project.predictions.purge(before=dt.datetime(2026, 5, 3, tzinfo=dt.UTC))

    assert before == after == Traffic(answered=3, statuses={"500": 4})
    assert (early.rows, kept) == (0, Traffic(answered=3, statuses={"500": 3}))
    assert counted(project) == []
