"""What a step that divides a table has to hold: each row in one part, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from fourstroke.errors import DataError, FourstrokeError
from fourstroke.testing.claims import expect, refused
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.global_seed import global_seed
from fourstroke.testing.samples import people
from fourstroke.testing.tables import as_frame, difference, otherwise_indexed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fourstroke.plugins.calls import Caller
    from fourstroke.typing import FunctionPlugin, Splits

    Parts = Mapping[str, pd.DataFrame]

_SEEDS = range(7, 12)
# Rows that a class may have too many or too few of: parts are of whole rows.
_ROUNDED = 2.0


class SplitContract(Contract):
    """What every step that divides a table has to hold.

    A plugin that needs another column than those of the task names it in ``by``, too::

        class TestByShop(SplitContract):
            plugin = ByShop
            settings = {"column": "visits"}
            by = "visits"

    Attributes
    ----------
    key : str
        The column of the sample that tells its rows apart; by default the id of the task.
    by : str
        The column of classes, groups or times; by default target, group or time of the task.
    """

    stage = "split"
    plugin: ClassVar[Splits | Callable[..., Splits] | FunctionPlugin]
    offered: ClassVar = {
        "random": "another seed gives another split",
        "stratified": "every class has its share of every part",
        "grouped": "all rows of a group are in one part",
        "ordered": "rows for training are earlier than all others",
    }
    key: ClassVar[str] = ""
    by: ClassVar[str] = ""

    def exercise(self) -> None:
        """Divide the sample once."""
        self.split(self.sample())

    def sample(self) -> pd.DataFrame:
        """Give the table to be divided: its rows in no order, several of one time."""
        table = people()
        table["since"] = table["since"].dt.floor("7D")
        return table.sample(frac=1, random_state=5, ignore_index=True)

    def split(self, data: pd.DataFrame, *, seed: int = 7, caller: Caller | None = None) -> Parts:
        """Divide a copy of a table, by default with a plugin made anew."""
        caller = caller or self.caller()
        parts = caller.split("own", data=data.copy(), context=self.context(seed=seed))
        return {name: as_frame(part) for name, part in parts.items()}

    def keys(self, table: pd.DataFrame) -> list[Any]:
        """Give what tells the rows of a table apart.

        Raises
        ------
        AssertionError
            If the table has no such column.
        """
        key = self.key or self.task.id
        expect(key in table.columns, f"there is no column {key!r}: set `key` to another")
        return table[key].tolist()

    def test_parts_have_rows(self) -> None:
        """Each part of a table with many rows has some, those for training and testing among them."""
        for name, part in self.split(self.sample()).items():
            expect(len(part), f"the part {name!r} has no row")

    def test_no_row_is_in_two_parts(self) -> None:
        """No row is there twice: what is tested on was not trained on."""
        counts = self._counts(self.split(self.sample()))

        twice = [key for key, count in counts.items() if count > 1]

        expect(not twice, f"{len(twice)} rows are there several times, such as {twice[:1]}")

    def test_every_row_is_in_a_part(self) -> None:
        """Every row is in a part; who leaves rows out says so by ``context.say``."""
        sample, context = self.sample(), self.context()

        parts = self.caller().split("own", data=sample.copy(), context=context)

        lost = self._lost(sample, {name: as_frame(part) for name, part in parts.items()})
        is_told = not lost or context.notes.messages
        expect(is_told, f"{lost} rows are in no part, and context.say tells nobody")

    def test_rows_come_as_they_were(self) -> None:
        """Parts have the columns of the table, and rows the cells and types that they had."""
        sample = self.sample()
        place = {key: position for position, key in enumerate(self.keys(sample))}

        for name, part in self.split(sample).items():
            rows = [place.get(key, -1) for key in self.keys(part)]
            expect(-1 not in rows, f"the part {name!r} has rows that are not in the table")
            told = difference(part, sample.iloc[rows])
            expect(not told, f"in the part {name!r}, {told}")

    def test_equal_rows_are_rows(self) -> None:
        """Rows with the same cells are not taken for one: none is lost by being told by its cells."""
        sample = self.sample()
        doubled = pd.concat([sample, sample], ignore_index=True)
        usual = self._lost(sample, self.split(sample))

        lost = self._lost(doubled, self.split(doubled))

        expect(lost <= 2 * usual, f"of rows that are there twice, {lost} are in no part")

    def test_same_seed_gives_the_same_split(self) -> None:
        """Parts depend on the table, the settings and ``context.seed`` alone."""
        sample, caller = self.sample(), self.caller()
        with global_seed(1):
            first = self.split(sample, caller=caller)
        with global_seed(2):
            again = self.split(sample, caller=caller)
            anew = self.split(sample)

        for other in (again, anew):
            expect([*other] == [*first], f"with the same seed the parts are {[*other]}")
            for name, part in first.items():
                told = difference(other[name], part, has_index=True)
                expect(not told, f"with the same seed the part {name!r} is another: {told}")

    def test_labels_of_rows_mean_nothing(self) -> None:
        """Labels that are there twice, or in any order, put no row into another part."""
        expected = self._keys_by_part(self.sample())

        for way, labelled in otherwise_indexed(self.sample()):
            is_same = self._keys_by_part(labelled) == expected
            expect(is_same, f"with {way}, the parts have other rows")

    def test_columns_are_found_by_name(self) -> None:
        """Columns in another order, and one more, put no row into another part."""
        sample = self.sample()
        expected = self._keys_by_part(sample)

        reordered = self._keys_by_part(sample[sample.columns[::-1]])
        widened = self._keys_by_part(sample.assign(**{"unknown to the step": 1}))

        expect(reordered == expected, "with the columns in another order, parts have other rows")
        expect(widened == expected, "with one column more, parts have other rows")

    def test_nullable_types_are_taken(self) -> None:
        """Cells in types that know ``pandas.NA`` put no row into another part."""
        sample = self.sample()
        expected = self._keys_by_part(sample)

        try:
            found = self._keys_by_part(sample.convert_dtypes())
        except Exception as error:
            told = f"with types that know pandas.NA it raised {type(error).__name__} ({error})"
            raise AssertionError(told) from error

        expect(found == expected, "with types that know pandas.NA, the parts have other rows")

    def test_table_is_left_as_it_is(self) -> None:
        """The published table is not changed: cells, types, columns, labels."""
        sample = self.sample()
        given = sample.copy()

        self.caller().split("own", data=given, context=self.context())

        told = difference(given, sample, has_index=True)
        expect(not told, f"the table was changed: {told}")

    def test_two_rows_are_divided_or_refused(self) -> None:
        """Of two rows one is for training and one for testing, or it is a DataError."""
        try:
            parts = self.split(self.sample().iloc[:2])
        except DataError:
            return
        except Exception as error:
            told = f"two rows raised {type(error).__name__} ({error}), not a DataError"
            raise AssertionError(told) from error

        counts = {name: len(parts[name]) for name in ("train", "test")}
        expect(all(counts.values()), f"two rows were divided into {counts}")

    def test_empty_table_is_refused(self) -> None:
        """A table without rows is a DataError: there is nothing to train on."""
        with refused(DataError, otherwise="a table without rows was divided"):
            self.split(self.sample().iloc[:0])

    def test_missing_column_is_named(self) -> None:
        """A column that the step cannot do without is named by a DataError where it is not there."""
        sample = self.sample()
        for name in sample.columns:
            try:
                self.split(sample.drop(columns=name))
            except FourstrokeError as error:
                expect(name in str(error), f"without {name!r} the error does not name it: {error}")
            except Exception as error:
                told = f"without {name!r} it raised {type(error).__name__} ({error})"
                raise AssertionError(f"{told}, not a DataError that names it") from error

    @requires("random")
    def test_another_seed_gives_another_split(self) -> None:
        """With another seed other rows are held out."""
        held_out = {
            frozenset(self.keys(self.split(self.sample(), seed=seed)["test"])) for seed in _SEEDS
        }

        expect(len(held_out) > 1, f"{len(_SEEDS)} seeds hold out the same rows")

    @requires("stratified")
    def test_every_class_has_its_share(self) -> None:
        """Each part has each class in the share of the whole table, to two rows, for any seed."""
        sample, column = self.sample(), self.by or self.task.target
        sizes = sample[column].value_counts()
        for seed in _SEEDS:
            for name, part in self.split(sample, seed=seed).items():
                found = part[column].value_counts()
                for each, size in sizes.items():
                    count, due = int(found.get(each, 0)), float(size) * len(part) / len(sample)
                    told = f"the part {name!r} has {count} rows of {each!r}, and {due:.1f} are due"
                    expect(abs(count - due) <= _ROUNDED, told)

    @requires("grouped")
    def test_groups_stay_together(self) -> None:
        """No group has rows in two parts, for any seed."""
        column = self.by or self.task.group
        for seed in _SEEDS:
            owners: dict[Any, str] = {}
            for name, part in self.split(self.sample(), seed=seed).items():
                for group in part[column].unique():
                    owner = owners.setdefault(group, name)
                    told = f"the group {group!r} has rows in {owner!r} and in {name!r}"
                    expect(owner == name, told)

    @requires("ordered")
    def test_training_rows_are_earlier(self) -> None:
        """Every row for training is earlier than any other part's; rows of one time are together."""
        column = self.by or self.task.time
        train, *others = self._train_first(self.split(self.sample()))

        for part in others:
            last, first = train[column].max(), part[column].min()
            expect(last < first, f"rows for training are of {last}, and others of {first}")

    def _train_first(self, parts: Parts) -> list[pd.DataFrame]:
        return [parts["train"], *(part for name, part in parts.items() if name != "train")]

    def _keys_by_part(self, data: pd.DataFrame) -> dict[str, list[Any]]:
        return {name: self.keys(part) for name, part in self.split(data).items()}

    def _counts(self, parts: Parts) -> Counter[Any]:
        return Counter(key for part in parts.values() for key in self.keys(part))

    def _lost(self, data: pd.DataFrame, parts: Parts) -> int:
        return (Counter(self.keys(data)) - self._counts(parts)).total()
