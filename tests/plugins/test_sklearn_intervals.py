"""The intervals against published values and against computations that share nothing with them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_tests import AREAS, POSITIVE, TESTS
from sklearn.metrics import roc_auc_score

from fourstroke_sklearn.intervals import (
    auc_influence,
    normal_quantile,
    percentile_bounds,
    resampled_sums,
    standard_error,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # R. G. Newcombe (1998), Two-sided confidence intervals for the single proportion, table I,
        # method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_bounds(successes, trials, low, high):
    bounds = wilson(successes, trials, 0.95)

    assert [round(bound, 4) for bound in bounds] == [low, high]


def test_wilson_is_certain_of_nothing_after_successes_alone():
    low, high = wilson(10, 10, 0.95)

    assert high == 1.0
    assert 0.7 < low < 0.75


def test_area_of_the_tomography_ratings_is_the_published_one():
    """Hanley and McNeil (1982), table I; area, error and bounds as Stata's manual gives them."""
    ratings = np.arange(1.0, 6.0)
    normal, abnormal = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]
    scores = np.concatenate([np.repeat(ratings, normal), np.repeat(ratings, abnormal)])
    positive = np.repeat([False, True], [sum(normal), sum(abnormal)])

    area, influence = auc_influence(positive, scores)
    error = standard_error(influence, strata=positive, clusters=None)

    reach = normal_quantile(0.95) * error
    assert round(area, 4) == 0.8932
    assert round(error, 4) == 0.0307
    assert round(area - reach, 5) == 0.83295
    assert round(area + reach, 5) == 0.95339


def by_pairs(positive, *scores):
    """DeLong's covariance as his paper defines it: by every pair of a positive and a negative row."""
    areas, above, below = [], [], []
    for score in scores:
        yes, no = score[positive][:, None], score[~positive][None, :]
        wins = (yes > no) + 0.5 * (yes == no)
        areas.append(wins.mean())
        above.append(wins.mean(axis=1))
        below.append(wins.mean(axis=0))
    covariance = np.cov(above) / positive.sum() + np.cov(below) / (~positive).sum()
    return areas, np.atleast_2d(covariance)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), ties=st.sampled_from([2, 5, 1000]))
def test_delong_by_ranks_equals_delong_by_all_pairs(seed, ties):
    random = np.random.default_rng(seed)
    positive = np.arange(60) < random.integers(2, 58)
    one = np.round(random.normal(size=60) + positive, 3) * ties // 1 / ties
    two = one + random.integers(-2, 3, size=60) / ties

    (area_one, area_two), covariance = by_pairs(positive, one, two)
    found_one, influence_one = auc_influence(positive, one)
    found_two, influence_two = auc_influence(positive, two)

    assert found_one == pytest.approx(area_one, abs=1e-12)
    assert found_two == pytest.approx(area_two, abs=1e-12)
    assert found_one == pytest.approx(roc_auc_score(positive, one), abs=1e-12)
    alone = standard_error(influence_one, strata=positive, clusters=None)
    assert alone**2 == pytest.approx(covariance[0, 0], rel=1e-9, abs=1e-15)
    paired = standard_error(influence_one - influence_two, strata=positive, clusters=None)
    expected = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert paired**2 == pytest.approx(expected, rel=1e-7, abs=1e-14)


def test_rows_that_are_only_copies_do_not_make_an_area_surer():
    random = np.random.default_rng(1)
    positive = random.random(400) < 0.4
    scores = random.normal(size=400) + positive
    four_times = np.tile(np.arange(400), 4)

    _, once = auc_influence(positive, scores)
    _, copied = auc_influence(positive[four_times], scores[four_times])
    honest = standard_error(once, strata=positive, clusters=None)
    naive = standard_error(copied, strata=positive[four_times], clusters=None)
    clustered = standard_error(copied, strata=positive[four_times], clusters=four_times)

    assert naive == pytest.approx(honest / 2, rel=0.02)
    assert clustered == pytest.approx(honest, rel=0.02)


def test_delongs_interval_covers_the_true_area_as_often_as_it_says():
    random = np.random.default_rng(7)
    true_area = 0.7602  # of two normal distributions whose means differ by one
    covered = 0
    for _ in range(400):
        positive = np.arange(200) < 60
        area, influence = auc_influence(positive, random.normal(size=200) + positive)
        reach = normal_quantile(0.9) * standard_error(influence, strata=positive, clusters=None)
        covered += abs(area - true_area) <= reach

    assert 0.86 <= covered / 400 <= 0.94


@pytest.mark.parametrize("distinct", [3, 1000])
def test_bootstrap_of_a_mean_has_the_error_of_a_mean(distinct):
    random = np.random.default_rng(3)
    values = random.integers(0, distinct, size=1000).astype(float)
    statistics = np.column_stack([values, np.ones(1000)])

    sums = resampled_sums(
        statistics,
        strata=np.zeros(1000, dtype=int),
        clusters=None,
        resamples=2000,
        random=np.random.default_rng(0),
    )

    means = sums[:, 0] / sums[:, 1]
    assert means.std() == pytest.approx(values.std() / np.sqrt(1000), rel=0.06)
    assert means.mean() == pytest.approx(values.mean(), rel=0.005)
    assert (sums[:, 1] == 1000).all()


def test_bootstrap_keeps_the_size_of_each_stratum():
    strata = np.repeat([0, 1], [900, 100])
    statistics = np.column_stack([strata == 0, strata == 1, np.arange(1000)]).astype(float)

    sums = resampled_sums(
        statistics, strata=strata, clusters=None, resamples=20, random=np.random.default_rng(0)
    )

    assert (sums[:, 0] == 900).all()
    assert (sums[:, 1] == 100).all()


def test_bootstrap_draws_clusters_whole():
    clusters = np.repeat(np.arange(50), 4)
    statistics = np.column_stack([np.ones(200), clusters == 0]).astype(float)

    sums = resampled_sums(
        statistics,
        strata=np.zeros(200, dtype=int),
        clusters=clusters,
        resamples=200,
        random=np.random.default_rng(0),
    )

    assert set(sums[:, 1] % 4) == {0.0}
    assert len(set(sums[:, 1])) > 1


def test_bootstrap_with_the_same_seed_gives_the_same_draws():
    def draw(seed):
        return resampled_sums(
            np.random.default_rng(5).normal(size=(100, 2)),
            strata=np.zeros(100, dtype=int),
            clusters=None,
            resamples=10,
            random=np.random.default_rng(seed),
        )

    assert (draw(1) == draw(1)).all()
    assert (draw(1) != draw(2)).any()


def test_draws_in_which_a_figure_is_not_defined_do_not_count():
    sums = np.array([[1.0, 2.0], [0.0, 0.0], [1.0, 2.0]])

    bounds = percentile_bounds(
        sums, {"ratio": lambda s: s[:, 0] / s[:, 1], "never": lambda s: s[:, 0] * np.nan}, 0.95
    )

    assert bounds == {"ratio": (0.5, 0.5)}


@pytest.mark.parametrize(("test", "area", "error"), [(k, *v) for k, v in AREAS.items()])
def test_areas_and_their_errors_are_the_published_ones(test, area, error):
    found, influence = auc_influence(POSITIVE, TESTS[test])

    assert found == pytest.approx(area, abs=5e-5)
    strata = POSITIVE.astype(int)
    assert standard_error(influence, strata=strata, clusters=None) == pytest.approx(error, abs=5e-5)
