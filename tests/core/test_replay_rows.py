"""Rows of two versions that belong together: paired by request, kept narrow, a few batches at a time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from fourstroke import Batch, Task
from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.table_service import TableService
from fourstroke.replay.knowing import Knowing
from fourstroke.replay.pairing import Pairing

MONDAY = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)
TABLES = TableService(Codecs(Path()))


def batch(ids: list[str], at: dt.datetime, said: list[str] | None = None) -> Batch:
    """Make a batch of a service, its rows a second apart."""
    moments = [at + dt.timedelta(seconds=number) for number in range(len(ids))]
    return Batch(
        at=at,
        data=pd.DataFrame({"x": range(len(ids))}),
        predictions=pd.DataFrame({"prediction": said or ids}),
        requests=pd.DataFrame(
            {
                "request_id": ids,
                "at": pd.Series(moments, dtype="datetime64[us, UTC]"),
                "latency_seconds": 0.001,
            }
        ),
    )


def test_rows_are_paired_by_request_and_by_their_place_in_it():
    champion = [batch(["a", "b", "b", "c"], MONDAY), batch(["d", "d"], MONDAY.replace(hour=9))]
    pairing = Pairing(TABLES, champion)

    # The shadow left out c, saw b before a, and has a request that the champion never answered.
    first = dict(pairing.of(batch(["b", "b", "a", "z"], MONDAY + dt.timedelta(seconds=20))))
    second = dict(pairing.of(batch(["d", "d", "d"], MONDAY.replace(hour=9, second=5))))

    assert first == {0: (0, 1), 1: (0, 2), 2: (0, 0)}
    assert second == {0: (1, 0), 1: (1, 1)}


def test_batches_that_no_later_row_can_belong_to_are_let_go():
    days = [MONDAY + dt.timedelta(days=number) for number in range(5)]
    pairing = Pairing(TABLES, [batch([f"r{n}"], day) for n, day in enumerate(days)])

    for number, day in enumerate(days):
        [(row, place)] = pairing.of(batch([f"r{number}"], day + Pairing.LAG))
        assert (row, place) == (0, (number, 0))
        assert len(pairing._open) == 1


def test_batch_that_no_service_answered_is_paired_with_nothing():
    pairing = Pairing(TABLES, [batch(["a"], MONDAY)])
    scored = Batch(
        at=MONDAY, data=pd.DataFrame({"x": [1]}), predictions=pd.DataFrame({"prediction": ["a"]})
    )

    assert list(pairing.of(scored)) == []


@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_of_rows_with_an_outcome_few_columns_are_kept(kind):
    task = Task(target="y", kind=kind, id="id", group="house")
    truth = [1.5, None, 3.5] if kind == "regression" else ["a", None, "c"]
    wide = {f"x{number}": [0.0] * 3 for number in range(50)}
    data = pd.DataFrame({"id": [1, 2, 3], "house": [7, 7, 8], "region": list("nsn"), **wide})
    said = pd.DataFrame({"prediction": [0, 1, 2]})
    knowing = Knowing(TABLES, task, frozenset({"region", "no such column"}))

    count = knowing.add(data, said, said + 10, pd.Series(truth, dtype=object))
    # Rows of another batch, paired: its row 2 is row 0 of what the champion said.
    count += knowing.add(data, said, said + 10, pd.Series(truth, dtype=object), [(2, 0), (1, 1)])
    known = knowing.known()

    assert (count, known.rows) == (3, 3)
    assert sorted(known.data.columns) == ["house", "id", "region", "y"]
    assert known.data["y"].tolist() == [truth[0], truth[2], truth[2]]
    assert known.data["id"].tolist() == [1, 3, 3]
    assert known.before["prediction"].tolist() == [0, 2, 0]
    assert known.after["prediction"].tolist() == [10, 12, 12]


def test_batch_without_outcomes_adds_nothing():
    knowing = Knowing(TABLES, Task(target="y"))
    table = pd.DataFrame({"id": [1]})

    assert knowing.add(table, table, table, None) == 0
    assert knowing.add(table, table, table, pd.Series([None])) == 0
