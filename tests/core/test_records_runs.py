"""Runs begin, end and are read; a run whose owner is dead is lost at once, and stays so."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from records_sample import begin, fact, finished, python, succeed

from fourstroke import StoreError, UsageError
from fourstroke.errors import LostError
from fourstroke.records import Records, lease
from fourstroke.records.identity import new_run_id

OWNER = """
import sys, time
from pathlib import Path
from fourstroke.records import Records
from records_sample import begin, fact
url, folder = sys.argv[1], Path(sys.argv[2])
records = Records.open(url, folder=folder)
writer = begin(records)
step = writer.begin_step(fact(), key="k", parts={})
print(writer.run, flush=True)
time.sleep(600)
"""


def test_run_is_read_as_it_was_recorded(records: Records):
    before = dt.datetime.now(dt.UTC)
    writer = begin(records, environment="prod", dirty=True, command="fourstroke run --env prod")
    writer.finish("succeeded", "all well")

    row = records.run(writer.run)

    assert (row.run, row.kind, row.project, row.environment) == (
        writer.run,
        "run",
        "income",
        "prod",
    )
    assert (row.user, row.host, row.commit, row.dirty, row.seed) == (
        "ana",
        "here",
        "1234abcd",
        True,
        7,
    )
    assert row.settings == {"task": {"target": "income"}, "data": {"split": {"test": 0.25}}}
    assert row.versions == {"python": "3.11.7"}
    assert (row.state, row.message) == ("succeeded", "all well")
    assert row.finished is not None
    assert before <= row.started <= row.finished
    assert row.started.utcoffset() == dt.timedelta(0)


def test_ids_rise_with_time_and_are_unique():
    made = [new_run_id() for _ in range(2000)]

    assert made == sorted(set(made))
    assert {len(run) for run in made} == {12}


def test_ids_rise_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch):
    first = new_run_id()
    monkeypatch.setattr(time, "time_ns", lambda: 0)

    assert new_run_id() > first


def test_runs_are_listed_newest_first_and_filtered(records: Records):
    made = []
    for kind, state in [("run", "succeeded"), ("predict", "failed"), ("run", "blocked")]:
        writer = begin(records, kind=kind)
        writer.finish(state)
        made.append(writer.run)

    assert [row.run for row in records.runs()] == made[::-1]
    assert [row.run for row in records.runs(2)] == [made[2], made[1]]
    assert [row.run for row in records.runs(10, kind="run")] == [made[2], made[0]]
    assert [row.run for row in records.runs(10, state="failed")] == [made[1]]
    assert records.runs(10, state="failed", kind="run") == ()


def test_run_is_found_by_a_beginning_that_only_it_has(records: Records):
    first, second = begin(records), begin(records)
    first.finish("succeeded")
    second.finish("succeeded")
    pairs = zip(first.run, second.run, strict=True)
    unlike = next(index for index, (one, other) in enumerate(pairs) if one != other)

    assert records.run(first.run[: unlike + 1].upper()).run == first.run
    with pytest.raises(UsageError, match=f"several runs begin with '{first.run[:3]}'"):
        records.run(first.run[:3])


@pytest.mark.parametrize("wanted", ["zzzz", "", "%", "_", "../x", "a\0b"])
def test_unknown_run_is_refused_with_what_there_is(records: Records, wanted: str):
    writer = begin(records)
    writer.finish("succeeded")

    with pytest.raises(UsageError, match=f"there is no run.*{writer.run}"):
        records.run(wanted)
    with pytest.raises(UsageError):
        records.steps(wanted or "?")
    with pytest.raises(UsageError):
        records.metrics(wanted or "?")


def test_state_is_final(records: Records):
    writer = begin(records)
    writer.finish("blocked", "a check said no")

    writer.finish("failed", "later")

    assert records.run(writer.run).state == "blocked"
    with pytest.raises(LostError, match="has ended"):
        succeed(writer, "data.late", "k", "x")


def test_run_that_raises_is_failed(records: Records):
    with pytest.raises(ValueError, match="boom"), begin(records) as writer:
        raise ValueError("boom")

    row = records.run(writer.run)
    assert (row.state, row.message) == ("failed", "boom")


def test_interrupted_run_is_cancelled_with_its_steps(records: Records):
    with pytest.raises(KeyboardInterrupt), begin(records) as writer:
        writer.begin_step(fact(), key="k", parts={})
        raise KeyboardInterrupt

    assert records.run(writer.run).state == "cancelled"
    assert [step.fact.state for step in records.steps(writer.run)] == ["cancelled"]


def test_run_that_nobody_finishes_is_failed(records: Records):
    with begin(records) as writer:
        pass

    assert records.run(writer.run).state == "failed"


def test_words_from_outside_may_hold_anything(records: Records):
    command = "fourstroke run \0 \udc80 \x1b[2J é漢🦆"
    writer = begin(records, command=command, user="\0")
    writer.finish("failed", "\0")

    row = records.run(writer.run)

    assert row.command == "fourstroke run \\0 \\udc80 \x1b[2J é漢🦆"
    assert (row.user, row.message) == ("\\0", "\\0")


def test_running_run_is_running_for_its_own_and_other_processes(
    records: Records, url: str, folder: Path
):
    writer = begin(records)
    code = (
        "import sys\nfrom pathlib import Path\nfrom fourstroke.records import Records\n"
        "with Records.open(sys.argv[1], folder=Path(sys.argv[2])) as records:\n"
        "    print(records.runs(1)[0].state)"
    )

    seen = finished(python(code, url, folder)).strip()

    assert seen == "running"
    assert [row.run for row in records.runs(5, state="running")] == [writer.run]
    writer.finish("succeeded")


def test_run_of_a_killed_owner_is_lost_at_once_and_for_good(
    records: Records, url: str, folder: Path
):
    owner = python(OWNER, url, folder)
    assert owner.stdout is not None
    run = owner.stdout.readline().strip()
    assert records.run(run).state == "running"
    owner.send_signal(signal.SIGKILL)
    owner.wait(30)
    owner.communicate()

    row = records.run(run)

    assert (row.state, row.message, row.finished) == ("lost", "its process died", None)
    assert [item.run for item in records.runs(5, state="lost")] == [run]
    assert records.runs(5, state="running") == ()
    begin(records).finish("succeeded")
    marked = records.run(run)
    assert (marked.state, marked.attempt) == ("lost", 2)
    assert marked.finished is not None
    assert [step.fact.state for step in records.steps(run)] == ["cancelled"]


def test_child_that_outlives_its_killed_parent_does_not_keep_the_run_alive(
    sqlite_records: Records, sqlite_url: str, folder: Path
):
    parts = [
        "import os",
        "child = os.fork()",
        "if child:",
        "    print(child, flush=True)",
        "    os.kill(os.getpid(), 9)",
        "time.sleep(600)",
    ]
    owner = python(OWNER.replace("time.sleep(600)", "\n".join(parts)), sqlite_url, folder)
    assert owner.stdout is not None
    run, child = owner.stdout.readline().strip(), int(owner.stdout.readline())
    owner.wait(30)

    state = sqlite_records.run(run).state

    os.kill(child, signal.SIGKILL)
    owner.communicate()
    assert state == "lost"


def on_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fourstroke.records.runs.seen_alive", lambda *_: {})


def test_run_of_another_host_lives_as_long_as_its_heartbeat_is_young(
    records: Records, monkeypatch: pytest.MonkeyPatch
):
    writer = begin(records)
    on_another_host(monkeypatch)

    assert records.run(writer.run).state == "running"
    monkeypatch.setattr("fourstroke.records.runs.LEASE_SECONDS", -1.0)
    assert records.run(writer.run).state == "lost"
    writer.close()


def test_owner_that_was_declared_dead_may_not_write_any_more(
    records: Records, monkeypatch: pytest.MonkeyPatch
):
    asleep = begin(records)
    step = asleep.begin_step(fact(), key="k", parts={})
    with monkeypatch.context() as patch:
        on_another_host(patch)
        patch.setattr("fourstroke.records.runs.LEASE_SECONDS", -1.0)
        begin(records).finish("succeeded")

    with pytest.raises(LostError, match=f"run {asleep.run} is not this process's any more"):
        asleep.end_step(step, fact(state="succeeded"), outputs={})
    with pytest.raises(LostError):
        asleep.publish_dataset("d", None, 1, ())  # type: ignore[arg-type]
    with pytest.raises(LostError):
        asleep.finish("succeeded")
    assert records.run(asleep.run).state == "lost"
    assert records.datasets() == ()


def test_context_manager_shows_what_was_raised_and_not_that_the_run_was_lost(
    records: Records, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(ValueError, match="boom"), begin(records) as writer:
        with monkeypatch.context() as patch:
            on_another_host(patch)
            patch.setattr("fourstroke.records.runs.LEASE_SECONDS", -1.0)
            begin(records).finish("succeeded")
        raise ValueError("boom")

    assert records.run(writer.run).state == "lost"


def test_heartbeat_keeps_a_run_alive_for_other_hosts(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("fourstroke.records.opened.HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr("fourstroke.records.runs.LEASE_SECONDS", 1.0)
    with Records.open(url, folder=folder) as own:
        writer = begin(own)
        on_another_host(monkeypatch)
        time.sleep(1.5)

        assert own.run(writer.run).state == "running"
        writer.finish("succeeded")


def test_heartbeat_that_fails_goes_on(caplog: pytest.LogCaptureFixture):
    reached = threading.Event()
    faults = iter([RuntimeError("no route"), RuntimeError("no route")])

    def beat() -> None:
        for fault in faults:
            raise fault
        reached.set()

    heartbeat = lease.Heartbeat(0.01)
    heartbeat.add(beat)

    assert reached.wait(10)
    heartbeat.stop()
    assert "heartbeat did not reach" in caplog.text


def test_unwritable_lock_folder_is_told_in_words(sqlite_url: str, tmp_path: Path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder has to be")
    with Records.open(sqlite_url, folder=blocked) as records:
        with pytest.raises(StoreError, match="the run cannot be locked"):
            begin(records)

        assert records.runs() == ()
