"""Steps, their results and metrics: what later runs reuse, and what people compare."""

from __future__ import annotations

import math

import pytest
from records_sample import artifact, begin, fact, succeed
from sqlalchemy import event

from fourstroke.context import MetricPoint
from fourstroke.records import Records


def point(name: str, value: float, step: int = 0) -> MetricPoint:
    return MetricPoint(name=name, value=value, step=step)


def test_step_is_read_as_it_was_recorded(records: Records):
    writer = begin(records)
    settings = {"limit": 4.0, "columns": ["a", "b"], "nested": {"x": None}}
    running = fact("data.prepare.clip", reason="limit: 3.0 -> 4.0", settings=settings)
    step = writer.begin_step(running, key="k1", parts={"settings.limit": "4.0"})

    [at_work] = records.steps(writer.run)
    done = fact("data.prepare.clip", "succeeded", seconds=1.5, summary="9 rows", settings=settings)
    writer.end_step(
        step,
        done,
        outputs={"value": artifact("clipped"), "rest": artifact("rest")},
        attachments=[("curve", "figure", artifact("svg", "file"))],
        messages=["3 rows clipped"],
    )
    [ended] = records.steps(writer.run)

    assert (at_work.fact, at_work.outputs, at_work.finished) == (running, {}, None)
    assert ended.fact == done
    assert ended.outputs == {"value": artifact("clipped"), "rest": artifact("rest")}
    assert (ended.run, ended.key, ended.parts) == (writer.run, "k1", {"settings.limit": "4.0"})
    assert ended.messages == ("3 rows clipped",)
    assert [(a.name, a.kind, a.artifact) for a in ended.attachments] == [
        ("curve", "figure", artifact("svg", "file"))
    ]
    assert ended.finished is not None
    assert ended.finished >= ended.started
    writer.finish("succeeded")


def test_result_is_found_by_step_and_key_alone(records: Records):
    with begin(records) as writer:
        succeed(writer, "data.a", "k1", "one")
        succeed(writer, "data.b", "k1", "two")
        writer.finish("succeeded")

    found = records.result("data.a", "k1")

    assert found is not None
    assert (found.outputs, found.summary) == ({"value": artifact("one")}, "gave one")
    assert found.parts == {"settings.limit": "k1"}
    assert records.result("data.a", "k2") is None
    assert records.result("data.c", "k1") is None


@pytest.mark.parametrize("state", ["failed", "blocked", "skipped", "cancelled"])
def test_step_that_did_not_succeed_gives_no_result(records: Records, state: str):
    with begin(records) as writer:
        step = writer.begin_step(fact("data.a"), key="k1", parts={})
        writer.end_step(step, fact("data.a", state), outputs={"value": artifact("x")})
        writer.record_step(fact("data.b", state), "k2", {}, {"value": artifact("x")})
        writer.finish("failed")

    assert records.result("data.a", "k1") is None
    assert records.result("data.b", "k2") is None
    assert records.last_result("data.a") is None


def test_step_of_a_killed_run_gives_no_result(records: Records):
    writer = begin(records)
    writer.begin_step(fact("data.a"), key="k1", parts={})
    writer.close()

    assert records.result("data.a", "k1") is None


def test_latest_result_of_a_key_counts(records: Records):
    with begin(records) as writer:
        succeed(writer, "data.a", "k1", "one")
        succeed(writer, "data.a", "k1", "two")
        writer.finish("succeeded")

    found = records.result("data.a", "k1")

    assert found is not None
    assert found.outputs == {"value": artifact("two")}


def test_last_result_is_that_of_the_last_use_and_not_of_the_last_making(records: Records):
    with begin(records) as writer:
        succeed(writer, "data.a", "k1", "one")
        succeed(writer, "data.a", "k2", "two")
        reused = fact("data.a", "cached", summary="gave one")
        writer.record_step(reused, "k1", {"settings.limit": "k1"}, {"value": artifact("one")})
        writer.finish("succeeded")

    last = records.last_result("data.a")

    assert last is not None
    assert (last.key, last.parts) == ("k1", {"settings.limit": "k1"})
    assert records.last_result("data.b") is None


def test_many_results_are_read_at_once(records: Records):
    with begin(records) as writer:
        for number in range(3):
            succeed(writer, f"data.s{number}", f"k{number}", str(number))
        writer.finish("succeeded")
    asked = [(f"data.s{number}", f"k{number}") for number in range(1200)]

    found = records.results([*asked, ("data.s0", "k1")])

    assert set(found) == {("data.s0", "k0"), ("data.s1", "k1"), ("data.s2", "k2")}
    assert found["data.s1", "k1"].outputs == {"value": artifact("1")}


