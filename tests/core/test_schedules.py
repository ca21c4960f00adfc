"""Schedules: moments of cron, what is made good, one watcher of several, and kills."""

from __future__ import annotations

import ast
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import attrs
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fourstroke import Project, UsageError
from fourstroke.cli.main import main
from fourstroke.schedules.cron import Cron
from fourstroke.schedules.due import come
from fourstroke.schedules.schedule import Schedule
from fourstroke.schedules.texts import on_calendar, written
from fourstroke.schedules.watching import Watcher

UTC = dt.UTC
PROJECT = """
[project]
name = "clock"

[data.collect]
path = "data.csv"

[backends]
runner = "inline"
"""
# Stands for fourstroke: writes down that it was called, and takes as many seconds as its last word says,
# or until there is the file "let_go".
PROGRAM = """
import os, sys, time
folder, words = sys.argv[2], sys.argv[3:]
with open(folder + "/called.txt", "a") as file:
    file.write(" ".join(words) + "\\n")
if words[-1] != "let_go":
    time.sleep(float(words[-1]))
else:
    end = time.monotonic() + 60
    while not os.path.exists(folder + "/let_go") and time.monotonic() < end:
        time.sleep(0.02)
print("it is done")
sys.exit(int(words[0].removeprefix("fail") or 1) if words[0].startswith("fail") else 0)
"""
WATCH = """
import sys
from fourstroke import Project
from fourstroke.schedules import watching
# Whoever follows has to wait until the lease ends.
watching.LEASE_SECONDS, watching._RENEW_SECONDS = 8.0, 2.0
with Project.open(sys.argv[1]) as project:
    watching.Watcher(project=project, say=lambda text: print(text, flush=True),
                     program=(sys.executable, sys.argv[2])).go_on(0.1)
"""


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fourstroke.toml").write_text(PROJECT)
    (tmp_path / "data.csv").write_text("a\n" + "1\n" * 20)
    (tmp_path / "program.py").write_text(PROGRAM)
    return tmp_path


@pytest.fixture
def project(folder: Path):
    with Project.open(folder) as project:
        yield project


def called(folder: Path) -> list[str]:
    file = folder / "called.txt"
    return file.read_text().splitlines() if file.exists() else []


@attrs.define
class Clock:
    now: dt.datetime

    def __call__(self) -> dt.datetime:
        return self.now

    def goes(self, **time: float) -> None:
        self.now += dt.timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock(dt.datetime.now(UTC).replace(second=0, microsecond=0))


def watcher(project: Project, clock: Clock) -> Watcher:
    program = (sys.executable, str(project.root / "program.py"))
    return Watcher(project=project, say=lambda _: None, clock=clock, program=program)


def schedule(cron: str = "0 6 * * *", timezone: str = "UTC", **more) -> Schedule:
    since = more.pop("since", at("2026-01-01T00:00Z"))
    return Schedule(name="s", words=("monitor",), cron=cron, timezone=timezone, since=since, **more)


@pytest.mark.parametrize(
    ("after", "moment"),
    [
        ("2026-03-28T12:00+01:00", "2026-03-29T03:00+02:00"),  # 02:30 is leapt over
        ("2026-10-24T12:00+02:00", "2026-10-25T02:30+02:00"),  # the first of the two
        ("2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"),  # and not the second
    ],
)
def test_moments_where_the_clocks_change_come_once(after, moment):
    assert Cron.of("30 2 * * *", "Europe/Zurich").after(at(after)) == at(moment)


@pytest.mark.parametrize(
    ("cron", "timezone", "told"),
    [
        ("61 6 * * *", "UTC", "'61' is no minute"),
        ("0 6 * * 9", "UTC", "'9' is no day-of-week"),
        ("0 6 * *", "UTC", "has 4 fields, not 5"),
        ("0 0 30 2 *", "UTC", "'0 0 30 2 .' never comes"),
        ("0 0 31 4,6 *", "UTC", "never comes .no month of '4,6' has a day '31'."),
        ("0 0 32 2 *", "UTC", "'32' is no day-of-month"),
        ("0 6 * * *", "Europe/Zurch", "no time zone 'Europe/Zurch'"),
        ("0 6 * * *", "../etc/passwd", "no time zone"),
    ],
)
def test_what_is_no_time_is_refused_at_once(cron, timezone, told):
    with pytest.raises(UsageError, match=told):
        Cron.of(cron, timezone)


