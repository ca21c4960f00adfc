"""Logged traffic, replayed through another version: what is counted, what is left out, which is better."""

from __future__ import annotations

import datetime as dt
import json
import math

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replayed_shop import begun, bring, score, shop, turned
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import jensenshannon
from scipy.stats import binomtest, norm

from fourstroke import Project, UsageError
from fourstroke.cli.main import main
from fourstroke.replay.differing import Differing, differs, jensen_shannon
from fourstroke.replay.withheld import Needs

pytestmark = pytest.mark.usefixtures("in_one_process")

FIRST, SECOND = shop(300, 2, 1000), shop(300, 3, 2000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a shop whose v1 says yes from 4 visits on, and is at work; v2 from 5 on, and waits."""
    folder = tmp_path_factory.mktemp("backtest") / "shop"
    begun(folder)
    assert turned(folder, 3.5) == "succeeded"
    assert turned(folder, 4.5, "waiting") == "succeeded"
    with Project.open(folder) as project:
        score(project, FIRST)
        score(project, SECOND)
        bring(project, pd.concat([FIRST[:200], SECOND[:100]]))
        # The last 20 orders of a third batch are from a town that v2 cannot deal with.
        far = shop(50, 4, 3000)
        far.loc[30:, "town"] = "Genf"
        score(project, far)
    return folder


@pytest.fixture
def project(folder):
    with Project.open(folder) as project:
        yield project


@pytest.fixture(scope="module")
def outcome(folder):
    with Project.open(folder) as project:
        return project.backtest(2)


def test_rows_in_which_the_versions_differ_are_those_between_their_limits(outcome):
    found = outcome.backtest
    both = pd.concat([FIRST, SECOND])

    assert (found.version, found.against, found.batches, found.rows) == (2, 1, 2, 600)
    assert found.differ == int((both["visits"] == 4).sum())


def test_batch_that_the_candidate_cannot_score_is_left_out_and_told_of(outcome):
    [left] = outcome.backtest.left_out

    assert (left.rows, left.batches) == (50, 1)
    assert left.why == "v2 cannot score them: nobody knows Genf"


def score_of(difference: float, gained: int, lost: int, rows: int) -> float:
    """Take Tango's score by maximising the likelihood of the three shares, without his formula."""

    def unlikely(share: float) -> float:
        both = 1 - 2 * share - difference
        if min(share, share + difference, both) <= 0:
            return math.inf
        likelihood = gained * math.log(share + difference) + lost * math.log(share)
        return -(likelihood + (rows - gained - lost) * math.log(both))

    least, most = max(0.0, -difference), (1 - difference) / 2
    share = minimize_scalar(
        unlikely, bounds=(least, most), method="bounded", options={"xatol": 1e-12}
    ).x
    variance = rows * (2 * share + difference * (1 - difference))
    return (gained - lost - rows * difference) / math.sqrt(variance)


def test_paired_difference_is_that_of_an_independent_computation(outcome):
    labelled = pd.concat([FIRST[:200], SECOND[:100]])
    disputed = labelled[labelled["visits"] == 4]
    gained, lost = int((disputed["bought"] == "no").sum()), int((disputed["bought"] == "yes").sum())

    [metric] = outcome.backtest.metrics

    assert (outcome.backtest.known, metric.difference.rows) == (300, 300)
    assert metric.difference.value == pytest.approx((gained - lost) / 300)
    chance = binomtest(gained, gained + lost, alternative="greater").pvalue
    assert f"{gained} rows gained and {lost} lost" in metric.difference.method
    assert f"one-sided p {chance:.2g}" in metric.difference.method
    z = norm.ppf(0.975)
    assert score_of(metric.difference.low, gained, lost, 300) == pytest.approx(z, abs=1e-4)
    assert score_of(metric.difference.high, gained, lost, 300) == pytest.approx(-z, abs=1e-4)
    assert metric.judgement == "better"


def test_score_shift_is_that_of_both_rules(outcome):
    visits = pd.concat([FIRST, SECOND])["visits"].to_numpy()
    before, after = (1 / (1 + 2.0 ** (limit - visits)) for limit in (3.5, 4.5))

    [shift] = outcome.backtest.shifts

    assert (shift.score, shift.rows) == ("probability_yes", 600)
    assert shift.before == pytest.approx(before.mean())
    assert shift.after == pytest.approx(after.mean())
    assert shift.mean_change == pytest.approx(np.abs(after - before).mean())
    assert shift.largest_change == pytest.approx(np.abs(after - before).max())


def test_version_that_answered_says_the_same_again_and_both_are_timed(outcome):
    found = outcome.backtest

    assert (found.repeated, found.strayed) == (600, 0)
    assert found.latency.before > 0
    assert found.latency.after > 0


def test_backtest_is_a_run_of_its_own_that_says_in_words_what_it_found(project, outcome):
    detail = project.runs.show(outcome.run)
    summaries = {step.fact.name: step.fact.summary for step in detail.steps}

    assert (detail.run.kind, detail.run.state) == ("backtest", "succeeded")
    assert summaries["operations.backtest"] == outcome.backtest.words
    assert outcome.backtest.words.startswith("shop@v2 on 600 rows that v1 answered: another class")
    assert outcome.backtest.words.endswith(": better")


def test_version_against_itself_is_equal(project):
    found = project.backtest("champion").backtest

    assert (found.rows, found.differ, found.known) == (650, 0, 300)
    assert found.judgement == "equal"
    assert all(shift.distance == 0 for shift in found.shifts)


def test_traffic_of_a_service_tells_its_latency_and_what_sampling_left_out(folder):
    with Project.open(folder, overrides=["operations.log.sample=0.5"]) as project:
        begins = dt.datetime.now(dt.UTC)
        with project.models["shop"].champion.journal() as journal:
            for number in range(40):
                rows = shop(1, number, 5000 + number).drop(columns="bought")
                predictions = project.models["shop"].champion.predict(rows)
                journal.append(
                    rows, predictions, request_id=f"r{number}", latency_seconds=(number + 1) / 1000
                )
        found = project.backtest(since=begins).backtest

    assert 5 < found.rows < 35  # of 40 requests half, by their ids
    assert found.rows + found.unlogged == 40
    assert 1 <= found.latency.median <= found.latency.late <= 40
    assert found.known == 0
    assert "no outcome is known" in found.words


def test_masked_column_that_the_candidate_needs_is_the_reason_why_not(folder):
    with Project.open(folder, overrides=['operations.log.mask=["visits"]']) as project:
        begins = dt.datetime.now(dt.UTC)
        score(project, shop(20, 9, 7000))
    with Project.open(folder) as project:
        # The rule is gone by now; the run that logged the batch knows it still.
        found = project.backtest(2, since=begins).backtest

    [left] = found.left_out
    assert (found.rows, left.rows) == (0, 20)
    assert left.why == "'visits' is masked in the log, and it needs that"
    assert found.words == "none of the rows that v1 answered could be replayed"


@pytest.mark.parametrize(
    ("needed", "cells", "why"),
    [
        ({"age"}, {"age": [1, 2], "name": [None, None]}, ""),
        ({"name"}, {"name": [None, None]}, "'name' is masked in the log, and it needs that"),
        ({"name"}, {"name": ["Ann", None]}, ""),  # from before the rule
        ({"town"}, {"town": ["ab" * 12, None]}, "'town' is hashed in the log, and it needs that"),
        ({"town"}, {"town": ["Ulm", None]}, ""),
        ({"age", "sex"}, {"age": [1]}, "the log has no column 'sex', which it needs"),
        (None, {"id": ["ab" * 12], "age": [1]}, ""),
        (
            None,
            {"town": ["ab" * 12]},
            "'town' is hashed in the log, and its plugin does not say what it needs",
        ),
    ],
)
def test_withheld_columns_matter_if_the_model_needs_them(needed, cells, why):
    needs = Needs(columns=None if needed is None else frozenset(needed), spared=frozenset({"id"}))
    batch = {name: pd.Series(values, dtype=object) for name, values in cells.items()}

    def cells_of(name):
        return batch[name].tolist()

    assert needs.why_not(batch.keys(), cells_of, {"mask": ["name"], "hash": ["town", "id"]}) == why


def test_time_in_which_nothing_was_answered_is_refused_and_names_the_way_out(project):
    with pytest.raises(UsageError, match="v2 answered nothing") as error:
        project.backtest(2, against=2)

    assert error.value.hint == "v1 did: --against 1"


def test_command_says_the_verdict_first(folder, capsys):
    assert main(["-C", str(folder), "backtest", "shop@2", "--since", "24h"]) == 0

    lines = capsys.readouterr().out.partition("\n\n")[2].split("\n")
    assert lines[0].startswith("verdict  shop@v2 on 6")
    assert any(line.startswith("left out 50 rows: v2 cannot score them") for line in lines)
    assert any(line.startswith("accuracy") and "McNemar" in line for line in lines)


def test_command_gives_json(folder, capsys):
    assert main(["-C", str(folder), "backtest", "shop@champion", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert (told["judgement"], told["backtest"]["differ"]) == ("equal", 0)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["shop@"], "no version after @"),
        (["shop@9"], "shop has no version 9"),
        (["shpo"], "this project scores shop, not shpo"),
        (["shop", "--since", "soon"], "expected a day or a time"),
        (["shop", "--since", "2026-01-02", "--until", "2026-01-01"], "ends before it begins"),
        (["shop", "--against", "9"], "shop has no version 9"),
    ],
)
def test_wrong_words_are_told(folder, capsys, words, message):
    assert main(["-C", str(folder), "backtest", *words]) == 2

    assert message in capsys.readouterr().err