def test_reused_step_shows_what_its_maker_left(records: Records):
    with begin(records) as maker:
        left = {
            "metrics": [point("roc_auc", 0.9)],
            "attachments": [("curve", "figure", artifact("svg", "file"))],
            "messages": ["converged"],
        }
        succeed(maker, "model.evaluate", "k1", "evaluation", **left)
        succeed(maker, "data.other", "k9", "other", metrics=[point("rows", 5)])
        maker.finish("succeeded")
    with begin(records) as writer:
        reused = fact("model.evaluate", "cached", summary="gave evaluation")
        writer.record_step(reused, "k1", {}, {"value": artifact("evaluation")})
        writer.log_metrics(None, [point("seconds", 1.5)])
        writer.finish("succeeded")

    [step] = records.steps(writer.run)
    metrics = [(row.step_name, row.name, row.value) for row in records.metrics(writer.run)]

    assert step.fact == reused
    assert step.outputs == {"value": artifact("evaluation")}
    assert (step.messages, [a.name for a in step.attachments]) == (("converged",), ["curve"])
    assert metrics == [("model.evaluate", "roc_auc", 0.9), ("", "seconds", 1.5)]


def test_step_that_ran_again_with_the_same_result_shows_its_own_metrics_once(records: Records):
    for value in (0.8, 0.9):
        with begin(records) as writer:
            succeed(writer, "model.train", "k1", "model", metrics=[point("loss", value)])
            writer.finish("succeeded")

    assert [row.value for row in records.metrics(writer.run)] == [0.9]


def test_result_that_is_not_known_here_is_recorded_with_the_reused_step(records: Records):
    entries = [
        (
            fact(f"data.s{n}", "cached", summary="s"),
            f"k{n}",
            {"p": "1"},
            {"value": artifact(str(n))},
        )
        for n in range(3)
    ]
    with begin(records) as writer:
        writer.record_steps([*entries[:1], (fact("data.x", "skipped"), "", {}, {}), *entries[1:]])
        writer.record_steps([])
        writer.finish("succeeded")

    names = [step.fact.name for step in records.steps(writer.run)]
    assert names == ["data.s0", "data.x", "data.s1", "data.s2"]
    found = records.result("data.s2", "k2")
    assert found is not None
    assert found.parts == {"p": "1"}


def test_metrics_keep_their_order_and_what_is_not_a_number(records: Records):
    writer = begin(records)
    step = writer.begin_step(fact("model.train"), key="k", parts={})
    points = [point("loss", 1 / (n + 1), n) for n in range(2500)]
    writer.log_metrics(step, points)
    odd = [point("loss", float("nan"), 2500), point("loss", float("inf"), 2501)]
    writer.end_step(step, fact("model.train", "failed"), metrics=odd)
    writer.finish("failed")

    rows = records.metrics(writer.run)

    assert [(row.step, row.value) for row in rows[:2500]] == [(p.step, p.value) for p in points]
    assert math.isnan(rows[2500].value)
    assert rows[2501].value == float("inf")
    assert {row.step_name for row in rows} == {"model.train"}


def test_end_of_a_step_is_recorded_whole_or_not_at_all(records: Records):
    writer = begin(records)
    step = writer.begin_step(fact("data.a"), key="k1", parts={})
    unfit = [point("loss", object())]  # type: ignore[arg-type]

    with pytest.raises(Exception, match=r"object|adapt"):
        writer.end_step(
            step, fact("data.a", "succeeded"), outputs={"value": artifact("x")}, metrics=unfit
        )

    assert records.result("data.a", "k1") is None
    assert [found.fact.state for found in records.steps(writer.run)] == ["running"]
    writer.end_step(step, fact("data.a", "succeeded"), outputs={"value": artifact("x")})
    assert records.result("data.a", "k1") is not None
    writer.finish("succeeded")


def test_reused_steps_are_recorded_in_one_transaction(records: Records):
    commits = []
    entries = [
        (fact(f"data.s{n}", "cached"), f"k{n}", {}, {"value": artifact(str(n))}) for n in range(100)
    ]
    with begin(records) as first:
        first.record_steps(entries)
        first.finish("succeeded")
    writer = begin(records)
    event.listen(records._database.engine, "commit", lambda _: commits.append(1))

    writer.record_steps(entries)

    assert len(commits) == 1
    assert len(records.steps(writer.run)) == 100
    writer.finish("succeeded")


def test_values_are_written_at_the_latest_with_the_next_heartbeat(records: Records):
    writer = begin(records)
    writer.log_metrics(None, [point("loss", 0.5)])

    writer._beat()

    assert [row.value for row in records.metrics(writer.run)] == [0.5]
    writer.finish("succeeded")
    assert [row.value for row in records.metrics(writer.run)] == [0.5]


def test_a_thousand_values_are_written_at_once(records: Records):
    writer = begin(records)

    writer.log_metrics(None, [point("loss", n) for n in range(1000)])

    assert len(records.metrics(writer.run)) == 1000
    writer.finish("succeeded")


def test_values_that_could_not_be_written_go_with_the_next_write(
    records: Records, monkeypatch: pytest.MonkeyPatch
):
    writer = begin(records)
    writer.log_metrics(None, [point("loss", 0.5)])

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no room")

    with monkeypatch.context() as patch:
        patch.setattr("fourstroke.records.catalog.publish", fail)
        with pytest.raises(RuntimeError):
            writer.publish_dataset("adult", artifact("a"), 1, ())

    assert records.metrics(writer.run) == ()
    writer.finish("succeeded")
    assert [row.value for row in records.metrics(writer.run)] == [0.5]
