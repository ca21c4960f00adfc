"""The example projects run from end to end, and find what is known of their tables."""

from __future__ import annotations

import runpy
import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fourstroke import Project

pytestmark = pytest.mark.usefixtures("in_one_process")

TESTS = ("until_day_50", "from_day_51")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def example(request, tmp_path):
    """Give a copy of an example project, opened."""
    folder = tmp_path / request.param
    shutil.copytree(EXAMPLES / request.param, folder, ignore=shutil.ignore_patterns(".fourstroke"))
    with warnings.catch_warnings(), Project.open(folder) as project:
        warnings.simplefilter("ignore")  # what a run has to say is not what is tested here
        yield project


def metrics(report):
    best = next(item for item in report.candidates if item.name == report.chosen)
    return {metric.name: metric.value for metric in best.evaluation.metrics}


@pytest.mark.parametrize("example", ["diamonds"], indirect=True)
def test_diamonds_are_priced_as_well_as_is_known(example):
    outcome = example.run()

    # MAE 283 and R2 .981 by five-fold cross-validation of the same estimator, without clean-up.
    found = metrics(outcome.report)
    assert outcome.report.verdict.passed
    assert found["mae"] == pytest.approx(283, abs=15)
    assert found["r2"] == pytest.approx(0.981, abs=0.004)


@pytest.mark.parametrize("example", ["rodents"], indirect=True)
def test_rodents_of_later_years_are_told_apart_worse_and_the_monitor_says_so(example):
    outcome = example.run()

    # On rows drawn at random the same table gives .815; later rows are another desert.
    report = outcome.report
    assert report.verdict.passed
    assert 0.55 < metrics(report)["accuracy"] < 0.75
    assert report.monitoring.alerts
    alerting = {item.column for item in report.monitoring.observations if item.status == "alert"}
    assert {"weight", "hindfoot_length", "prediction"} <= alerting


@pytest.mark.parametrize("example", ["screening"], indirect=True)
def test_rare_positives_are_found_by_what_errors_cost(example):
    outcome = example.run()

    report = outcome.report
    by_name = {
        item.name: {metric.name: metric.value for metric in item.evaluation.metrics}
        for item in report.candidates
    }
    assert report.verdict.passed
    assert report.chosen == "careful"
    # The same model with another threshold: fewer rows are right, and the errors cost less.
    assert by_name["careful"]["roc_auc"] == by_name["plain"]["roc_auc"]
    assert by_name["careful"]["accuracy"] < by_name["plain"]["accuracy"]
    assert by_name["careful"]["mean_cost"] < by_name["plain"]["mean_cost"]
    assert by_name["careful"]["recall"] > 0.5
    # From day 51 on people come by car, and it is staff that comes.
    alerting = {item.column for item in report.monitoring.observations if item.status == "alert"}
    assert {"by_car", "group", "payer"} <= alerting


def test_made_up_tables_are_those_that_are_kept():
    script = runpy.run_path(str(EXAMPLES / "screening" / "make_data.py"))

    made = script["tests"](np.random.default_rng(2020))

    kept = [pd.read_csv(EXAMPLES / "screening" / "data" / f"{name}.csv.gz") for name in TESTS]
    assert list(made["result"]) == [*kept[0]["result"], *kept[1]["result"]]
    np.testing.assert_allclose(made["age"], [*kept[0]["age"], *kept[1]["age"]])


@pytest.mark.parametrize("example", ["pandemic"], indirect=True)
def test_drift_of_a_pandemic_is_found_explained_and_healed(example):
    known, later = (
        example.root / "data" / f"days_{days}.csv.gz" for days in ("51_to_60", "61_to_64")
    )
    example.run()
    example.predict(known)
    before = seen(example.monitor())
    example.labels.add(known)
    after = seen(example.monitor())

    # Found without a result, and by the one column that moves in this table.
    assert before["drift", "age"].status == "alert"
    assert before["drift", "gender"].status == before["drift", "patient_class"].status == "ok"
    whole = before["multivariate_drift", ""]
    assert (whole.status, whole.value) == ("alert", pytest.approx(0.86, abs=0.05))
    assert "by age (" in whole.why
    assert {column for name, column in before if name == "multivariate_drift"} == {"", "age"}
    # The estimate sees a part of the drop: the same ages mean something else by now.
    held_out, estimated, realised = 0.95, before["estimated_accuracy", ""], after["accuracy", ""]
    assert estimated.status == realised.status == "alert"
    assert realised.value + 0.1 < estimated.value < held_out - 0.05
    assert after["roc_auc", ""].status == "alert"
    assert 0.44 < after["roc_auc", ""].value < 0.6

    with Project.open(example.root, environment="anew") as anew:
        outcome = anew.run()
    example.predict(later)
    example.labels.add(later)
    healed = seen(example.monitor())

    assert outcome.report.verdict.passed
    assert example.models["pandemic"].champion.version == 2
    assert healed["roc_auc", ""].status == "ok"
    assert healed["roc_auc", ""].value > 0.7
    # This world goes on moving.
    assert healed["drift", "age"].status == "alert"


def seen(outcome):
    return {(each.name, each.column): each for each in outcome.report.observations}
