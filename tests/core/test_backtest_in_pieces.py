"""Batches that were scored in pieces are replayed piece by piece, and say what the whole says."""

from __future__ import annotations

import datetime as dt

import attrs
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replayed_shop import begun, bring, score, shop, turned

from fourstroke import Pieces, Project
from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.table_service import TableService
from fourstroke.entities.backtest import Backtest
from fourstroke.replay.aligning import aligned
from fourstroke_batches import writing
from fourstroke_batches.table import BatchedTable

ORDERS = shop(600, 2, 1000)
IN_PIECES = ["operations.batch.use=batches", "operations.batch.path=batch.parquet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a shop whose v1 says yes from 4 visits on, and is at work; v2 from 5 on, and waits."""
    folder = tmp_path_factory.mktemp("pieces") / "shop"
    begun(folder)
    assert turned(folder, 3.5) == "succeeded"
    assert turned(folder, 4.5, "waiting") == "succeeded"
    with Project.open(folder) as project:
        score(project, ORDERS)
        bring(project, pd.concat([ORDERS[:200], ORDERS[400:]]))
    return folder


@pytest.fixture
def pieces(monkeypatch):
    """Let tables in batches give pieces of so many rows, and never the whole."""

    def refuse(table):
        raise AssertionError("the whole table was read into memory")

    monkeypatch.setattr(writing, "ROWS", 128)
    monkeypatch.setattr(BatchedTable, "to_pandas", refuse)


def backtest_in_pieces(folder, table, **changes) -> Backtest:
    """Let the champion score a table in pieces, and replay that."""
    begins = dt.datetime.now(dt.UTC)
    overrides = IN_PIECES + [f"{name}={value}" for name, value in changes.items()]
    table.drop(columns="bought").to_parquet(folder / "batch.parquet", index=False)
    with Project.open(folder, overrides=overrides) as project:
        said = project.predict(folder / "batch.parquet").predictions
        assert isinstance(said, Pieces)
        assert len(list(said)) == -(-len(table) // 128)
    with Project.open(folder) as project:
        return project.backtest(2, since=begins).backtest


def test_pieces_give_the_numbers_of_the_whole(folder, pieces):
    begins = dt.datetime.now(dt.UTC)
    with Project.open(folder) as project:
        whole = project.backtest(2, until=begins).backtest

    found = backtest_in_pieces(folder, ORDERS)

    assert (found.rows, found.known, found.batches, found.left_out) == (600, 400, 1, ())
    assert found.differ == int((ORDERS["visits"] == 4).sum())
    assert (found.metrics, found.repeated, found.strayed) == (whole.metrics, 600, 0)
    for one, two in zip(found.shifts, whole.shifts, strict=True):
        assert attrs.asdict(one) == pytest.approx(attrs.asdict(two))
    assert found.words == whole.words


def test_batch_of_which_one_piece_cannot_be_scored_is_left_out_whole(folder, pieces):
    far = ORDERS.copy()
    far.loc[590, "town"] = "Genf"

    found = backtest_in_pieces(folder, far)

    [left] = found.left_out
    assert (found.rows, found.known, left.rows, left.batches) == (0, 0, 600, 1)
    assert left.why == "v2 cannot score them: nobody knows Genf"


def test_masked_column_is_found_in_pieces(folder, pieces):
    found = backtest_in_pieces(folder, ORDERS, **{"operations.log.mask": '["visits"]'})

    [left] = found.left_out
    assert left.why == "'visits' is masked in the log, and it needs that"


class Cut(Pieces):
    """A frame that is cut at these rows."""

    columns = ("a",)

    def __init__(self, frame, cuts):
        ends = [*sorted(cuts), len(frame)]
        self.frames = [frame[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    def __len__(self):
        return sum(map(len, self.frames))

    def __iter__(self):
        return iter(self.frames)

    def map(self, function, *, scratch=None):
        raise NotImplementedError

    def repeated(self, columns=()):
        raise NotImplementedError

    def head(self, rows=5):
        return pd.DataFrame({"a": []})

    def to_pandas(self):
        raise NotImplementedError


CUTS = st.lists(st.integers(0, 12), max_size=5)


@given(CUTS, CUTS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_tables_in_other_pieces_are_gone_through_side_by_side(one, two):
    frame = pd.DataFrame({"a": range(12)})
    tables = TableService(Codecs(None))

    parts = list(aligned(tables, [Cut(frame, one), frame, Cut(frame, two)]))

    assert all(len({len(table) for table in part}) == 1 for part in parts)
    for which in range(3):
        assert pd.concat([part[which] for part in parts])["a"].tolist() == list(range(12))


def test_table_without_rows_has_no_parts():
    empty = pd.DataFrame({"a": []})

    assert list(aligned(TableService(Codecs(None)), [empty, Cut(empty, [])])) == []
