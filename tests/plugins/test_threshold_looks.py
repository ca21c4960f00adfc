"""Rows in time and rows that are looked at again: without care both promote what is not better."""

from __future__ import annotations

import logging
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.fft import dct
from scipy.signal import lfilter
from scipy.stats import norm, t, ttest_rel

from fourstroke import Candidate, Context, Evaluation, Metric, StepError, Task
from fourstroke_threshold import Champion

LEVEL = 0.05


def context(tmp_path: Path, look: int = 1, **task) -> Context:
    return Context(
        run="r",
        step="s",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(**{"target": "y", "kind": "regression", **task}),
        seed=5,
        log=logging.getLogger("test"),
        look=look,
    )


def model(data: pd.DataFrame, said, metric: str = "mae") -> Candidate:
    truth = data["y"].to_numpy()
    error = truth - said
    value = {
        "mae": lambda: np.abs(error).mean(),
        "mse": (error**2).mean,
        "rmse": lambda: math.sqrt((error**2).mean()),
        "r2": lambda: 1 - (error**2).sum() / ((truth - truth.mean()) ** 2).sum(),
    }[metric]()
    figure = Metric(name=metric, value=float(value), higher_is_better=metric == "r2")
    return Candidate(
        name="m",
        digest="d",
        evaluation=Evaluation(metrics=(figure,)),
        data=data,
        predictions=pd.DataFrame({"prediction": said}),
    )


def losing(data: pd.DataFrame, gaps) -> tuple[Candidate, Candidate]:
    """Give two models whose absolute errors differ by these gaps; positive where the first is better."""
    return model(data, 20.0 - gaps), model(data, np.full(len(data), 20.0))


def passes(settings: dict, models, where: Context) -> bool:
    champion = Champion(ask="better", tolerance=0.0, metric="mae", **settings)
    return champion.validate(*models, where)[0].status == "pass"


def test_equal_models_are_seldom_better_though_their_errors_depend_on_time(tmp_path):
    """AR(1) with 0.7: the level stays near 5 % where time counts, and is far above where it does not."""
    rows, trials = 500, 400
    data = pd.DataFrame({"y": np.zeros(rows), "day": np.arange(rows)})
    where = context(tmp_path, time="day")
    promoted = dict.fromkeys(("auto", "none"), 0)
    random = np.random.default_rng(0)
    for _ in range(trials):
        gaps = lfilter([1.0], [1.0, -0.7], random.normal(size=rows + 100))[100:]
        models = losing(data, gaps)
        for dependence in promoted:
            settings = {"dependence": dependence, "looks": "ignore"}
            promoted[dependence] += passes(settings, models, where)

    assert promoted["auto"] / trials <= 0.07
    assert promoted["none"] / trials >= 0.15


def test_independent_rows_lose_little_by_being_taken_in_time(tmp_path):
    random = np.random.default_rng(1)
    data = pd.DataFrame({"y": np.zeros(2000), "day": np.arange(2000)})
    models = losing(data, random.normal(size=2000))
    widths = []
    for dependence in ("time", "none"):
        (check,) = Champion(metric="mae", dependence=dependence).validate(
            *models, context(tmp_path, time="day")
        )
        widths.append(check.interval[1] - check.interval[0])

    assert widths[0] == pytest.approx(widths[1], rel=0.25)


def test_long_run_variance_is_that_of_the_periodogram(tmp_path):
    """The mean of the first cosine transforms, computed by scipy's discrete cosine transform."""
    random = np.random.default_rng(2)
    gaps = lfilter([1.0], [1.0, -0.5], random.normal(size=300))
    data = pd.DataFrame({"y": np.zeros(300), "day": random.permutation(300)})
    number = int(0.4 * 300 ** (2 / 3))
    in_order = gaps[np.argsort(data["day"])]
    coefficients = dct(in_order - in_order.mean(), norm="ortho")[1 : number + 1]
    error = math.sqrt(float(np.mean(coefficients**2)) / 300)

    (check,) = Champion(metric="mae", looks="ignore").validate(
        *losing(data, gaps), context(tmp_path, time="day")
    )

    reach = t.ppf(0.95, number) * error
    assert check.interval == pytest.approx((gaps.mean() - reach, gaps.mean() + reach), rel=1e-6)
    assert f"300 moments in order (long-run variance of {number} cosines)" in check.why


@pytest.mark.parametrize("metric", ["rmse", "r2", "mse"])
def test_figures_of_several_sums_are_as_sure_in_time_as_by_the_bootstrap(tmp_path, metric):
    """Rows in any order of time are independent ones: both ways have to agree."""
    random = np.random.default_rng(3)
    data = pd.DataFrame({"y": random.normal(50, 5, 3000), "day": random.permutation(3000)})
    models = [
        model(data, data["y"] + noise * random.normal(size=3000), metric) for noise in (2.0, 2.2)
    ]
    widths = []
    for dependence in ("time", "none"):
        (check,) = Champion(metric=metric, dependence=dependence, looks="ignore").validate(
            *models, context(tmp_path, time="day")
        )
        widths.append(check.interval[1] - check.interval[0])

    assert widths[0] == pytest.approx(widths[1], rel=0.2)