@pytest.mark.parametrize(
    ("catch_up", "moments", "passed"), [("latest", 1, 2), ("all", 3, 0), ("none", 0, 3)]
)
def test_moments_at_which_nobody_watched_are_made_good_by_the_rule(catch_up, moments, passed):
    last, now = at("2026-05-01T06:00Z"), at("2026-05-04T09:00Z")

    found = come(schedule(catch_up=catch_up), last, now)

    assert (len(found.moments), found.passed) == (moments, passed)
    assert found.moments[-1:] in ((), (at("2026-05-04T06:00Z"),))


def test_clocks_that_are_put_back_bring_no_moment_twice():
    last = at("2026-05-04T06:00Z")

    assert come(schedule(), last, at("2026-05-03T07:00Z")).moments == ()
    assert come(schedule(), last, at("2026-05-04T07:00Z")).moments == ()
    assert come(schedule(), last, at("2026-05-05T06:00Z")).moments == (at("2026-05-05T06:00Z"),)


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(st.integers(-200, 600), max_size=12),
    catch_up=st.sampled_from(["latest", "all", "none"]),
)
def test_no_moment_is_taken_twice_whatever_the_clock_does(steps, catch_up):
    every = schedule("*/10 * * * *", catch_up=catch_up, since=at("2026-05-01T00:00Z"))
    now, last, taken = every.since, None, []
    for step in steps:
        now += dt.timedelta(minutes=step)
        moments = come(every, last, now).moments
        taken += moments
        last = moments[-1] if moments else last

    assert taken == sorted(set(taken))
    assert all(moment <= max(every.since, now) or steps for moment in taken)


def test_watcher_does_what_has_come_and_tells_how_it_ended(project, folder, clock):
    project.schedules.add(["good", "0"], cron="*/5 * * * *")
    project.schedules.add(["fail", "0"], cron="*/5 * * * *")
    clock.goes(minutes=7)
    watching = watcher(project, clock)

    watching.look()
    watching.finish()
    watching.look()

    found = {each.schedule: each for each in project.schedules.history()}
    assert sorted(called(folder)) == ["fail 0", "good 0"]
    assert (found["good"].state, found["good"].message) == ("done", "it is done")
    assert (found["fail"].state, found["fail"].message) == ("failed", "exit code 1: it is done")


def test_command_that_said_no_has_not_failed(project, clock, folder, capsys):
    for words in ("good", "fail3", "fail4", "fail2"):
        project.schedules.add([words, "0"], cron="*/5 * * * *")
    clock.goes(minutes=7)
    watching, said = watcher(project, clock), []
    watching.say = said.append
    watching.look()
    watching.finish()

    found = {each.schedule: (each.state, each.message) for each in project.schedules.history()}
    assert found == {
        "good": ("done", "it is done"),
        "fail3": ("blocked", "exit code 3: it is done"),
        "fail4": ("refused", "exit code 4: it is done"),
        "fail2": ("failed", "exit code 2: it is done"),
    }
    assert "fail3: blocked, exit code 3: it is done" in said
    assert main(["-C", str(folder), "schedule", "history", "fail4"]) == 0
    assert "refused" in (table := capsys.readouterr().out)
    assert "exit code 4" in table


def test_new_data_that_was_blocked_is_not_tried_again_at_once(project, folder, clock, monkeypatch):
    project.schedules.add(["fail3", "0"], every_minutes=5)
    watching = watcher(project, clock)
    monkeypatch.setattr(Watcher, "_changed_sources", lambda *_: "data.collect.files: it changed")
    for minutes in (0, 10, 61):
        clock.goes(minutes=minutes)
        watching.look()
        watching.finish()

    assert called(folder) == ["fail3 0"] * 2


def test_moment_is_skipped_while_the_one_before_is_at_work(project, folder, clock):
    project.schedules.add(["good", "let_go"], cron="* * * * *")
    watching = watcher(project, clock)
    for _ in range(2):
        clock.goes(minutes=1)
        watching.look()
    (folder / "let_go").touch()
    watching.finish()

    states = [each.state for each in project.schedules.history()]
    assert states == ["skipped", "done"]
    assert called(folder) == ["good let_go"]


