"""What a source has to hold: it is read whole, as it is, and a change of it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from fourstroke.errors import DataError
from fourstroke.testing.claims import expect, refused
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.samples import people
from fourstroke.testing.tables import as_frame, difference, fault_of_names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fourstroke.typing import Collects, FunctionPlugin

# Several scripts, one written from right to left, a letter of two code points, signs of formats.
FOREIGN = ("Zürich", "Αθήνα", "東京", "תל אביב", "e\u0301te\u0301", "🙂", 'a "b", c;d', " padded ")
ROWS = 60


class CollectContract(Contract):
    """What every source has to hold.

    The contract writes the source itself, so that it knows what has to come back. By default the
    source is the CSV file that the setting ``path`` names; a plugin that reads anything else
    overrides ``write_source``, ``remove_source`` and ``content``::

        class TestOrders(CollectContract):
            plugin = Orders
            settings = {"url": "sqlite:///orders.db"}
            source = "orders.db"

            def write_source(self, table): ...
            def remove_source(self): ...

    Attributes
    ----------
    source : str
        What an error about the source has to name; by default the setting ``path``.
    many : int
        How many rows a page of the source, or a buffer of its reader, surely does not hold.
    """

    stage = "collect"
    plugin: ClassVar[Collects | Callable[..., Collects] | FunctionPlugin]
    offered: ClassVar = {
        "state": "`source_state` names the present state of the source",
        "columns": "the source says which columns there are: a name in any script comes through",
    }
    source: ClassVar[str] = ""
    many: ClassVar[int] = 12_000

    def exercise(self) -> None:
        """Read the source once."""
        self.prepare_source()
        self.collect()

    def sample(self, rows: int = ROWS) -> pd.DataFrame:
        """Give a table to be written into the source, with so many rows."""
        return people(rows)

    def write_source(self, table: pd.DataFrame) -> None:
        """Let the source hold this table, and nothing of what it held before.

        Called before the plugin is, and again to change its source.
        """
        path = self.place()
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(path, index=False)

    def remove_source(self) -> None:
        """Take the source away: the file, the table of a database, the bucket."""
        self.place().unlink()

    def content(self) -> Any:
        """Give what the source holds, to see that reading leaves it alone."""
        path = self.place()
        beside = {each.name for each in path.parent.iterdir()}
        # Contexts have theirs in the project's folder.
        beside = {name for name in beside if not name.startswith("scratch-")}
        return path.read_bytes(), path.stat().st_mtime_ns, beside

    def prepare_source(self) -> None:
        """Make the source."""
        self.write_source(self.sample())

    def change(self) -> None:
        """Change the source: by default one digit of its last row, and nothing of its size."""
        self.write_source(with_one_digit_changed(self.sample()))

    def empty_source(self) -> None:
        """Let the source have its columns and no rows."""
        self.write_source(self.sample().iloc[:0])

    def place(self) -> Path:
        """Find the file that is the source by default.

        Raises
        ------
        AssertionError
            If no setting names one.
        """
        path = self.settings.get("path")
        expect(path, "no setting `path` names a file: override write_source and remove_source")
        return self.folder / str(path)

    def named(self) -> str:
        """Say what an error about the source has to name."""
        return self.source or str(self.settings.get("path", ""))

    def collect(self) -> pd.DataFrame:
        """Read the source with a plugin made anew."""
        return as_frame(self.caller().collect("own", context=self.context()))

    def state(self) -> str:
        """Ask a plugin made anew for the state of the source."""
        return self.caller().source_state("own", context=self.context())

    def test_columns_have_names_of_their_own(self) -> None:
        """The result is a table whose columns have unique names of type ``str``."""
        self.prepare_source()

        fault = fault_of_names(self.collect())

        expect(not fault, fault)

    def test_source_is_read_whole(self) -> None:
        """Every row of the source is in the table, once."""
        self.prepare_source()

        found, expected = len(self.collect()), len(self.sample())

        expect(found == expected, f"the source has {expected} rows, and the table {found}")

    def test_large_source_is_read_whole(self) -> None:
        """A source of 12,000 rows is read past the first page or buffer, to its end."""
        self.write_source(self.sample(self.many))

        found = len(self.collect())

        expect(found == self.many, f"the source has {self.many:,} rows, and the table {found:,}")

    def test_missing_cells_stay_missing(self) -> None:
        """A cell that the source does not have is missing in the table: no text, no zero."""
        self.prepare_source()

        table, sample = self.collect(), self.sample()

        for column in columns_of_both(table, sample):
            found, expected = int(table[column].isna().sum()), int(sample[column].isna().sum())
            told = f"column {column!r} has {expected} missing cells, and in the table {found}"
            expect(found == expected, told)

    def test_text_of_any_script_comes_through(self) -> None:
        """Text comes as it stands in the source: scripts, quotes, delimiters, padding."""
        sample = self.sample()
        text = foreign_text(sample)
        self.write_source(text)

        table = self.collect()

        for column in columns_of_both(table, sample[text_columns(sample)]):
            lost = set(text[column]) - set(table[column])
            expect(not lost, f"column {column!r} has not the text {sorted(lost)[:3]} of its source")

    @requires("columns")
    def test_column_names_of_any_script_come_through(self) -> None:
        """The names of columns come as they stand in the source, in their order."""
        sample = self.sample()
        names = [f"{name} {FOREIGN[at % 6]}" for at, name in enumerate(sample.columns)]
        self.write_source(sample.set_axis(names, axis=1))

        found = list(self.collect().columns)

        expect(found == names, f"the columns are {found}, not {names}")

    def test_same_source_gives_the_same_table(self) -> None:
        """Reading a source that did not change gives the same table: cells, types, order."""
        self.prepare_source()
        caller, context = self.caller(), self.context()

        first = as_frame(caller.collect("own", context=context))
        again = as_frame(caller.collect("own", context=context))
        anew = self.collect()

        for other in (again, anew):
            told = difference(other, first, has_index=True)
            expect(not told, f"read a second time, {told}")

    def test_change_is_read(self) -> None:
        """After a change of the source the changed table comes: nothing is remembered."""
        self.prepare_source()
        caller = self.caller()
        before = as_frame(caller.collect("own", context=self.context()))

        self.change()

        after = as_frame(caller.collect("own", context=self.context()))
        is_other = difference(after, before, has_index=True)
        expect(is_other, "the source was changed, and the table is the one before")

    def test_reading_changes_nothing(self) -> None:
        """The source is the same after it was read, with no file beside it."""
        self.prepare_source()
        before = self.content()

        self.collect()

        expect(self.content() == before, "reading the source changed it, or what lies beside it")

    def test_missing_source_is_named(self) -> None:
        """A source that is not there is a DataError that names it."""
        self.prepare_source()
        self.remove_source()

        told = said(self.collect, "a source that is not there")

        expect(self.named() in told, f"the error does not name {self.named()!r}: {told}")

    def test_empty_source_is_an_empty_table_or_refused(self) -> None:
        """Columns without rows come as such a table, or are a DataError; never as anything else."""
        self.prepare_source()
        usual = self.collect()
        self.empty_source()

        try:
            table = self.collect()
        except DataError:
            return
        except Exception as error:
            kind = type(error).__name__
            told = f"an empty source raised {kind} ({error}), not a DataError"
            raise AssertionError(told) from error

        expect(not len(table), f"an empty source gave {len(table)} rows")
        found, expected = list(table.columns), list(usual.columns)
        expect(found == expected, f"an empty source has the columns {found}, not {expected}")

    def test_state_is_claimed(self) -> None:
        """Who has ``source_state`` claims "state", so that it is tested: what it misses is stale."""
        has_state = hasattr(self.make(), "source_state")

        expect("state" in self.claimed() or not has_state, "it has source_state: claim 'state'")

    @requires("state")
    def test_state_stays_while_nothing_changes(self) -> None:
        """The state of a source is the same text each time, whoever asks, read or not."""
        self.prepare_source()
        caller, context = self.caller(), self.context()

        first = caller.source_state("own", context=context)
        caller.collect("own", context=context)
        again = caller.source_state("own", context=context)
        anew = self.state()

        expect({again, anew} == {first}, f"the state went from {first!r} to {again!r}, {anew!r}")

    @requires("state")
    def test_state_tells_of_a_change(self) -> None:
        """After a change in one cell the state is another text: else the change is never read."""
        self.prepare_source()
        caller = self.caller()
        before = caller.source_state("own", context=self.context())

        self.change()

        after = caller.source_state("own", context=self.context())
        expect(after != before, f"the source was changed, and its state is still {before!r}")

    @requires("state")
    def test_state_tells_of_a_row_more(self) -> None:
        """After one more row the state is another text."""
        sample = self.sample(ROWS + 1)
        self.write_source(sample.iloc[:ROWS])
        before = self.state()

        self.write_source(sample)

        expect(self.state() != before, f"there is one row more, and the state is still {before!r}")

    @requires("state")
    def test_state_of_a_missing_source_is_refused(self) -> None:
        """A source that is not there has no state: a DataError that names it."""
        self.prepare_source()
        self.remove_source()

        told = said(self.state, "the state of a source that is not there")

        expect(self.named() in told, f"the error does not name {self.named()!r}: {told}")


def said(act: Any, what: str) -> str:
    """Do what has to be a DataError; give its text."""
    told = ""
    with refused(DataError, otherwise=f"{what} was taken"):
        try:
            act()
        except DataError as error:
            told = str(error)
            raise
    return told


def columns_of_both(table: pd.DataFrame, other: pd.DataFrame) -> list[str]:
    """Name the columns that are in both tables, and once."""
    once = table.columns[~table.columns.duplicated(keep=False)]
    return [name for name in once if name in other.columns]


def text_columns(table: pd.DataFrame) -> list[str]:
    """Name the columns that hold text."""
    kinds = {name: pd.api.types.infer_dtype(table[name], skipna=True) for name in table.columns}
    return [name for name, kind in kinds.items() if kind == "string"]


def foreign_text(table: pd.DataFrame) -> pd.DataFrame:
    """Put text of many scripts into the columns of text."""
    cells = [FOREIGN[row % len(FOREIGN)] for row in range(len(table))]
    return table.assign(**dict.fromkeys(text_columns(table), cells))


def with_one_digit_changed(table: pd.DataFrame) -> pd.DataFrame:
    """Change one whole number of the last row by one, without another digit.

    Raises
    ------
    AssertionError
        If there is no column of whole numbers.
    """
    changed = table.copy()
    for position, name in enumerate(table.columns):
        if pd.api.types.is_integer_dtype(table[name]):
            last: Any = table.iloc[-1, position]
            changed.iloc[-1, position] = last + 1 if last % 10 < 9 else last - 1
            return changed
    raise AssertionError("the sample has no column of whole numbers: override `change`")
