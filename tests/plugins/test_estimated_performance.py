"""Performance without outcomes: NannyML's known answers, promised rates of alarms, and open doubt."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn import metrics as sk
from watched_models import World, car_loans, context_of, many_classes, quantities, two_classes

from fourstroke import Task
from fourstroke_performance import EstimatedPerformance
from fourstroke_performance.calibrating import Calibration, calibration_error
from fourstroke_performance.packing import Column, Sample
from fourstroke_performance.weighing import weigh

STRICT = {"effect": 0.0, "growth": 0.0}


class Watched:
    """A monitor with what it kept of a reference, through JSON and back."""

    def __init__(self, world, kind="binary", task=None, **settings_of):
        self.monitor = EstimatedPerformance(**settings_of)
        self.context = context_of(kind, **(task or {}))
        kept = self.monitor.profile(world.data, world.predictions, self.context)
        self.kept = json.dumps(kept, allow_nan=False)

    def of(self, world, **how):
        seen = self.monitor.monitor(world.window(**how), json.loads(self.kept), self.context)
        return {each.name: each for each in seen}


def alerts(found):
    return [name for name, each in found.items() if each.status == "alert"]


# Known answers


@pytest.fixture(scope="module")
def loans():
    """The estimates of the ten chunks of the analysis period, and what turned out."""
    reference, chunks = car_loans()
    watched = Watched(reference, task={"positive": 1})
    found = [watched.of(chunk) for chunk in chunks[10:]]
    return watched, found, chunks[10:]


def test_areas_of_car_loans_are_those_of_nannyml(loans):
    """NannyML 0.13.1, CBPE, chunks of 5,000 rows."""
    _, found, _ = loans

    assert [round(seen["estimated_roc_auc"].value, 5) for seen in found] == [
        *(0.97074, 0.97101, 0.97141, 0.97109, 0.97112),
        *(0.96109, 0.96182, 0.96107, 0.96253, 0.96132),
    ]


@pytest.mark.parametrize(
    ("name", "measure", "known"),
    [
        ("roc_auc", sk.roc_auc_score, 0.00212),
        ("accuracy", sk.accuracy_score, 0.00311),
        ("f1", sk.f1_score, 0.00258),
        ("precision", sk.precision_score, 0.00804),
        ("recall", sk.recall_score, 0.01086),
        ("specificity", lambda y, said: sk.recall_score(1 - y, 1 - said), 0.00685),
    ],
)
def test_errors_on_car_loans_are_those_of_nannyml(loans, name, measure, known):
    """The mean absolute error over chunks 10 to 19 of NannyML 0.13.1."""
    _, found, chunks = loans
    says = "probability_1" if name == "roc_auc" else "prediction"

    realised = [measure(chunk.data["y"], chunk.predictions[says]) for chunk in chunks]
    estimated = [seen[f"estimated_{name}"].value for seen in found]

    assert round(float(np.mean(np.abs(np.subtract(estimated, realised)))), 5) == known


def test_car_loans_alert_in_chunks_15_to_19_alone(loans):
    _, found, _ = loans

    assert [number for number, seen in enumerate(found, 10) if alerts(seen)] == [15, 16, 17, 18, 19]


def test_estimates_are_never_taken_for_realised_figures(loans):
    _, found, _ = loans

    for name, each in found[0].items():
        assert name.startswith("estimated_")
        assert each.statistic == "cbpe"
        assert each.why.startswith("estimated ")


def test_calibration_of_car_loans_travels_in_few_bytes(loans):
    watched, _, _ = loans

    assert len(watched.kept) < 6000


# Estimates where the truth is known


def test_estimate_follows_a_shift_that_the_scores_show():
    """Rows move to where the model cannot tell; nobody knows an outcome."""
    watched = Watched(two_classes(8000, 1))
    window = two_classes(8000, 2, shift=0.5)
    y, said = window.data["y"], window.predictions["prediction"]

    found = watched.of(window, labels=np.full(8000, None, dtype=object))

    assert "estimated_accuracy" in alerts(found)
    assert found["estimated_accuracy"].value == pytest.approx(sk.accuracy_score(y, said), abs=0.015)
    assert found["estimated_roc_auc"].value == pytest.approx(
        sk.roc_auc_score(y, window.predictions["probability_yes"]), abs=0.02
    )


def test_estimate_of_many_classes_follows_a_shift():
    watched = Watched(many_classes(6000, 1), "multiclass")
    window = many_classes(6000, 2, blur=0.4)
    y, said = window.data["y"], window.predictions["prediction"]

    found = watched.of(window)

    assert {"estimated_accuracy", "estimated_f1_macro"} <= set(alerts(found))
    assert found["estimated_accuracy"].value == pytest.approx(sk.accuracy_score(y, said), abs=0.02)
    assert found["estimated_f1_macro"].value == pytest.approx(
        sk.f1_score(y, said, average="macro"), abs=0.03
    )


def test_model_that_gives_scores_only_is_calibrated():
    """Of a decision function no value is a probability; ranks and the map to probabilities remain."""
    world = two_classes(6000, 1)

    def with_scores(of):
        margin = np.log(of.predictions["probability_yes"] / of.predictions["probability_no"])
        said = of.predictions[["prediction"]].assign(score_yes=margin, score_no=-margin)
        return World(of.data, said)

    window = two_classes(4000, 2)
    found = Watched(with_scores(world)).of(with_scores(window))

    assert found["estimated_accuracy"].value == pytest.approx(
        sk.accuracy_score(window.data["y"], window.predictions["prediction"]), abs=0.02
    )


def test_sure_model_is_calibrated_only_if_that_helps():
    random = np.random.default_rng(4)
    honest = random.random(4000)
    positive = (random.random(4000) < honest).astype(float)

    true = np.repeat([0.0, 1.0], 2000)

    sure = Calibration.if_better(honest**3, positive, seed=1)

    assert not len(Calibration.if_better(true, np.repeat([0.0, 1.0], 2000), seed=1).scores)
    assert calibration_error(sure(honest**3), positive) < calibration_error(honest**3, positive) / 3


@pytest.mark.parametrize("seed", range(3))
def test_a_small_fault_is_mended_by_the_rows_of_all_splits_together(seed):
    """Each split alone sees chance where the fault is."""
    random = np.random.default_rng(9)
    honest = random.beta(0.8, 0.8, 12_000)
    positive = (random.random(12_000) < honest).astype(float)
    score = honest**1.03

    found = Calibration.if_better_together(score, positive, seed=seed)

    assert not len(Calibration.if_better(score, positive, seed=seed).scores)
    assert abs(found(score).mean() - honest.mean()) < abs(score.mean() - honest.mean())


@pytest.mark.parametrize("positives", [0, 1, 999, 1000])
def test_too_few_outcomes_of_a_class_mend_nothing(positives):
    positive = (np.arange(1000) < positives).astype(float)

    found = Calibration.if_better_together(np.linspace(0, 1, 1000), positive, seed=1)

    assert not len(found.scores)


def test_rule_of_calibration_is_a_setting_of_the_monitor():
    random = np.random.default_rng(9)
    honest = random.beta(0.8, 0.8, 12_000)
    outcome = (random.random(12_000) < honest).astype(int)
    score = honest**1.03
    said = pd.DataFrame(
        {
            "prediction": (score > 0.5).astype(int),
            "probability_0": 1 - score,
            "probability_1": score,
        }
    )
    world = World(pd.DataFrame({"y": outcome}), said)

    by_split, pooled = (
        Watched(world, task={"positive": 1}, calibration=rule).of(world)
        for rule in ("split", "pooled")
    )

    assert by_split["estimated_accuracy"].value == pytest.approx(
        np.maximum(score, 1 - score).mean(), abs=1e-6
    )
    assert pooled["estimated_accuracy"].value != by_split["estimated_accuracy"].value


# Alarms


@pytest.mark.parametrize(("make", "kind"), [(two_classes, "binary"), (many_classes, "multiclass")])
@pytest.mark.parametrize("rows", [200, 2000])
def test_without_a_change_alarms_are_as_rare_as_promised(make, kind, rows):
    """60 windows, a reference for every ten, no effect demanded: chance alone decides."""
    loud = 0
    for seed in range(6):
        watched = Watched(make(2000, 1000 + seed), kind, **STRICT, false_alarms=0.05)
        found = [watched.of(make(rows, 10 * seed + number)) for number in range(10)]
        loud += sum(bool(alerts(seen)) for seen in found)

    assert loud <= binom.isf(1e-4, 60, 0.05)


def test_real_shift_is_found():
    """In at least 95 of 100 windows of 1,000 rows."""
    watched = Watched(two_classes(4000, 1))

    found = [watched.of(two_classes(1000, seed, shift=0.4)) for seed in range(20)]

    assert sum(bool(alerts(seen)) for seen in found) >= 19


# PAPE


def confounded(rows, seed, *, share=0.5):
    """Make a world in which the same score means more in one region than in the other."""
    random = np.random.default_rng([rows, seed])
    region = np.where(random.random(rows) < share, "south", "north")
    x = random.normal(0, 1, rows)
    claimed = 1 / (1 + np.exp(-2 * x))
    true = np.where(region == "north", 1 / (1 + np.exp(-4 * x)), 1 / (1 + np.exp(-0.6 * x)))
    y = np.where(random.random(rows) < true, "yes", "no")
    said = np.where(claimed > 0.5, "yes", "no")
    predictions = pd.DataFrame(
        {"prediction": said, "probability_no": 1 - claimed, "probability_yes": claimed}
    )
    return World(pd.DataFrame({"x": x, "region": region, "y": y}), predictions)


def test_weighing_sees_what_scores_hide():
    """More rows come of the region where the model is worse: their scores look as before."""
    world, window = confounded(4000, 1), confounded(3000, 2, share=0.9)
    truth = sk.accuracy_score(window.data["y"], window.predictions["prediction"])

    plain = Watched(world).of(window)["estimated_accuracy"]
    weighed = Watched(world, method="pape").of(window)["estimated_accuracy"]

    assert abs(plain.value - truth) > 0.05
    assert abs(weighed.value - truth) < 0.025
    assert weighed.statistic == "pape"
    assert "domain AUC 0." in weighed.why
    assert "of its 4,000 rows here" in weighed.why


def test_weighing_alike_rows_gives_no_alarm_and_tells_no_difference():
    watched = Watched(confounded(1500, 1), method="pape", **STRICT)

    found = watched.of(confounded(600, 2))

    assert not alerts(found)
    assert "domain AUC 0.5" in found["estimated_accuracy"].why or "domain AUC 0.4" in (
        found["estimated_accuracy"].why
    )


def test_window_that_is_elsewhere_is_not_estimated():
    world = confounded(1500, 1)
    window = confounded(1000, 2)
    far = World(window.data.assign(x=40.0 + window.data["x"], region="west"), window.predictions)

    found = Watched(world, method="pape").of(far)

    assert {each.status for each in found.values()} == {"unknown"}
    assert "lies too far from the reference" in found["estimated_accuracy"].why


def test_effective_size_counts_equal_weights_as_rows():
    codes = np.random.default_rng(1).integers(0, 4, (900, 2)).astype(np.uint8)

    found = weigh(codes, codes, [False, True], seed=1)

    assert found.effective == pytest.approx(900, rel=0.1)
    assert 0.35 < found.domain_auc < 0.6


def test_sample_is_bounded_and_comes_back_whole():
    world = confounded(5000, 1)
    odd = world.data.assign(
        gaps=np.where(world.data["x"] > 0, np.nan, world.data["x"]),
        when=pd.Timestamp("2026-01-01"),
        name=[f"row {number}" for number in range(5000)],
        lists=[[1]] * 5000,
        whole=pd.array(np.arange(5000) % 7, dtype="Int64"),
    )
    task = Task(target="y", kind="binary", positive="yes")
    extra = {"scores": np.arange(5000, dtype=np.float32)}

    sample = Sample.of(odd, extra, task, most=800, seed=1)
    back = Sample.from_json(json.loads(json.dumps(sample.to_json())))

    assert [column.name for column in sample.columns] == ["x", "region", "gaps", "whole"]
    assert (back.codes == sample.codes).all()
    assert (back.extra["scores"] == sample.extra["scores"]).all()
    assert back.rows == 800
    assert back.columns == sample.columns
    assert len(json.dumps(sample.to_json())) < 30_000


def test_codes_keep_the_order_of_numbers():
    cells = pd.Series(np.random.default_rng(1).lognormal(0, 2, 3000), name="income")
    column = Column.of(cells)

    codes = column.codes(cells.to_frame())

    order = np.argsort(cells.to_numpy())
    assert (np.diff(codes[order].astype(int)) >= 0).all()
    assert len(np.unique(codes)) > 200


# DLE


def test_errors_of_a_regression_are_estimated_where_the_rows_have_moved():
    watched = Watched(quantities(4000, 1), "regression", metrics=("mae", "rmse"))
    window = quantities(3000, 2, shift=0.6)
    truth, said = window.data["y"], window.predictions["prediction"]

    found = watched.of(window, labels=np.full(3000, np.nan), batches=3)

    assert set(alerts(found)) == {"estimated_mae", "estimated_rmse"}
    assert {each.statistic for each in found.values()} == {"dle"}
    assert found["estimated_mae"].value == pytest.approx(
        sk.mean_absolute_error(truth, said), rel=0.1
    )


def test_errors_of_usual_rows_are_no_alarm():
    watched = Watched(quantities(3000, 1), "regression", metrics=("mae",), **STRICT)

    found = [watched.of(quantities(500, seed)) for seed in range(2, 6)]

    assert not [name for seen in found for name in alerts(seen)]


# Doubt


def test_few_rows_are_told():
    found = Watched(two_classes(500, 1)).of(two_classes(99, 2))

    assert {each.status for each in found.values()} == {"unknown"}
    assert "the window has 99 usable rows, and 100 are needed" in found["estimated_f1"].why


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_windows_without_rows_are_unknown(kind):
    make = two_classes if kind == "binary" else quantities
    found = Watched(make(500, 1), kind).of(make(0, 2))

    assert {each.status for each in found.values()} == {"unknown"}


def test_model_without_probabilities_cannot_be_estimated():
    world = two_classes(500, 1)
    bare = World(world.data, world.predictions[["prediction"]])

    (found,) = Watched(bare).of(bare).values()

    assert found.status == "unknown"
    assert "no probabilities" in found.why


def test_missing_feature_does_not_stop_a_weighed_estimate():
    world, window = confounded(1500, 1), confounded(600, 2)
    lacking = World(window.data.drop(columns="region"), window.predictions)

    found = Watched(world, method="pape").of(lacking)

    assert found["estimated_accuracy"].value is not None
