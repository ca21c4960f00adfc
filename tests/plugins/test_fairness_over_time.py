"""Fairness over time: published intervals, gaps that widen, and groups that are too small to judge."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binom
from watched_models import World, context_of, two_classes

from fourstroke import PluginError
from fourstroke_performance import FairnessOverTime
from fourstroke_performance.fairness import Share, difference_interval


def watched(world, *windows, sensitive=("group",), **settings_of):
    monitor = FairnessOverTime(**settings_of)
    kept = monitor.profile(world.data, world.predictions, context_of(sensitive=sensitive))
    kept = json.loads(json.dumps(kept, allow_nan=False))
    return [
        {(each.name, each.statistic): each for each in monitor.monitor(window, kept)}
        for window in windows
    ]


def refusing(world, group, share, seed=9):
    """Put a share of a group's rows into the other class."""
    chosen = (world.data["group"] == group) & (
        np.random.default_rng(seed).random(len(world.data)) < share
    )
    said = world.predictions["prediction"].mask(chosen, "no")
    return World(world.data, world.predictions.assign(prediction=said))


def alerts(found):
    return {key for key, each in found.items() if each.status == "alert"}


@pytest.mark.parametrize(
    ("first", "second", "known"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
    ],
)
def test_interval_of_a_difference_is_newcombes(first, second, known):
    """R. G. Newcombe (1998), Interval estimation for the difference, table II, method 10."""
    found = difference_interval(*(Share(hits=hits, rows=rows) for hits, rows in (first, second)))

    assert found == pytest.approx(known, abs=1e-4)


def test_gap_is_the_difference_of_the_groups_rates():
    world = two_classes(2000, 1)
    said, group = world.predictions["prediction"] == "yes", world.data["group"]

    (found,) = watched(world, world.window(batches=3))

    told = found["selection_rate_gap", "b - a"]
    assert told.value == pytest.approx(said[group == "b"].mean() - said[group == "a"].mean())
    assert told.column == "group"
    assert {statistic for _, statistic in found} == {"b - a", "c - a"}


def test_without_a_change_alarms_are_as_rare_as_promised():
    """120 windows of 600 rows, no effect demanded: chance alone decides."""
    windows = [two_classes(600, seed).window() for seed in range(120)]

    found = watched(two_classes(3000, 7000), *windows, effect=0.0, false_alarms=0.05)

    assert sum(bool(alerts(seen)) for seen in found) <= binom.isf(1e-4, 120, 0.05)


def test_group_that_is_refused_more_is_an_alert():
    world = two_classes(3000, 1)
    window = refusing(two_classes(1500, 2), "b", 0.6)

    (found,) = watched(world, window.window())

    assert {("selection_rate_gap", "b - a"), ("recall_gap", "b - a")} <= alerts(found)
    assert not {key for key in alerts(found) if key[1] == "c - a"}
    told = found["selection_rate_gap", "b - a"]
    assert told.low < told.value < told.high < told.threshold < 0
    assert "a gap of -0." in told.why
    assert "in the reference; chance makes 0." in told.why


def test_gap_that_closes_is_no_alert():
    world = refusing(two_classes(3000, 1), "b", 0.6)

    (found,) = watched(world, two_classes(1500, 2).window())

    assert not alerts(found)


def test_without_outcomes_selection_alone_is_judged():
    window = refusing(two_classes(1500, 2), "b", 0.6)

    (found,) = watched(
        two_classes(3000, 1), window.window(labels=np.full(1500, None, dtype=object))
    )

    assert alerts(found) == {("selection_rate_gap", "b - a")}
    assert found["recall_gap", "b - a"].status == "unknown"
    assert "0 rows of b who belong there" in found["recall_gap", "b - a"].why


def test_small_group_is_unknown():
    window = two_classes(200, 2)

    (found,) = watched(two_classes(3000, 1), window.window())

    assert found["selection_rate_gap", "c - a"].status == "unknown"
    assert "rows of c, and 50 are needed" in found["selection_rate_gap", "c - a"].why
    assert found["selection_rate_gap", "b - a"].status == "ok"


def test_numbers_fall_into_quarters_of_the_reference():
    (found,) = watched(two_classes(3000, 1), two_classes(800, 2).window(), sensitive=("x",))

    groups = {statistic for _, statistic in found}
    assert len(groups) == 3
    assert any("below -0." in group or "from 0." in group for group in groups)


def test_missing_sensitive_column_is_unknown():
    world = two_classes(1000, 2)
    lacking = World(world.data.drop(columns="group"), world.predictions)

    (found,) = watched(two_classes(3000, 1), lacking.window())

    assert {each.status for each in found.values()} == {"unknown"}


def test_project_without_sensitive_columns_is_told():
    ((told,),) = (
        found.values()
        for found in watched(two_classes(500, 1), two_classes(200, 2).window(), sensitive=())
    )

    assert told.status == "unknown"
    assert "no sensitive column" in told.why


def test_task_that_is_not_binary_is_refused():
    world = two_classes(100, 1)

    with pytest.raises(PluginError, match="binary task"):
        FairnessOverTime().profile(world.data, world.predictions, context_of("multiclass"))
