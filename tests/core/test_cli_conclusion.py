"""What a run comes to, in one line, and what the command line says next."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from fourstroke.cli.conclusion import EXIT_CODES, conclude
from fourstroke.entities.facts import Check, Evaluation, Metric
from fourstroke.entities.model import Candidate, Decision, Deployment, ModelVersion, Verdict
from fourstroke.entities.run import DatasetFact, RunReport, StepFact
from fourstroke.entities.task import Task

NOW = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)
DATASET = DatasetFact(name="income", version=3, digest="blake3:00", rows=48842)
VERSION = ModelVersion(
    model="income", version=4, digest="blake3:11", candidate="boosting", run="k3m9", created=NOW
)
BOOSTING = Candidate(
    name="boosting",
    digest="blake3:11",
    evaluation=Evaluation(metrics=(Metric(name="roc_auc", value=0.9273, low=0.925, high=0.93),)),
)
DEPLOYMENT = Deployment(target="local", model="income", version=4, digest="blake3:11", location="x")
DONE = RunReport(
    run="k3m9",
    project="income",
    state="succeeded",
    started=NOW,
    seconds=1.0,
    task=Task(target="income"),
    seed=0,
    user="ana",
    command="fourstroke run",
    dataset=DATASET,
    candidates=(BOOSTING,),
    chosen="boosting",
    verdict=Verdict(outcome="pass", checks=(), candidate="boosting"),
    decision=Decision(answer="yes", why="automatic"),
    version=VERSION,
    deployments=(DEPLOYMENT,),
)


def report(**changes):
    return attrs.evolve(DONE, **changes)


def step(state):
    return StepFact(name="model.train.boosting", cycle="model", stage="train", state=state)


def test_a_deployed_version_is_told_with_its_quality():
    end = conclude(DONE)

    assert end.verdict == ("income@v4 passed and is deployed, roc_auc 0.927 [0.925, 0.930]")
    assert (end.colour, end.command) == ("good", "predict FILE")


def test_a_version_that_waits_for_people_says_how_to_go_on():
    waiting = Decision(answer="waiting", why="a second person has to look")

    end = conclude(report(decision=waiting, deployments=()))

    assert end.verdict.startswith("income@v4 passed and waits for people: a second person")
    assert end.command == "models approve income 4 --why '...'"


def test_a_version_that_was_not_approved_says_why():
    end = conclude(report(decision=Decision(answer="no", why="frozen"), deployments=()))

    assert end.verdict.startswith("income@v4 was not approved: frozen")


def test_a_version_without_a_target_can_be_deployed():
    end = conclude(report(deployments=()))

    assert end.command == "models deploy income 4"


def test_a_refused_candidate_is_told_with_what_was_asked_for():
    low = Check(name="roc_auc", status="fail", observed=0.7123456, required=">= 0.85")
    verdict = Verdict(outcome="fail", checks=(low,), candidate="boosting")

    end = conclude(report(state="blocked", verdict=verdict, version=None))

    assert end.verdict == ("candidate boosting was refused: roc_auc: fail, 0.712, required >= 0.85")
    assert end.command == "runs show k3m9"


def test_refused_data_names_its_first_reasons():
    bad = tuple(Check(name=f"c{at}", status="fail", why="too few rows") for at in range(5))

    end = conclude(report(state="blocked", checks=bad))

    assert end.verdict.startswith("the data was refused: c0: too few rows; c1: too few rows;")
    assert end.verdict.endswith("and 2 more")


def test_a_warning_is_no_reason():
    shown = Check(name="constant", status="fail", why="age is constant", severity="warning")
    no_rows = Check(name="rows", status="fail", why="there is none")

    end = conclude(report(state="blocked", checks=(shown, no_rows)))

    assert end.verdict == "the data was refused: rows: there is none"


def test_a_candidate_that_nobody_validated_is_told():
    verdict = Verdict(outcome="fail", checks=(), candidate="boosting")

    end = conclude(report(state="blocked", verdict=verdict))

    assert end.verdict == "candidate boosting was refused: nobody validated it"


def test_a_failed_run_names_the_step():
    end = conclude(report(state="failed", version=None, steps=(step("succeeded"), step("failed"))))

    assert end.verdict.startswith("failed at model.train.boosting")
    assert end.colour == "bad"


def test_an_interrupted_run_says_that_work_is_kept():
    end = conclude(report(state="cancelled"))

    assert end.verdict == "it was interrupted; what was finished is reused next time"


def test_a_project_with_data_only_publishes():
    end = conclude(report(version=None, candidates=(), verdict=None, deployments=()))

    assert end.verdict == "data set income@v3 is published, 48,842 rows"
    assert end.command == "data show income"


@pytest.mark.parametrize(
    ("state", "code"), [("succeeded", 0), ("failed", 1), ("blocked", 3), ("cancelled", 130)]
)
def test_each_end_has_its_exit_code(state, code):
    assert EXIT_CODES[state] == code
