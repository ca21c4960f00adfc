"""What a step that checks tables has to hold: what is wrong is refused, with reason and place."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from fourstroke.errors import FourstrokeError, StepError
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.global_seed import global_seed
from fourstroke.testing.samples import people
from fourstroke.testing.tables import difference, otherwise_indexed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fourstroke.entities.facts import Check
    from fourstroke.plugins.calls import Caller
    from fourstroke.typing import Checks, FunctionPlugin


class CheckContract(Contract):
    """What every step that checks tables has to hold.

    ``sample`` gives a table that is right, ``broken`` one that is wrong in what the plugin is about;
    whoever checks more than missing cells overrides it::

        class TestNoEmail(CheckContract):
            plugin = NoEmail

            def broken(self):
                return self.sample().assign(city="ana@example.org")
    """

    stage = "check"
    plugin: ClassVar[Checks | Callable[..., Checks] | FunctionPlugin]
    offered: ClassVar = {"rows": "a check that finds rows at fault names the first of them"}

    def exercise(self) -> None:
        """Check the sample once."""
        self.check(self.sample())

    def sample(self) -> pd.DataFrame:
        """Give a table that has to pass."""
        return people()

    def broken(self) -> pd.DataFrame:
        """Give a table that has to be refused; by default one without any cell."""
        sample = self.sample()
        return pd.DataFrame(None, index=sample.index, columns=sample.columns, dtype=object)

    def check(self, data: pd.DataFrame, *, caller: Caller | None = None) -> Sequence[Check]:
        """Check a copy of a table, by default with a plugin made anew."""
        caller = caller or self.caller()
        return caller.check("own", data=data.copy(), context=self.context())

    def test_facts_are_of_their_types(self) -> None:
        """Each check is stated in the types of ``Check``: plain numbers and text, known words."""
        sample = self.sample()
        for data in (sample, self.broken(), sample.iloc[:1]):
            try:
                self.check(data)
            except StepError as error:
                raise AssertionError(str(error)) from error

    def test_something_is_checked(self) -> None:
        """A table that is right gives checks that pass, and not silence."""
        expect(
            self.check(self.sample()), "it gave no check: nobody sees that something was looked at"
        )

    def test_names_are_unique(self) -> None:
        """Each check has a name of its own, which the report and its readers go by."""
        for data in (self.sample(), self.broken()):
            names = [check.name for check in self.check(data)]
            expect(all(name.strip() for name in names), "a check has no name")
            twice = sorted({name for name in names if names.count(name) > 1})
            expect(not twice, f"several checks are named {twice[:3]}")

    def test_good_table_passes(self) -> None:
        """No check says no to a table that is right."""
        for check in self.check(self.sample()):
            told = f"{check.name!r} says no to the sample ({check.status}: {check.why})"
            expect(not check.says_no, told)

    def test_broken_table_is_refused(self) -> None:
        """At least one check of severity error says no to a table that is wrong."""
        found = {check.name: check.status for check in self.check(self.broken())}
        refusing = [check for check in self.check(self.broken()) if check.says_no]

        expect(refusing, f"no check says no to the broken table: {found}")

    def test_refusal_says_why(self) -> None:
        """A check that says no says why, in a sentence that the error of the run repeats."""
        for check in self.check(self.broken()):
            told = f"{check.name!r} says no, and not why"
            expect(not check.says_no or check.why.strip(), told)

    def test_table_is_left_as_it_is(self) -> None:
        """The table that is about to be published is not changed: cells, types, columns, labels."""
        for data in (self.sample(), self.broken()):
            given = data.copy()

            self.caller().check("own", data=given, context=self.context())

            told = difference(given, data, has_index=True)
            expect(not told, f"the table was changed: {told}")

    def test_same_table_gives_the_same_checks(self) -> None:
        """Checks depend on the table, the settings and the seed alone."""
        broken, caller = self.broken(), self.caller()
        with global_seed(1):
            first = list(self.check(broken, caller=caller))
        with global_seed(2):
            again = list(self.check(broken, caller=caller))
            anew = list(self.check(broken))

        for other in (again, anew):
            told = unlike(other, first)
            expect(not told, f"the same table gives other checks: {told}")

    def test_labels_of_rows_mean_nothing(self) -> None:
        """Labels that are there twice, or in any order, change no check, nor which rows it names."""
        for data in (self.sample(), self.broken()):
            expected = list(self.check(data))
            for way, labelled in otherwise_indexed(data):
                told = unlike(list(self.check(labelled)), expected)
                expect(not told, f"with {way}, {told}")

    def test_nullable_types_are_taken(self) -> None:
        """Cells in types that know ``pandas.NA`` pass where they pass, and are refused alike."""
        for data, what in ((self.sample(), "sample"), (self.broken(), "broken table")):
            usual = any(check.says_no for check in self.check(data))
            try:
                found = any(check.says_no for check in self.check(data.convert_dtypes()))
            except Exception as error:
                told = f"with types that know pandas.NA it raised {type(error).__name__} ({error})"
                raise AssertionError(told) from error
            verb = "is refused" if found else "passes"
            expect(found == usual, f"with types that know pandas.NA, the {what} {verb}")

    def test_rows_are_positions(self) -> None:
        """Rows that a check names are positions in the table, counted from 0."""
        broken = self.broken()
        for check in self.check(broken):
            strange = [row for row in check.rows if not 0 <= row < len(broken)]
            told = f"{check.name!r} names row {strange[:1]} of a table with {len(broken)} rows"
            expect(not strange, told)

    def test_empty_table_is_checked(self) -> None:
        """A table without rows raises nothing: each check of it is decided, and none is an error."""
        try:
            checks = self.check(self.sample().iloc[:0])
        except Exception as error:
            told = f"a table without rows raised {type(error).__name__} ({error})"
            raise AssertionError(f"{told}: give a check that fails or is skipped") from error

        for check in checks:
            told = f"{check.name!r} is an error where there are no rows: {check.why}"
            expect(check.status != "error", told)

    def test_empty_table_is_not_passed_in_silence(self) -> None:
        """Where there are no rows, some check fails or is skipped: what was not seen did not pass.

        A check that is about columns alone may waive this.
        """
        try:
            checks = self.check(self.sample().iloc[:0])
        except Exception:  # noqa: BLE001 - what raises does not pass; another check tells of it
            return

        is_told = any(check.status != "pass" for check in checks)
        expect(is_told, "all checks pass where there are no rows to look at")

    def test_missing_column_is_told(self) -> None:
        """A column that is not there makes a check that fails, or a DataError that names it."""
        sample = self.sample()
        for name in sample.columns:
            try:
                self.check(sample.drop(columns=name))
            except FourstrokeError as error:
                expect(name in str(error), f"without {name!r} the error does not name it: {error}")
            except Exception as error:
                told = f"without {name!r} it raised {type(error).__name__} ({error})"
                raise AssertionError(f"{told}: give a check that fails") from error

    @requires("rows")
    def test_rows_at_fault_are_named(self) -> None:
        """Some check that does not pass a broken table names rows of it."""
        found = [check for check in self.check(self.broken()) if check.status != "pass"]

        expect(any(check.rows for check in found), "no check names a row of the broken table")


def unlike(found: Sequence[Check], expected: Sequence[Check]) -> str:
    """Say how checks differ first; nothing if they are the same."""
    names, asked = [check.name for check in found], [check.name for check in expected]
    if names != asked:
        return f"the checks are {names}, not {asked}"
    for one, other in zip(found, expected, strict=True):
        if one != other:
            return f"{one.name!r} is {one}, not {other}"
    return ""
