"""Requests that a service failed at: told to the log, judged by the monitor, and over when they are."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from pathlib import Path

import attrs
import httpx
import pytest
import serving

from fourstroke import Project, Traffic
from fourstroke_serve import service as service_module
from fourstroke_serve.canary import Canary
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings

pytestmark = pytest.mark.usefixtures("in_one_process")

ROW = serving.ROW
HOUR_NS = 3600 * 10**9
WATCHED = """
[[operations.monitor]]
use = "health"
errors_max = 0.05

[[operations.monitor]]
use = "steps.py:rows_alone"

[[operations.alert]]
use = "steps.py:telling"

[operations.alerting]
cool_down = ""
quiet = 1
"""
STEPS = """
import json

from fourstroke import Observation


def rows_alone(window, reference):
    assert len(window.batches), "it says nothing of absence or failures"
    return [Observation(name="rows seen", status="ok", value=len(window.batches))]


def telling(alert, context):
    told = {"status": alert.status, "title": alert.title, "text": alert.text}
    with (context.root / "told.jsonl").open("a") as file:
        file.write(json.dumps(told) + chr(10))
    return True
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = serving.write_shop(tmp_path_factory.mktemp("failures") / "shop")
    with (found / "steps.py").open("a") as file:
        file.write(STEPS)
    with (found / "fourstroke.toml").open("a") as file:
        file.write(WATCHED)
    assert serving.turn(found) == 1
    return found


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "shop"))


def opened(folder: Path, **settings: object) -> Service:
    found = Service.open(Settings(project=str(folder), **settings))  # type: ignore[arg-type]  # each test names its own
    found.look()
    return found


def ask(client, times: int = 1, **given: object) -> set[int]:
    given = {"json": [ROW], **given}
    return {client.post("/predict", **given).status_code for _ in range(times)}


def counts(folder: Path) -> dict[str, Traffic]:
    with Project.open(folder) as project:
        project.predictions.take_in()
        return {each.role: each.traffic for each in project.records.log_segments()}


def told(folder: Path) -> list[dict[str, str]]:
    path = folder / "told.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_what_counts_is_told_and_what_is_no_fault_of_the_model_is_not(folder):
    service = opened(folder, most_rows=5, token="t" * 32)
    client = serving.Client(service)
    known = {"authorization": f"Bearer {'t' * 32}"}

    def answered(path: str = "/predict", method: str = "POST", headers=known, **given) -> int:
        given = given or {"json": [ROW]}
        return client.request(method, path, headers={**known, **headers}, **given).status_code

    counted = [
        answered(),
        answered(content=b"{"),
        answered(content=b"a,b", headers={"content-type": "text/csv"}),
        answered(json=[ROW] * 6),
        answered(json=[{**ROW, "age": "many"}]),
        answered("/invocations", json={"inputs": [ROW], "instances": [ROW]}),
        answered("/v2/models/shop/infer", json={"inputs": 3}),
    ]
    (folder / "mood.txt").write_text("fails")
    counted.append(answered())
    (folder / "mood.txt").unlink()
    elsewhere = [
        answered("/nothing"),
        answered("/v2/models/other/infer"),
        answered("/v2/models/shop/versions/9/infer"),
        answered(method="GET"),
        answered(headers={"authorization": "Bearer wrong"}),
        answered(headers={"origin": "http://evil.example"}),
        answered(headers={"host": "evil.example"}),
    ]
    service.end()

    assert counted == [200, 400, 415, 413, 422, 400, 400, 500]
    assert elsewhere == [404, 404, 404, 405, 401, 403, 421]
    found = counts(folder)["champion"]
    assert found == Traffic(answered=1, statuses={"400": 3, "413": 1, "415": 1, "422": 1, "500": 1})


def test_service_that_is_overloaded_or_has_nothing_loaded_fails(folder, monkeypatch):
    busy = opened(folder, at_once=0)
    assert ask(serving.Client(busy), 2) == {503}
    busy.end()

    def broken(*_: object) -> None:
        raise RuntimeError("the file is damaged")

    monkeypatch.setattr(service_module, "load", broken)
    empty = opened(folder)
    assert empty.champion is None
    assert ask(serving.Client(empty)) == {503}
    empty.end()

    with Project.open(folder) as project:
        segments = project.records.log_segments("shop")
    assert [each.version for each in segments] == [1, 1]
    assert Traffic.together(each.traffic for each in segments) == Traffic(statuses={"503": 3})


