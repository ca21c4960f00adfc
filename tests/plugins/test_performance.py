"""Realised performance: scikit-learn's values, promised rates of alarms, and outcomes as they come."""

from __future__ import annotations

import json

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, pearson3
from sklearn import metrics as sk
from watched_models import MONDAY, car_loans, context_of, many_classes, quantities, two_classes

from fourstroke import ConfigError, PluginError
from fourstroke_performance import Performance
from fourstroke_performance.answers import Classes
from fourstroke_performance.judging import holm_level, interval
from fourstroke_performance.labels import class_codes
from fourstroke_performance.measured import Measured
from fourstroke_performance.of_numbers import figure_of_numbers
from fourstroke_performance.of_two import TwoClasses, figure_of_two
from fourstroke_performance.tails import upper_quantile, upper_tail

STRICT = {"effect": 0.0, "growth": 0.0}


def observed(world, window, *, kind="binary", reference=None, **settings_of):
    """Watch a window beside a reference, and give the observations by name."""
    monitor = Performance(**settings_of)
    kept = monitor.profile(world.data, world.predictions, context_of(kind))
    kept = json.loads(json.dumps(kept, allow_nan=False))
    return {each.name: each for each in monitor.monitor(window, kept)}


def alerts(found):
    return [name for name, each in found.items() if each.status == "alert"]


# Values


def test_binary_figures_are_those_of_scikit_learn():
    world = two_classes(500, 1)
    y, score = world.data["y"] == "yes", world.predictions["probability_yes"]
    said = world.predictions["prediction"] == "yes"
    names = ("roc_auc", "accuracy", "balanced_accuracy", "f1", "precision", "recall")
    names += ("specificity", "average_precision", "brier", "log_loss")

    found = observed(world, world.window(batches=3), metrics=names)

    assert {name: found[name].value for name in names} == pytest.approx(
        {
            "roc_auc": sk.roc_auc_score(y, score),
            "accuracy": sk.accuracy_score(y, said),
            "balanced_accuracy": sk.balanced_accuracy_score(y, said),
            "f1": sk.f1_score(y, said),
            "precision": sk.precision_score(y, said),
            "recall": sk.recall_score(y, said),
            "specificity": sk.recall_score(~y, ~said),
            "average_precision": sk.average_precision_score(y, score),
            "brier": sk.brier_score_loss(y, score),
            "log_loss": sk.log_loss(y, score),
        },
        rel=1e-9,
    )


def test_an_observation_keeps_the_interval_of_its_figure():
    world = two_classes(500, 1)
    hits = int((world.data["y"] == world.predictions["prediction"]).sum())

    accuracy = observed(world, world.window())["accuracy"]

    known = binomtest(hits, 500).proportion_ci(method="wilson")
    assert (accuracy.low, accuracy.high) == pytest.approx((known.low, known.high), abs=1e-9)


def test_figures_of_many_classes_are_those_of_scikit_learn():
    world = many_classes(800, 1)
    y, said = world.data["y"], world.predictions["prediction"]
    shares = world.predictions.drop(columns="prediction")

    found = observed(world, world.window(batches=2), kind="multiclass")

    assert found["accuracy"].value == pytest.approx(sk.accuracy_score(y, said))
    assert found["f1_macro"].value == pytest.approx(sk.f1_score(y, said, average="macro"))
    assert found["balanced_accuracy"].value == pytest.approx(sk.balanced_accuracy_score(y, said))
    assert found["roc_auc_ovr"].value == pytest.approx(
        sk.roc_auc_score(y, shares, multi_class="ovr", labels=list("abcde"))
    )
    assert found["log_loss"].value == pytest.approx(sk.log_loss(y, shares))


def test_figures_of_a_regression_are_those_of_scikit_learn():
    world = quantities(400, 1)
    y, said = world.data["y"], world.predictions["prediction"]

    found = observed(
        world, world.window(), kind="regression", metrics=("rmse", "mae", "mse", "r2", "mape")
    )

    assert found["rmse"].value == pytest.approx(sk.root_mean_squared_error(y, said))
    assert found["mae"].value == pytest.approx(sk.mean_absolute_error(y, said))
    assert found["mse"].value == pytest.approx(sk.mean_squared_error(y, said))
    assert found["r2"].value == pytest.approx(sk.r2_score(y, said))
    assert found["mape"].value == pytest.approx(sk.mean_absolute_percentage_error(y, said))


