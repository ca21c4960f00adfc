"""Shares of right rows are compared by the rows on which two models differ, as the literature does it."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from fourstroke import Candidate, Context, Evaluation, Metric, Task
from fourstroke_threshold import Champion
from fourstroke_threshold.proportions import Discordant

# M. W. Fagerland, S. Lydersen, P. Laake (2013), The McNemar test for binary matched-pairs data: mid-p
# and asymptotic are better than exact conditional; (2014), Recommended tests and confidence intervals
# for paired binomial proportions. Their examples: airways (Bentur et al. 2009) and complete response
# (Cavo et al. 2012). Gained, lost, rows; two-sided exact and mid-p; Tango's 95 % interval.
PUBLISHED = {
    "airways": (1, 7, 21, 0.0703, 0.0391, -0.517, -0.026),
    "response": (6, 16, 161, 0.0525, 0.0347, -0.124, -0.0054),
}
counts = st.integers(0, 60)


def context(tmp_path: Path, **task) -> Context:
    return Context(
        run="r",
        step="s",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(**{"target": "y", "kind": "binary", "positive": "yes", **task}),
        log=logging.getLogger("test"),
    )


def pair(gained: int, lost: int, both: int, neither: int = 0, **more) -> list[Candidate]:
    """Make two models that are right on so many rows alone, and together."""
    own = np.repeat([True, False, True, False], [gained, lost, both, neither])
    other = np.repeat([False, True, True, False], [gained, lost, both, neither])
    data = pd.DataFrame({"y": np.repeat("yes", len(own)), **more})
    return [
        Candidate(
            name="m",
            digest="d",
            evaluation=Evaluation(metrics=(Metric(name="accuracy", value=float(right.mean())),)),
            data=data,
            predictions=pd.DataFrame({"prediction": np.where(right, "yes", "no")}),
        )
        for right in (own, other)
    ]


@pytest.mark.parametrize("name", PUBLISHED)
def test_test_and_interval_are_the_published_ones(name):
    gained, lost, rows, exact, mid, low, high = PUBLISHED[name]
    found = Discordant(gained, lost, rows)

    assert 2 * found.mirrored.chance() == pytest.approx(exact, abs=5e-5)
    assert 2 * found.mirrored.chance(is_mid=True) == pytest.approx(mid, abs=5e-5)
    assert found.score_interval(0.975) == pytest.approx((low, high), abs=6e-4)


@given(gained=counts, lost=counts, same=counts, confidence=st.floats(0.8, 0.9999))
@settings(max_examples=60, deadline=None)
def test_bounds_hold_the_value_agree_with_the_exact_test_and_mirror(gained, lost, same, confidence):
    rows = gained + lost + same
    if not rows:
        return
    found = Discordant(gained, lost, rows)

    low, high = found.interval(confidence)

    assert -1 <= low <= found.value <= high <= 1
    assert found.mirrored.interval(confidence) == pytest.approx((-high, -low), abs=1e-9)
    if low > 0:
        p = binomtest(gained, gained + lost, alternative="greater").pvalue
        assert p <= 1 - confidence + 1e-9


@pytest.mark.parametrize("gained", [9, 30])
def test_bound_of_many_rows_solves_the_score_equation(gained):
    """The constrained estimate that Tango's formula gives is found here by maximising the likelihood."""
    found = Discordant(gained, 12, 150)
    low, _ = found.score_interval(0.95)

    shares = np.linspace(max(0.0, -low) + 1e-9, (1 - abs(low)) / 2, 400_001)
    both = 1 - 2 * shares - low
    kept = both > 0
    likelihood = (gained * np.log(shares[kept] + low) + 12 * np.log(shares[kept])) + (
        150 - gained - 12
    ) * np.log(both[kept])
    share = shares[kept][likelihood.argmax()]
    score = (gained - 12 - 150 * low) / np.sqrt(150 * (2 * share + low * (1 - low)))
    assert score == pytest.approx(norm.ppf(0.95), abs=1e-3)


def test_exact_test_decides_and_its_chances_are_told(tmp_path):
    """Ten rows against three: the score test is sure of it at 97 %, and the exact one is not."""
    better = Champion(
        metric="accuracy", ask="better", tolerance=0.0, looks="ignore", confidence=0.97
    )

    (check,) = better.validate(*pair(10, 3, 100), context(tmp_path))

    assert Discordant(10, 3, 113).score_interval(0.97)[0] > 0
    assert check.status == "inconclusive"
    assert check.interval[0] == 0.0
    assert "McNemar's exact test of 10 rows gained and 3 lost (one-sided p 0.046, mid-p 0.029" in (
        check.why
    )
    assert "113 rows" in check.evidence
    assert check.rows_needed >= 113


def test_a_clear_gain_is_better_and_a_clear_loss_is_not(tmp_path):
    better = Champion(metric="accuracy", ask="better", tolerance=0.0)

    statuses = [
        better.validate(*pair(gained, lost, 200), context(tmp_path))[0].status
        for gained, lost in ((40, 10), (10, 40), (0, 0))
    ]

    assert statuses == ["pass", "fail", "fail"]


def test_same_shares_by_different_rows_are_no_certainty(tmp_path):
    not_worse = Champion(metric="accuracy", tolerance=0.0)

    (check,) = not_worse.validate(*pair(5, 5, 90), context(tmp_path))

    assert check.status == "inconclusive"
    assert check.interval[0] < 0 < check.interval[1]


def test_rows_of_one_group_are_not_counted_as_independent(tmp_path):
    models = pair(30, 12, 158, g=np.arange(200) // 10)
    wide, narrow = (
        Champion(metric="accuracy", looks="ignore", dependence=dependence).validate(
            *models, context(tmp_path, group="g")
        )[0]
        for dependence in ("auto", "none")
    )

    assert "bootstrap" in wide.why
    assert "McNemar" in narrow.why
    assert wide.interval[0] < narrow.interval[0]
