"""How long it takes to filter and sort 50,000 runs, beside SQL written by hand."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

import pytest

from fourstroke.records import Records, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.benchmark

RUNS, METRICS, PARAMETERS = 50_000, 10, 20
SECONDS = 0.5
BY_HAND = """
SELECT r.run, r.command, m.value FROM runs r
JOIN run_metrics m ON m.run_number = r.number AND m.name = 'roc_auc' AND m.value > 0.8
JOIN run_datasets d ON d.run_number = r.number AND d.name = 'adult' AND d.version = 2
ORDER BY m.value DESC LIMIT 100
"""


@pytest.fixture(scope="module")
def records(tmp_path_factory) -> Iterator[Records]:
    folder: Path = tmp_path_factory.mktemp("search") / ".fourstroke"
    with Records.open(f"sqlite:///{folder}/records.sqlite", folder=folder) as opened:
        _fill(folder / "records.sqlite")
        yield opened


def _fill(path: Path) -> None:
    connection = sqlite3.connect(path)
    numbers = range(1, RUNS + 1)
    started = "2026-05-01 00:00:00.000000"
    connection.executemany(
        "INSERT INTO runs (number, run, kind, project, environment, user_name, host, command,"
        " commit_hash, is_dirty, seed, settings, versions, state, message, started, finished,"
        " attempt, machine, owner, heartbeat) VALUES (?, ?, 'run', 'p', '', 'ana', 'h',"
        " 'fourstroke run', '', 0, 0, ?, '{}', 'succeeded', '', ?, ?, 1, '', '', 0)",
        [(n, f"r{n:09d}", '{"x": 1}' + " " * 2_000, started, started) for n in numbers],
    )
    connection.executemany(
        "INSERT INTO run_metrics VALUES (?, ?, ?)",
        [
            (n, "roc_auc" if m == 0 else f"metric{m}", (n * 7919 % 10_000) / 10_000)
            for n in numbers
            for m in range(METRICS)
        ],
    )
    connection.executemany(
        "INSERT INTO parameters VALUES (?, ?, ?, ?)",
        [(n, f"params{p}", str(n % 97), float(n % 97)) for n in numbers for p in range(PARAMETERS)],
    )
    connection.executemany(
        "INSERT INTO run_datasets VALUES (?, 'adult', ?)", [(n, n % 3 + 1) for n in numbers]
    )
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("metrics.roc_auc > 0.8 and data = adult@v2", "metrics.roc_auc"),
        ("params.params3 in (1, 2, 3) and not state = failed", "metrics.metric4 asc"),
        ("started >= 2026-01-01", "params.params5"),
        ("command like '%run%' or tags.team = risk", ""),
    ],
)
def test_50000_runs_are_filtered_and_sorted_in_half_a_second(records, text, order):
    keys = search.parse_order(order) if order else ()

    own = best(lambda: records.search(search.parse(text), keys, 100))

    floor = best(lambda: _by_hand(records))
    print(f"\n{text}: {own:.3f} s, one query by hand {floor:.3f} s: {own / floor:.1f} times")
    assert own < SECONDS


def _by_hand(records: Records) -> None:
    path = records._folder / "records.sqlite"
    connection = sqlite3.connect(path)
    assert connection.execute(BY_HAND).fetchall()
    connection.close()


def best(measured: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        measured()
        taken.append(time.perf_counter() - started)
    return min(taken)
