"""The contract plugin as a check: it keeps the contract of its stage with every kind of rule."""

from __future__ import annotations

from typing import ClassVar

from fourstroke import Task
from fourstroke.testing import CheckContract
from fourstroke_contract import Contract
from fourstroke_contract.inferring import infer
from fourstroke_contract.writing import written

WRITTEN = """
format = "fourstroke.contract/1"
[table]
rows = { min = 100 }
key = ["id"]
others = "fail"
order = "any"
[columns.id]
type = "text"
pattern = "p[0-9]{5}"
[columns.age]
type = "number"
missing = 0.2
min = 0
usual = [10, 90]
mostly = { usual = 0.99 }
[columns.income]
type = "number"
missing = 0
[columns.visits]
type = "integer"
missing = 0
[columns.city]
missing = 0.2
allowed = ["Aachen", "Bonn", "Köln"]
length = [1, 20]
[columns.member]
[columns.since]
type = "datetime"
max = "2030-01-01"
[columns.label]
missing = 0
allowed = ["yes", "no"]
[[rules]]
name = "income of visitors"
must = "income > visits or missing(age)"
"""


class TestContract(CheckContract):
    plugin = Contract
    settings: ClassVar = {"file": "people.toml"}

    def setup_method(self) -> None:
        super().setup_method()
        (self.folder / "people.toml").write_text(WRITTEN, encoding="utf-8")


class TestInferredContract(CheckContract):
    """What is inferred of the sample lets it pass, and refuses what has no cells."""

    plugin = Contract
    settings: ClassVar = {"file": "people.toml"}

    def setup_method(self) -> None:
        super().setup_method()
        terms = infer(self.sample(), Task(target="label", id="id"))
        (self.folder / "people.toml").write_text(written(terms, latest={}), encoding="utf-8")
