"""A window that is compared with the one of a season before, and monitors that cannot be: they need outcomes."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from logistic_shop import begun, shop

from fourstroke import Project

MONITORED = """
[[operations.monitor]]
use = "steps.py:Busy"

[[operations.monitor]]
use = "steps.py:Bought"

[[operations.monitor]]
use = "steps.py:Careless"

[[operations.monitor]]
use = "performance"

[[operations.monitor]]
use = "drift"

[operations.window]
by = "calendar"
unit = "day"
season = "7d"
"""
STEPS = '''
from typing import ClassVar

from fourstroke import Observation, hookimpl, plugin


@plugin
class Busy:
    """Keep how many visits there are in the mean."""

    @hookimpl
    def profile(self, data):
        return float(data["visits"].mean())

    @hookimpl
    def monitor(self, window, reference):
        return [Observation(name="busy", status="ok", value=reference)]


@plugin
class Bought:
    """Keep how many bought: of rows that are scored nobody knows it."""

    needs_outcomes: ClassVar[bool] = True

    @hookimpl
    def profile(self, data):
        return float((data["bought"] == "yes").mean())

    @hookimpl
    def monitor(self, window, reference):
        return [Observation(name="bought", status="ok", value=reference)]


@plugin
class Careless(Bought):
    """Do not say that it needs outcomes."""

    needs_outcomes: ClassVar[bool] = False

    @hookimpl
    def monitor(self, window, reference):
        return [Observation(name="careless", status="ok", value=reference)]
'''
DAY_1 = dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC)
# More visits than any held-out row has.
BUSY = 20.0


@pytest.fixture(scope="module")
def looks(tmp_path_factory):
    """Give what was seen on a first day, and on the same weekday after it, with its outcomes."""
    folder = tmp_path_factory.mktemp("season")
    begun(folder, MONITORED, STEPS, rows=400)
    with Project.open(folder) as project:
        assert project.run().state == "succeeded"
        for day in (0, 7):
            table = shop(200, day + 2, first=1000 * (day + 1)).assign(visits=BUSY + day / 7)
            served(project, table.drop(columns="bought"), DAY_1 + dt.timedelta(days=day))
            table.to_csv(folder / "labels.csv", index=False)
            project.labels.add(folder / "labels.csv")
        outcome = project.monitor()
    return {
        look.report.window: {(e.name, e.column): e for e in look.report.observations}
        for look in (*outcome.earlier, outcome)
    }


def served(project: Project, rows: pd.DataFrame, at: dt.datetime) -> None:
    champion = project.models["shop"].champion
    with champion.predictor() as predict, champion.journal() as journal:
        assert journal.append(rows, predict(rows), at_ns=int(at.timestamp()) * 10**9)
    project.predictions.take_in()


def test_window_is_compared_with_the_same_weekday_before(looks):
    first, second = looks["2026-05-01"], looks["2026-05-08"]

    assert first["busy", ""].value < 10  # of the held-out rows: no window lies before
    assert second["busy", ""].value == BUSY
    assert first["drift", "visits"].status == "alert"
    # One visit more than the week before, in a column that was constant, is still told.
    assert "mean 20 became 21" in second["drift", "visits"].why


def test_monitor_that_needs_outcomes_is_compared_with_held_out_rows(looks):
    first, second = looks["2026-05-01"], looks["2026-05-08"]

    assert 0.3 < first["bought", ""].value < 0.7
    assert second["bought", ""].value == first["bought", ""].value


def test_realised_performance_is_judged_where_a_season_is_set(looks):
    second = looks["2026-05-08"]

    assert second["outcomes", ""].value == 1.0
    assert second["accuracy", ""].status == "alert"  # of a model that takes all for buyers
    assert "in the reference" in second["accuracy", ""].why


def test_monitor_that_does_not_say_that_it_needs_them_fails_alone_and_loudly(looks):
    first, second = looks["2026-05-01"], looks["2026-05-08"]

    assert first["careless", ""].value == first["bought", ""].value
    assert second["careless", ""].value is None
    told = second["operations.season.Careless", ""]
    assert told.status == "alert"
    assert "could not be profiled: KeyError: 'bought'" in told.why
