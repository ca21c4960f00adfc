"""What a step that prepares tables has to hold: the same in, the same out, and no row by accident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from fourstroke.errors import DataError, FourstrokeError
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.global_seed import global_seed
from fourstroke.testing.samples import people
from fourstroke.testing.tables import as_frame, difference, fault_of_names, otherwise_indexed

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke.plugins.calls import Caller
    from fourstroke.typing import FunctionPlugin, Prepares

# No plugin knows a column of this name.
UNKNOWN = "unknown to the step"


class PrepareContract(Contract):
    """What every step that prepares tables has to hold.

    A plugin that needs other columns overrides ``sample``, one that takes several tables
    ``inputs``::

        class TestJoin(PrepareContract):
            plugin = Join
            settings = {"on": ["id"]}

            def inputs(self, data):
                return {"data": data, "orders": orders()}

    Attributes
    ----------
    key : str
        The column of the sample, and of the result, that tells its rows apart; by default the id of
        the task.
    """

    stage = "prepare"
    plugin: ClassVar[Prepares | Callable[..., Prepares] | FunctionPlugin]
    offered: ClassVar = {
        "rows": "one row comes out for each row that went in",
        "order": "rows come out in the order in which they went in",
        "columns": "a column that the step does not know comes through as it was",
        "alone": "a row comes out the same, whichever rows stand beside it",
        "scoring": "rows without the target come out as those with it",
    }
    key: ClassVar[str] = ""

    def exercise(self) -> None:
        """Prepare the sample once."""
        self.prepare(self.sample())

    def sample(self) -> pd.DataFrame:
        """Give the table to be prepared."""
        return people()

    def inputs(self, data: pd.DataFrame) -> Mapping[str, pd.DataFrame]:
        """Give all inputs by name, of which ``data`` is the first."""
        return {"data": data}

    def prepare(self, data: pd.DataFrame, *, caller: Caller | None = None) -> pd.DataFrame:
        """Prepare a copy of a table, by default with a plugin made anew."""
        return self.prepare_all(self.inputs(data.copy()), caller=caller)

    def prepare_all(
        self, inputs: Mapping[str, pd.DataFrame], *, caller: Caller | None = None
    ) -> pd.DataFrame:
        """Prepare these inputs, of which the first is the data."""
        data = next(iter(inputs.values()))
        caller = caller or self.caller()
        return as_frame(caller.prepare("own", data=data, inputs=inputs, context=self.context()))

    def keys(self, table: pd.DataFrame) -> list[Any]:
        """Give what tells the rows of a table apart.

        Raises
        ------
        AssertionError
            If the table has no such column.
        """
        key = self.key or self.task.id
        expect(key in table.columns, f"the result has no column {key!r}: set `key` to another")
        return table[key].tolist()

    def test_columns_have_names_of_their_own(self) -> None:
        """The result is a table whose columns have unique names of type ``str``."""
        fault = fault_of_names(self.prepare(self.sample()))

        expect(not fault, fault)

    def test_other_inputs_are_left_alone(self) -> None:
        """Only ``data`` is the step's own: the other tables, and which there are, stay."""
        inputs = dict(self.inputs(self.sample()))
        before = {name: table.copy() for name, table in inputs.items()}
        first, *others = before

        self.prepare_all(inputs)

        expect(list(inputs) == list(before), f"inputs has now {[*inputs]}, not {[first, *others]}")
        for name in others:
            told = difference(inputs[name], before[name], has_index=True)
            expect(not told, f"the input {name!r} was changed: {told}")

    def test_same_input_gives_the_same_table(self) -> None:
        """Cells, types and labels depend on the inputs, the settings and the seed alone."""
        caller = self.caller()
        with global_seed(1):
            first = self.prepare(self.sample(), caller=caller)
        with global_seed(2):
            again = self.prepare(self.sample(), caller=caller)
            anew = self.prepare(self.sample())

        for other in (again, anew):
            told = difference(other, first, has_index=True)
            expect(not told, f"from the same input comes another table: {told}")

    def test_empty_table_is_prepared_or_refused(self) -> None:
        """A table without rows gives a table, or a DataError that says why it does not."""
        told = self._trouble(self.sample().iloc[:0])

        expect(not told, f"a table without rows raised {told}")

    def test_single_row_is_prepared_or_refused(self) -> None:
        """A table of one row, as a request for one prediction is, gives a table or a DataError."""
        told = self._trouble(self.sample().iloc[:1])

        expect(not told, f"a table of one row raised {told}")

    def test_labels_of_rows_mean_nothing(self) -> None:
        """Labels that are there twice, or in any order, lose, multiply and move no rows."""
        expected = self.prepare(self.sample())
        inputs = self.inputs(self.sample())
        labelled = {name: dict(otherwise_indexed(table)) for name, table in inputs.items()}

        for way in next(iter(labelled.values())):
            found = self.prepare_all({name: tables[way] for name, tables in labelled.items()})
            told = difference(found, expected)
            expect(not told, f"with {way}, {told}")

    def test_nullable_types_are_taken(self) -> None:
        """Cells in types that know ``pandas.NA`` give the same cells, or a DataError."""
        sample = self.sample()
        expected = self.prepare(sample)

        try:
            found = self.prepare(sample.convert_dtypes())
        except DataError:
            return
        except Exception as error:
            told = f"with types that know pandas.NA it raised {type(error).__name__} ({error})"
            raise AssertionError(f"{told}, not a DataError") from error

        told = difference(found, expected, is_exact=False)
        expect(not told, f"with types that know pandas.NA, {told}")

    def test_order_of_columns_does_not_matter(self) -> None:
        """Columns are found by their names: in another order the same cells come out."""
        sample = self.sample()
        expected = self.prepare(sample)

        found = self.prepare(sample[sample.columns[::-1]])

        told = difference(by_name(found), by_name(expected))
        expect(not told, f"with the columns in another order, {told}")

    def test_unknown_column_changes_nothing(self) -> None:
        """One column more, which the step does not know, changes nothing of the others."""
        expected = self.prepare(self.sample())

        found = self.prepare(self._with_unknown())

        told = difference(found.drop(columns=UNKNOWN, errors="ignore"), expected)
        expect(not told, f"with one column more, {told}")

    def test_missing_column_is_named(self) -> None:
        """A column that the step cannot do without is named by a DataError where it is not there."""
        sample = self.sample()
        for name in sample.columns:
            try:
                self.prepare(sample.drop(columns=name))
            except FourstrokeError as error:
                expect(name in str(error), f"without {name!r} the error does not name it: {error}")
            except Exception as error:
                told = f"without {name!r} it raised {type(error).__name__} ({error})"
                raise AssertionError(f"{told}, not a DataError that names it") from error

    @requires("rows")
    def test_one_row_comes_out_for_each(self) -> None:
        """Each row that goes in comes out once."""
        sample = self.sample()

        result = self.prepare(sample)

        found, expected = len(result), len(sample)
        expect(found == expected, f"{expected} rows went in, and {found} came out")
        is_same = sorted(map(str, self.keys(result))) == sorted(map(str, self.keys(sample)))
        expect(is_same, "other rows came out than went in")

    @requires("order")
    def test_rows_come_out_in_order(self) -> None:
        """Rows come out in the order in which they went in, whatever that is."""
        sample = self.sample().sample(frac=1, random_state=3).reset_index(drop=True)

        found = self.keys(self.prepare(sample))

        place = {key: position for position, key in reversed([*enumerate(self.keys(sample))])}
        places = [place[key] for key in found if key in place]
        expect(len(places) == len(found), "rows came out that did not go in")
        expect(places == sorted(places), "rows came out in another order than they went in")

    @requires("columns")
    def test_unknown_column_comes_through(self) -> None:
        """A column that the step does not know comes out, each cell in its own row."""
        result = self.prepare(self._with_unknown())

        expect(UNKNOWN in result.columns, "a column that it does not know is lost")
        expected = [f"of {key}" for key in self.keys(result)]
        is_same = result[UNKNOWN].tolist() == expected
        expect(is_same, "the cells of a column that it does not know stand in other rows")

    @requires("alone")
    def test_rows_do_not_depend_on_each_other(self) -> None:
        """In two halves the rows come out as they do at once: nothing is learnt from the table.

        What is learnt from all rows knows the test rows, and is another when few rows are scored.
        """
        sample = self.sample()
        half = len(sample) // 2

        whole = self.prepare(sample)
        halves = [self.prepare(sample.iloc[:half]), self.prepare(sample.iloc[half:])]

        found = pd.concat(halves, ignore_index=True)
        told = difference(self._by_key(found), self._by_key(whole), is_exact=False)
        expect(not told, f"prepared in two halves, {told}")

    @requires("alone")
    def test_columns_do_not_depend_on_the_rows(self) -> None:
        """Two rows come out with all the columns that many have, or are refused."""
        sample = self.sample()
        expected = list(self.prepare(sample).columns)

        for row in range(0, 10, 2):
            try:
                found = list(self.prepare(sample.iloc[row : row + 2]).columns)
            except DataError:
                continue
            expect(found == expected, f"two rows have the columns {found}, not {expected}")

    @requires("scoring")
    def test_rows_without_target_come_out_as_with_it(self) -> None:
        """Rows to be scored have no target: they come out like those that were learnt from."""
        sample, target = self.sample(), self.task.target
        expected = self.prepare(sample).drop(columns=target, errors="ignore")

        try:
            found = self.prepare(sample.drop(columns=target))
        except FourstrokeError as error:
            raise AssertionError(f"rows without the target were refused: {error}") from error

        told = difference(found, expected)
        expect(not told, f"without the target, {told}")

    def _with_unknown(self) -> pd.DataFrame:
        sample = self.sample()
        return sample.assign(**{UNKNOWN: [f"of {key}" for key in self.keys(sample)]})

    def _by_key(self, table: pd.DataFrame) -> pd.DataFrame:
        keys = self.keys(table)
        return table.iloc[sorted(range(len(keys)), key=lambda row: str(keys[row]))]

    def _trouble(self, data: pd.DataFrame) -> str:
        """Say what was raised that is no DataError; nothing if nothing was."""
        try:
            self.prepare(data)
        except DataError:
            return ""
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises
            return f"{type(error).__name__} ({error}), not a DataError"
        return ""


def by_name(table: pd.DataFrame) -> pd.DataFrame:
    """Put the columns of a table in the order of their names."""
    names = [str(name) for name in table.columns]
    return table.iloc[:, sorted(range(len(names)), key=names.__getitem__)]
