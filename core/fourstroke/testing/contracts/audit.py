"""What a step that audits the parts of a split has to hold: what leaks is refused, what is clean passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from fourstroke.errors import FourstrokeError, StepError
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract
from fourstroke.testing.contracts.check import unlike
from fourstroke.testing.global_seed import global_seed
from fourstroke.testing.samples import people
from fourstroke.testing.tables import difference, otherwise_indexed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fourstroke.entities.facts import Check
    from fourstroke.plugins.calls import Caller
    from fourstroke.typing import Audits, FunctionPlugin

    Parts = Mapping[str, pd.DataFrame]


class AuditContract(Contract):
    """What every step that audits the parts of a split has to hold.

    ``sample`` gives parts between which nothing leaks, ``leaking`` such as have to be refused: by default
    every row that is held out is in the training part, too. Who asks for something else overrides it::

        class TestOneShopASide(AuditContract):
            plugin = OneShopASide

            def leaking(self):
                return {name: part.assign(city="Bonn") for name, part in self.sample().items()}
    """

    stage = "audit"
    plugin: ClassVar[Audits | Callable[..., Audits] | FunctionPlugin]

    def exercise(self) -> None:
        """Audit the sample once."""
        self.audit(self.sample())

    def sample(self) -> Parts:
        """Give parts that have to pass: every row is in one of them, the later ones held out."""
        table = people(400)
        return {"train": table.iloc[:300], "test": table.iloc[300:].reset_index(drop=True)}

    def leaking(self) -> Parts:
        """Give parts that have to be refused."""
        train = self.sample()["train"]
        return {"train": train, "test": train.iloc[100:200].reset_index(drop=True)}

    def audit(self, parts: Parts, *, caller: Caller | None = None) -> Sequence[Check]:
        """Audit copies of some parts, by default with a plugin made anew."""
        caller = caller or self.caller()
        copies = {name: part.copy() for name, part in parts.items()}
        return caller.audit("own", parts=copies, context=self.context())

    def test_facts_are_of_their_types(self) -> None:
        """Each check is stated in the types of ``Check``: plain numbers and text, known words."""
        for parts in (self.sample(), self.leaking()):
            try:
                self.audit(parts)
            except StepError as error:
                raise AssertionError(str(error)) from error

    def test_something_is_asked(self) -> None:
        """Parts that are clean give checks that pass, and not silence."""
        found = self.audit(self.sample())

        expect(found, "it gave no check: nobody sees that something was asked")

    def test_names_are_unique(self) -> None:
        """Each check has a name of its own, which the report and its readers go by."""
        for parts in (self.sample(), self.leaking()):
            names = [check.name for check in self.audit(parts)]
            expect(all(name.strip() for name in names), "a check has no name")
            twice = sorted({name for name in names if names.count(name) > 1})
            expect(not twice, f"several checks are named {twice[:3]}")

    def test_clean_parts_pass(self) -> None:
        """No check says no where nothing leaks."""
        for check in self.audit(self.sample()):
            told = f"{check.name!r} says no to the sample ({check.status}: {check.why})"
            expect(not check.says_no, told)

    def test_leaking_parts_are_refused(self) -> None:
        """At least one check of severity error says no where something leaks."""
        found = self.audit(self.leaking())
        refusing = [check for check in found if check.says_no]

        expect(refusing, f"no check says no: { ({each.name: each.status for each in found}) }")

    def test_refusal_says_why(self) -> None:
        """A check that says no says why, in a sentence that the error of the run repeats."""
        for check in self.audit(self.leaking()):
            told = f"{check.name!r} says no, and not why"
            expect(not check.says_no or check.why.strip(), told)

    def test_parts_are_left_as_they_are(self) -> None:
        """The parts that a model is trained on are not changed: cells, types, columns, labels."""
        for parts in (self.sample(), self.leaking()):
            given = {name: part.copy() for name, part in parts.items()}

            self.caller().audit("own", parts=given, context=self.context())

            expect(given.keys() == parts.keys(), f"the parts are now {sorted(given)}")
            for name, part in given.items():
                told = difference(part, parts[name], has_index=True)
                expect(not told, f"the part {name!r} was changed: {told}")

    def test_same_parts_give_the_same_checks(self) -> None:
        """Checks depend on the parts, the settings and the seed alone."""
        leaking, caller = self.leaking(), self.caller()
        with global_seed(1):
            first = list(self.audit(leaking, caller=caller))
        with global_seed(2):
            again = list(self.audit(leaking, caller=caller))
            anew = list(self.audit(leaking))

        for other in (again, anew):
            told = unlike(other, first)
            expect(not told, f"the same parts give other checks: {told}")

    def test_order_of_rows_means_nothing(self) -> None:
        """Rows in another order, or of other labels, pass and are refused all the same."""
        for parts, what in ((self.sample(), "sample"), (self.leaking(), "leaking parts")):
            usual = _decided(self.audit(parts))
            mixed = {name: part.sample(frac=1, random_state=3) for name, part in parts.items()}
            told = f"in another order, the {what} come out otherwise"
            expect(_decided(self.audit(mixed)) == usual, told)
            for place in range(2):
                labelled = {
                    name: [table for _, table in otherwise_indexed(part)][place]
                    for name, part in parts.items()
                }
                told = f"with other labels, the {what} come out otherwise"
                expect(_decided(self.audit(labelled)) == usual, told)

    def test_nullable_types_are_taken(self) -> None:
        """Cells in types that know ``pandas.NA`` pass where they pass, and are refused alike."""
        for parts, what in ((self.sample(), "sample"), (self.leaking(), "leaking parts")):
            usual = any(check.says_no for check in self.audit(parts))
            nullable = {name: part.convert_dtypes() for name, part in parts.items()}
            try:
                found = any(check.says_no for check in self.audit(nullable))
            except Exception as error:
                told = f"with types that know pandas.NA it raised {type(error).__name__} ({error})"
                raise AssertionError(told) from error
            verb = "are refused" if found else "pass"
            expect(found == usual, f"with types that know pandas.NA, the {what} {verb}")

    def test_third_part_is_taken(self) -> None:
        """A split may give a part for validation, too."""
        parts = dict(self.sample())
        test = parts["test"]
        half = len(test) // 2
        parts |= {"test": test.iloc[:half], "validation": test.iloc[half:]}
        try:
            found = self.audit(parts)
        except Exception as error:
            told = f"with a part for validation it raised {type(error).__name__} ({error})"
            raise AssertionError(told) from error

        expect(not any(check.says_no for check in found), "a part for validation is refused")

    def test_few_rows_are_audited(self) -> None:
        """Parts of a row, or of none, raise nothing: each check is decided, and none is an error."""
        for rows in (1, 0):
            parts = {name: part.iloc[:rows] for name, part in self.sample().items()}
            try:
                checks = self.audit(parts)
            except Exception as error:
                told = f"parts of {rows} rows raised {type(error).__name__} ({error})"
                raise AssertionError(f"{told}: give a check that is skipped") from error
            for check in checks:
                told = f"{check.name!r} is an error where there are {rows} rows: {check.why}"
                expect(check.status != "error", told)

    def test_missing_column_is_told(self) -> None:
        """A column that is not there makes a check that is decided, or a DataError that names it."""
        sample = self.sample()
        for name in sample["train"].columns:
            try:
                self.audit({key: part.drop(columns=name) for key, part in sample.items()})
            except FourstrokeError as error:
                expect(name in str(error), f"without {name!r} the error does not name it: {error}")
            except Exception as error:
                told = f"without {name!r} it raised {type(error).__name__} ({error})"
                raise AssertionError(f"{told}: give a check that fails or is skipped") from error


def _decided(checks: Sequence[Check]) -> list[tuple[str, str, str]]:
    return [(check.name, check.status, check.severity) for check in checks]
