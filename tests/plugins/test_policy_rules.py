"""Who approves, and when the engine turns again."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import attrs
import pytest

from fourstroke import (
    Alert,
    Candidate,
    Check,
    Evaluation,
    MonitoringReport,
    Observation,
    Occasion,
    Verdict,
)
from fourstroke_policy import Automatic, Never, OnAlert, People, Triggers

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


def of(monitor: str) -> Alert:
    return attrs.evolve(ALERT, key=f"m/{monitor}", title=f"{monitor}: it moved")


def asked(rule: Triggers, seen: MonitoringReport, *, days: int = 1, new_data: str = ""):
    learnt = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    occasion = Occasion(at=learnt + dt.timedelta(days=days), learnt=learnt, new_data=new_data)
    found = rule.retrain(seen, SimpleNamespace(occasion=occasion))
    return found.answer, found.trigger, found.why


@pytest.mark.parametrize(
    ("rule", "known", "answer"),
    [
        (Triggers(), {"seen": report(1000)}, ("no", "")),
        (Triggers(), {"seen": report(1000, of("drift"))}, ("yes", "drift")),
        (Triggers(), {"seen": report(1000, of("estimated_performance"))}, ("yes", "performance drop")),
        (Triggers(), {"seen": report(1000, of("drift"), of("performance"))}, ("yes", "performance drop")),
        (Triggers(), {"seen": report(1000, of("quality"))}, ("no", "")),
        (Triggers(drift=("quality",)), {"seen": report(1000, of("quality"))}, ("yes", "drift")),
        (Triggers(drift=()), {"seen": report(1000, of("drift"))}, ("no", "")),
        (Triggers(), {"seen": report(10, of("drift"))}, ("no", "")),
        (Triggers(), {"seen": report(0), "new_data": "source a changed"}, ("no", "")),
        (Triggers(new_data=True), {"seen": report(0), "new_data": "source a changed"}, ("yes", "new data")),
        (Triggers(new_data=True), {"seen": report(0)}, ("no", "")),
        (Triggers(every="30d"), {"seen": report(0), "days": 29}, ("no", "")),
        (Triggers(every="30d"), {"seen": report(0), "days": 30}, ("yes", "schedule")),
        (Triggers(every="4w"), {"seen": report(0), "days": 30}, ("yes", "schedule")),
    ],
)  # fmt: skip
def test_each_trigger_is_named(rule, known, answer):
    found, trigger, why = asked(rule, **known)

    assert (found, trigger) == answer
    assert why


def test_without_a_reason_it_says_what_was_looked_at():
    rule = Triggers(new_data=True, every="30d")

    assert asked(rule, report(1000, of("quality")))[2] == (
        "no alert of performance or drift is open; no source changed; "
        "the last turn was less than 30d ago (of quality one is)"
    )


def test_too_few_rows_do_not_silence_the_clock():
    found = asked(Triggers(every="30d"), report(10, of("drift")), days=30)

    assert found[:2] == ("yes", "schedule")
    assert "rows are too few" in asked(Triggers(), report(10, of("drift")))[2]


def test_a_wrong_age_is_refused():
    with pytest.raises(ValueError, match="every: expected an age such as '30d', got 'monthly'"):
        Triggers(every="monthly")


def test_mistyped_outcomes_alone_are_no_reason_to_learn():
    strange = Observation(name="strange_outcomes", status="alert", severity="warning")
    mistyped = attrs.evolve(of("quality"), observations=(strange,))

    alone = OnAlert().retrain(report(1000, mistyped))
    beside = OnAlert().retrain(report(1000, mistyped, of("drift")))

    assert (alone.answer, beside.answer, beside.trigger) == ("no", "yes", "drift")


def test_failed_requests_alone_are_no_reason_to_learn():
    failed = Observation(name="errors", status="alert", statistic="share")
    slow = Observation(name="latency", status="alert", statistic="p99_seconds")
    alone, beside = (
        attrs.evolve(of("health"), observations=seen) for seen in ((failed,), (failed, slow))
    )

    assert OnAlert().retrain(report(500, alone)).answer == "no"
    assert "no reason to learn" in OnAlert().retrain(report(500, alone)).why
    assert OnAlert().retrain(report(500, beside)).answer == "yes"
    assert OnAlert().retrain(report(500, alone, of("drift"))).trigger == "drift"


def test_an_alert_names_its_trigger():
    triggers = [OnAlert().retrain(report(1000, of(name))).trigger for name in ("drift", "mine")]

    assert triggers == ["drift", "alert"]


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
