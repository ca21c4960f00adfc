"""What a version said as a shadow, as evidence: pairs by request, too few rows, looks, and who waits for it."""

from __future__ import annotations

import datetime as dt
import math

import pandas as pd
import pytest
from replayed_shop import ANSWER, begun, bring, shop
from scipy.stats import binomtest

from fourstroke import Project
from fourstroke.cli.main import main

pytestmark = pytest.mark.usefixtures("in_one_process")

SHADOW = """
[[development.validate]]
use = "shadow"
minimum_rows = 100
tolerance = 0.0
ask = "better"
"""
BEGINS = int(dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC).timestamp() * 1e9)
MINUTE = 60 * 10**9


def serve(project: Project, orders: pd.DataFrame, at: int, *, without: int = 0) -> None:
    """Let the champion answer requests of two rows each, and v2 as its shadow, which lags by a second."""
    champion, shadow = project.models["shop"].champion, project.models["shop"][2]
    rows = orders.drop(columns="bought").reset_index(drop=True)
    said, thought = champion.predict(rows), shadow.predict(rows)
    with champion.journal() as own, shadow.journal("shadow") as other:
        for number in range(len(rows) // 2):
            at_ns, two = at + number * 10**9, slice(2 * number, 2 * number + 2)
            request = {"request_id": f"r{at}-{number}", "latency_seconds": 0.002}
            own.append(rows[two], said[two], **request, at_ns=at_ns)
            if number >= without:
                other.append(rows[two], thought[two], **request, at_ns=at_ns + 10**9)
    project.predictions.take_in()


def check_of(outcome):
    [found] = [
        check for check in outcome.report.verdict.checks if check.name.startswith("in shadow")
    ]
    return found


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Tell the whole story of v2: registered, a shadow with few rows, with many, and promoted."""
    folder = tmp_path_factory.mktemp("shadow") / "shop"
    begun(folder, SHADOW)
    # By the rule of the bundled plugin, not by that of the steps.
    text = (folder / "fourstroke.toml").read_text()
    ruled = f'use = "steps.py:answer"\n{ANSWER}'
    waits = 'use = "automatic"\nwaits_for = ["in shadow"]'
    (folder / "fourstroke.toml").write_text(text.replace(ruled, waits))
    told = {}

    def turn(name: str, limit: float = 4.5) -> None:
        with Project.open(folder, overrides=[f"model.train.rule.limit={limit}"]) as project:
            told[name] = project.run()
            champion = project.records.champion("shop")
            told[f"champion after {name}"] = champion and champion.version

    turn("first", 3.5)
    turn("registered")
    few, more = shop(120, 5, 1000), shop(600, 6, 5000)
    with Project.open(folder) as project:
        serve(project, few, BEGINS, without=10)
        bring(project, few.iloc[:80])
    turn("few")
    # The project makes another model by now, and the version is judged again all the same.
    with Project.open(folder, overrides=["model.train.rule.limit=7"]) as project:
        bring(project, few)
        told["look"] = project.models["shop"].validate(2)
        told["look row"] = project.records.run(told["look"].run)
    with Project.open(folder) as project:
        serve(project, more, BEGINS + 30 * MINUTE)
        bring(project, more)
    turn("many")
    turn("again")
    told["folder"] = folder
    told["orders"] = pd.concat([few.iloc[20:], more])
    return told


def test_first_version_needs_no_shadow(story):
    assert check_of(story["first"]).status == "pass"
    assert story["champion after first"] == 1


def test_candidate_that_is_no_version_yet_is_registered_and_waits(story):
    assert story["registered"].state == "succeeded"
    assert check_of(story["registered"]).status == "skipped"
    assert story["champion after registered"] == 1
    assert story["registered"].report.decision.answer == "waiting"


def test_too_few_rows_are_inconclusive_and_say_how_many_are_needed(story):
    found = check_of(story["few"])

    assert story["few"].state == "blocked"
    assert (found.status, found.rows_needed, found.observed) == ("inconclusive", 100, None)
    # Of 120 rows the shadow missed the first 10 requests of two rows each.
    assert found.why == (
        "of 100 rows that v2 scored as a shadow the outcome is known of 60; 100 are asked for"
    )
    assert (story["few"].report.verdict.shadow_digest, story["few"].report.verdict.shadow_look) == (
        "",
        0,
    )


def test_rows_are_paired_by_request_and_judged_by_the_paired_test(story):
    orders = story["orders"]
    disputed = orders[orders["visits"] == 4]
    gained, lost = int((disputed["bought"] == "no").sum()), int((disputed["bought"] == "yes").sum())

    found = check_of(story["many"])

    assert found.name == "in shadow: accuracy against the champion"
    assert found.observed == pytest.approx((gained - lost) / len(orders))
    chance = binomtest(gained, gained + lost, alternative="greater").pvalue
    assert f"{gained} rows gained and {lost} lost (one-sided p {chance:.2g}" in found.evidence
    assert f"{len(orders):,} rows" in found.evidence
    assert found.status == "pass"


def test_each_look_at_more_rows_counts_and_too_few_rows_are_no_look(story):
    verdicts = [story["few"].report.verdict, story["look"].verdict, story["many"].report.verdict]

    assert [each.shadow_look for each in verdicts] == [0, 1, 2]
    confidence = 1 - 0.05 * 6 / (math.pi * 2) ** 2
    assert f"one-sided confidence {confidence:.6g}" in check_of(story["many"]).evidence


def test_version_is_judged_again_without_being_made_again(story):
    verdict, row = story["look"].verdict, story["look row"]

    assert (verdict.outcome, verdict.champion, row.kind, row.state) == (
        "fail",
        1,
        "curate",
        "blocked",
    )
    assert [check.status for check in verdict.checks] == ["pass", "inconclusive"]
    assert verdict.checks[0] == story["few"].report.verdict.checks[0]
    assert verdict.rows_digest == story["few"].report.verdict.rows_digest


def test_command_judges_again_and_its_exit_code_says_how(story, capsys):
    folder = str(story["folder"])

    assert main(["-C", folder, "models", "validate", "shop", "2"]) == 0

    assert "shop@v2: pass, 2 checks" in capsys.readouterr().out
    # Its check of the shadow is inconclusive, as that of any version that was none.
    assert main(["-C", folder, "models", "validate", "shop", "1"]) == 3
    assert "v1 has scored nothing as a shadow that the champion answered" in capsys.readouterr().out


def test_version_whose_training_is_gone_is_refused(story, capsys):
    folder, other = str(story["folder"]), "model.train.rule.name=other"

    assert main(["-C", folder, "--set", other, "models", "validate", "shop", "2"]) == 2

    assert "the project has no [[model.train]] 'rule' now" in capsys.readouterr().err


def test_evidence_promotes_the_version_that_waited_for_it(story):
    assert story["champion after few"] == 1
    assert story["champion after many"] == 2


def test_champion_is_not_judged_by_its_own_past_as_a_shadow(story):
    assert story["again"].state == "succeeded"
    assert check_of(story["again"]).why == "it is the champion itself"
    assert story["champion after again"] == 2