def test_paused_schedule_rests_and_goes_on_from_when_it_is_resumed(project, folder, clock):
    project.schedules.add(["good", "0"], cron="* * * * *")
    project.schedules.pause("good", why="holidays")
    clock.goes(minutes=3)
    watching = watcher(project, clock)
    watching.look()
    project.schedules.resume("good")
    watching.look()
    watching.finish()

    assert len(called(folder)) == 1  # the present one, and none of those that came meanwhile
    events = [event.what for event in project.audit.events(subject="good")]
    assert events == ["schedule added", "schedule paused", "schedule resumed"]
    assert project.audit.verify().problems == ()


def test_of_many_watchers_one_leads_and_the_next_takes_over(project, clock):
    first, second = (project.records.watch(name) for name in ("a", "b"))

    assert first.lead(60)
    assert not second.lead(60)
    first.resign()
    assert second.lead(60)
    assert not first.lead(60)


def test_of_16_who_take_a_moment_one_gets_it(project):
    due = at("2026-05-01T06:00Z")
    watches = [project.records.watch(f"w{number}") for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        taken = list(pool.map(lambda watch: watch.take("s", due), watches))

    assert sum(each is not None for each in taken) == 1
    assert len(project.schedules.history()) == 1


def test_killed_watcher_is_followed_by_another_and_nothing_is_done_twice(project, folder):
    project.schedules.add(["good", "0.2"], cron="* * * * *")
    soon = project.records.schedules()[0]
    script = folder / "watch.py"
    script.write_text(WATCH)
    # It counts from long ago, so that there is a moment to make good at once.
    past = attrs.evolve(soon, since=soon.since - dt.timedelta(hours=1))
    _count_from(project, past)

    def start() -> subprocess.Popen[bytes]:
        words = [sys.executable, str(script), str(folder), str(folder / "program.py")]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, env=_fast())

    two = [start(), start()]
    _until(lambda: called(folder))
    for each in two:
        each.send_signal(signal.SIGKILL)
        each.wait()
    begun = len(called(folder))
    third = Watcher(project=project, say=lambda _: None, program=_program(folder))
    _until(third._lead)  # the lease of the killed one has to end
    third.look()
    third.finish()
    third.stop()

    history = project.schedules.history()
    assert begun == 1
    assert len(called(folder)) == len(history) == len({each.due for each in history})
    assert {each.state for each in history} <= {"done", "lost"}


def test_watch_is_ended_well_by_sigterm(project, folder):
    words = [sys.executable, "-m", "fourstroke", "-C", str(folder), "watch", "--poll", "0.2"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=_fast()) as process:
        assert "watching 0 schedules" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        process.wait(60)

    assert process.returncode == 143
    assert project.records.watch("next").lead(10)


def test_new_data_starts_a_schedule_once(project, folder, clock, monkeypatch):
    project.schedules.add(["good", "0"], every_minutes=5)
    watching = watcher(project, clock)
    plans = iter(["data.collect.files: it changed", "", "data.collect.files: it changed"])
    monkeypatch.setattr(Watcher, "_changed_sources", lambda *_: next(plans))
    for minutes in (0, 1, 5, 5):
        clock.goes(minutes=minutes)
        watching.look()
        watching.finish()

    assert called(folder) == ["good 0"] * 2


def test_plan_tells_which_source_changed(project, folder):
    found = project.schedules.add(["run"])
    watching = Watcher(project=project, say=lambda _: None)

    before = watching._changed_sources(found)
    assert project.run().state == "succeeded"
    after = watching._changed_sources(found)
    time.sleep(0.01)
    (folder / "data.csv").write_text("a\n" + "2\n" * 30)
    changed = watching._changed_sources(found)

    assert before.startswith("data.collect.collect: ")
    assert after == ""
    assert changed.startswith("data.collect.collect: ")


