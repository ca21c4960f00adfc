"""The evaluator: scikit-learn's numbers to the last digit, intervals, baseline, slices, curves."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from fourstroke import Context, DataError, StepError, Task
from fourstroke_sklearn import Quality, Sklearn


def context(tmp_path: Path, **task) -> Context:
    return Context(
        run="r",
        step="evaluate",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(**{"target": "y", **task}),
        seed=11,
        log=logging.getLogger("test"),
    )


def two_classes(rows: int = 600, *, names=("no", "yes"), seed: int = 0):
    """Give labels and predictions of a model that is right more often than not."""
    random = np.random.default_rng(seed)
    truth = random.random(rows) < 0.3
    probability = 1 / (1 + np.exp(-(1.5 * truth - 1 + random.normal(size=rows))))
    label = np.array(names)
    data = pd.DataFrame({"y": label[truth.astype(int)], "place": random.choice(["a", "b"], rows)})
    predictions = pd.DataFrame(
        {
            "prediction": label[(probability >= 0.5).astype(int)],
            f"probability_{names[0]}": 1 - probability,
            f"probability_{names[1]}": probability,
        }
    )
    return data, predictions, truth, probability


def three_classes(rows: int = 900, seed: int = 0):
    random = np.random.default_rng(seed)
    truth = random.choice(3, size=rows, p=[0.5, 0.3, 0.2])
    scores = random.normal(size=(rows, 3)) + 1.5 * (truth[:, None] == np.arange(3))
    given = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    names = np.array(["cat", "dog", "emu"])
    predictions = pd.DataFrame({f"probability_{name}": given[:, n] for n, name in enumerate(names)})
    predictions.insert(0, "prediction", names[given.argmax(axis=1)])
    return pd.DataFrame({"y": names[truth]}), predictions, truth, given


def evaluate(data, predictions, where, **settings):
    return Quality(**settings).evaluate(None, data, predictions, where)


def calibration_by_hand(truth, probability):
    order = np.argsort(probability, kind="stable")
    parts = np.array_split(order, 10)
    gaps = [len(part) * abs(truth[part].mean() - probability[part].mean()) for part in parts]
    return sum(gaps) / len(truth)


def test_binary_figures_are_scikit_learns_to_the_last_digit(tmp_path):
    data, predictions, truth, probability = two_classes()
    said = probability >= 0.5

    metrics = evaluate(data, predictions, context(tmp_path)).metrics

    assert {metric.name: metric.value for metric in metrics} == {
        "roc_auc": sk.roc_auc_score(truth, probability),
        "accuracy": sk.accuracy_score(truth, said),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, said),
        "f1": sk.f1_score(truth, said),
        "precision": sk.precision_score(truth, said),
        "recall": sk.recall_score(truth, said),
        "specificity": sk.recall_score(truth, said, pos_label=False),
        "mcc": sk.matthews_corrcoef(truth, said),
        "average_precision": sk.average_precision_score(truth, probability),
        "log_loss": sk.log_loss(truth, probability),
        "brier": sk.brier_score_loss(truth, probability),
        "ece": calibration_by_hand(truth, probability),
    }
    assert metrics[0].name == "roc_auc"


def test_multiclass_figures_are_scikit_learns_to_the_last_digit(tmp_path):
    data, predictions, truth, given = three_classes()
    said = given.argmax(axis=1)

    metrics = evaluate(data, predictions, context(tmp_path, kind="multiclass")).metrics

    values = {metric.name: metric.value for metric in metrics}
    assert list(values) == [
        *("accuracy", "f1_macro", "f1_weighted", "balanced_accuracy", "roc_auc_ovr", "log_loss"),
        "ece",
    ]
    assert values["accuracy"] == sk.accuracy_score(truth, said)
    assert values["f1_macro"] == sk.f1_score(truth, said, average="macro")
    assert values["f1_weighted"] == sk.f1_score(truth, said, average="weighted")
    assert values["balanced_accuracy"] == sk.balanced_accuracy_score(truth, said)
    assert values["roc_auc_ovr"] == sk.roc_auc_score(truth, given, multi_class="ovr")
    assert values["log_loss"] == sk.log_loss(truth, given)
    # Ten bins of equal size by the largest probability.
    sure, right = given.max(axis=1), said == truth
    bins = np.array_split(np.argsort(sure, kind="stable"), 10)
    gaps = [len(each) * abs(right[each].mean() - sure[each].mean()) for each in bins]
    assert values["ece"] == pytest.approx(sum(gaps) / len(truth), rel=1e-12)


def test_calibration_of_many_classes_keeps_a_bound_or_does_not(tmp_path):
    """What is said of 2,000 rows as often as it is true passes; the same, twice as sure, does not."""
    random = np.random.default_rng(0)
    shares = random.dirichlet([1.0, 1.0, 1.0], size=2000)
    truth = np.array([random.choice(3, p=each) for each in shares])
    where = context(tmp_path, kind="multiclass")
    found = []
    for power in (1.0, 2.0):
        given = shares**power / (shares**power).sum(axis=1, keepdims=True)
        said = pd.DataFrame(given, columns=[f"probability_{name}" for name in range(3)])
        said["prediction"] = given.argmax(axis=1)
        found.append(evaluate(pd.DataFrame({"y": truth}), said, where).metric("ece"))

    good, sure = found
    assert good.low == 0.0
    assert good.high < 0.05 < sure.low
    assert good.method == "bootstrap"


def test_regression_figures_are_scikit_learns_to_the_last_digit(tmp_path):
    random = np.random.default_rng(0)
    truth = random.lognormal(3, 1, size=500)
    said = truth * random.lognormal(0, 0.2, size=500)
    data, predictions = pd.DataFrame({"y": truth}), pd.DataFrame({"prediction": said})

    metrics = evaluate(data, predictions, context(tmp_path, kind="regression")).metrics

    assert {metric.name: metric.value for metric in metrics} == {
        "rmse": sk.root_mean_squared_error(truth, said),
        "mae": sk.mean_absolute_error(truth, said),
        "median_ae": sk.median_absolute_error(truth, said),
        "r2": sk.r2_score(truth, said),
        "mape": sk.mean_absolute_percentage_error(truth, said),
    }
    assert [metric.name for metric in metrics if metric.higher_is_better] == ["r2"]


def test_relative_error_is_left_out_where_the_target_is_nought(tmp_path):
    data = pd.DataFrame({"y": [0.0, 1.0, 2.0]})
    predictions = pd.DataFrame({"prediction": [0.5, 1.0, 2.0]})

    metrics = evaluate(data, predictions, context(tmp_path, kind="regression")).metrics

    assert [metric.name for metric in metrics] == ["rmse", "mae", "median_ae", "r2"]


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_every_figure_lies_within_its_interval(tmp_path, kind):
    data, predictions, *_ = three_classes() if kind == "multiclass" else two_classes()
    if kind == "regression":
        data["y"] = np.random.default_rng(0).normal(5, 1, len(data))
        predictions = pd.DataFrame({"prediction": data["y"] + 0.1})
        predictions.iloc[0] += 1

    metrics = evaluate(data, predictions, context(tmp_path, kind=kind)).metrics

    for metric in metrics:
        assert metric.low <= metric.value <= metric.high, metric
        assert metric.high - metric.low < 0.2
        assert metric.rows == len(data)


def test_methods_of_intervals_are_named(tmp_path):
    data, predictions, *_ = two_classes()

    metrics = evaluate(data, predictions, context(tmp_path)).metrics

    methods = {metric.name: metric.method for metric in metrics}
    assert methods == {
        "roc_auc": "delong",
        "accuracy": "wilson",
        "balanced_accuracy": "bootstrap",
        "f1": "bootstrap",
        "precision": "wilson",
        "recall": "wilson",
        "specificity": "wilson",
        "mcc": "bootstrap",
        "average_precision": "logit",
        "log_loss": "bootstrap",
        "brier": "bootstrap",
        "ece": "bootstrap",
    }


def test_bootstrap_intervals_agree_with_a_plain_loop(tmp_path):
    data, predictions, truth, probability = two_classes(1000)
    random = np.random.default_rng(5)
    yes, no = np.flatnonzero(truth), np.flatnonzero(~truth)
    draws = []
    for _ in range(1000):
        rows = np.concatenate([random.choice(yes, len(yes)), random.choice(no, len(no))])
        said = probability[rows] >= 0.5
        draws.append(
            (sk.f1_score(truth[rows], said), sk.brier_score_loss(truth[rows], probability[rows]))
        )

    evaluation = evaluate(data, predictions, context(tmp_path), resamples=4000)

    for name, values in zip(("f1", "brier"), np.transpose(draws), strict=True):
        low, high = np.quantile(values, [0.025, 0.975])
        metric = evaluation.metric(name)
        assert metric.low == pytest.approx(low, abs=0.1 * (high - low))
        assert metric.high == pytest.approx(high, abs=0.1 * (high - low))


def test_interval_of_average_precision_agrees_with_a_bootstrap(tmp_path):
    data, predictions, truth, probability = two_classes(1500)
    random = np.random.default_rng(3)
    draws = []
    for _ in range(500):
        rows = random.integers(len(truth), size=len(truth))
        draws.append(sk.average_precision_score(truth[rows], probability[rows]))

    metric = evaluate(data, predictions, context(tmp_path)).metric("average_precision")

    low, high = np.quantile(draws, [0.025, 0.975])
    # Its formula counts the rows of the class of interest alone, and so is the wider one.
    assert metric.low < low
    assert metric.high > high
    assert (metric.high - metric.low) / (high - low) < 2.5


def test_calibration_error_of_a_calibrated_model_may_be_nought(tmp_path):
    random = np.random.default_rng(1)
    covered = 0
    for _ in range(40):
        probability = random.uniform(size=400)
        truth = random.uniform(size=400) < probability
        data = pd.DataFrame({"y": np.where(truth, "yes", "no")})
        predictions = pd.DataFrame(
            {
                "prediction": np.where(probability > 0.5, "yes", "no"),
                "probability_no": 1 - probability,
                "probability_yes": probability,
            }
        )
        where = context(tmp_path, positive="yes")
        metric = evaluate(data, predictions, where, resamples=200).metric("ece")
        covered += metric.low == 0.0

    assert covered >= 36


def test_evaluation_of_the_same_rows_is_the_same(tmp_path):
    data, predictions, *_ = two_classes()

    one = evaluate(data, predictions, context(tmp_path))
    two = evaluate(data, predictions, context(tmp_path))

    assert one == two


def test_interval_of_a_mean_of_areas_agrees_with_a_bootstrap(tmp_path):
    data, predictions, truth, given = three_classes()
    random = np.random.default_rng(0)
    by_class = [np.flatnonzero(truth == number) for number in range(3)]
    draws = []
    for _ in range(500):
        rows = np.concatenate([random.choice(own, len(own)) for own in by_class])
        draws.append(sk.roc_auc_score(truth[rows], given[rows], multi_class="ovr"))

    evaluation = evaluate(data, predictions, context(tmp_path, kind="multiclass"))

    metric = evaluation.metric("roc_auc_ovr")
    assert (metric.high - metric.low) / 3.92 == pytest.approx(np.std(draws), rel=0.12)


def test_rows_of_one_group_count_as_belonging_together(tmp_path):
    data, predictions, *_ = two_classes(400)
    copies = np.tile(np.arange(400), 4)
    data = data.iloc[copies].assign(patient=copies).reset_index(drop=True)
    predictions = predictions.iloc[copies].reset_index(drop=True)

    alone = evaluate(data, predictions, context(tmp_path)).metrics
    grouped = evaluate(data, predictions, context(tmp_path, group="patient")).metrics

    for one, other in zip(alone, grouped, strict=True):
        assert one.value == other.value
        if one.name == "average_precision":
            assert other.low is None
            assert other.why == "no interval: rows belong together"
        elif one.name != "ece":  # which is larger by chance alone, and less so of more rows
            assert (other.high - other.low) / (one.high - one.low) == pytest.approx(2, rel=0.25)


def test_single_class_gives_a_reason_and_not_a_half(tmp_path):
    data, predictions, truth, _ = two_classes()
    data, predictions = data[~truth], predictions[~truth]

    evaluation = evaluate(data, predictions, context(tmp_path, positive="yes"))

    assert evaluation.metric("roc_auc").value is None
    assert evaluation.metric("roc_auc").why == "all rows are of one class"
    assert evaluation.metric("recall").why == "no row is of the class of interest"
    assert evaluation.metric("accuracy").value > 0.5
    assert evaluation.charts == ()


def test_perfect_ranking_is_not_certain(tmp_path):
    data = pd.DataFrame({"y": [0] * 20 + [1] * 10})
    predictions = pd.DataFrame(
        {
            "prediction": data["y"],
            "probability_0": 1.0 - data["y"],
            "probability_1": data["y"] * 1.0,
        }
    )

    metric = evaluate(data, predictions, context(tmp_path)).metric("roc_auc")

    assert (metric.value, metric.high, metric.method) == (1.0, 1.0, "wilson")
    assert metric.low == pytest.approx(0.7225, abs=1e-4)


def test_rows_without_a_label_are_told_and_left_out(tmp_path):
    data, predictions, truth, probability = two_classes()
    data.loc[:99, "y"] = None
    where = context(tmp_path)

    evaluation = evaluate(data, predictions, where)

    assert evaluation.metrics[0].value == sk.roc_auc_score(truth[100:], probability[100:])
    assert where.notes.messages == ["100 of 600 held-out rows have no label and do not count"]


def test_no_label_at_all_gives_reasons_and_no_crash(tmp_path):
    data, predictions, *_ = two_classes()
    data["y"] = None

    evaluation = evaluate(data, predictions, context(tmp_path, positive="yes"))

    assert {metric.value for metric in evaluation.metrics} == {None}
    assert all(metric.why for metric in evaluation.metrics)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (pd.Series([0.0, 1.0] * 50), pd.Series([0, 1] * 50)),
        (pd.Series([0, 1] * 50, dtype="Int64"), pd.Series([0, 1] * 50)),
        (pd.Series([0, 1] * 50, dtype="int64[pyarrow]"), pd.Series([0, 1] * 50, dtype="int8")),
        (pd.Series(["0", "1"] * 50, dtype="category"), pd.Series(["0", "1"] * 50)),
    ],
)
def test_dtype_of_labels_makes_no_difference(tmp_path, target, said):
    predictions = pd.DataFrame({"prediction": said})

    evaluation = evaluate(target.to_frame("y"), predictions, context(tmp_path, positive=1))

    assert evaluation.metric("accuracy").value == 1.0


def test_positive_class_decides_what_is_found(tmp_path):
    data, predictions, truth, probability = two_classes()

    evaluation = evaluate(data, predictions, context(tmp_path, positive="no"))

    assert evaluation.metric("recall").value == sk.recall_score(~truth, probability < 0.5)
    assert evaluation.metric("roc_auc").value == sk.roc_auc_score(~truth, 1 - probability)


def test_model_without_probabilities_is_ranked_by_its_scores(tmp_path):
    data, predictions, truth, probability = two_classes()
    predictions = predictions.rename(columns=lambda name: name.replace("probability", "score"))
    predictions[["score_no", "score_yes"]] *= 100

    evaluation = evaluate(data, predictions, context(tmp_path))

    assert evaluation.metric("roc_auc").value == sk.roc_auc_score(truth, probability)
    assert evaluation.metric("brier").why == "the model gives no probabilities"


def test_class_that_training_never_saw_is_counted_and_named(tmp_path):
    data, predictions, *_ = three_classes()
    data.loc[:9, "y"] = "fox"

    evaluation = evaluate(data, predictions, context(tmp_path, kind="multiclass"))

    table = next(s for s in evaluation.sections if s.title == "Classes").tables[0]
    assert table.rows[0][:2] == ("fox", 10)
    assert math.isfinite(evaluation.metric("log_loss").value)


def test_class_without_rows_is_left_out_of_the_mean_area(tmp_path):
    data, predictions, truth, given = three_classes()
    kept = truth != 2

    evaluation = evaluate(data[kept], predictions[kept], context(tmp_path, kind="multiclass"))

    metric = evaluation.metric("roc_auc_ovr")
    areas = [sk.roc_auc_score(truth[kept] == n, given[kept][:, n]) for n in (0, 1)]
    assert metric.value == np.mean(areas)
    assert metric.why == "without 1 of 3 classes, of which there is no row"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.assign(probability_yes=1.5), "predictions, row 0: 1.5 is no probability"),
        (lambda p: p.assign(probability_yes=np.nan), "predictions, row 0: nan is no probability"),
        (lambda p: p.head(3), "there are 3 predictions for 600 rows"),
        (lambda p: p.drop(columns="prediction"), "has no column 'prediction'"),
    ],
)
def test_predictions_that_are_none_are_refused(tmp_path, change, message):
    data, predictions, *_ = two_classes()

    with pytest.raises(StepError) as raised:
        evaluate(data, change(predictions), context(tmp_path))

    assert message in str(raised.value)


def test_missing_target_is_named_with_the_nearest_column(tmp_path):
    data, predictions, *_ = two_classes()

    with pytest.raises(DataError) as raised:
        evaluate(data.rename(columns={"y": "yy"}), predictions, context(tmp_path))

    assert str(raised.value) == "column 'y': the target is not in the table (did you mean 'yy'?)"


def test_baseline_goes_by_the_training_rows(tmp_path):
    random = np.random.default_rng(0)
    train = pd.DataFrame({"x": random.normal(size=200), "y": np.repeat(["no", "yes"], [150, 50])})
    test = pd.DataFrame({"x": random.normal(size=100), "y": np.repeat(["no", "yes"], [40, 60])})
    where = context(tmp_path)
    trainer = Sklearn(estimator="LogisticRegression")
    model = trainer.train(train, where)

    evaluation = Quality().evaluate(model, test, trainer.predict(model, test, where), where)

    baseline = {metric.name: metric.value for metric in evaluation.baseline}
    assert baseline["accuracy"] == 0.4
    assert baseline["roc_auc"] == 0.5
    assert baseline["log_loss"] == pytest.approx(-0.4 * math.log(0.75) - 0.6 * math.log(0.25))
    assert baseline["precision"] is None


def test_slices_of_sensitive_columns_come_with_the_worst_first(tmp_path):
    data, predictions, truth, probability = two_classes(2000)
    wrong = np.arange(2000) >= 1500
    data["place"] = np.where(wrong, "b", "a")
    predictions.loc[wrong, ["probability_no", "probability_yes"]] = 0.5

    evaluation = evaluate(data, predictions, context(tmp_path, sensitive=("place",)))

    worst, best = evaluation.slices
    assert (worst.value, worst.metric.value) == ("b", 0.5)
    assert (best.value, best.metric.rows) == ("a", 1500)
    assert best.metric.value == sk.roc_auc_score(truth[:1500], probability[:1500])
    assert evaluation.sections[-1].title == "Sensitive columns"


def test_slices_are_measured_by_what_was_asked_for_besides(tmp_path):
    data, predictions, truth, _ = two_classes(2000)
    data["place"] = np.where(np.arange(2000) >= 1500, "b", "a")

    found = evaluate(
        data, predictions, context(tmp_path), slices=("place",), slice_metrics=("accuracy",)
    ).slices

    names = [each.metric.name for each in found]
    assert names == ["roc_auc", "roc_auc", "accuracy", "accuracy"]
    of_b = next(each.metric for each in found[2:] if each.value == "b")
    said = (predictions["prediction"] == "yes").to_numpy()
    assert of_b.value == pytest.approx((said == truth)[1500:].mean())
    assert found[2].metric.value <= found[3].metric.value
    with pytest.raises(ValueError, match="slice_metrics"):
        evaluate(data, predictions, context(tmp_path), slice_metrics=("acuracy",))


def test_slice_of_one_class_has_a_reason_and_comes_last(tmp_path):
    data, predictions, truth, _ = two_classes(2000)
    data["place"] = np.where(truth, "a", np.random.default_rng(0).choice(["a", "b"], 2000))

    evaluation = evaluate(data, predictions, context(tmp_path), slices=("place",))

    assert evaluation.slices[-1].value == "b"
    assert evaluation.slices[-1].metric.why == "all rows are of one class"


def test_numbers_are_sliced_into_quarters_where_slices_are_asked_for(tmp_path):
    data, predictions, *_ = two_classes(2000)
    data["age"] = np.arange(2000) % 80
    data.loc[:199, "age"] = np.nan

    evaluation = evaluate(data, predictions, context(tmp_path), slices=("age",))

    values = {item.value for item in evaluation.slices}
    assert len(values) == 5
    assert "(missing)" in values


def test_small_groups_and_free_text_are_no_slices(tmp_path):
    data, predictions, *_ = two_classes(600)
    data["rare"] = np.where(np.arange(600) < 10, "few", "many")
    data["name"] = [f"row {number}" for number in range(600)]

    evaluation = evaluate(data, predictions, context(tmp_path))

    assert {item.column for item in evaluation.slices} == {"place", "rare"}
    assert {item.value for item in evaluation.slices} == {"a", "b", "many"}


def test_unknown_slice_column_is_an_error(tmp_path):
    data, predictions, *_ = two_classes()

    with pytest.raises(DataError, match="no such column to slice by"):
        evaluate(data, predictions, context(tmp_path), slices=("nowhere",))


def test_charts_and_sections_hold_finite_numbers_only(tmp_path):
    for kind, (data, predictions, *_) in (
        ("binary", two_classes()),
        ("multiclass", three_classes()),
    ):
        evaluation = evaluate(data, predictions, context(tmp_path, kind=kind))

        assert evaluation.sections
        for chart in evaluation.charts:
            for series in chart.series:
                assert len(series.x) == len(series.y) <= 200
                assert all(math.isfinite(value) for value in (*series.x, *series.y))


def test_confusion_table_counts_all_rows(tmp_path):
    data, predictions, truth, probability = two_classes()

    evaluation = evaluate(data, predictions, context(tmp_path))

    table = next(s for s in evaluation.sections if s.title == "Confusion table").tables[0]
    expected = sk.confusion_matrix(truth, probability >= 0.5)
    assert table.rows == (("no", *expected[0]), ("yes", *expected[1]))


def test_timing_is_measured_only_when_asked_for(tmp_path):
    random = np.random.default_rng(0)
    data = pd.DataFrame({"x": random.normal(size=200), "y": random.choice(["no", "yes"], 200)})
    where = context(tmp_path)
    trainer = Sklearn(estimator="LogisticRegression")
    model = trainer.train(data, where)
    predictions = trainer.predict(model, data, where)

    silent = Quality().evaluate(model, data, predictions, where)
    timed = Quality(timing=True).evaluate(model, data, predictions, where)

    assert "Speed" not in {section.title for section in silent.sections}
    assert timed.sections[-1].title == "Speed"
    assert [row[0] for row in timed.sections[-1].tables[0].rows] == [1, 200]


@pytest.mark.parametrize("setting", [{"confidence": 1.0}, {"confidence": 0.2}, {"resamples": 5}])
def test_settings_out_of_range_are_refused(setting):
    with pytest.raises(ValueError):
        Quality(**setting)


@pytest.mark.parametrize(("positives", "has_interval"), [(1, False), (4, False), (5, True)])
def test_few_rows_of_one_class_give_no_interval(tmp_path, positives, has_interval):
    random = np.random.default_rng(1)
    truth = np.array(["yes"] * positives + ["no"] * (750 - positives))
    share = random.random(750)
    data = pd.DataFrame({"y": truth})
    said = pd.DataFrame(
        {
            "prediction": np.where(share > 0.5, "yes", "no"),
            "probability_no": 1 - share,
            "probability_yes": share,
        }
    )

    found = {
        metric.name: metric
        for metric in evaluate(data, said, context(tmp_path, kind="binary", positive="yes")).metrics
    }

    for name in ("roc_auc", "f1", "balanced_accuracy"):
        assert (found[name].low is not None) is has_interval
        assert bool(found[name].why) is not has_interval
    assert found["accuracy"].low is not None


def test_few_groups_give_no_interval(tmp_path):
    truth = np.arange(600) % 2
    share = np.random.default_rng(3).random(600)
    data = pd.DataFrame({"y": np.where(truth, "yes", "no")})
    said = pd.DataFrame(
        {"prediction": data["y"], "probability_no": 1 - share, "probability_yes": share}
    )
    by_group = {
        number: evaluate(
            data.assign(g=np.arange(len(data)) % number), said, context(tmp_path, group="g")
        ).metrics[0]
        for number in (4, 5)
    }

    assert by_group[4].low is None
    assert by_group[4].why == "no interval: only 4 groups of rows that belong together"
    assert by_group[5].low is not None
