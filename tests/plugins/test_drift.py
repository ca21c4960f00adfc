"""Drift: known distances, the promised rate of false alarms, and no column that silences another."""

from __future__ import annotations

import datetime as dt
import json
import logging
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
from scipy.spatial import distance as scipy_distance

from fourstroke import Batch, Context, Observation, PluginError, Task, Window
from fourstroke_drift import Drift, MultivariateDrift
from fourstroke_drift.distance import STATISTICS
from fourstroke_drift.histogram import Histogram


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(
        run="r",
        step="drift",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(target="y", kind="binary", positive="yes"),
        seed=11,
        log=logging.getLogger("test"),
    )


def people(generator: np.random.Generator, rows: int, *, shift: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": generator.normal(40 + 10 * shift, 10, rows).round(),
            "gain": np.where(generator.random(rows) < 0.1, generator.exponential(5000, rows), 0.0),
            "hours": generator.normal(40, 8, rows),
            "region": generator.choice(["north", "south", "east"], rows, p=[0.6, 0.3, 0.1]),
            "member": generator.random(rows) < 0.3,
        }
    )


def scores(generator: np.random.Generator, rows: int) -> pd.DataFrame:
    positive = generator.beta(2, 5, rows)
    return pd.DataFrame(
        {
            "prediction": np.where(positive > 0.5, "yes", "no"),
            "probability_no": 1 - positive,
            "probability_yes": positive,
        }
    )


def window_of(data: pd.DataFrame, predictions: pd.DataFrame) -> Window:
    batch = Batch(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), data=data, predictions=predictions)
    return Window(model="m", version=1, batches=(batch,))


def look(
    context: Context, data: pd.DataFrame, reference: pd.DataFrame | None = None, **settings: object
) -> dict[tuple[str, str], Observation]:
    """Watch one window; observations by name and column."""
    generator = np.random.default_rng(1)
    base = people(generator, 5000) if reference is None else reference
    drift = Drift(**settings)
    known = drift.profile(
        data=base.assign(y="no"), predictions=scores(generator, len(base)), context=context
    )
    window = window_of(data, scores(generator, len(data)))
    seen = drift.monitor(window=window, reference=json.loads(json.dumps(known)), context=context)
    return {(item.name, item.column): item for item in seen}


@pytest.mark.parametrize(
    ("reference", "window"),
    [
        ([50, 50], [50, 50]),
        ([90, 10], [10, 90]),
        ([1, 2, 3, 4], [40, 30, 20, 10]),
        ([5, 0], [0, 7]),
    ],
)
def test_distance_is_that_of_scipy(reference: list[float], window: list[float]):
    cells = [(str(n), r, w) for n, (r, w) in enumerate(zip(reference, window, strict=True))]

    found = STATISTICS["jensen_shannon"].of(Histogram.of(cells))

    assert found == pytest.approx(scipy_distance.jensenshannon(reference, window, base=2))


@pytest.mark.parametrize("rows", [50, 200, 1000])
def test_at_most_5_percent_of_usual_windows_raise_an_alarm(context: Context, rows: int):
    generator = np.random.default_rng(rows)
    drift = Drift(effect=0.0)  # so that chance alone is what is held back
    windows, alarms = 60, 0

    for _ in range(windows):
        reference = people(generator, 2000)
        known = drift.profile(data=reference, predictions=scores(generator, 2000), context=context)
        window = window_of(people(generator, rows), scores(generator, rows))
        seen = drift.monitor(window=window, reference=known, context=context)
        alarms += any(item.status == "alert" for item in seen)

    # One in a hundred is promised: 4 or more of 60 have a probability of 0.3 %.
    assert alarms <= 0.05 * windows


def test_half_a_standard_deviation_is_found_in_at_least_95_percent_of_windows(context: Context):
    generator = np.random.default_rng(5)
    drift = Drift()
    known = drift.profile(
        data=people(generator, 5000), predictions=scores(generator, 5000), context=context
    )

    found = 0
    for _ in range(40):
        window = window_of(people(generator, 1000, shift=0.5), scores(generator, 1000))
        seen = drift.monitor(window=window, reference=known, context=context)
        found += [item.column for item in seen if item.status == "alert"] == ["age"]

    assert found >= 38


def test_difference_that_does_not_matter_raises_no_alarm_however_many_rows_tell_it(
    context: Context,
):
    generator = np.random.default_rng(6)

    seen = look(context, people(generator, 200_000, shift=0.05), people(generator, 200_000))

    assert seen["drift", "age"].status == "ok"
    assert seen["drift", "age"].value < 0.1


def test_alert_says_what_moved_and_comes_first(context: Context):
    seen = look(context, people(np.random.default_rng(2), 1000, shift=2.0))

    first = next(iter(seen.values()))
    assert (first.column, first.status) == ("age", "alert")
    assert "(+2.0 standard deviations)" in first.why


