"""The champion goes back by itself where outcomes say that the version before would do better, and only there."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from replayed_shop import begun, bring, score, shop, turned

from fourstroke import ConfigError, Project
from fourstroke.cli.main import main

MORE = """
[[operations.monitor]]
use = "performance"
metrics = ["accuracy"]

[[operations.alert]]
use = "steps.py:keep"

[operations.rollback]
monitor = "performance"
"""
KEEP = """

def keep(alert, context):
    with (context.root / "told.txt").open("a") as file:
        file.write(f"{alert.title}\\n")
    return True
"""


def many_fours():
    """Make orders of a day on which most visit four times, and do not buy: v2 says they do."""
    orders = shop(300, 8, 1000)
    orders.loc[:199, "visits"] = 4
    orders["bought"] = np.where(orders["visits"] >= 5, "yes", "no")
    return orders


ORDERS = many_fours()


@pytest.fixture(scope="module")
def dropped(tmp_path_factory):
    """Give a shop at whose work v2 is, which is worse than v1 was on a day that has become known."""
    folder = tmp_path_factory.mktemp("rollback") / "shop"
    begun(folder, MORE, KEEP)
    assert turned(folder, 4.5) == "succeeded"
    assert turned(folder, 3.5) == "succeeded"
    with Project.open(folder) as project:
        assert project.records.champion("shop").version == 2
        score(project, ORDERS)
        bring(project, ORDERS)
    return folder


@pytest.fixture
def folder(dropped, tmp_path):
    shutil.copytree(dropped, tmp_path / "shop")
    return tmp_path / "shop"


def monitor(folder, *overrides):
    with Project.open(folder, overrides=overrides) as project:
        outcome = project.monitor()
        return outcome, project.records.champion("shop").version


def test_version_before_comes_back_with_the_reason_and_people_are_told(folder):
    wrong = int((ORDERS["visits"] == 4).sum())

    outcome, champion = monitor(folder)

    assert (outcome.rollback.answer, champion) == ("yes", 1)
    assert (
        "accuracy fell in batch 1; on 300 rows with a known outcome v1 is better in accuracy"
        in (outcome.rollback.why)
    )
    assert f"by {wrong / 300:+.4g} [" in outcome.rollback.why
    assert (folder / "told.txt").read_text().splitlines() == [
        "performance: accuracy",
        "rollback: rolled back from v2 to v1",
    ]
    with Project.open(folder) as project:
        [left] = [each for each in project.audit.events() if each.what == "rolled back"]
        incident = project.alerts.incident("performance")
        [back] = [each for each in project.alerts.matters() if each.key == "shop/rollback"]
    assert left.subject == "shop@v2"
    assert left.why.startswith("rolled back: by [operations.rollback]: accuracy fell in batch 1")
    assert left in incident.timeline
    assert back.alerts[0].alert.version == 2


def test_same_window_rolls_back_once_though_people_bring_the_version_again(folder):
    monitor(folder)
    with Project.open(folder) as project:
        project.models["shop"].deploy(2, why="we want it", override=True)
        # What was known is corrected: the window is looked at again.
        bring(project, ORDERS)

    outcome, champion = monitor(folder)

    assert (outcome.report.window, outcome.report.crossed) == ("batch 1", ("shop/performance",))
    assert (outcome.rollback, champion) == (None, 2)
    assert [held.why for held in outcome.report.held] == ["people were told of this window before"]


def test_version_before_that_would_be_no_better_stays_away(folder):
    with Project.open(folder) as project:
        # Who visits otherwise than four times does what neither expects; where they differ half bought.
        orders = ORDERS.copy()
        orders["bought"] = np.where(orders["visits"] >= 5, "no", "yes")
        fours = orders.index[orders["visits"] == 4]
        orders.loc[fours[::2], "bought"] = "no"
        bring(project, orders)

    outcome, champion = monitor(folder)

    assert (outcome.rollback.answer, champion) == ("no", 2)
    assert "v1 is not clearly better in accuracy" in outcome.rollback.why
    assert (folder / "told.txt").read_text().splitlines() == ["performance: accuracy"]


def test_policy_that_lets_nobody_roll_back_holds_for_the_rule(folder):
    with (folder / "fourstroke.toml").open("a") as file:
        file.write('\n[development.policy]\nmay = {rollback = ["ann"]}\n')
    outcome, champion = monitor(folder)

    assert (outcome.rollback.answer, champion) == ("waiting", 2)
    assert "may not roll it back" in outcome.rollback.why
    assert "rollback: v2 has to be rolled back by hand" in (folder / "told.txt").read_text()


@pytest.mark.parametrize(
    "override",
    [
        'operations.rollback.monitor=""',  # nobody asked for it
        'operations.labels.mature="30d"',  # outcomes may still come in
        'operations.alerting.windows="2 of 2"',  # it may be a bad day, and people are not told
    ],
)
def test_nothing_is_thought_of_without_a_reason(folder, override):
    outcome, champion = monitor(folder, override)

    assert (outcome.rollback, champion) == (None, 2)


def test_too_few_known_outcomes_leave_everything_as_it_is(folder):
    outcome, champion = monitor(folder, "operations.rollback.minimum_rows=301")

    assert (outcome.rollback.answer, champion) == ("no", 2)
    assert "300 replayed rows have a known outcome, and 301 are asked for" in outcome.rollback.why


def test_project_whose_checks_compare_no_models_goes_back_all_the_same(folder):
    file = folder / "fourstroke.toml"
    text = file.read_text()
    file.write_text(
        text.replace('use = "champion"\ntolerance = 1.0', 'use = "threshold"\nmin = 0.1')
    )
    assert file.read_text() != text

    outcome, champion = monitor(folder)

    assert (outcome.rollback.answer, champion) == ("yes", 1)
    assert "v1 is better in accuracy, by " in outcome.rollback.why


def test_hashed_feature_is_named_as_the_reason_why_nothing_was_replayed(folder):
    with Project.open(folder, overrides=['operations.log.hash=["visits"]']) as project:
        score(project, ORDERS, "hashed")

    outcome, champion = monitor(folder, "operations.rollback.minimum_rows=301")

    assert (outcome.rollback.answer, champion) == ("no", 2)
    assert (
        "300 rows could not be replayed: 'visits' is hashed in the log, and it needs that"
        in outcome.rollback.why
    )


def test_first_version_has_nothing_to_go_back_to(folder):
    with Project.open(folder) as project:
        project.models["shop"].retire(1, why="too old")

    outcome, champion = monitor(folder)

    assert (outcome.rollback, champion) == (None, 2)
    assert any("there is no version before v2 to go back to" in each for each in outcome.messages)


def test_command_says_that_it_was_done(folder, capsys):
    assert main(["-C", str(folder), "monitor"]) == 0

    assert "rollback done: accuracy fell in batch 1" in capsys.readouterr().out


def test_monitor_that_there_is_not_is_a_fault_of_the_file(dropped):
    with pytest.raises(ConfigError, match="there is no monitor 'performence'") as error:
        Project.open(dropped, overrides=["operations.rollback.monitor=performence"])

    assert "performance" in error.value.hint