@pytest.mark.parametrize(
    "name",
    [
        *("roc_auc", "accuracy", "balanced_accuracy", "f1", "precision", "recall"),
        *("specificity", "average_precision", "brier", "log_loss"),
    ],
)
def test_influences_are_those_of_the_jackknife(name):
    """Leaving rows out one by one shows how far each moves a figure (R. G. Miller 1974)."""
    random = np.random.default_rng(5)
    positive = (random.random(250) < 0.4).astype(float)
    score = np.round(np.clip(0.2 * positive + random.random(250) * 0.8, 0.01, 0.99), 2)
    rows = TwoClasses(positive=positive, said=score > 0.5, score=score)
    figure = figure_of_two(name, rows)

    def without(row):
        left = np.arange(250) != row
        part = TwoClasses(positive=positive[left], said=rows.said[left], score=score[left])
        return figure_of_two(name, part).value

    moves = np.array([249 * (figure.value - without(row)) for row in range(250)])

    assert figure.influence.mean() == pytest.approx(0, abs=1e-12)
    assert np.corrcoef(moves, figure.influence)[0, 1] > 0.999
    assert np.std(moves) == pytest.approx(np.std(figure.influence), rel=0.02)


@pytest.mark.parametrize("name", ["rmse", "mae", "mse", "r2"])
def test_influences_of_a_regression_are_those_of_the_jackknife(name):
    world = quantities(250, 2)
    truth, said = world.data["y"].to_numpy(), world.predictions["prediction"].to_numpy()
    figure = figure_of_numbers(name, truth, said)

    moves = np.array(
        [
            249
            * (
                figure.value
                - figure_of_numbers(name, np.delete(truth, r), np.delete(said, r)).value
            )
            for r in range(250)
        ]
    )

    assert np.corrcoef(moves, figure.influence)[0, 1] > 0.999
    assert np.std(moves) == pytest.approx(np.std(figure.influence), rel=0.03)


def test_interval_of_a_share_is_wilsons():
    """81 of 263: R. G. Newcombe (1998), Two-sided confidence intervals, table I."""
    hits = np.repeat([1.0, 0.0], [81, 182])
    rows = TwoClasses(positive=hits, said=np.ones(263, dtype=bool), score=None)
    measured = Measured.of(figure_of_two("accuracy", rows))

    assert interval(measured) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@settings(deadline=None, max_examples=25)
@given(
    value=st.floats(-4, 4),
    skewness=st.floats(-3, 3).filter(lambda each: abs(each) > 0.01),
    share=st.floats(0.001, 0.5),
)
def test_tails_are_those_of_pearson(value, skewness, share):
    assert upper_tail(value, skewness) == pytest.approx(pearson3.sf(value, skewness), abs=1e-7)
    assert upper_tail(upper_quantile(share, skewness), skewness) == pytest.approx(share, rel=1e-5)


def test_holm_keeps_the_share_over_all_figures():
    """Among p-values of nothing, at most the share of families holds one at or below the level."""
    families = np.random.default_rng(2).random((4000, 8))

    false = sum(family.min() <= holm_level(family, 0.05) for family in families)

    assert false <= binom.isf(1e-6, 4000, 0.05)


# Alarms


@pytest.mark.parametrize(
    ("make", "kind"),
    [(two_classes, "binary"), (many_classes, "multiclass"), (quantities, "regression")],
)
@pytest.mark.parametrize("rows", [200, 2000])
def test_without_a_change_alarms_are_as_rare_as_promised(make, kind, rows):
    """80 windows, a reference for every four, no effect demanded: chance alone decides."""
    monitor, context = Performance(**STRICT, false_alarms=0.05), context_of(kind)
    loud = 0
    for seed in range(20):
        world = make(2000, 1000 + seed)
        kept = monitor.profile(world.data, world.predictions, context)
        for number in range(4):
            found = monitor.monitor(make(rows, 4 * seed + number).window(), kept)
            loud += any(each.status == "alert" for each in found)

    assert loud <= binom.isf(1e-4, 80, 0.05)


@pytest.mark.parametrize(
    ("make", "kind", "change"),
    [
        (two_classes, "binary", {"wrong": 0.3}),
        (many_classes, "multiclass", {"blur": 0.5}),
        (quantities, "regression", {"noise": 1.3}),
    ],
)
def test_real_drop_is_found(make, kind, change):
    """In at least 95 of 100 windows of 1,000 rows."""
    monitor, world = Performance(), make(4000, 1)
    kept = monitor.profile(world.data, world.predictions, context_of(kind))

    found = [monitor.monitor(make(1000, seed, **change).window(), kept) for seed in range(20)]

    assert sum(any(each.status == "alert" for each in seen) for seen in found) >= 19


def test_drop_that_does_not_matter_is_no_alert():
    world, worse = two_classes(20_000, 1), two_classes(20_000, 2, wrong=0.1)

    assert alerts(observed(world, worse.window(), **STRICT))
    assert not alerts(observed(world, worse.window(), effect=0.08))


