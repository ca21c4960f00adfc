"""The collect contract: the bundled source keeps it; a wrong one fails the check meant for it."""

from __future__ import annotations

import contextlib
import functools
import sqlite3
from typing import ClassVar

import pandas as pd
import pytest
from wrong import failed_checks

from fourstroke import DataError, hookimpl, plugin
from fourstroke.testing.contracts.collect import CollectContract
from fourstroke_files import Files
from fourstroke_sql import Sql

PLACE = {"path": "data/people.csv"}


class TestFiles(CollectContract):
    plugin = Files
    settings = PLACE


class TestFilesOfTabs(CollectContract):
    plugin = Files
    settings: ClassVar = {"path": "people.tsv"}

    def write_source(self, table):
        table.to_csv(self.place(), index=False, sep="\t")


class TestFilesOfJsonLines(CollectContract):
    plugin = Files
    settings: ClassVar = {"path": "people.jsonl"}

    def write_source(self, table):
        table.to_json(
            self.place(), orient="records", lines=True, force_ascii=False, date_format="iso"
        )


class TestFilesOfParquet(CollectContract):
    plugin = Files
    settings: ClassVar = {"path": "people.parquet"}

    def write_source(self, table):
        table.to_parquet(self.place())


class TestFilesOfExcel(CollectContract):
    plugin = Files
    settings: ClassVar = {"path": "people.xlsx"}
    many = 1_500  # cells of Excel are read one by one

    def write_source(self, table):
        table.to_excel(self.place(), index=False)


class TestSqlTable(CollectContract):
    plugin = Sql
    settings: ClassVar = {"url": "sqlite:///people.db", "table": "people"}
    source = "people.db"

    def place(self):
        return self.folder / "people.db"

    def write_source(self, table):
        with contextlib.closing(sqlite3.connect(self.place())) as connection:
            table.to_sql("people", connection, index=False, if_exists="replace")
            connection.commit()


class TestSeveralFiles(CollectContract):
    plugin = Files
    settings: ClassVar = {"path": "part-*.csv"}

    def write_source(self, table):
        self.remove_source()
        half = len(table) // 2
        table.iloc[:half].to_csv(self.folder / "part-1.csv", index=False)
        table.iloc[half:].to_csv(self.folder / "part-2.csv", index=False)

    def remove_source(self):
        for path in self.folder.glob("part-*.csv"):
            path.unlink()

    def content(self):
        return {path: path.read_bytes() for path in self.folder.glob("*.csv*")}


@plugin
class Plain:
    """Read a CSV file: right in all, and the base of what is wrong in one thing."""

    path: str
    capabilities = frozenset({"state", "columns"})

    @hookimpl
    def source_state(self, context):
        return context.digest(context.path(self.path))

    @hookimpl
    def collect(self, context):
        return pd.read_csv(context.path(self.path))


@plugin
class DoublesNames(Plain):
    """Name two columns alike."""

    @hookimpl
    def collect(self, context):
        table = Plain.collect(self, context)
        return table.rename(columns={"label": "since"})


@plugin
class LosesTheLastRow(Plain):
    """Leave out the last row of a short table."""

    @hookimpl
    def collect(self, context):
        table = Plain.collect(self, context)
        return table.iloc[1:] if len(table) < 1000 else table


@plugin
class ReadsOnePage(Plain):
    """Read the first 10,000 rows."""

    @hookimpl
    def collect(self, context):
        return pd.read_csv(context.path(self.path), nrows=10_000)


@plugin
class KeepsEmptyText(Plain):
    """Give empty text for a missing cell."""

    @hookimpl
    def collect(self, context):
        return pd.read_csv(context.path(self.path), keep_default_na=False)


@plugin
class StripsText(Plain):
    """Trim text."""

    @hookimpl
    def collect(self, context):
        table = Plain.collect(self, context)
        return table.assign(city=table["city"].str.strip()) if "city" in table else table


@plugin
class FoldsNames(Plain):
    """Write the names of columns in ASCII."""

    @hookimpl
    def collect(self, context):
        table = Plain.collect(self, context)
        return table.set_axis([name.encode("ascii", "replace").decode() for name in table], axis=1)


@plugin
class CountsOn(Plain):
    """Label the rows anew at each call."""

    read: ClassVar = []

    @hookimpl
    def collect(self, context):
        table = Plain.collect(self, context)
        self.read.append(len(table))
        start = sum(self.read)
        return table.set_axis(pd.RangeIndex(start, start + len(table)), axis=0)


