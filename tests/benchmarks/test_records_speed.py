"""The records beside sqlite3 by hand, with the same durability, in the same run."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blake3 import blake3

from fourstroke import StepFact
from fourstroke.artifacts.artifact import Artifact, File
from fourstroke.context import MetricPoint
from fourstroke.records import Records, RunWriter

pytestmark = pytest.mark.benchmark

RUNS, VALUES, POINTS, STEPS = 1_000, 20, 100_000, 100


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    folder = tmp_path / ".fourstroke"
    with Records.open(f"sqlite:///{folder}/records.sqlite", folder=folder) as opened:
        yield opened


@pytest.fixture
def by_hand(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Give what somebody writes who wants the same from sqlite3: synced at each commit."""
    connection = sqlite3.connect(tmp_path / "by_hand.sqlite", isolation_level=None)
    with contextlib.closing(connection):
        connection.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "CREATE TABLE runs (id INTEGER PRIMARY KEY, run TEXT UNIQUE, state TEXT, settings TEXT);"
            "CREATE TABLE steps (id INTEGER PRIMARY KEY, run INTEGER, name TEXT, key TEXT,"
            " state TEXT, outputs TEXT);"
            "CREATE TABLE metrics (id INTEGER PRIMARY KEY, run INTEGER, step INTEGER, name TEXT,"
            " value REAL, at INTEGER);"
            "CREATE INDEX by_run ON metrics (run, step); CREATE INDEX by_name ON steps (name);"
        )
        yield connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")


def begin(records: Records) -> RunWriter:
    words = ("project", "environment", "user", "host", "command", "commit")
    return records.start_run(
        kind="run",
        dirty=False,
        seed=0,
        settings={"model": {"C": 0.1}},
        versions={"python": "3"},
        **dict.fromkeys(words, ""),
    )


def best(measured: Callable[[], None], *, times: int) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        measured()
        taken.append(time.perf_counter() - started)
    return min(taken)


def report(what: str, own: float, floor: float) -> float:
    print(f"\n{what}: {own:.3f} s, by hand {floor:.3f} s: {floor / own:.0%} of its speed")
    return floor / own


def test_runs_are_recorded_at_30_percent_of_batched_sqlite3(
    records: Records, by_hand: sqlite3.Connection
):
    points = [MetricPoint(name=f"metric{n}", value=n / 7, step=n) for n in range(VALUES)]
    insert = "INSERT INTO metrics (run, name, value, at) VALUES (?, ?, ?, ?)"
    begun = "INSERT INTO runs (run, state, settings) VALUES (?, 'running', ?)"
    numbers = iter(range(1_000_000))

    def floor() -> None:
        for _ in range(RUNS // 10):
            with transaction(by_hand):  # a run can be seen while it runs
                run = by_hand.execute(begun, (f"run{next(numbers)}", "{}")).lastrowid
            with transaction(by_hand):
                by_hand.executemany(insert, [(run, p.name, p.value, p.step) for p in points])
                by_hand.execute("UPDATE runs SET state = 'succeeded' WHERE id = ?", (run,))

    def own() -> None:
        for _ in range(RUNS // 10):
            writer = begin(records)
            writer.log_metrics(None, points)
            writer.finish("succeeded")

    # Turn about, because the speed of a shared disk drifts by more than the difference.
    taken = [(best(own, times=1), best(floor, times=1)) for _ in range(10)]

    total_own, total_floor = (sum(times) for times in zip(*taken, strict=True))
    assert report(f"{RUNS:,} runs of {VALUES} values", total_own, total_floor) >= 0.3
    assert len(records.runs()) == RUNS
    assert len(records.metrics(records.runs(1)[0].run)) == VALUES


def test_points_of_one_run_are_recorded_at_30_percent_of_executemany(
    records: Records, by_hand: sqlite3.Connection
):
    points = [MetricPoint(name="loss", value=1 / (n + 1), step=n) for n in range(POINTS)]
    insert = "INSERT INTO metrics (run, step, name, value, at) VALUES (1, 1, ?, ?, ?)"

    def floor() -> None:
        with transaction(by_hand):
            by_hand.executemany(insert, [(p.name, p.value, p.step) for p in points])

    writer = begin(records)

    def own() -> None:
        step = writer.begin_step(_fact("model.train", "running"), key="k", parts={})
        writer.end_step(step, _fact("model.train", "succeeded"), metrics=points)

    ratio = report(f"{POINTS:,} points", best(own, times=3), best(floor, times=3))

    writer.finish("succeeded")
    assert ratio >= 0.3
    assert len(records.metrics(writer.run)) == 3 * POINTS


def test_reused_steps_are_recorded_faster_than_one_by_one_by_hand(
    records: Records, by_hand: sqlite3.Connection
):
    entries = [
        (_fact(f"data.s{n}", "cached"), f"k{n}", {"plugin": "x"}, {"value": _artifact(n)})
        for n in range(STEPS)
    ]
    insert = "INSERT INTO steps (run, name, key, state, outputs) VALUES (1, ?, ?, 'cached', '')"
    writer = begin(records)
    writer.record_steps(entries)

    def floor() -> None:
        for fact, key, _, _ in entries:
            with transaction(by_hand):
                by_hand.execute(insert, (fact.name, key))

    ratio = report(
        f"{STEPS} reused steps",
        best(lambda: writer.record_steps(entries), times=10),
        best(floor, times=10),
    )

    writer.finish("succeeded")
    assert ratio >= 1.0


def test_current_records_are_opened_within_15_milliseconds(tmp_path: Path):
    folder = tmp_path / ".fourstroke"
    url = f"sqlite:///{folder}/records.sqlite"
    Records.open(url, folder=folder).close()
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom fourstroke.records import Records\n"
        "started = time.perf_counter()\n"
        "records = Records.open(sys.argv[1], folder=Path(sys.argv[2]))\n"
        "print(time.perf_counter() - started)"
    )
    command = [sys.executable, "-c", code, url, str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    taken = [
        float(subprocess.run(command, capture_output=True, check=True, env=environment).stdout)
        for _ in range(7)
    ]

    print(f"\nopening: {min(taken) * 1000:.1f} ms")
    assert min(taken) <= 0.015


def _fact(name: str, state: str) -> StepFact:
    return StepFact(name=name, cycle="data", stage="prepare", state=state, settings={"amount": 1})


def _artifact(number: int) -> Artifact:
    digest = f"blake3:{blake3(str(number).encode()).hexdigest()}"
    return Artifact.of("pandas.DataFrame", [File("frame.parquet", digest, 1000)])
