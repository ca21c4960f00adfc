"""The prepare contract: bundled steps keep it; a wrong one fails the check meant for it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from wrong import failed_checks

from fourstroke import DataError, hookimpl, plugin
from fourstroke.testing.contracts.prepare import UNKNOWN, PrepareContract
from fourstroke.testing.samples import people
from fourstroke_pandas import (
    Cast,
    Deduplicate,
    Derive,
    Drop,
    Fill,
    Filter,
    Join,
    Rename,
    Select,
)


class TestSelect(PrepareContract):
    plugin = Select
    settings: ClassVar = {"columns": ["label", "age", "id"]}


class TestDrop(PrepareContract):
    plugin = Drop
    settings: ClassVar = {"columns": ["city", "since"]}


class TestRename(PrepareContract):
    plugin = Rename
    settings: ClassVar = {"columns": {"age": "years", "income": "age", "id": "key"}}

    def sample(self):
        return people().assign(age=range(240))

    def keys(self, table):
        return table["years" if "years" in table else "age"].tolist()


class TestCastToOtherTypes(PrepareContract):
    plugin = Cast
    settings: ClassVar = {
        "columns": {
            "age": "text",
            "income": "text",
            "visits": "number",
            "city": "category",
            "member": "text",
            "since": "text",
        }
    }


class TestCastFromText(PrepareContract):
    plugin = Cast
    settings: ClassVar = {
        "columns": {
            "age": "number",
            "visits": "integer",
            "member": "boolean",
            "since": "datetime",
            "label": "boolean",
        }
    }

    def sample(self):
        table = people()
        text = {name: table[name].astype(str) for name in ("age", "visits", "member", "since")}
        return table.assign(**text | {"age": text["age"].where(table["age"].notna(), None)})


class TestCastOfWhatDoesNotFit(PrepareContract):
    plugin = Cast
    settings: ClassVar = {"columns": {"city": "number"}, "invalid": "missing"}


class TestFill(PrepareContract):
    plugin = Fill
    settings: ClassVar = {"columns": {"age": 40, "city": "nowhere"}}


class TestFillOfCategories(PrepareContract):
    plugin = Fill
    settings: ClassVar = {"columns": {"city": "nowhere"}}

    def sample(self):
        table = people()
        return table.assign(city=table["city"].astype("category"))


class TestFilter(PrepareContract):
    plugin = Filter
    settings: ClassVar = {"where": 'age >= 30 and city in ["Bonn", "Köln"] or not member'}


class TestDerive(PrepareContract):
    plugin = Derive
    settings: ClassVar = {
        "columns": {
            "each": "income / visits",
            "name": 'city + "!"',
            "age": "age * 2",
            "kind": '"old" if age > 60 else "young"',
            "year": "year(since)",
        }
    }


class TestDeduplicate(PrepareContract):
    plugin = Deduplicate

    def sample(self):
        table = people()
        return pd.concat([table, table.iloc[::7]]).sample(frac=1, random_state=1, ignore_index=True)


class TestDeduplicateByColumns(PrepareContract):
    plugin = Deduplicate
    settings: ClassVar = {"columns": ["city", "visits"], "keep": "last"}


class TestJoin(PrepareContract):
    plugin = Join
    settings: ClassVar = {"on": ["id"]}
    capabilities = Join.capabilities | {"rows"}

    def inputs(self, data):
        return {"data": data, "orders": orders()}


class TestInnerJoin(PrepareContract):
    plugin = Join
    settings: ClassVar = {"on": ["id", "city"], "how": "inner"}

    def inputs(self, data):
        return {"data": data, "orders": orders().assign(city="Bonn")}


def orders():
    """Give a table with half of the people, in another order, and of others."""
    known = people()["id"].iloc[::-2].tolist()
    return pd.DataFrame({"id": ["other", *known, None], "spent": range(len(known) + 2)})


@plugin
class Plain:
    """Add a column: right in all, and the base of what is wrong in one thing."""

    capabilities = frozenset(PrepareContract.offered)

    @hookimpl
    def prepare(self, data):
        for name in ("income", "visits"):
            if name not in data:
                raise DataError(f"there is no column {name!r}")
        return self.changed(data.assign(each=data["income"] / (data["visits"] + 1)))

    def changed(self, data):
        return data


@plugin
class DoublesNames(Plain):
    """Name a column as another one."""

    def changed(self, data):
        return data.assign(twice=1).rename(columns={"twice": "each"})


@plugin
class ChangesOthers(Plain):
    """Put its own into all tables."""

    @hookimpl
    def prepare(self, data, inputs):
        for table in inputs.values():
            table["seen"] = True
        return Plain.prepare(self, data)


@plugin
class TakesOut(Plain):
    """Use up the inputs."""

    @hookimpl
    def prepare(self, data, inputs):
        inputs.clear()
        return Plain.prepare(self, data)


@plugin
class LabelsAtRandom(Plain):
    """Label rows with what no seed decides."""

    def changed(self, data):
        return data.set_axis(np.random.default_rng().permutation(len(data)) + 0.5, axis=0)


@plugin
class LabelsByGlobalState(Plain):
    """Label rows with what the generator decides that all share."""

    def changed(self, data):
        state = np.random.get_state()
        labels = np.random.permutation(len(data))
        np.random.set_state(state)
        return data.set_axis(labels, axis=0)


@plugin
class CountsCalls(Plain):
    """Label rows with the number of the call."""

    seen: ClassVar = []

    def changed(self, data):
        self.seen.append(1)
        return data.set_axis([len(self.seen)] * len(data), axis=0)


@plugin
class StumblesOverEmptiness(Plain):
    """Look at the first row."""

    def changed(self, data):
        return data.assign(first=data["each"].iloc[0] * 0)


@plugin
class StumblesOverOneRow(Plain):
    """Compute what one row does not have."""

    def changed(self, data):
        if len(data) == 1:
            raise ZeroDivisionError("float division by zero")
        return data


@plugin
class DropsByLabel(Plain):
    """Drop rows by their label."""

    def changed(self, data):
        return data.drop(index=data.index[data["visits"] > 100]).loc[~data.index.duplicated()]


@plugin
class JoinsByLabel(Plain):
    """Join by labels."""

    def changed(self, data):
        return data.join(data.filter(["age"]).rename(columns={"age": "years"}))


@plugin
class SortsByLabel(Plain):
    """Put rows in the order of their labels."""

    def changed(self, data):
        return data.sort_index(kind="stable")


@plugin
class KnowsNumbersAlone(Plain):
    """Compare cells one by one, as if each were a number."""

    def changed(self, data):
        if "age" not in data:
            return data
        return data.assign(old=["yes" if age > 60 else "no" for age in data["age"]])


@plugin
class GoesByType(Plain):
    """Take other types for other cells."""

    def changed(self, data):
        if "visits" not in data:
            return data
        return data.assign(whole=data["visits"].dtype == np.int64)


@plugin
class GoesByPosition(Plain):
    """Take the second column for the age."""

    def changed(self, data):
        return data.assign(years=data.iloc[:, 1])


@plugin
class CountsColumns(Plain):
    """Compute something of all columns."""

    def changed(self, data):
        return data.assign(wide=len(data.columns.difference(["label"])))


@plugin
class StumblesOverColumns(Plain):
    """Let the error of a library through."""

    def changed(self, data):
        return data.assign(years=data["age"])


@plugin
class NamesNoColumn(Plain):
    """Say that a column is missing, and not which."""

    def changed(self, data):
        if "age" not in data:
            raise DataError("a column is not there")
        return data


@plugin
class DropsRows(Plain):
    """Drop rows with a gap."""

    def changed(self, data):
        return data[data["age"].notna()] if "age" in data else data


@plugin
class Sorts(Plain):
    """Put rows in an order of its own."""

    def changed(self, data):
        return data.sort_values("each", kind="stable")


@plugin
class KeepsItsOwn(Plain):
    """Leave out what it does not know."""

    def changed(self, data):
        return data.drop(columns=UNKNOWN, errors="ignore")


@plugin
class ShiftsTheUnknown(Plain):
    """Put cells of other columns into other rows."""

    def changed(self, data):
        if UNKNOWN not in data:
            return data
        return data.assign(**{UNKNOWN: data[UNKNOWN].to_numpy()[::-1]})


@plugin
class Centres(Plain):
    """Learn a mean from whatever rows there are."""

    def changed(self, data):
        return data.assign(centred=data["each"] - data["each"].mean())


@plugin
class MakesColumnsOfCells(Plain):
    """Make a column of each city that there is."""

    def changed(self, data):
        return pd.get_dummies(data, columns=["city"]) if "city" in data else data


@plugin
class NeedsTheTarget(Plain):
    """Refuse rows that are to be scored."""

    def changed(self, data):
        if "label" not in data:
            raise DataError("there is no column 'label'")
        return data


@plugin
class KnowsTheTarget(Plain):
    """Do other things with rows that are to be scored."""

    def changed(self, data):
        return data.assign(each=data["each"] * (2 if "label" in data else 1))


def test_plain_step_keeps_the_contract():
    assert failed_checks(PrepareContract, Plain) == []


def test_function_keeps_the_contract():
    def halve(data, *, column: str = "income"):
        """Halve a column."""
        if column not in data:
            raise DataError(f"there is no column {column!r}")
        return data.assign(**{column: data[column] / 2})

    assert failed_checks(PrepareContract, halve) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (DoublesNames, "test_columns_have_names_of_their_own"),
        (ChangesOthers, "test_other_inputs_are_left_alone"),
        (TakesOut, "test_other_inputs_are_left_alone"),
        (LabelsAtRandom, "test_same_input_gives_the_same_table"),
        (LabelsByGlobalState, "test_same_input_gives_the_same_table"),
        (CountsCalls, "test_same_input_gives_the_same_table"),
        (StumblesOverEmptiness, "test_empty_table_is_prepared_or_refused"),
        (StumblesOverOneRow, "test_single_row_is_prepared_or_refused"),
        (DropsByLabel, "test_labels_of_rows_mean_nothing"),
        (JoinsByLabel, "test_labels_of_rows_mean_nothing"),
        (SortsByLabel, "test_labels_of_rows_mean_nothing"),
        (KnowsNumbersAlone, "test_nullable_types_are_taken"),
        (GoesByType, "test_nullable_types_are_taken"),
        (GoesByPosition, "test_order_of_columns_does_not_matter"),
        (CountsColumns, "test_unknown_column_changes_nothing"),
        (StumblesOverColumns, "test_missing_column_is_named"),
        (NamesNoColumn, "test_missing_column_is_named"),
        (DropsRows, "test_one_row_comes_out_for_each"),
        (Sorts, "test_rows_come_out_in_order"),
        (KeepsItsOwn, "test_unknown_column_comes_through"),
        (ShiftsTheUnknown, "test_unknown_column_comes_through"),
        (Centres, "test_rows_do_not_depend_on_each_other"),
        (MakesColumnsOfCells, "test_columns_do_not_depend_on_the_rows"),
        (NeedsTheTarget, "test_rows_without_target_come_out_as_with_it"),
        (KnowsTheTarget, "test_rows_without_target_come_out_as_with_it"),
    ],
)
def test_wrong_step_fails_the_check_meant_for_it(wrong, expected):
    def inputs(self, data):
        return {"data": data, "other": people(5)}

    assert failed_checks(PrepareContract, wrong, inputs=inputs) == [expected]
