"""Who approves, and when the engine turns again."""

from __future__ import annotations

import datetime as dt

import pytest

from fourstroke import Alert, Candidate, Check, Evaluation, MonitoringReport, Verdict
from fourstroke_policy import Automatic, Never, OnAlert, People

CANDIDATE = Candidate(name="c", digest="d", evaluation=Evaluation(metrics=()))
ALERT = Alert(
    key="m/drift",
    severity="error",
    title="drift: age",
    text="",
    at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    model="m",
    version=1,
)


def verdict(outcome: str) -> Verdict:
    return Verdict(outcome=outcome, checks=(Check(name="a", status="pass"),), candidate="c")


def report(rows: int, *alerts: Alert) -> MonitoringReport:
    return MonitoringReport(model="m", version=1, rows=rows, observations=(), alerts=alerts)


@pytest.mark.parametrize(
    ("rule", "outcome", "answer"),
    [
        (Automatic(), "pass", "yes"),
        (Automatic(), "fail", "no"),
        (People(), "pass", "waiting"),
        (People(), "fail", "no"),
    ],
)
def test_approval_never_says_yes_to_a_failed_verdict(rule, outcome: str, answer: str):
    assert rule.approve(CANDIDATE, verdict(outcome)).answer == answer


@pytest.mark.parametrize(
    ("rule", "seen", "answer"),
    [
        (OnAlert(), report(1000), "no"),
        (OnAlert(), report(1000, ALERT), "yes"),
        (OnAlert(), report(10, ALERT), "no"),
        (Never(), report(1000, ALERT), "no"),
    ],
)
def test_retraining_needs_an_alert_and_enough_rows(rule, seen, answer: str):
    assert rule.retrain(seen).answer == answer


@pytest.mark.parametrize(
    ("status", "answer"), [("pass", "yes"), ("skipped", "waiting"), ("inconclusive", "waiting")]
)
def test_automatic_approval_waits_for_checks_that_are_named(status, answer):
    checks = (Check(name="a", status="pass"), Check(name="in shadow: accuracy", status=status))
    found = Automatic(waits_for=("in shadow",)).approve(
        CANDIDATE, Verdict(outcome="pass", checks=checks, candidate="c")
    )

    assert found.answer == answer


def test_automatic_approval_waits_where_the_check_is_not_there():
    decision = Automatic(waits_for=("in shadow",)).approve(CANDIDATE, verdict("pass"))

    assert (decision.answer, decision.why) == ("waiting", "in shadow: there is no such check")