@functools.cache
def first_read(folder, rows, name):
    return pd.read_csv(folder / name)


@plugin
class Remembers(Plain):
    """Read each file of some length once, whatever becomes of it."""

    @hookimpl
    def collect(self, context):
        table = Plain.collect(self, context)
        return first_read(context.root, (len(table), *table.columns), self.path)


@plugin
class WritesACache(Plain):
    """Leave a file beside the source."""

    @hookimpl
    def collect(self, context):
        table = Plain.collect(self, context)
        table.to_pickle(context.path(self.path).with_suffix(".cache"))
        return table


@plugin
class RaisesAsItComes(Plain):
    """Let the error of the system through."""

    @hookimpl
    def collect(self, context):
        return pd.read_csv(context.root / self.path)


@plugin
class NamesNothing(Plain):
    """Say that something is missing, and not what."""

    @hookimpl
    def collect(self, context):
        if not (context.root / self.path).is_file():
            raise DataError("the source is not there")
        return Plain.collect(self, context)


@plugin
class FillsEmptiness(Plain):
    """Give a row of nothing for an empty source."""

    @hookimpl
    def collect(self, context):
        table = Plain.collect(self, context)
        return table if len(table) else table.reindex([0])


@plugin
class StumblesOverEmptiness(Plain):
    """Look at the first row."""

    @hookimpl
    def collect(self, context):
        table = Plain.collect(self, context)
        assert table.iloc[0] is not None
        return table


@plugin
class StateIsNotClaimed(Plain):
    """Name a state that nobody tests."""

    capabilities = frozenset({"columns"})


@plugin
class StateIsACount(Plain):
    """Count who asks."""

    @hookimpl
    def source_state(self, context):
        state = Plain.source_state(self, context)
        asked.append(state)
        return f"{len(asked)} {state}"


asked: list = []


@plugin
class StateIsTheSize(Plain):
    """Take the size of a file for its content."""

    @hookimpl
    def source_state(self, context):
        return str(context.path(self.path).stat().st_size)


@plugin
class StateIsOnePage(Plain):
    """Take the first 60 rows for all of them."""

    @hookimpl
    def source_state(self, context):
        return "".join(context.path(self.path).read_text().splitlines()[:61])


@plugin
class StateOfNothing(Plain):
    """Have a state for a file that is not there."""

    @hookimpl
    def source_state(self, context):
        is_there = (context.root / self.path).is_file()
        return Plain.source_state(self, context) if is_there else "none"


def test_plain_source_keeps_the_contract():
    assert failed_checks(CollectContract, Plain, settings=PLACE) == []


def test_function_keeps_the_contract():
    def read(context, *, path: str):
        """Read a CSV file."""
        return pd.read_csv(context.path(path))

    assert failed_checks(CollectContract, read, settings=PLACE) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (DoublesNames, "test_columns_have_names_of_their_own"),
        (LosesTheLastRow, "test_source_is_read_whole"),
        (ReadsOnePage, "test_large_source_is_read_whole"),
        (KeepsEmptyText, "test_missing_cells_stay_missing"),
        (StripsText, "test_text_of_any_script_comes_through"),
        (FoldsNames, "test_column_names_of_any_script_come_through"),
        (CountsOn, "test_same_source_gives_the_same_table"),
        (Remembers, "test_change_is_read"),
        (WritesACache, "test_reading_changes_nothing"),
        (RaisesAsItComes, "test_missing_source_is_named"),
        (NamesNothing, "test_missing_source_is_named"),
        (FillsEmptiness, "test_empty_source_is_an_empty_table_or_refused"),
        (StumblesOverEmptiness, "test_empty_source_is_an_empty_table_or_refused"),
        (StateIsNotClaimed, "test_state_is_claimed"),
        (StateIsACount, "test_state_stays_while_nothing_changes"),
        (StateIsTheSize, "test_state_tells_of_a_change"),
        (StateIsOnePage, "test_state_tells_of_a_row_more"),
        (StateOfNothing, "test_state_of_a_missing_source_is_refused"),
    ],
)
def test_wrong_source_fails_the_check_meant_for_it(wrong, expected):
    assert failed_checks(CollectContract, wrong, settings=PLACE) == [expected]
