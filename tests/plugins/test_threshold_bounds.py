"""Fixed bounds and the baseline: what passes, what fails, and what too few rows leave open."""

from __future__ import annotations

import math
import re

import pytest

from fourstroke import Candidate, Evaluation, Metric, Slice
from fourstroke_threshold import Baseline, Threshold


def candidate(*metrics: Metric, baseline=(), slices=()) -> Candidate:
    evaluation = Evaluation(metrics=metrics, baseline=tuple(baseline), slices=tuple(slices))
    return Candidate(name="logistic", digest="blake3:0", evaluation=evaluation)


def auc(value, low=None, high=None, **more) -> Metric:
    return Metric(name="roc_auc", value=value, low=low, high=high, rows=1000, **more)


def loss(value, low=None, high=None) -> Metric:
    return Metric(name="log_loss", value=value, low=low, high=high, higher_is_better=False)


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"min": 0.9}, "pass"),
        ({"min": 0.92}, "pass"),
        ({"min": 0.93}, "fail"),
        ({"max": 0.93}, "pass"),
        ({"max": 0.9}, "fail"),
        ({"min": 0.90, "bound": "interval"}, "pass"),
        ({"min": 0.915, "bound": "interval"}, "inconclusive"),
        ({"min": 0.93, "bound": "interval"}, "fail"),
        ({"max": 0.95, "bound": "interval"}, "pass"),
        ({"max": 0.925, "bound": "interval"}, "inconclusive"),
        ({"max": 0.9, "bound": "interval"}, "fail"),
    ],
)
def test_bound_is_held_by_value_or_by_interval(settings, status):
    (check,) = Threshold(metric="roc_auc", **settings).validate(candidate(auc(0.92, 0.91, 0.93)))

    assert check.status == status
    assert check.says_no is (status != "pass")
    assert check.observed == 0.92
    assert check.interval == (0.91, 0.93)


def test_both_bounds_give_a_check_each():
    checks = Threshold(min=0.9, max=0.95).validate(candidate(auc(0.92), loss(0.3)))

    assert [check.name for check in checks] == ["roc_auc >= 0.9", "roc_auc <= 0.95"]
    assert [check.required for check in checks] == [">= 0.9", "<= 0.95"]


def test_reason_is_one_sentence_for_people():
    (check,) = Threshold(min=0.915, bound="interval").validate(candidate(auc(0.92, 0.91, 0.93)))

    assert check.why == (
        "roc_auc is 0.92 [0.91, 0.93], and the interval goes past 0.915;"
        " some 4,000 held-out rows would tell, there are 1,000"
    )


@pytest.mark.parametrize(
    ("metrics", "why"),
    [
        ((), "nothing was measured"),
        ((loss(0.3),), "no metric 'roc_auc' was measured; there are: log_loss"),
        ((auc(None, why="all rows are of one class"),), "not defined: all rows are of one class"),
        ((auc(math.nan),), "roc_auc is nan"),
        ((auc(math.inf),), "roc_auc is inf"),
    ],
)
@pytest.mark.parametrize("bound", ["value", "interval"])
def test_metric_that_is_missing_or_no_number_fails(metrics, why, bound):
    (check,) = Threshold(metric="roc_auc", min=0.0, bound=bound).validate(candidate(*metrics))

    assert check.status == "fail"
    assert why in check.why


def test_misspelt_metric_gets_the_nearest_name():
    (check,) = Threshold(metric="roc_acu", min=0.5).validate(candidate(auc(0.9)))

    assert check.why == "no metric 'roc_acu' was measured; did you mean 'roc_auc'?"


@pytest.mark.parametrize("metric", [auc(0.92), auc(0.92, math.nan, math.nan)])
def test_interval_that_was_asked_for_and_is_not_there_fails(metric):
    (check,) = Threshold(min=0.5, bound="interval").validate(candidate(metric))

    assert check.status == "fail"
    assert "no confidence interval" in check.why