def test_failure_is_that_of_the_version_whose_turn_it_was(folder):
    service = opened(folder)
    client = serving.Client(service)
    on_trial = attrs.evolve(service.champion, role="canary")
    service.canary = Canary(on_trial, 1.0, pytest.fail)
    assert ask(client, json=[{}]) == {422}
    service.canary = Canary(on_trial, 0.0, pytest.fail)
    assert ask(client, json=[{}]) == {422}
    service.end()

    one = Traffic(statuses={"422": 1})
    assert counts(folder) == {"canary": one, "champion": one}


def test_power_loss_takes_no_failure_whose_answer_was_sent(folder, monkeypatch):
    with (folder / "fourstroke.toml").open("a") as file:
        file.write('\n[operations.log]\ndurability = "power"\n')
    service, synced, real = opened(folder), [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle))[1])
    ask(serving.Client(service), json=[{}])
    at_answer = len(synced)
    service.end()

    assert at_answer >= 1


def test_failing_service_is_one_alert_and_over_when_it_is_healthy_again(folder):
    with serving.live(folder) as (_, port), httpx.Client() as http:

        def asked(times: int) -> set[int]:
            url = f"http://127.0.0.1:{port}/predict"
            return {http.post(url, json=[ROW], timeout=30).status_code for _ in range(times)}

        assert asked(30) == {200}
        (folder / "mood.txt").write_text("fails")
        assert asked(10) == {500}
        (folder / "mood.txt").unlink()
    with Project.open(folder) as project:
        failing = project.monitor().report
        again = project.monitor().report
        files = project.monitoring()
    with serving.live(folder) as (_, port), httpx.Client() as http:
        assert asked(60) == {200}
    with Project.open(folder) as project:
        healthy = project.monitor().report

    assert failing.traffic == Traffic(answered=30, statuses={"500": 10})
    assert [each.key for each in failing.alerts] == ["shop/health"]
    assert (again.rows, again.alerts) == (0, ())
    assert files.latest.traffic == failing.traffic
    assert (healthy.traffic, healthy.resolved) == (Traffic(answered=60), ("shop/health",))
    assert [(each["status"], each["title"]) for each in told(folder)] == [
        ("raised", "health: errors"),
        ("resolved", "health: over"),
    ]
    assert told(folder)[0]["text"] == ("25 % of 40 requests failed: 10 with 500; at most 5 % may")


def test_version_that_has_never_answered_is_an_alert(folder):
    service = opened(folder)
    (folder / "mood.txt").write_text("fails")
    assert ask(serving.Client(service), 8) == {500}
    service.end()
    with Project.open(folder) as project:
        outcome = project.monitor()

    assert outcome.report.rows == 0
    assert [each.title for each in outcome.report.alerts] == ["health: errors"]
    assert {each.monitor for each in outcome.report.observations} == {"health"}
    page = next(path for path in outcome.files if path.suffix == ".json")
    assert json.loads(page.read_text())["latest"]["traffic"]["statuses"] == {"500": 8}


def test_hours_in_which_all_failed_count_for_persistence_like_any_other(folder):
    with (folder / "fourstroke.toml").open("a") as file:
        file.write('windows = "2 of 2"\n[operations.window]\nby = "time"\nevery = "1h"\n')
    hour = int(dt.datetime.now(dt.UTC).timestamp()) // 3600 * 3600 * 10**9 - 5 * HOUR_NS
    with Project.open(folder) as project:
        champion = project.models["shop"].champion
        rows = champion.held_out()[0].head(70)
        said = champion.predict(rows)
        with champion.journal(hears_failures=True) as journal:
            for number, failed in enumerate((0, 9, 9, 0)):
                for _ in range(failed):
                    journal.failed(500, at_ns=hour + number * HOUR_NS)
                for place in range(0 if failed else 70):
                    one = slice(place, place + 1)
                    journal.append(rows[one], said[one], at_ns=hour + number * HOUR_NS)
        outcome = project.monitor()

    reports = [each.report for each in (*outcome.earlier, outcome)]
    assert [each.rows for each in reports] == [70, 0, 0, 70]
    assert [bool(each.held) for each in reports] == [False, True, False, False]
    assert [each.resolved for each in reports] == [(), (), (), ("shop/health",)]
    assert [each["status"] for each in told(folder)] == ["raised", "resolved"]