# What is counted


@attrs.frozen
class Column:
    values: list

    def tolist(self):
        return self.values


ANSWERS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("ab"), st.floats(0, 1), st.floats(0, 1)),
    min_size=2,
    max_size=30,
)


def columns(rows, which):
    return {
        "prediction": Column([row[which] for row in rows]),
        "probability_a": Column([row[2 + which] for row in rows]),
    }


@given(ANSWERS, st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_batches_one_by_one_count_as_all_at_once(rows, data):
    cut = data.draw(st.integers(1, len(rows) - 1))
    whole, parts = Differing(is_regression=False), Differing(is_regression=False)

    whole.add(columns(rows, 0), columns(rows, 1))
    for part in (rows[:cut], rows[cut:]):
        parts.add(columns(part, 0), columns(part, 1))

    assert (whole.rows, whole.differ) == (parts.rows, parts.differ)
    [one], [two] = whole.shifts, parts.shifts
    assert one.mean_change == pytest.approx(two.mean_change)
    assert one.distance == two.distance


@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=1).filter(
        lambda counts: all(map(sum, zip(*counts, strict=True)))
    )
)
def test_distance_is_symmetric_and_between_nothing_and_one(counts):
    first, second = zip(*counts, strict=True)

    found = jensen_shannon(first, second)

    assert 0 <= found <= 1
    assert found == pytest.approx(jensenshannon(first, second, base=2), abs=1e-7)
    assert found == pytest.approx(jensen_shannon(second, first))
    assert jensen_shannon(first, first) == pytest.approx(0, abs=1e-7)


def test_regression_is_compared_by_its_numbers():
    differing = Differing(is_regression=True)

    differing.add(
        {"prediction": Column([1.0, 2.0, math.nan])}, {"prediction": Column([1.5, 2.0, 3.0])}
    )

    [shift] = differing.shifts
    assert (shift.rows, shift.mean_change, shift.largest_change, shift.distance) == (
        2,
        0.25,
        0.5,
        None,
    )


def test_missing_answers_are_alike():
    assert not differs(None, math.nan)
    assert differs(None, "a")
