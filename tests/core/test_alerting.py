"""When people are told of what monitors saw, when not again, and when it is over."""

from __future__ import annotations

import datetime as dt
import json

import attrs
import pytest
from records_sample import begin

from fourstroke import Alert, MonitoringReport, Observation, Project
from fourstroke.alerting.judging import Standing
from fourstroke.alerting.matters import matters, muted
from fourstroke.alerting.settings import AlertSettings, is_persistence
from fourstroke.cli.main import main
from fourstroke.cycles.alerting import alert_of, beside
from fourstroke.records.alert_words import AlertWord
from fourstroke.records.operation_rows import AlertRow, SeenWindow, WindowFacts

START = dt.datetime(2026, 5, 1, 6, tzinfo=dt.UTC)
KEY = "shop/drift"
PROJECT = """
[project]
name = "shop"

[task]
kind = "binary"
target = "bought"

[data]
check = []
audit = []

[data.collect]
path = "shop.csv"

[model]
explain = []

[[model.train]]
estimator = "LogisticRegression"

[[development.validate]]
use = "baseline"

[[operations.monitor]]
use = "steps.py:watching"

[[operations.monitor]]
use = "health"
rows_per_hour_min = 1e9

[[operations.alert]]
use = "steps.py:telling"

[[operations.alert]]
use = "steps.py:broken"

[operations.alerting]
cool_down = ""
runbooks = { watching = "https://example.org/visits" }

[backends]
runner = "inline"
"""
STEPS = """
import json
from fourstroke import Observation


def watching(window, reference):
    visits = max(batch.data["visits"].max() for batch in window.batches)
    status = "alert" if visits > 9 else "ok"
    why = f"visits rise to {visits}"
    return [Observation(name="visits", column="visits", status=status, value=float(visits), why=why)]


def telling(alert, context):
    told = {"title": alert.title, "text": alert.text, "status": alert.status, "count": alert.count}
    with (context.root / "told.jsonl").open("a") as file:
        file.write(json.dumps(told | {"runbook": alert.runbook}) + chr(10))
    return True


def broken(alert):
    raise OSError("no way out")
"""


def alert(window: str = "w1", severity: str = "warning") -> Alert:
    return Alert(
        key=KEY,
        severity=severity,
        title="drift: age",
        text="age moved",
        at=START,
        model="shop",
        version=1,
        window=window,
    )


def row(number: int, hours: float, **more) -> AlertRow:
    at = START + dt.timedelta(hours=hours)
    return AlertRow(id=number, alert=alert(**more), run="r", at=at)


def word(kind: str, hours: float, **more) -> AlertWord:
    at = START + dt.timedelta(hours=hours)
    return AlertWord(model="shop", key=KEY, kind=kind, who="ann", at=at, **more)


def report(*keys: str) -> MonitoringReport:
    return MonitoringReport(model="shop", version=1, rows=1, observations=(), crossed=keys)


def standing(hours: float, alerts=(), words=(), earlier=(), later=(), **settings) -> Standing:
    return Standing(
        settings=AlertSettings(**settings),
        alerts=alerts,
        words=words,
        earlier=earlier,
        later=later,
        now=START + dt.timedelta(hours=hours),
    )


@pytest.mark.parametrize(
    ("name", "title"), [("age", "whole: age"), ("whole", "whole"), ("", "whole: a figure")]
)
def test_title_names_the_monitor_once(name, title):
    seen = Observation(name="a figure", column=name, status="alert")

    found = alert_of("whole", [seen], {"model": "shop", "version": 1, "name": "w1"})

    assert found is not None
    assert found.title == title


def test_first_time_is_told_and_the_next_one_after_the_cool_down():
    assert standing(0).why_held(alert()) == ""
    again = "people were told of it, and are again after 2026-05-02 06:00 UTC"
    assert standing(5, [row(1, 0)]).why_held(alert("w2")) == again
    assert standing(24, [row(1, 0)]).why_held(alert("w2")) == ""
    assert standing(5, [row(1, 0)], cool_down="").why_held(alert("w2")) == ""


def test_the_same_window_is_told_once():
    known = [row(1, 0)]

    assert "told of this window" in standing(99, known, cool_down="").why_held(alert("w1"))
    over = standing(99, known, [word("resolved", 1, why="gone")], cool_down="")
    assert "told of this window" in over.why_held(alert("w1"))
    assert over.why_held(alert("w2")) == over.why_held(attrs.evolve(alert("w1"), version=2)) == ""


def test_what_gets_worse_is_told_at_once_whoever_sees_to_it():
    known, words = [row(1, 0)], [word("acknowledged", 1, why="fix is under way")]

    assert standing(2, known, words).why_held(alert("w2")) == "ann sees to it: fix is under way"
    assert standing(99, known, words).why_held(alert("w2")) == "ann sees to it: fix is under way"
    assert standing(2, known, words).why_held(alert("w2", "error")) == ""


