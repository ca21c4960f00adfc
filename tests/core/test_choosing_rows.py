"""Which rows choose between candidates: those of validation leave those of test untouched."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.usefixtures("in_one_process")

PROJECT = """\
[project]
name = "chosen"

[task]
kind = "binary"
target = "bought"

[data]
check = []
audit = []

[data.collect]
use = "steps.py:rows"

[data.split]
use = "steps.py:parts"
with_validation = true

[model]
explain = []
select_on = "validation"

[[model.train]]
name = "no"
use = "steps.py:Always"
answer = "no"

[[model.train]]
name = "yes"
use = "steps.py:Always"
answer = "yes"

[[model.evaluate]]
use = "steps.py:accuracy"

[[development.validate]]
use = "steps.py:fine"

[operations]
monitor = []
"""

STEPS = """\
import pandas as pd

from fourstroke import Check, Evaluation, Metric, hookimpl, plugin


def rows():
    return pd.DataFrame({"bought": ["no", "yes"] * 50})


def parts(data, with_validation: bool = True):
    # Rows of validation say yes, and those of test no, but for one.
    held = data[data["bought"] == "yes"].head(20), data[data["bought"] == "no"].head(20)
    found = {"train": data, "validation": held[0], "test": pd.concat([held[1], held[0].head(1)])}
    return found if with_validation else {"train": data, "test": found["test"]}


@plugin
class Always:
    answer: str

    @hookimpl
    def train(self, data):
        return {"answer": self.answer}

    @hookimpl
    def predict(self, model, data):
        return pd.DataFrame({"prediction": [model["answer"]] * len(data)}, index=data.index)


def accuracy(data, predictions):
    value = float((data["bought"] == predictions["prediction"]).mean())
    return Evaluation(metrics=(Metric(name="accuracy", value=value, rows=len(data)),))


def fine(candidate):
    return [Check(name="fine", status="pass")]
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(PROJECT)
    (tmp_path / "steps.py").write_text(STEPS)
    return tmp_path


def chosen(shell, *words: str) -> tuple[str, float]:
    shell(*words, "run")
    (file,) = (shell.folder / ".fourstroke" / "reports").glob("*/report.json")
    report = json.loads(file.read_text())
    accuracy = {
        candidate["name"]: candidate["evaluation"]["metrics"][0]["value"]
        for candidate in report["candidates"]
    }
    return report["chosen"], round(accuracy[report["chosen"]], 3)


def test_validation_rows_choose_and_test_rows_measure(project, shell):
    """The candidate that is best on test rows is not chosen, and the bad figure is told."""
    assert chosen(shell) == ("yes", 0.048)


def test_test_rows_choose_if_nothing_is_said(project, shell):
    assert chosen(shell, "--set", "model.select_on=test") == ("no", 0.952)


def test_metrics_of_a_run_are_those_of_test_rows(project, shell):
    shell("run")

    found = shell("runs", "list", "metrics.accuracy > 0.99").stdout

    assert "succeeded" not in found


def test_a_split_without_the_part_is_told_though_it_was_made_before(project, shell):
    without = ("--set", "data.split.with_validation=false")
    shell(*without, "--set", "model.select_on=test", "run")

    failed = shell(*without, "run", code=2)

    assert "model.select_on: the split makes no part 'validation'" in failed.stderr
    assert "[data.split] validation = 0.2" in failed.stderr
