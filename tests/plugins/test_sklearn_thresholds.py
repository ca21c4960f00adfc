"""What errors cost by the threshold: against counting row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourstroke import Context, Task
from fourstroke_sklearn import Quality
from fourstroke_sklearn.costs import Costs, mean_cost

ROWS = st.lists(
    st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.5001, 0.9, 1.0])), min_size=1
)


@given(
    rows=ROWS, threshold=st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.95, 1.0, 1.5]), miss=st.floats(0, 9)
)
def test_cost_is_that_of_counting_row_by_row(rows, threshold, miss):
    positive = np.array([truth for truth, _ in rows])
    probability = np.array([said for _, said in rows])

    cost = mean_cost(
        positive, probability, np.array([threshold]), Costs(false_positive=2, false_negative=miss)
    )

    counted = sum(
        2.0 * (said >= threshold and not truth) + miss * (said < threshold and truth)
        for truth, said in rows
    )
    assert cost[0] == pytest.approx(counted / len(rows))


def test_best_threshold_of_calibrated_probabilities_is_elkans():
    """Elkan (2001), equation 2: p* is the cost of an alarm over the cost of an alarm and a miss."""
    random = np.random.default_rng(0)
    probability = random.random(400_000)
    positive = random.random(400_000) < probability
    thresholds = np.linspace(0, 1, 101)

    cost = mean_cost(positive, probability, thresholds, Costs(false_positive=1, false_negative=4))

    assert thresholds[np.argmin(cost)] == pytest.approx(1 / 5, abs=0.02)


@pytest.mark.parametrize(("miss", "told"), [(20.0, True), (1.0, False)])
def test_cost_is_a_metric_where_the_kinds_of_errors_differ(tmp_path, miss, told):
    """Five alarms at 1 and two misses at 20 in fifty rows are 0.9 a row; smaller is better."""
    truth = np.array(["no"] * 40 + ["yes"] * 10)
    said = np.array(["yes"] * 5 + ["no"] * 35 + ["no"] * 2 + ["yes"] * 8)
    data = pd.DataFrame({"x": np.arange(50.0), "y": truth})
    share = np.where(said == "yes", 0.9, 0.1)
    predictions = pd.DataFrame(
        {"prediction": said, "probability_no": 1 - share, "probability_yes": share}
    )
    where = Context(
        run="r",
        step="s",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(target="y", kind="binary", positive="yes"),
    )

    found = Quality(false_negative=miss).evaluate(None, data, predictions, where)

    metric, dull = found.metric("mean_cost"), {each.name: each for each in found.baseline}
    assert (metric is not None) == told == ("mean_cost" in dull)
    if metric is not None:
        assert metric.value == pytest.approx(0.9)
        assert metric.low < 0.9 < metric.high
        assert not metric.higher_is_better
        assert dull["mean_cost"].value == pytest.approx(20 * 10 / 50)