@pytest.mark.parametrize(
    ("earlier", "told"),
    [
        ([], False),
        ([report(KEY)], True),
        ([report(KEY), report()], True),
        ([report(KEY), report(), report()], False),
        ([report("shop/other"), report("shop/other")], False),
    ],
)
def test_two_of_three_windows_are_needed_where_the_project_says_so(earlier, told):
    assert (standing(0, earlier=earlier, windows="2 of 3").why_held(alert()) == "") == told


def test_few_windows_before_all_count():
    found = standing(0, earlier=[report(KEY), report()], windows="2 of 4")

    assert found.why_held(alert()) == ""


def test_muted_is_not_told_until_its_time():
    words = [word("muted", 1, until=START + dt.timedelta(hours=5), why="a campaign")]

    held = standing(2, words=words).why_held(alert())
    assert held == "muted by ann until 2026-05-01 11:00 UTC: a campaign"
    assert standing(5, words=words).why_held(alert()) == ""
    assert standing(2, words=[*words, word("unmuted", 1.5)]).why_held(alert()) == ""
    assert muted([word("muted", 1)], "shop", KEY, START + dt.timedelta(days=999)) is not None
    assert muted(words, "shop", "shop/other", START) is None


@pytest.mark.parametrize(
    ("quiet", "earlier", "is_over"),
    [
        (1, [], True),
        (2, [report()], True),
        (2, [report(KEY)], False),
        (3, [report(), report()], True),
        (3, [report()], False),
    ],
)
def test_what_is_not_seen_in_enough_windows_is_over(quiet, earlier, is_over):
    found = standing(9, [row(1, 0)], earlier=earlier, quiet=quiet)

    assert bool(found.over([])) == is_over
    assert not found.over([KEY])


def test_old_window_that_is_quiet_ends_nothing_that_a_later_one_shows():
    known = [row(1, 0)]

    assert not standing(9, known, earlier=[report()], later=[report(KEY)], quiet=2).over([])
    assert standing(9, known, earlier=[report(KEY)], later=[report(), report()], quiet=2).over([])


def without_rows(*keys: str, monitor: str = "health") -> MonitoringReport:
    looked = Observation(name="errors", status="ok", monitor=monitor)
    return MonitoringReport(model="shop", version=1, rows=0, observations=(looked,), crossed=keys)


def test_window_without_rows_counts_for_the_monitors_alone_that_looked_at_it():
    alerts, outage = [row(1, 0)], [without_rows("shop/health")] * 3

    of_drift = standing(1, alerts, earlier=[report(KEY), *outage], quiet=3)
    of_health = standing(
        1, alerts, earlier=[report(KEY), *[without_rows(monitor="drift")] * 2], quiet=3
    )
    two_of_two = standing(1, earlier=[report(KEY), *outage], windows="2 of 2")

    assert of_drift.over(()) == of_drift.over((), {"health"}) == ()
    assert [each.key for each in of_health.over(())] == [KEY]
    assert two_of_two.why_held(alert()) == "", "the outage between is no quiet window"


@pytest.mark.parametrize("by_time", [True, False])
def test_windows_before_one_that_is_looked_at_again_are_those_before_it(by_time):
    def look(number, day):
        starts = START + dt.timedelta(days=day) if by_time else None
        facts = WindowFacts(name=f"w{day}", starts=starts)
        return SeenWindow(id=number, facts=facts, batches=(number,), run="r", at=START)

    looks = [look(1, 1), look(2, 2), look(3, 3), look(4, 2)]
    starts = (START + dt.timedelta(days=2)).isoformat() if by_time else None

    before, after = beside(looks, {"name": "w2", "starts": starts})

    assert ([each.facts.name for each in before], [each.id for each in after]) == (["w1"], [3])


def test_what_a_turn_of_the_loop_raised_is_not_over_because_monitors_are_quiet():
    known = AlertRow(id=1, alert=attrs.evolve(alert(), key="shop/training_data"), run="r", at=START)

    assert standing(9, [known], quiet=1).over([]) == ()


def test_what_comes_again_after_it_was_over_is_another_matter():
    first, second = matters(
        [row(1, 0), row(2, 1), row(3, 5)], [word("acknowledged", 2), word("resolved", 3)]
    )

    assert (first.number, first.state, len(first.alerts)) == (1, "resolved", 2)
    assert (second.number, second.state, second.acknowledged) == (3, "open", None)


def test_alert_says_since_when_how_often_and_what_to_do():
    found = standing(9, [row(1, 0), row(2, 1)], runbooks={"drift": "https://example.org"})

    told = found.told(alert("w3"))

    assert (told.since, told.count, told.runbook) == (START, 3, "https://example.org")


