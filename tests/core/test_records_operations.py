"""Verdicts, decisions, deployments, predictions, observations and alerts, as they were written."""

from __future__ import annotations

import datetime as dt

import pytest
from records_sample import (
    artifact,
    begin,
    deployment,
    fact,
    object_of,
    passed,
    register,
    succeed,
    yes,
)

from fourstroke import Alert, Check, Decision, Observation, Traffic, UsageError, Verdict
from fourstroke.records import Records
from fourstroke.records.alert_words import AlertWord
from fourstroke.records.operation_rows import SegmentRow, WindowFacts
from fourstroke.records.prediction_log import LogQuery


def observation(column: str, status: str = "ok") -> Observation:
    return Observation(name="drift", status=status, value=0.25, threshold=0.1, column=column)


def alert(key: str = "income/drift") -> Alert:
    at = dt.datetime(2026, 5, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    return Alert(
        key=key,
        severity="warning",
        title="drift: age",
        text="age moved",
        at=at,
        model="income",
        version=1,
        observations=(observation("age", "alert"),),
    )


def test_verdict_belongs_to_the_version_that_its_candidate_became(records: Records):
    failed = Verdict(
        outcome="fail",
        candidate="trees",
        champion=4,
        checks=(Check(name="auc", status="fail", observed=float("nan"), why="too low"),),
    )
    with begin(records) as writer:
        writer.record_verdict(None, "income", passed("logistic"))
        writer.record_verdict(None, "income", failed)
        version = register(writer, "m1")
        writer.finish("succeeded")
    with begin(records) as other:
        other.record_verdict(None, "income", passed("logistic"))
        other.record_verdict(version, "income", failed)
        other.finish("succeeded")

    of_version = records.verdicts("income", version)

    assert [row.verdict for row in records.verdicts("income")] == [
        passed(),
        failed,
        passed(),
        failed,
    ]
    assert [(row.version, row.verdict.outcome, row.run) for row in of_version] == [
        (None, "pass", writer.run),
        (version, "fail", other.run),
    ]
    assert records.verdicts("other") == ()


def test_decisions_are_read_by_version_and_kind(records: Records):
    no = Decision(answer="no", why="no alert", by="OnAlert")
    with begin(records) as writer:
        writer.record_decision("income", 1, "approve", yes())
        writer.record_decision("income", 1, "retrain", no)
        writer.record_decision("income", 2, "approve", Decision(answer="waiting", why="ask Eve"))
        writer.finish("succeeded")

    assert [row.decision for row in records.decisions("income", 1)] == [yes(), no]
    assert [row.decision for row in records.decisions("income", 1, kind="approve")] == [yes()]
    assert [row.version for row in records.decisions("income", kind="approve")] == [1, 2]
    assert [event.what for event in records.events()] == ["approved", "waits for approval"]


def test_only_the_latest_deployment_at_a_target_is_active(records: Records):
    with begin(records) as writer:
        writer.record_deployment(deployment(1))
        writer.record_deployment(deployment(1, "edge"))
        writer.record_deployment(deployment(2))
        writer.record_deployment(deployment(1, "edge"), "rolled_back")
        writer.finish("succeeded")

    active = records.deployments("income", active_only=True)

    assert [(row.target, row.version) for row in active] == [("local", 2)]
    assert active[0].deployment == deployment(2)
    assert (active[0].digest, active[0].location) == (
        deployment(2).digest,
        "deployments/income/2",
    )
    assert len(records.deployments("income")) == len(records.deployments()) == 4
    assert records.deployments("other") == ()
    assert [event.what for event in records.events()][-1] == "rolled back"


def test_predictions_are_read_oldest_first_and_in_part(records: Records):
    with begin(records) as writer:
        ids = [
            writer.record_predictions("income", 1, artifact(f"d{n}"), artifact(f"p{n}"), 10 * n)
            for n in range(4)
        ]
        writer.record_predictions("income", 2, artifact("d"), artifact("p"), 1)
        writer.finish("succeeded")

    rows = records.predictions("income", 1)

    assert [row.id for row in rows] == ids
    assert [row.rows for row in rows] == [0, 10, 20, 30]
    assert (rows[1].data, rows[1].predictions) == (artifact("d1"), artifact("p1"))
    assert [row.id for row in records.predictions("income", 1, limit=2)] == ids[2:]
    assert [row.id for row in records.predictions("income", 1, since=rows[2].at)] == ids[2:]
    assert len(records.predictions("income")) == 5
    with pytest.raises(UsageError, match="has no time zone"):
        records.predictions("income", since=dt.datetime(2026, 1, 1))


def seen_batches(records: Records, version: int) -> frozenset[int]:
    """Give the batches of all windows that monitors looked at."""
    windows = records.seen_windows("income", version)
    return frozenset(number for each in windows for number in each.batches)


def test_window_remembers_which_batches_were_seen(records: Records):
    with begin(records) as writer:
        ids = [
            writer.record_predictions("income", 1, artifact(f"d{n}"), artifact(f"p{n}"), 10)
            for n in range(3)
        ]
        seen = (observation("age", "alert"), observation("sex"))
        writer.record_observations("income", 1, ids[:2], seen)
        writer.record_observations("income", 1, ids[:1], ())
        writer.finish("succeeded")

    rows = records.observations("income", 1)

    assert seen_batches(records, 1) == frozenset(ids[:2])
    assert seen_batches(records, 2) == frozenset()
    assert tuple(row.observation for row in rows) == seen
    assert {row.batches for row in rows} == {tuple(ids[:2])}
    assert [row.observation.column for row in records.observations("income", limit=1)] == ["sex"]
    assert records.observations("income", 2) == ()


def test_window_of_unknown_batches_is_refused(records: Records):
    with begin(records) as writer:
        number = writer.record_predictions("income", 1, artifact("d"), artifact("p"), 10)
        with pytest.raises(UsageError, match=r"income@v2: batch \d+ is not in its prediction log"):
            writer.record_observations("income", 2, [number], ())
        writer.finish("succeeded")

    assert seen_batches(records, 2) == frozenset()


def test_alerts_are_read_as_they_were_raised(records: Records):
    with begin(records) as writer:
        writer.record_alert(alert())
        writer.record_alert(alert("income/volume"))
        writer.finish("succeeded")

    rows = records.alerts("income", 1)

    assert [row.alert for row in rows] == [alert(), alert("income/volume")]
    assert [row.alert.key for row in records.alerts(limit=1)] == ["income/volume"]
    assert records.alerts("other") == ()
    assert records.alerts(since=rows[1].at + dt.timedelta(days=1)) == ()
    assert records.verify_ledger() == ()


def test_objects_of_every_artifact_are_in_use(records: Records):
    facts = {"evaluation": artifact("fact").to_json(), "profiles": {"d": artifact("p").to_json()}}
    with begin(records) as writer:
        left = {"attachments": [("curve", "figure", artifact("figure"))]}
        succeed(writer, "data.a", "k", "output", **left)
        writer.publish_dataset("adult", artifact("table"), 1, ())
        writer.register_model("income", "logistic", artifact("model"), facts)
        writer.record_predictions("income", 1, artifact("data"), artifact("predictions"), 1)
        step = writer.begin_step(fact(), key="k2", parts={})
        writer.end_step(step, fact(state="failed"), outputs={"value": artifact("unused")})
        writer.finish("succeeded")

    used = ["figure", "output", "table", "model", "fact", "p", "data", "predictions"]
    assert records.artifacts_in_use() == {object_of(content) for content in used}


def test_file_of_a_journal_is_logged_once(records: Records):
    first, last = (dt.datetime(2026, 5, 1, hour, tzinfo=dt.UTC) for hour in (8, 9))
    batch = {
        "data": artifact("d"),
        "predictions": artifact("p"),
        "requests": artifact("r"),
        "first_at": first,
        "last_at": last,
    }
    segment = SegmentRow(
        segment="s1", model="income", version=1, role="shadow", day="2026-05-01", rows=3
    )
    with begin(records) as writer:
        register(writer, "m1")
        ids = [writer.take_in(segment, batch) for _ in range(2)]
        writer.record_predictions("income", 1, artifact("d"), artifact("p"), 3)
        writer.finish("succeeded")

    known, other = records.predictions("income")

    assert ids == [known.id, None]
    assert (known.role, known.segment, other.role, other.segment) == (
        "shadow",
        "s1",
        "champion",
        "",
    )
    assert (known.first_at, known.last_at) == (first, last)
    assert (known.requests, other.requests) == (artifact("r"), None)
    assert other.first_at == other.last_at == other.at


def segment(name: str, day: str = "2026-05-01", **more) -> SegmentRow:
    return SegmentRow(segment=name, model="income", version=1, role="champion", day=day, **more)


def test_counts_of_requests_are_taken_in_once_and_seen_in_windows(records: Records):
    first, last = (dt.datetime(2026, 5, 1, 8, minute, tzinfo=dt.UTC) for minute in (1, 2))
    told = Traffic(answered=3, statuses={"422": 1, "500": 2})
    with begin(records) as writer:
        for _ in range(2):
            writer.take_in(segment("s1", traffic=told, first_at=first, last_at=last), None)
        writer.take_in(segment("s2", "2026-05-02"), None)
        known, silent = records.log_segments("income")
        facts = WindowFacts(name="w", traffic=told)
        writer.record_observations("income", 1, [], (), facts, [known.id])
        writer.record_observations("income", 1, [], ())
        writer.finish("succeeded")
    seen, other = records.seen_windows("income", 1)

    assert (known.traffic, known.first_at, known.last_at) == (told, first, last)
    assert (silent.traffic, silent.first_at) == (None, None)
    assert (seen.segments, seen.facts.traffic) == ((known.id,), told)
    assert (other.segments, other.facts.traffic) == ((), None)


def test_counts_of_days_that_are_over_are_purged_with_what_windows_saw_of_them(records: Records):
    with begin(records) as writer:
        writer.take_in(segment("s1", traffic=Traffic()), None)
        writer.take_in(segment("s2", "2026-05-02", traffic=Traffic()), None)
        old, new = records.log_segments("income")
        writer.record_observations("income", 1, [], (), None, [old.id, new.id])
        writer.finish("succeeded")
    query = LogQuery(model="income", ended_before=dt.datetime(2026, 5, 2, tzinfo=dt.UTC))
    assert records.has_old_segments(query, "income")
    with begin(records, kind="curate") as writer:
        gone = writer.purge_predictions(query, "income", "old")
        writer.finish("succeeded")

    assert gone == ()
    assert [each.id for each in records.log_segments("income")] == [new.id]
    assert records.seen_windows("income", 1)[0].segments == (new.id,)
    assert not records.has_old_segments(query, "income")


def test_labels_are_read_as_they_were_known_at_a_time(records: Records):
    with begin(records) as writer:
        ids = [writer.record_labels("income", artifact(f"l{n}"), n) for n in (1, 2)]
        writer.record_labels("other", artifact("l"), 1)
        writer.finish("succeeded")

    first, second = records.label_batches("income")

    assert [first.id, second.id] == ids
    assert (second.rows, second.artifact) == (2, artifact("l2"))
    assert records.label_batches("income", until=first.at)[-1].id == first.id


def test_words_about_alerts_stand_in_the_ledger(records: Records):
    until = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    with begin(records) as writer:
        writer.record_alert_word(
            AlertWord(model="income", key="income/drift", kind="muted", until=until, why="known")
        )
        writer.finish("succeeded")

    [word] = records.alert_words("income")
    event = records.events("income")[-1]

    assert (word.kind, word.until, word.why, word.who) == ("muted", until, "known", event.who)
    assert event.what == "alert muted"
    assert event.facts["key"] == "income/drift"