def test_new_category_is_named(context: Context):
    data = people(np.random.default_rng(3), 500)
    data.loc[:200, "region"] = "the moon"

    seen = look(context, data)

    assert seen["drift", "region"].status == "alert"
    assert "new: 'the moon'" in seen["drift", "region"].why


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300], ids=["missing", "infinite", "huge"])
def test_what_lies_outside_of_all_bins_counts(context: Context, value: float):
    data = people(np.random.default_rng(4), 500)
    data.loc[:250, "hours"] = value

    seen = look(context, data)

    assert seen["drift", "hours"].status == "alert"
    assert seen["drift", "age"].status == "ok"


def test_column_that_is_gone_alerts_and_silences_no_other(context: Context):
    data = people(np.random.default_rng(7), 500, shift=2.0).drop(columns="region")

    seen = look(context, data)

    assert seen["drift", "region"].status == "alert"
    assert "the window has not" in seen["drift", "region"].why
    assert seen["drift", "age"].status == "alert"
    assert seen["drift", "hours"].status == "ok"


def test_numbers_that_came_as_text_are_read_and_words_count_as_a_change(context: Context):
    data = people(np.random.default_rng(8), 500)
    data["hours"] = data["hours"].astype(str)
    data["age"] = "old"

    seen = look(context, data)

    assert seen["drift", "hours"].status == "ok"
    assert seen["drift", "age"].status == "alert"


def test_columns_of_one_name_alert_and_silence_no_other(context: Context):
    data = people(np.random.default_rng(9), 500)
    data = pd.concat([data, data[["hours"]]], axis=1)

    seen = look(context, data)

    assert seen["drift", "hours"].status == "alert"
    assert "several columns of this name" in seen["drift", "hours"].why
    assert seen["drift", "age"].status == "ok"


@pytest.mark.parametrize(("window", "reference"), [(29, 5000), (500, 10)])
def test_too_few_rows_are_unknown_and_no_alarm(context: Context, window: int, reference: int):
    generator = np.random.default_rng(10)

    seen = look(context, people(generator, window, shift=5.0), people(generator, reference))

    assert {("drift", "age"), ("drift", "hours")} <= seen.keys()
    assert {each.status for each in seen.values()} == {"unknown"}
    assert all("fewer than 30" in each.why for each in seen.values())


def test_version_without_a_reference_is_unknown(context: Context):
    generator = np.random.default_rng(11)
    window = window_of(people(generator, 100), scores(generator, 100))

    [only] = Drift().monitor(window=window, reference=None, context=context)

    assert only.status == "unknown"
    assert "no reference to compare with yet" in only.why


def test_reference_of_another_form_is_refused_with_the_way_out(context: Context):
    window = window_of(people(np.random.default_rng(12), 100), pd.DataFrame())

    with pytest.raises(PluginError, match="has a form that this plugin does not know"):
        Drift().monitor(window=window, reference={"rows": 3, "columns": 7}, context=context)


def test_target_and_names_are_not_compared(context: Context):
    generator = np.random.default_rng(13)
    data = people(generator, 1000).assign(name=[f"person {n}" for n in range(1000)])

    seen = look(context, data, data)

    assert ("drift", "y") not in seen
    assert seen["drift", "name"].status == "ok"


def test_columns_can_be_chosen_and_left_out(context: Context):
    data = people(np.random.default_rng(14), 200)

    chosen = look(context, data, columns=("age",))
    rest = look(context, data, ignore=("age",))

    assert [column for name, column in chosen if name == "drift"] == ["age"]
    assert ("drift", "age") not in rest
    assert ("drift", "hours") in rest


def test_same_seed_gives_the_same_limits(context: Context):
    data = people(np.random.default_rng(15), 300)

    assert look(context, data) == look(context, data)


def test_data_are_left_as_they_are(context: Context):
    data = people(np.random.default_rng(16), 300)
    before = data.copy()

    look(context, data)

    pd.testing.assert_frame_equal(data, before)


@pytest.mark.parametrize("monitor", [Drift(), MultivariateDrift(minimum_rows=100)])
def test_column_that_a_service_does_not_log_is_no_drift(context: Context, monitor):
    generator = np.random.default_rng(5)
    reference = people(generator, 1000).assign(note=[f"note {n % 7}" for n in range(1000)])
    known = monitor.profile(reference, scores(generator, 1000), context)
    data, said = people(generator, 300), scores(generator, 300)
    window = window_of(data, said)
    batches = tuple(attrs.evolve(each, requests=said[[]]) for each in window.batches)

    seen = monitor.monitor(attrs.evolve(window, batches=batches), known, context)

    assert not [each for each in seen if each.status == "alert"]
    assert [each.status for each in seen if each.column == "note"] in (["unknown"], [])


def test_of_two_probabilities_that_of_the_class_of_interest_is_watched_also_if_it_is_a_number(
    context: Context,
):
    task = attrs.evolve(context.task, positive=0.0)
    said = scores(np.random.default_rng(2), 500).rename(
        columns={"probability_no": "probability_1", "probability_yes": "probability_0"}
    )
    data = people(np.random.default_rng(3), 500)

    known = Drift().profile(
        data=data.assign(y=0.0), predictions=said, context=attrs.evolve(context, task=task)
    )

    assert "probability_0" in json.dumps(known)
    assert "probability_1" not in json.dumps(known)
