"""The audit contract: the bundled audit keeps it; a wrong one fails the check meant for it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from wrong import failed_checks

from fourstroke import Check, Task, hookimpl, plugin
from fourstroke.testing.contracts.audit import AuditContract
from fourstroke_leakage import Leakage


class TestLeakage(AuditContract):
    plugin = Leakage


class TestLeakageByGroup(AuditContract):
    plugin = Leakage
    task = Task(target="label", id="id", group="who")

    def sample(self):
        parts = super().sample()
        return {
            name: part.assign(who=[f"{name}{row // 3}" for row in range(len(part))])
            for name, part in parts.items()
        }

    def leaking(self):
        return {name: part.assign(who="all") for name, part in self.sample().items()}


class TestLeakageOfTheTarget(AuditContract):
    plugin = Leakage

    def leaking(self):
        return {
            name: part.assign(paid=(part["label"] == "yes").astype(int))
            for name, part in self.sample().items()
        }


class TestLeakageOfANumber(AuditContract):
    plugin = Leakage
    task = Task(target="income", kind="regression", id="id")

    def leaking(self):
        return {
            name: part.assign(tax=np.log(part["income"])) for name, part in self.sample().items()
        }


class TestSuspicionsThatBlock(AuditContract):
    plugin = Leakage
    settings: ClassVar = {"fail": ["time"], "off": ["ids"]}
    task = Task(target="label", id="id", time="since")

    def leaking(self):
        sample = self.sample()
        return {"train": sample["test"], "test": sample["train"]}


def shared(parts) -> int:
    if "id" not in parts["train"]:
        return 0
    held = pd.concat([part["id"] for name, part in parts.items() if name != "train"])
    return int(held.isin(set(parts["train"]["id"].dropna())).sum())


def told(count: int, **more) -> list[Check]:
    status = "fail" if count else "pass"
    return [Check(**{"name": "ids", "status": status, "why": f"{count} on both sides", **more})]


@plugin
class Plain:
    """Ask that no id is on both sides."""

    @hookimpl
    def audit(self, parts):
        return told(shared(parts))


@plugin
class SaysNothing(Plain):
    @hookimpl
    def audit(self, parts):
        return told(shared(parts)) if shared(parts) else []


@plugin
class StatesStrangely:
    @hookimpl
    def audit(self, parts):
        return told(shared(parts), observed=[shared(parts)])


@plugin
class NamesTwice:
    @hookimpl
    def audit(self, parts):
        return told(shared(parts)) * 2


@plugin
class RefusesAll:
    @hookimpl
    def audit(self, parts):
        return told(1)


@plugin
class OnlyWarns:
    @hookimpl
    def audit(self, parts):
        return told(shared(parts), severity="warning")


@plugin
class GivesNoReason:
    @hookimpl
    def audit(self, parts):
        return told(shared(parts), why="")


@plugin
class ChangesAPart:
    @hookimpl
    def audit(self, parts):
        count = shared(parts)
        parts["test"]["seen"] = True
        return told(count)


@plugin
class DropsAPart:
    @hookimpl
    def audit(self, parts):
        count = shared(parts)
        parts.pop("test")
        return told(count)


@plugin
class DrawsAtRandom:
    @hookimpl
    def audit(self, parts):
        return told(shared(parts), observed=float(np.random.random()))


@plugin
class GoesByPosition:
    @hookimpl
    def audit(self, parts):
        count = shared(parts)
        if not len(parts["test"]):
            return told(count)
        first = parts["test"].iloc[0]["income"] if "income" in parts["test"] else 0
        return told(count, name=f"ids after {first}")


@plugin
class GoesByLabels:
    @hookimpl
    def audit(self, parts):
        count = shared(parts)
        is_odd = not parts["test"].index.is_unique
        return told(count, name="labels" if is_odd else "ids")


@plugin
class KnowsOldTypes:
    @hookimpl
    def audit(self, parts):
        if any(str(kind) == "Float64" for kind in parts["train"].dtypes):
            raise TypeError("what is this?")
        return told(shared(parts))


@plugin
class KnowsTwoParts:
    @hookimpl
    def audit(self, parts):
        train, test = parts.values()
        return told(shared({"train": train, "test": test}))


@plugin
class StumblesOverEmptiness:
    @hookimpl
    def audit(self, parts):
        parts["test"].iloc[0]
        return told(shared(parts))


@plugin
class StumblesOverColumns:
    @hookimpl
    def audit(self, parts):
        parts["train"]["city"].isna()
        return told(shared(parts))


def test_right_audit_keeps_the_contract():
    assert failed_checks(AuditContract, Plain) == []


def test_function_keeps_the_contract():
    def no_shared_ids(parts):
        """Ask that no id is on both sides."""
        return told(shared(parts))

    assert failed_checks(AuditContract, no_shared_ids) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (SaysNothing, "test_something_is_asked"),
        (StatesStrangely, "test_facts_are_of_their_types"),
        (NamesTwice, "test_names_are_unique"),
        (RefusesAll, "test_clean_parts_pass"),
        (OnlyWarns, "test_leaking_parts_are_refused"),
        (GivesNoReason, "test_refusal_says_why"),
        (ChangesAPart, "test_parts_are_left_as_they_are"),
        (DropsAPart, "test_parts_are_left_as_they_are"),
        (DrawsAtRandom, "test_same_parts_give_the_same_checks"),
        (GoesByPosition, "test_order_of_rows_means_nothing"),
        (GoesByLabels, "test_order_of_rows_means_nothing"),
        (KnowsOldTypes, "test_nullable_types_are_taken"),
        (KnowsTwoParts, "test_third_part_is_taken"),
        (StumblesOverEmptiness, "test_few_rows_are_audited"),
        (StumblesOverColumns, "test_missing_column_is_told"),
    ],
)
def test_wrong_audit_fails_the_check_meant_for_it(wrong, expected):
    assert expected in failed_checks(AuditContract, wrong)
