"""The check contract: bundled checks keep it; a wrong one fails the check meant for it."""

from __future__ import annotations

from typing import ClassVar

import attrs
import numpy as np
import pandas as pd
import pytest
from wrong import failed_checks

from fourstroke import Check, Task, hookimpl, plugin
from fourstroke.testing.contracts.check import CheckContract
from fourstroke.testing.samples import people
from fourstroke_pandas import Columns, Table


class TestTable(CheckContract):
    plugin = Table


class TestTableOfARegression(CheckContract):
    plugin = Table
    task = Task(target="income", kind="regression", id="id", time="since", group="visits")

    def broken(self):
        table = people()
        table.loc[[3, 8], "income"] = np.inf
        return table


class TestTableOfTooFewRows(CheckContract):
    plugin = Table
    settings: ClassVar = {"rows_min": 100}
    capabilities = frozenset()

    def broken(self):
        return people(99)


class TestColumns(CheckContract):
    plugin = Columns
    settings: ClassVar = {
        "columns": {
            "id": {"type": "text", "unique": True, "nulls": 0.0, "pattern": "p[0-9]{5}"},
            "age": {"type": "number", "min": 0, "max": 120, "nulls": 0.1},
            "city": {"allowed": ["Aachen", "Bonn", "Köln"]},
            "since": {"type": "datetime", "min": "2024-01-01"},
            "member": {"type": "boolean", "severity": "warning"},
        },
        "others": "warn",
    }

    def broken(self):
        table = people()
        table.loc[[3, 8], "age"] = -1.0
        table.loc[4, "city"] = "Bern"
        table.loc[5, "since"] = pd.Timestamp("1999-12-31")
        return table.assign(id="p00000")


class TestColumnsOfCategories(CheckContract):
    plugin = Columns
    settings: ClassVar = {"columns": {"city": {"type": "category", "allowed": ["Aachen", "Köln"]}}}

    def sample(self):
        return people().assign(city=pd.Categorical(["Aachen", "Köln", None] * 80))

    def broken(self):
        return people().assign(city=pd.Categorical(["Aachen", "Bonn", None] * 80))


@plugin
class Plain:
    """Check that each income is known: right in all, and the base of what is wrong in one thing."""

    capabilities = frozenset(CheckContract.offered)

    @hookimpl
    def check(self, data):
        return [self.changed(self.known(data))]

    def known(self, data):
        if "income" not in data:
            return Check(name="income", status="fail", why="there is no column 'income'")
        if not len(data):
            return Check(name="income", status="skipped", why="there are no rows")
        odd = np.flatnonzero(data["income"].isna().to_numpy())
        return Check(
            name="income",
            status="fail" if len(odd) else "pass",
            observed=len(odd),
            why=f"{len(odd)} rows have no income",
            rows=tuple(odd[-10:]),
        )

    def changed(self, check):
        return check


@plugin
class MisstatesFacts(Plain):
    """Say of one row when it came, as no report can."""

    @hookimpl
    def check(self, data):
        observed = data["since"].iloc[0] if len(data) == 1 else None
        return [self.known(data), Check(name="since", status="pass", observed=observed)]


@plugin
class MisspellsStatus(Plain):
    """Say of one row that it has passed."""

    @hookimpl
    def check(self, data):
        status = "passed" if len(data) == 1 else "pass"
        return [self.known(data), Check(name="row", status=status)]


@plugin
class IsSilent(Plain):
    """Tell only what is wrong."""

    @hookimpl
    def check(self, data):
        return [check for check in Plain.check(self, data) if check.status != "pass"]


@plugin
class NamesTwice(Plain):
    """Give two checks one name."""

    @hookimpl
    def check(self, data):
        return [self.known(data), self.known(data)]


@plugin
class NamesNothing(Plain):
    """Give a check no name."""

    def changed(self, check):
        return attrs.evolve(check, name="")


@plugin
class RefusesAll(Plain):
    """Say no to any table."""

    @hookimpl
    def check(self, data):
        return [self.known(data), Check(name="mood", status="inconclusive", why="who knows")]


@plugin
class WarnsOnly(Plain):
    """Say no so that nobody has to hear."""

    def changed(self, check):
        return attrs.evolve(check, severity="warning")


@plugin
class SaysNoReason(Plain):
    """Say no, and not why."""

    def changed(self, check):
        return attrs.evolve(check, why="")


@plugin
class ChangesTheTable(Plain):
    """Repair what it checks."""

    @hookimpl
    def check(self, data):
        checks = Plain.check(self, data)
        data["seen"] = True
        return checks


@plugin
class DependsOnGlobalState(Plain):
    """Say something that the generator decides which all share."""

    def changed(self, check):
        return attrs.evolve(check, observed=int(np.random.get_state()[1][0]))