def test_every_slice_of_a_column_has_to_keep_the_bound():
    slices = [
        Slice(column="sex", value="Female", metric=auc(0.85)),
        Slice(column="sex", value="Male", metric=auc(0.93)),
        Slice(column="race", value="Other", metric=auc(0.5)),
    ]

    checks = Threshold(min=0.9, slice="sex").validate(candidate(auc(0.92), slices=slices))

    assert {check.name: check.status for check in checks} == {
        "roc_auc >= 0.9 where sex is Female": "fail",
        "roc_auc >= 0.9 where sex is Male": "pass",
    }


def test_slice_whose_metric_is_not_defined_fails():
    slices = [Slice(column="sex", value="Female", metric=auc(None, why="one class"))]

    (check,) = Threshold(min=0.9, slice="sex").validate(candidate(auc(0.92), slices=slices))

    assert (check.status, check.why) == ("fail", "roc_auc is not defined: one class")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"slice": "age"}, r"there are no slices by 'age': .* slices = \[.age.\] of"),
        (
            {"slice": "sex", "metric": "f1"},
            r"are measured by roc_auc, not by f1: .* slice_metrics = \[.f1.\] of",
        ),
    ],
)
def test_slices_that_do_not_exist_fail_and_say_how_to_get_them(settings, why):
    slices = [Slice(column="sex", value="Female", metric=auc(0.95))]

    (check,) = Threshold(min=0.9, **settings).validate(candidate(auc(0.92), slices=slices))

    assert check.status == "fail"
    assert re.search(why, check.why)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "neither 'min' nor 'max' is set"),
        ({"min": 0.9, "max": 0.8}, "'min' 0.9 is above 'max' 0.8"),
    ],
)
def test_settings_that_ask_for_nothing_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Threshold(**settings)


@pytest.mark.parametrize(
    ("own", "dull", "status"),
    [
        (auc(0.9, 0.8, 1.0), auc(0.5), "pass"),
        (auc(0.6, 0.45, 0.7), auc(0.5), "inconclusive"),
        (auc(0.6, 0.5, 0.7), auc(0.5), "inconclusive"),
        (auc(0.5, 0.4, 0.6), auc(0.5), "fail"),
        (auc(0.4, 0.3, 0.6), auc(0.5), "fail"),
        (auc(0.6), auc(0.5), "pass"),
        (loss(0.3, 0.2, 0.4), loss(0.5), "pass"),
        (loss(0.4, 0.3, 0.6), loss(0.5), "inconclusive"),
        (loss(0.6, 0.4, 0.7), loss(0.5), "fail"),
    ],
)
def test_baseline_has_to_be_beaten_with_the_whole_interval(own, dull, status):
    (check,) = Baseline().validate(candidate(own, baseline=[dull]))

    assert check.status == status


def test_margin_raises_what_has_to_be_beaten():
    model = candidate(auc(0.9, 0.8, 1.0), baseline=[auc(0.5)])

    assert Baseline(margin=0.2).validate(model)[0].status == "pass"
    assert Baseline(margin=0.35).validate(model)[0].status == "inconclusive"
    assert Baseline(margin=0.45).validate(model)[0].status == "fail"


@pytest.mark.parametrize(
    ("metrics", "baseline"),
    [
        ([auc(0.9)], []),
        ([auc(0.9)], [loss(0.3)]),
        ([auc(0.9)], [auc(None)]),
        ([auc(0.9)], [auc(math.nan)]),
        ([auc(None)], [auc(0.5)]),
        ([], [auc(0.5)]),
    ],
)
def test_baseline_that_cannot_be_compared_fails(metrics, baseline):
    (check,) = Baseline().validate(candidate(*metrics, baseline=baseline))

    assert check.status == "fail"
    assert check.why


def test_least_error_without_a_largest_one_is_doubted():
    alone = Threshold(metric="log_loss", min=0.1).validate(candidate(loss(0.3)))
    as_range = Threshold(metric="log_loss", min=0.1, max=0.5).validate(candidate(loss(0.3)))

    assert [check.status for check in alone] == ["pass", "warn"]
    assert "a lower log_loss is better" in alone[1].why
    assert [check.status for check in as_range] == ["pass", "pass"]


def test_baseline_is_open_where_no_interval_could_be_found():
    own = auc(0.82, why="no interval: only 1 row of one class")
    (check,) = Baseline().validate(candidate(own, baseline=[auc(0.5)]))

    assert check.status == "inconclusive"
    assert "only 1 row of one class" in check.why