def test_area_under_the_curve_is_less_sure_where_rows_of_a_day_are_alike(tmp_path):
    random = np.random.default_rng(4)
    day = np.repeat(np.arange(100), 20)
    truth = random.random(2000) < 0.4
    mood = np.repeat(random.normal(size=(2, 100)), 20, axis=1)
    data = pd.DataFrame({"y": np.where(truth, "yes", "no"), "day": day})
    models = []
    for part in mood:
        # What is wrong about a day lowers positives and raises the others.
        score = np.where(truth, 1.0 + part, -part) + 0.3 * random.normal(size=2000)
        share = 1 / (1 + np.exp(-score))
        said = pd.DataFrame(
            {"prediction": np.where(share > 0.5, "yes", "no"), "probability_yes": share}
        )
        positive, negative = share[truth], share[~truth]
        area = (positive[:, None] > negative).mean()
        figure = Metric(name="roc_auc", value=float(area))
        models.append(
            Candidate(
                name="m",
                digest="d",
                evaluation=Evaluation(metrics=(figure,)),
                data=data,
                predictions=said,
            )
        )
    where = context(tmp_path, kind="binary", positive="yes", time="day")
    wide, narrow = (
        Champion(dependence=dependence).validate(*models, where)[0]
        for dependence in ("auto", "none")
    )

    assert wide.interval[1] - wide.interval[0] > 2 * (narrow.interval[1] - narrow.interval[0])
    assert "100 moments" in wide.why


def test_time_without_a_column_and_too_few_moments_are_errors(tmp_path):
    data = pd.DataFrame({"y": np.zeros(40), "day": np.repeat([1, 2], 20)})
    models = losing(data, np.random.default_rng(0).normal(size=40))

    with pytest.raises(
        StepError, match="depend by time, it is said, and the held-out rows have no"
    ):
        Champion(metric="mae", dependence="time").validate(*models, context(tmp_path))
    with pytest.raises(StepError, match="of 2 moments: too few"):
        Champion(metric="mae").validate(*models, context(tmp_path, time="day"))


def test_mean_losses_are_compared_by_a_paired_t_test(tmp_path):
    random = np.random.default_rng(6)
    data = pd.DataFrame({"y": random.normal(size=50)})
    said = [data["y"] + noise * random.normal(size=50) for noise in (1.0, 1.1)]
    losses = [np.abs(data["y"] - each) for each in said]

    (check,) = Champion(metric="mae", looks="ignore").validate(
        *(model(data, each) for each in said), context(tmp_path)
    )

    expected = ttest_rel(losses[1], losses[0]).confidence_interval(0.9)
    assert check.interval == pytest.approx((expected.low, expected.high))


def test_twenty_looks_on_the_same_rows_err_no_more_often_than_one_may(tmp_path):
    """Equal models, each night a new one: without care far more than 5 of 100 are promoted some night."""
    rows, nights, trials = 100, 20, 100
    data = pd.DataFrame({"y": np.zeros(rows)})
    ever = dict.fromkeys(("correct", "ignore"), 0)
    random = np.random.default_rng(7)
    at = [context(tmp_path, look) for look in range(1, nights + 1)]
    for _ in range(trials):
        champion = model(data, 20 + random.normal(size=rows))
        promoted: dict[str, list[int]] = {"correct": [], "ignore": []}
        for where in at:
            models = model(data, 20 + random.normal(size=rows)), champion
            # What asks for more confidence can pass only where less is enough.
            for looks in ("ignore", "correct"):
                if not passes({"looks": looks}, models, where):
                    break
                promoted[looks].append(where.look)
        for looks, seen in promoted.items():
            ever[looks] += bool(seen)

    noise = 3 * math.sqrt(LEVEL * (1 - LEVEL) / trials)
    assert ever["correct"] / trials <= LEVEL + noise
    assert ever["ignore"] / trials >= 0.25


def test_confidence_that_looks_ask_for_is_told_and_spends_no_more_than_there_is(tmp_path):
    data = pd.DataFrame({"y": np.zeros(400)})
    models = losing(data, np.random.default_rng(0).normal(0.1, 1, 400))
    reaches = []
    for look in (1, 4):
        (check,) = Champion(metric="mae").validate(*models, context(tmp_path, look))
        reaches.append(check.observed - check.interval[0])

    shares = [6 / (math.pi * look) ** 2 for look in range(1, 100_000)]
    assert sum(shares) <= 1
    assert "look 4 on these rows, so that 99.81% of confidence are asked of it" in check.why
    expected = norm.ppf(1 - 0.05 * shares[3]) / norm.ppf(1 - 0.05 * shares[0])
    assert reaches[1] / reaches[0] == pytest.approx(expected, rel=0.01)


def test_bootstrap_of_many_looks_does_not_hang_on_its_last_draws(tmp_path):
    random = np.random.default_rng(8)
    data = pd.DataFrame({"y": random.normal(size=300)})
    models = [
        model(data, data["y"] + noise * random.normal(size=300), "rmse") for noise in (1.0, 1.2)
    ]

    (check,) = Champion(metric="rmse").validate(*models, context(tmp_path, look=30))

    assert "the standard error of a paired bootstrap" in check.why
    assert check.interval[0] < check.observed < check.interval[1]
