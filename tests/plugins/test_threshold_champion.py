"""The champion: a candidate may not be worse beyond chance, measured row by row."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
from published_tests import DIFFERENCES, POSITIVE, TESTS
from scipy.stats import norm
from sklearn.metrics import f1_score, log_loss, roc_auc_score

from fourstroke import Candidate, Context, Evaluation, Metric, StepError, Task
from fourstroke_sklearn import Quality
from fourstroke_threshold import Champion, UnlessWorse


def context(tmp_path: Path, **task) -> Context:
    return Context(
        run="r",
        step="development.validate.champion",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(**{"target": "y", **task}),
        seed=11,
        log=logging.getLogger("test"),
    )


def labels(rows: int, seed: int = 0):
    random = np.random.default_rng(seed)
    return random.random(rows) < 0.3, random


def scored(truth, random, noise: float) -> pd.DataFrame:
    """Give predictions that are the better the less noise there is."""
    probability = 1 / (1 + np.exp(-(2 * truth - 1 + noise * random.normal(size=len(truth)))))
    return pd.DataFrame(
        {
            "prediction": np.where(probability >= 0.5, "yes", "no"),
            "probability_no": 1 - probability,
            "probability_yes": probability,
        }
    )


def model(truth, predictions, where, version=None, extra=None) -> Candidate:
    data = pd.DataFrame({"y": np.where(truth, "yes", "no"), **(extra or {})})
    return Candidate(
        name="champion" if version else "candidate",
        digest="blake3:0",
        version=version,
        evaluation=Quality().evaluate(None, data, predictions, where),
        data=data,
        predictions=predictions,
    )


def pair(where, rows=4000, own=1.0, other=1.0, seed=0):
    truth, random = labels(rows, seed)
    return (
        model(truth, scored(truth, random, own), where),
        model(truth, scored(truth, random, other), where, version=3),
    )


ALL = [
    "roc_auc",
    "accuracy",
    "balanced_accuracy",
    "f1",
    "precision",
    "recall",
    "log_loss",
    "brier",
]


def test_first_candidate_passes_since_there_is_no_champion(tmp_path):
    candidate, _ = pair(context(tmp_path))

    (check,) = Champion().validate(candidate, None, context(tmp_path))

    assert (check.status, check.why) == ("pass", "there is no champion yet")
    # A waiver names it so, and a roll-back does not ask for it.
    assert (check.name, check.against) == ("roc_auc against the champion", "champion")


@pytest.mark.parametrize("metric", ALL)
def test_better_candidate_passes_and_worse_one_does_not(tmp_path, metric):
    where = context(tmp_path)
    candidate, champion = pair(where, own=0.8, other=1.6)

    (better,) = Champion(metric=metric).validate(candidate, champion, where)
    (worse,) = Champion(metric=metric).validate(champion, candidate, where)

    assert better.status == "pass"
    assert better.observed > 0
    assert (better.name, better.against) == (f"{metric} against the champion", "champion")
    assert worse.status == "fail"
    assert worse.observed == pytest.approx(-better.observed)


@pytest.mark.parametrize("metric", ALL)
def test_same_model_passes_without_any_tolerance(tmp_path, metric):
    where = context(tmp_path)
    candidate, _ = pair(where)

    (check,) = Champion(metric=metric, tolerance=0.0).validate(
        candidate, attrs.evolve(candidate, version=1), where
    )

    assert check.status == "pass"
    assert check.interval == (0.0, 0.0)


def test_too_few_rows_leave_it_open_and_say_how_many_would_tell(tmp_path):
    where = context(tmp_path)
    candidate, champion = pair(where, rows=60, own=1.01, other=1.0)

    (check,) = Champion().validate(candidate, champion, where)

    assert check.status == "inconclusive"
    assert check.says_no
    assert "too few rows to exclude that it is worse by more than 0.01" in check.why


def test_difference_of_areas_is_delongs(tmp_path):
    where = context(tmp_path)
    candidate, champion = pair(where, rows=300, own=1.0, other=1.3)
    positive = (candidate.data["y"] == "yes").to_numpy()
    placements = []
    for predictions in (candidate.predictions, champion.predictions):
        score = predictions["probability_yes"].to_numpy()
        wins = score[positive][:, None] > score[~positive][None, :]
        placements.append((wins.mean(axis=1), wins.mean(axis=0)))
    (one_above, one_below), (two_above, two_below) = placements
    variance = np.var(one_above - two_above, ddof=1) / positive.sum()
    variance += np.var(one_below - two_below, ddof=1) / (~positive).sum()

    (check,) = Champion(confidence=0.9, looks="ignore").validate(candidate, champion, where)

    difference = one_above.mean() - two_above.mean()
    reach = norm.ppf(0.9) * math.sqrt(variance)
    assert check.observed == pytest.approx(difference, abs=1e-12)
    assert check.interval == pytest.approx((difference - reach, difference + reach), abs=1e-9)
    assert "DeLong's test" in check.why


@pytest.mark.parametrize("metric", ["f1", "log_loss"])
def test_other_differences_agree_with_a_plain_paired_bootstrap(tmp_path, metric):
    where = context(tmp_path)
    candidate, champion = pair(where, rows=1000, own=1.0, other=1.2)
    truth = (candidate.data["y"] == "yes").to_numpy()
    random = np.random.default_rng(1)
    yes, no = np.flatnonzero(truth), np.flatnonzero(~truth)

    everyone = np.arange(len(truth))

    def figure(predictions, rows):
        """Give what scikit-learn gives, without its checks of the same rows each time."""
        said, is_yes = predictions["probability_yes"].to_numpy()[rows], truth[rows]
        if metric == "f1":
            return 2 * np.sum((said >= 0.5) & is_yes) / (np.sum(said >= 0.5) + np.sum(is_yes))
        return np.mean(np.log(np.where(is_yes, said, 1 - said)))

    said = candidate.predictions["probability_yes"]
    known = f1_score(truth, said >= 0.5) if metric == "f1" else -log_loss(truth, said)
    assert figure(candidate.predictions, everyone) == pytest.approx(known, rel=1e-12)

    draws = []
    for _ in range(800):
        rows = np.concatenate([random.choice(yes, len(yes)), random.choice(no, len(no))])
        draws.append(figure(candidate.predictions, rows) - figure(champion.predictions, rows))

    (check,) = Champion(metric=metric, resamples=4000, looks="ignore").validate(
        candidate, champion, where
    )

    low, high = np.quantile(draws, [0.05, 0.95])
    assert check.interval[0] == pytest.approx(low, abs=0.12 * (high - low))
    assert check.interval[1] == pytest.approx(high, abs=0.12 * (high - low))


def test_pairing_tells_more_than_two_intervals(tmp_path):
    where = context(tmp_path)
    truth, random = labels(2000)
    predictions = scored(truth, random, 1.0)
    shaken = predictions.copy()
    shaken["probability_yes"] = np.clip(
        predictions["probability_yes"] + 0.01 * random.normal(size=2000), 0, 1
    )
    shaken["probability_no"] = 1 - shaken["probability_yes"]
    candidate, champion = model(truth, shaken, where), model(truth, predictions, where, version=1)

    (paired,) = Champion().validate(candidate, champion, where)
    (unpaired,) = Champion().validate(attrs.evolve(candidate, data=None), champion, where)

    def width(check):
        return check.interval[1] - check.interval[0]

    assert width(paired) < 0.2 * width(unpaired)
    assert "the two intervals" in unpaired.why
    assert (paired.status, unpaired.status) == ("pass", "inconclusive")


def test_equal_models_are_seldom_held_back_and_worse_ones_seldom_let_through(tmp_path):
    where = context(tmp_path)
    passed = {"equal": 0, "worse": 0}
    for seed in range(40):
        truth, random = labels(1500, seed)
        champion = scored(truth, random, 1.0)
        candidates = {"equal": scored(truth, random, 1.0), "worse": scored(truth, random, 1.35)}
        for name, predictions in candidates.items():
            metrics = [
                Metric(name="roc_auc", value=roc_auc_score(truth, table["probability_yes"]))
                for table in (predictions, champion)
            ]
            data = pd.DataFrame({"y": np.where(truth, "yes", "no")})
            own, other = (
                Candidate(
                    name="m",
                    digest="d",
                    evaluation=Evaluation(metrics=(metric,)),
                    data=data,
                    predictions=table,
                )
                for metric, table in zip(metrics, (predictions, champion), strict=True)
            )
            passed[name] += Champion(tolerance=0.03).validate(own, other, where)[0].status == "pass"

    assert passed["equal"] >= 36
    assert passed["worse"] <= 4


def test_rows_of_one_group_make_the_difference_less_sure(tmp_path):
    truth, random = labels(300)
    own, other = scored(truth, random, 1.0), scored(truth, random, 1.1)
    four = np.tile(np.arange(300), 4)

    def width(metric, **task):
        where = context(tmp_path, **task)
        tables = [table.iloc[four].reset_index(drop=True) for table in (own, other)]
        models = [
            model(truth[four], table, where, version, {"patient": four})
            for table, version in zip(tables, (None, 1), strict=True)
        ]
        (check,) = Champion(metric=metric).validate(*models, where)
        return check.interval[1] - check.interval[0]

    for metric in ("roc_auc", "f1", "brier"):
        assert width(metric, group="patient") == pytest.approx(2 * width(metric), rel=0.2)


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_regression_is_compared_row_by_row(tmp_path, metric):
    where = context(tmp_path, kind="regression")
    random = np.random.default_rng(0)
    data = pd.DataFrame({"y": random.normal(10_000, 1000, size=2000)})
    models = []
    for version, noise in ((None, 300), (1, 400)):
        predictions = pd.DataFrame({"prediction": data["y"] + noise * random.normal(size=2000)})
        models.append(
            Candidate(
                name="m",
                digest="d",
                version=version,
                evaluation=Quality().evaluate(None, data, predictions, where),
                data=data,
                predictions=predictions,
            )
        )

    (better,) = Champion(metric=metric, tolerance=0.02).validate(*models, where)
    (worse,) = Champion(metric=metric, tolerance=0.02).validate(*models[::-1], where)

    assert better.status == "pass"
    assert worse.status == "fail"


def test_tolerance_of_errors_is_a_share_of_the_champions(tmp_path):
    where = context(tmp_path, kind="regression")
    data = pd.DataFrame({"y": np.arange(100.0)})
    predictions = pd.DataFrame({"prediction": np.arange(100.0) + 50})
    models = [
        Candidate(
            name="m",
            digest="d",
            evaluation=Quality().evaluate(None, data, predictions, where),
            data=data,
            predictions=predictions,
        )
    ] * 2

    (check,) = Champion(tolerance=0.1).validate(*models, where)

    assert check.required == "difference >= -5"


def test_many_classes_are_compared_by_their_own_figures(tmp_path):
    where = context(tmp_path, kind="multiclass")
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, size=1500)
    data = pd.DataFrame({"y": truth})
    models = []
    for version, weight in ((None, 2.0), (1, 1.0)):
        scores = random.normal(size=(1500, 3)) + weight * (truth[:, None] == np.arange(3))
        given = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        predictions = pd.DataFrame(given, columns=[f"probability_{n}" for n in range(3)])
        predictions["prediction"] = given.argmax(axis=1)
        models.append(
            Candidate(
                name="m",
                digest="d",
                version=version,
                evaluation=Quality().evaluate(None, data, predictions, where),
                data=data,
                predictions=predictions,
            )
        )

    for metric in ("accuracy", "f1_macro", "balanced_accuracy", "log_loss", "roc_auc_ovr"):
        (better,) = Champion(metric=metric).validate(*models, where)
        (worse,) = Champion(metric=metric).validate(*models[::-1], where)

        assert (better.status, worse.status) == ("pass", "fail"), metric


def test_champion_that_cannot_be_measured_holds_the_candidate_back(tmp_path):
    where = context(tmp_path)
    candidate, champion = pair(where, rows=200)
    blind = attrs.evolve(champion, evaluation=Evaluation(metrics=()), predictions=None)

    (check,) = Champion().validate(candidate, blind, where)

    assert (check.status, check.why) == (
        "fail",
        "the champion cannot be compared: nothing was measured",
    )


def test_metric_that_nobody_measured_fails_with_the_nearest_name(tmp_path):
    where = context(tmp_path)
    candidate, champion = pair(where, rows=200)

    (check,) = Champion(metric="roc").validate(candidate, champion, where)

    assert check.status == "fail"
    assert "no metric 'roc' was measured" in check.why


def test_metric_of_another_evaluator_is_compared_by_its_intervals(tmp_path):
    where = context(tmp_path)

    def with_profit(value, reach):
        metric = Metric(name="profit", value=value, low=value - reach, high=value + reach)
        return Candidate(name="m", digest="d", evaluation=Evaluation(metrics=(metric,)))

    def status(own, other):
        (check,) = Champion(tolerance=1.0).validate(own, other, where)
        return check.status

    assert status(with_profit(100, 1), with_profit(90, 1)) == "pass"
    assert status(with_profit(90, 1), with_profit(100, 1)) == "fail"
    assert status(with_profit(100, 5), with_profit(100, 5)) == "inconclusive"


def test_metric_without_intervals_is_compared_by_its_value(tmp_path):
    where = context(tmp_path)

    def with_profit(value):
        metric = Metric(name="profit", value=value)
        return Candidate(name="m", digest="d", evaluation=Evaluation(metrics=(metric,)))

    (better,) = Champion(tolerance=1.0).validate(with_profit(99.5), with_profit(100.0), where)
    (worse,) = Champion(tolerance=1.0).validate(with_profit(98.5), with_profit(100.0), where)

    assert (better.status, worse.status) == ("pass", "fail")
    assert "their values alone, since there are no intervals" in better.why


def test_rows_without_a_label_do_not_count(tmp_path):
    where = context(tmp_path)
    candidate, champion = pair(where, rows=1000, own=0.8, other=1.2)
    data = candidate.data.copy()
    data.loc[:499, "y"] = None

    (check,) = Champion().validate(attrs.evolve(candidate, data=data), champion, where)

    known = (candidate.data["y"] == "yes")[500:]
    expected = [
        roc_auc_score(known, table["probability_yes"][500:])
        for table in (candidate.predictions, champion.predictions)
    ]
    assert check.observed == pytest.approx(expected[0] - expected[1])


def test_predictions_of_other_rows_are_an_error(tmp_path):
    where = context(tmp_path)
    candidate, champion = pair(where, rows=200)
    short = attrs.evolve(champion, predictions=champion.predictions.head(100))

    with pytest.raises(StepError, match="not scored on the same rows"):
        Champion().validate(candidate, short, where)


def test_comparison_is_the_same_each_time(tmp_path):
    where = context(tmp_path)
    candidate, champion = pair(where, rows=300)

    one = Champion(metric="f1").validate(candidate, champion, where)
    two = Champion(metric="f1").validate(candidate, champion, where)

    assert one == two


@pytest.mark.parametrize("setting", [{"tolerance": -0.1}, {"confidence": 1.0}, {"resamples": 1}])
def test_setting_out_of_range_is_refused(setting):
    with pytest.raises(ValueError):
        Champion(**setting)


def test_clearly_worse_candidate_is_refused_by_default(tmp_path):
    where = context(tmp_path)
    better, worse = pair(where, own=0.8, other=1.6)

    (check,) = UnlessWorse().validate(worse, attrs.evolve(better, version=3), where)

    assert check.status == "fail"
    assert check.says_no


def test_doubt_is_a_warning_by_default(tmp_path):
    where = context(tmp_path)
    candidate, champion = pair(where, rows=60, own=1.01, other=1.0)

    (check,) = UnlessWorse().validate(candidate, champion, where)

    assert check.status == "inconclusive"
    assert not check.says_no


def test_champion_that_cannot_be_measured_is_not_passed_over_by_default(tmp_path):
    where = context(tmp_path)
    candidate, champion = pair(where)
    unmeasured = Metric(name="roc_auc", value=None, why="v3 cannot score these rows: no column")

    (check,) = UnlessWorse().validate(
        candidate, attrs.evolve(champion, evaluation=Evaluation(metrics=(unmeasured,))), where
    )

    assert check.says_no
    assert "v3 cannot score these rows: no column" in check.why


def area(truth, said) -> float:
    """Give the area by Mann and Whitney's count, for scores without ties."""
    order = np.argsort(said)
    ranks = np.flatnonzero(truth[order]) + 1
    positive, negative = len(ranks), len(truth) - len(ranks)
    return float((ranks.sum() - positive * (positive + 1) / 2) / (positive * negative))