def test_car_loans_are_worse_from_chunk_15_on():
    """NannyML 0.13.1 alerts in the same chunks for these six figures."""
    reference, chunks = car_loans()
    names = ("roc_auc", "f1", "precision", "recall", "specificity", "accuracy")
    monitor = Performance(metrics=names)
    kept = monitor.profile(reference.data, reference.predictions, context_of(positive=1))

    found = [
        {each.name: each for each in monitor.monitor(chunk.window(), kept)} for chunk in chunks
    ]

    assert [number for number, seen in enumerate(found) if alerts(seen)] == [15, 16, 17, 18, 19]
    assert all(set(alerts(seen)) == set(names) for seen in found[15:])
    assert [round(seen["roc_auc"].value, 5) for seen in found[10:]] == [
        *(0.97096, 0.97025, 0.97628, 0.96772, 0.96989),
        *(0.96005, 0.95853, 0.95904, 0.96309, 0.95756),
    ]


def test_alert_says_how_much_and_what_chance_makes():
    world = two_classes(4000, 1)

    told = observed(world, two_classes(2000, 2, wrong=0.5).window())["accuracy"]

    assert told.status == "alert"
    assert told.severity == "error"
    assert told.value < told.threshold
    assert " in the reference: 0." in told.why
    assert " lower (0." in told.why
    assert "chance makes 0." in told.why


def test_perfect_reference_leaves_room_for_a_miss():
    """No miss among 500 rows does not mean that one among 400 is a change."""
    world = two_classes(500, 1)
    said = world.data["y"]
    perfect = world.predictions.assign(prediction=said)
    window = two_classes(400, 2)
    almost = window.data["y"].where(window.data.index != 7, "yes")
    almost[7] = "no" if window.data["y"][7] == "yes" else "yes"
    same = type(world)(world.data, perfect)
    other = type(world)(window.data, window.predictions.assign(prediction=almost))

    assert "accuracy" not in alerts(observed(same, other.window(), metrics=("accuracy",), **STRICT))


# Outcomes as they come


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(lambda y: (y == "yes").astype(int), id="int"),
        pytest.param(lambda y: (y == "yes").astype(int).astype(str), id="text"),
        pytest.param(lambda y: (y == "yes").astype(float), id="float"),
        pytest.param(lambda y: (y == "yes").astype(float).astype(str), id="float-text"),
        pytest.param(lambda y: y == "yes", id="bool"),
        pytest.param(lambda y: np.where(y == "yes", "true", "FALSE"), id="truth-text"),
        pytest.param(lambda y: pd.array(y == "yes", dtype="boolean"), id="nullable-bool"),
        pytest.param(lambda y: pd.array((y == "yes").astype(int), dtype="Int64"), id="Int64"),
        pytest.param(lambda y: pd.Categorical((y == "yes").astype(int)), id="category"),
    ],
)
def test_outcomes_mean_the_same_however_they_are_written(spelling):
    y = two_classes(300, 1).data["y"].to_numpy()

    codes, strange = class_codes(spelling(y), ["0", "1"])

    assert not strange
    assert (codes == (y == "yes")).all()


def test_zeros_and_ones_are_truth_values_of_a_boolean_target():
    codes, strange = class_codes([1, "0", 1.0, None], ["False", "True"])

    assert (codes.tolist(), strange) == ([1, 0, 1, -1], [])


def test_window_without_outcomes_is_unknown():
    world = two_classes(500, 1)

    found = observed(world, world.window(labels=np.full(500, None, dtype=object)))

    assert {each.status for each in found.values()} == {"unknown"}
    assert found["outcomes"].why == "0 of 500 rows have an outcome"
    assert "50 more are needed to judge" in found["roc_auc"].why


def test_missing_outcomes_are_counted_and_left_out():
    world = two_classes(500, 1)
    labels = world.data["y"].where(world.data.index < 300, None).to_numpy()
    part = type(world)(world.data[:300], world.predictions[:300])

    found = observed(world, world.window(labels=labels, batches=4))

    assert found["outcomes"].value == 0.6
    assert found["f1"].value == observed(world, part.window())["f1"].value


def test_immature_window_is_told_and_not_judged():
    world, worse = two_classes(2000, 1), two_classes(1000, 2, wrong=0.8)

    found = observed(world, worse.window(is_mature=False, matures_at=MONDAY))

    assert not alerts(found)
    assert found["roc_auc"].status == "unknown"
    assert found["roc_auc"].value < 0.7
    assert "still coming in until 2026-01-05 00:00 UTC" in found["roc_auc"].why
    assert "so far roc_auc is" in found["roc_auc"].why