@plugin
class CountsCalls(Plain):
    """Say how often it was asked, by this object."""

    asked: list = attrs.field(factory=list)

    def changed(self, check):
        self.asked.append(1)
        return attrs.evolve(check, observed=len(self.asked))


@plugin
class NamesLabels(Plain):
    """Name rows by their labels."""

    @hookimpl
    def check(self, data):
        (check,) = Plain.check(self, data)
        return [attrs.evolve(check, rows=tuple(data.index[list(check.rows)]))]


@plugin
class CountsLabels(Plain):
    """Take rows with one label for one row."""

    @hookimpl
    def check(self, data):
        return [self.known(data), Check(name="n", status="pass", observed=data.index.nunique())]


@plugin
class KnowsNumbersAlone(Plain):
    """Compare cells one by one, as if each were a number."""

    @hookimpl
    def check(self, data):
        ages = data["age"] if "age" in data and data["age"].notna().any() else ()
        old = Check(name="old", status="pass", observed=sum(1 for age in ages if age > 60))
        return [self.known(data), old]


@plugin
class MissesOtherTypes(Plain):
    """Look at columns of the types that it knows."""

    def known(self, data):
        if "income" in data and str(data["income"].dtype) not in {"object", "float64"}:
            return Check(name="income", status="pass")
        return Plain.known(self, data)


@plugin
class RefusesOtherTypes(Plain):
    """Refuse columns of types that it does not know."""

    @hookimpl
    def check(self, data):
        status = "fail" if "visits" in data and data["visits"].dtype == "Int64" else "pass"
        return [self.known(data), Check(name="type", status=status, why="visits is no int64")]


@plugin
class CountsFromOne(Plain):
    """Count rows from one."""

    def changed(self, check):
        return attrs.evolve(check, rows=tuple(row + 1 for row in check.rows))


@plugin
class StumblesOverEmptiness(Plain):
    """Look at the first row."""

    @hookimpl
    def check(self, data):
        assert data.iloc[0] is not None
        return Plain.check(self, data)


@plugin
class CannotTellEmptiness(Plain):
    """Call a table without rows an error of its own."""

    def changed(self, check):
        return attrs.evolve(check, status="error") if check.status == "skipped" else check


@plugin
class PassesEmptiness(Plain):
    """Find nothing wrong where there is nothing."""

    def changed(self, check):
        return attrs.evolve(check, status="pass") if check.status == "skipped" else check


@plugin
class StumblesOverColumns(Plain):
    """Let the error of a library through."""

    @hookimpl
    def check(self, data):
        assert data["age"] is not None
        return Plain.check(self, data)


@plugin
class NamesNoRows(Plain):
    """Keep to itself where it is."""

    def changed(self, check):
        return attrs.evolve(check, rows=())


def test_plain_check_keeps_the_contract():
    assert failed_checks(CheckContract, Plain) == []


def test_function_keeps_the_contract():
    def no_missing(data, *, column: str = "income"):
        """Check that a column is complete."""
        if column not in data or not len(data):
            return [Check(name=column, status="fail", why="there is nothing to check")]
        missing = int(data[column].isna().sum())
        status = "fail" if missing else "pass"
        return [Check(name=column, status=status, observed=missing, why=f"{missing} are missing")]

    assert failed_checks(CheckContract, no_missing) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (MisstatesFacts, "test_facts_are_of_their_types"),
        (MisspellsStatus, "test_facts_are_of_their_types"),
        (IsSilent, "test_something_is_checked"),
        (NamesTwice, "test_names_are_unique"),
        (NamesNothing, "test_names_are_unique"),
        (RefusesAll, "test_good_table_passes"),
        (WarnsOnly, "test_broken_table_is_refused"),
        (SaysNoReason, "test_refusal_says_why"),
        (ChangesTheTable, "test_table_is_left_as_it_is"),
        (DependsOnGlobalState, "test_same_table_gives_the_same_checks"),
        (CountsCalls, "test_same_table_gives_the_same_checks"),
        (NamesLabels, "test_labels_of_rows_mean_nothing"),
        (CountsLabels, "test_labels_of_rows_mean_nothing"),
        (KnowsNumbersAlone, "test_nullable_types_are_taken"),
        (MissesOtherTypes, "test_nullable_types_are_taken"),
        (RefusesOtherTypes, "test_nullable_types_are_taken"),
        (CountsFromOne, "test_rows_are_positions"),
        (StumblesOverEmptiness, "test_empty_table_is_checked"),
        (CannotTellEmptiness, "test_empty_table_is_checked"),
        (PassesEmptiness, "test_empty_table_is_not_passed_in_silence"),
        (StumblesOverColumns, "test_missing_column_is_told"),
        (NamesNoRows, "test_rows_at_fault_are_named"),
    ],
)
def test_wrong_check_fails_the_check_meant_for_it(wrong, expected):
    assert failed_checks(CheckContract, wrong) == [expected]