def test_area_of_these_tests_is_that_of_scikit_learn():
    truth, random = labels(2000)
    said = scored(truth, random, 1.0)["probability_yes"].to_numpy()

    assert area(truth, said) == pytest.approx(roc_auc_score(truth, said), rel=1e-12)


def compared(truth, tables, metric: str) -> tuple[Candidate, Candidate]:
    """Make candidate and champion of predictions alone, with the one metric that is compared."""
    data = pd.DataFrame({"y": np.where(truth, "yes", "no")})
    value = {
        "roc_auc": lambda table: area(truth, table["probability_yes"].to_numpy()),
        "accuracy": lambda table: float(((table["prediction"] == "yes") == truth).mean()),
    }[metric]
    own, other = (
        Candidate(
            name="m",
            digest="d",
            evaluation=Evaluation(metrics=(Metric(name=metric, value=value(table)),)),
            data=data,
            predictions=table,
        )
        for table in tables
    )
    return own, other


def test_equal_models_are_promoted_as_better_in_at_most_5_percent_of_1000_trials(tmp_path):
    """Going by the mere figure promotes every second of them; so do tools that compare figures."""
    where, better = context(tmp_path), Champion(ask="better", tolerance=0.0)
    promoted, higher = 0, 0
    for seed in range(1000):
        truth, random = labels(2000, seed)
        tables = scored(truth, random, 1.0), scored(truth, random, 1.0)
        own, other = compared(truth, tables, "roc_auc")
        promoted += better.validate(own, other, where)[0].status == "pass"
        higher += own.evaluation.metrics[0].value > other.evaluation.metrics[0].value

    assert promoted <= 50
    assert 450 <= higher <= 550