def test_outcomes_that_mean_nothing_are_told_and_make_no_model_worse():
    world = two_classes(500, 1)
    labels = np.where(np.arange(500) < 5, "maybe", world.data["y"].to_numpy())

    found = observed(world, world.window(labels=labels))

    assert not alerts(found)
    assert found["outcomes"].why == (
        "495 of 500 rows have an outcome; 5 have one that the model does not know: 'maybe'"
    )
    assert found["accuracy"].status == "ok"


def test_new_class_is_always_a_miss():
    world = many_classes(2000, 1)
    labels = np.where(np.arange(2000) < 1000, "new", world.data["y"].to_numpy())

    found = observed(world, world.window(labels=labels), kind="multiclass")

    assert "accuracy" in alerts(found)
    assert found["accuracy"].value < 0.5


def test_outcomes_of_a_regression_may_be_text_and_odd():
    world = quantities(600, 1)
    labels = [str(value) for value in world.data["y"]]
    labels[:3] = ["n/a", "inf", None]

    found = observed(world, world.window(labels=labels), kind="regression")

    assert "; 2 have one that the model does not know: text, or infinite" in found["outcomes"].why
    assert found["outcomes"].value == pytest.approx(597 / 600)
    assert found["mae"].status == "ok"


def test_single_class_leaves_the_area_undefined_and_the_rest_measured():
    world = two_classes(1000, 1)
    window = world.window(labels=np.full(1000, "no"))

    found = observed(world, window)

    assert found["roc_auc"].status == found["recall"].status == "unknown"
    assert "all rows are of one class" in found["roc_auc"].why
    assert found["accuracy"].value is not None


def test_model_without_probabilities_is_measured_by_its_classes():
    world = two_classes(1000, 1)
    bare = type(world)(world.data, world.predictions[["prediction"]])

    found = observed(bare, bare.window())

    assert found["accuracy"].status == "ok"
    assert "roc_auc" not in found


def test_unusable_probabilities_are_told():
    world = two_classes(500, 1)
    broken = world.predictions.copy()
    broken.loc[:9, "probability_yes"] = np.nan
    broken.loc[10, "probability_yes"] = 1.7

    found = observed(world, type(world)(world.data, broken).window())

    assert found["unusable_predictions"].why.startswith("11 of 500 rows")
    assert found["accuracy"].status == "ok"


def test_wrong_number_of_outcomes_is_refused():
    world = two_classes(500, 1)
    window = world.window()
    odd = attrs.evolve(window.batches[0], labels=["yes", "no", "no"])

    with pytest.raises(PluginError, match="3 outcomes for 500 rows"):
        observed(world, attrs.evolve(window, batches=(odd,)))


def test_unknown_metric_is_refused_with_those_there_are():
    world = two_classes(100, 1)

    with pytest.raises(ConfigError, match=r"no metric 'auc' of a binary task here.*roc_auc"):
        observed(world, world.window(), metrics=("auc",))


def test_rows_that_belong_together_widen_what_chance_makes():
    """Each row ten times is no more than once: the design effect is ten."""
    world = two_classes(300, 1)
    tenfold = pd.concat([world.data.assign(who=world.data.index)] * 10, ignore_index=True)
    said = pd.concat([world.predictions] * 10, ignore_index=True)
    monitor = Performance(metrics=("accuracy",))

    alone = monitor.profile(tenfold, said, context_of())["figures"]["accuracy"]["spread"]
    grouped = monitor.profile(tenfold, said, context_of(group="who"))["figures"]["accuracy"]

    assert grouped["spread"] == pytest.approx(alone * 10**0.5)


# Streaming


@settings(max_examples=15, deadline=None)
@given(batches=st.integers(1, 7), seed=st.integers(0, 5))
def test_batches_of_any_size_are_one_window(batches, seed):
    world, window = two_classes(600, 1), two_classes(300, seed)

    assert observed(world, window.window(batches=batches)) == observed(world, window.window())


def test_batches_are_come_to_once():
    world = two_classes(600, 1)
    window = world.window(batches=3)
    visits = []

    class Once(tuple):
        __slots__ = ()

        def __iter__(self):
            visits.append(1)
            return super().__iter__()

    observed(world, attrs.evolve(window, batches=Once(window.batches)))

    assert len(visits) == 1


def test_what_is_kept_is_small():
    reference, _ = car_loans()

    kept = Performance().profile(reference.data, reference.predictions, context_of(positive=1))

    assert len(json.dumps(kept)) < 3000


def test_classes_are_named_as_the_columns_are():
    world = two_classes(50, 1)

    found = Classes.of(context_of().task, world.predictions, world.data["y"])

    assert (found.names, found.positive, found.position) == (("no", "yes"), "yes", 1)