@pytest.mark.parametrize(
    ("text", "is_one"), [("1 of 1", True), ("2 of 3", True), ("3 of 2", False), ("2/3", False)]
)
def test_persistence_is_so_many_of_so_many(text, is_one):
    assert is_persistence(text) == is_one


def test_alert_that_was_recorded_before_windows_had_names_keeps_its_digest():
    from fourstroke.artifacts.plain import to_plain

    plain = to_plain(attrs.evolve(alert(), window=""))

    assert set(plain["$Alert"]) == {
        "key",
        "severity",
        "title",
        "text",
        "at",
        "model",
        "version",
        "observations",
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("alerting")
    lines = [f"{n % 10},{'yes' if n % 10 > 4 else 'no'}" for n in range(200)]
    (made / "shop.csv").write_text("visits,bought\n" + "\n".join(lines) + "\n")
    (made / "fourstroke.toml").write_text(PROJECT)
    (made / "steps.py").write_text(STEPS)
    with Project.open(made) as project:
        assert project.run().state == "succeeded"
    return made


def scored(project, visits):
    path = project.root / "batch.csv"
    path.write_text("visits\n" + "\n".join(map(str, [*range(9), visits])) + "\n")
    project.predict(path)
    return project.monitor().report


def told(folder):
    return [json.loads(line) for line in (folder / "told.jsonl").read_text().splitlines()]


def test_an_incident_from_its_first_alert_to_its_end(folder, capsys):
    here = ["-C", str(folder)]
    with Project.open(folder) as project:
        first = scored(project, 20)
        assert [each.key for each in first.alerts] == ["shop/watching"]
        assert told(folder) == [
            {
                "title": "watching: visits",
                "text": "visits rise to 20",
                "status": "raised",
                "count": 1,
                "runbook": "https://example.org/visits",
            }
        ]
        assert main([*here, "alerts", "ack", "watching", "--why", "I look"]) == 0
        second = scored(project, 30)
        assert (second.alerts, second.held[0].why.endswith("sees to it: I look")) == ((), True)
        assert scored(project, 9).resolved == ()
        over = scored(project, 9)
        assert over.resolved == ("shop/watching",)
        ended = told(folder)[-1]
        assert ended["status"] == "resolved"
        [matter] = project.alerts.matters()
        assert matter.resolved.why == ended["text"] != ""
        incident = project.alerts.incident("watching")
        assert matter.state == "resolved"
        assert (incident.data, incident.version.version, incident.verdict.verdict.outcome) == (
            "shop@v1",
            1,
            "pass",
        )
        events = [event.what for event in incident.timeline]
        way = ["approved", "deploying", "deployed", "promoted"]
        assert [each for each in events if each in way] == way
        assert events[-1] == "alert resolved"
        assert {"alerted", "alert told", "alert acknowledged"} <= set(events)
        assert project.audit.verify().problems == ()
    capsys.readouterr()
    assert main([*here, "incidents", "list"]) == 0
    assert main([*here, "--json", "incidents", "show", str(matter.number)]) == 0
    assert '"shop@v1"' in capsys.readouterr().out
    assert main([*here, "alerts", "show", "1"]) == 2
    assert main([*here, "incidents", "show", "watchin"]) == 2
    assert "did you mean 'watching'?" in capsys.readouterr().err
    assert main([*here, "alerts", "resolve", "watching", "--why", "x"]) == 2


def test_what_a_killed_run_left_untold_is_told_by_the_next(folder):
    with Project.open(folder) as project:
        before = len(told(folder))
        with begin(project.records) as writer:
            writer.record_alert(attrs.evolve(alert("late"), key="shop/watching", title="left"))
            writer.finish("succeeded")
        scored(project, 40)
        scored(project, 9)

    titles = [each["title"] for each in told(folder)[before:]]
    assert titles == ["watching: visits"]


def test_feed_that_stops_is_told_once_and_over_when_rows_come_again(folder, capsys):
    with Project.open(folder) as project:
        flowing = scored(project, 9)
        before = len(told(folder))
        stopped, still = project.monitor(), project.monitor().report
        assert main(["-C", str(folder), "monitor"]) == 0
        again = scored(project, 9)

    report = stopped.report
    assert [each.key for each in (*flowing.alerts, *flowing.held)] == []
    assert ([each.key for each in report.alerts], report.rows) == (["shop/health"], 0)
    assert report.window.startswith("no rows since ")
    assert stopped.files
    assert (still.alerts, still.held[0].why) == ((), "people were told of this window before")
    assert "people were told of this window before" in capsys.readouterr().out
    assert "shop/health" in again.resolved
    raised, ended = told(folder)[before:]
    assert (raised["status"], ended["status"]) == ("raised", "resolved")
    assert ended["text"] == "rows came again"