def test_a_better_model_is_promoted_and_an_open_case_says_how_many_rows_tell(tmp_path):
    where, better = context(tmp_path), Champion(ask="better", tolerance=0.0)
    statuses = []
    for noise in (0.6, 0.97, 1.0, 1.6):
        truth, random = labels(2000)
        tables = scored(truth, random, noise), scored(truth, random, 1.0)
        statuses.append(better.validate(*compared(truth, tables, "roc_auc"), where)[0])

    assert statuses[0].status == "pass"
    assert statuses[0].required == "difference > 0"
    assert statuses[1].status == "inconclusive"
    assert "times as many would tell" in statuses[1].why
    assert statuses[1].rows_needed > 2000
    assert statuses[3].status == "fail"


def test_the_same_predictions_are_not_better(tmp_path):
    where, better = context(tmp_path), Champion(ask="better", tolerance=0.0)
    truth, random = labels(500)
    table = scored(truth, random, 1.0)

    (check,) = better.validate(*compared(truth, (table, table), "roc_auc"), where)

    assert check.status == "fail"


def test_better_by_a_margin_asks_for_the_margin(tmp_path):
    where = context(tmp_path)
    truth, random = labels(4000)
    own, other = compared(
        truth, (scored(truth, random, 0.8), scored(truth, random, 1.0)), "roc_auc"
    )
    gap = own.evaluation.metrics[0].value - other.evaluation.metrics[0].value

    small, large = (
        Champion(ask="better", tolerance=margin).validate(own, other, where)[0]
        for margin in (gap / 10, gap * 2)
    )

    assert (small.status, large.status) == ("pass", "fail")


@pytest.mark.parametrize(("test", "gap", "error"), [(k, *v) for k, v in DIFFERENCES.items()])
def test_differences_of_areas_are_the_published_ones(tmp_path, test, gap, error):
    tables = [
        pd.DataFrame({"prediction": "yes", "probability_no": 1 - share, "probability_yes": share})
        for share in (TESTS[name] / 10 for name in (test, "kg"))
    ]
    own, other = compared(POSITIVE, tables, "roc_auc")

    (check,) = Champion(confidence=0.975, looks="ignore").validate(own, other, context(tmp_path))

    assert check.observed == pytest.approx(gap, abs=5e-5)
    low, high = check.interval
    assert (high - low) / 2 / norm.ppf(0.975) == pytest.approx(error, abs=5e-5)