@pytest.mark.parametrize("form", ["cron", "systemd", "airflow", "kubernetes"])
def test_texts_of_other_programs_keep_odd_words_in_one_piece(form, tmp_path):
    odd = attrs.evolve(schedule(), words=("predict", "a b%c$(id){{x}}'\".csv"))

    text = written(odd, form, ["/opt/my venv/bin/fourstroke"], Path("/srv/my project"))

    if form == "airflow":
        call = next(
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BashOperator"
        )
        words = {word.arg: word.value.value for word in call.keywords}
        assert words["cwd"] == "/srv/my project"
        assert "{{x}}" not in words["bash_command"]
    elif form == "kubernetes":
        job = yaml.safe_load(text)
        pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        assert pod["containers"][0]["command"][1:] == list(odd.words)
        assert job["spec"]["timeZone"] == "UTC"
    elif form == "cron":
        line = text.splitlines()[-1].removeprefix("0 6 * * * ")
        shown = line.replace("\\%", "%").replace("/opt/my venv/bin/fourstroke", "echo")
        assert "\\%" in line
        assert "a b%c$(id)" in shown
    else:
        assert "%%c$$(id)" in text


@pytest.mark.parametrize(
    ("cron", "times"),
    [
        ("0 6 * * *", ["*-*-* 6:0:00"]),
        ("*/15 8-10 * * MON-FRI", ["Mon,Tue,Wed,Thu,Fri *-*-* 8,9,10:0,15,30,45:00"]),
        ("0 0 1 * SUN", ["*-*-1 0:0:00", "Sun *-*-* 0:0:00"]),  # cron takes either
        ("5 4 * 2,8 *", ["*-2,8-* 4:5:00"]),
    ],
)
def test_times_of_systemd_are_those_of_cron(cron, times):
    found = on_calendar(cron)

    assert list(found) == times
    if shutil.which("systemd-analyze"):
        for line in found:
            words = ["systemd-analyze", "calendar", f"{line} UTC"]
            assert subprocess.run(words, capture_output=True, check=False).returncode == 0


def test_commands_say_what_comes_next_and_refuse_what_cannot_be(folder, capsys):
    here = ["-C", str(folder)]
    zurich = ["--tz", "Europe/Zurich", "--name", "morning"]

    assert main([*here, "schedule", "add", "0 6 * * *", *zurich, "--", "monitor"]) == 0
    assert "at 06:00 every day (Europe/Zurich)" in capsys.readouterr().out
    assert main([*here, "--json", "schedule", "list"]) == 0
    [told] = json.loads(capsys.readouterr().out)["schedules"]
    assert (told["name"], told["command"], told["last"]) == ("morning", "monitor", None)
    for words, message in (
        (["add", "0 6 * * *", "--", "moniter"], "did you mean 'monitor'?"),
        (["add", "0 6 * * *", "--", "monitor", "--bogus"], "there is no option --bogus"),
        (["add", "0 6 * * *", "--", "predict"], "missing argument 'FILE'"),
        (["add", "0 6 * * *", "--", "models", "retyre", "m", "1"], "there is no command 'retyre'"),
        (["add", "0 6 * * *", "--", "models"], "does nothing but explain itself"),
        (["add", "0 6 * * *", "--", "run", "--help"], "does nothing but explain itself"),
        (["add", "0 6 * * *", "--", "schedule", "list"], "schedule cannot be scheduled"),
        (["add", "0 6 * * *", "--", "watch"], "watch cannot be scheduled"),
        (["add", "--", "monitor"], "no command is given"),
        (["add", "0 6 * * *", "--name", "morning", "--", "monitor"], "is there already"),
        (["pause", "mornin"], "did you mean 'morning'?"),
    ):
        assert main([*here, "schedule", *words]) == 2
        assert message in capsys.readouterr().err
    assert main([*here, "schedule", "remove", "morning"]) == 0
    assert main([*here, "schedule", "history"]) == 0


def _count_from(project: Project, schedule: Schedule) -> None:
    from sqlalchemy import update

    from fourstroke.records import tables

    with project.records._database.writing() as connection:
        connection.execute(update(tables.schedules).values(at=schedule.since))


def _program(folder: Path) -> tuple[str, str]:
    return sys.executable, str(folder / "program.py")


def _fast() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}


def _until(is_so, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)
