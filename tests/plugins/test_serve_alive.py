"""The service at work: another champion, a bad canary, slow clients, an end in the middle of requests."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import serving
from hypothesis import given, settings
from hypothesis import strategies as st

from fourstroke import Project
from fourstroke_serve.canary import Canary, Share
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings

ROW = serving.ROW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project with two versions; the second is the champion."""
    found = serving.write_shop(tmp_path / "shop")
    assert serving.turn(found) == 1
    serving.write_rows(found, seed=1)
    assert serving.turn(found) == 2
    return found


def ask(port: int, **given_) -> httpx.Response:
    return httpx.post(f"http://127.0.0.1:{port}/predict", json=[ROW], timeout=30, **given_)


def whats(folder: Path) -> list[str]:
    with Project.open(folder) as project:
        assert project.audit.verify() == ()
        return [f"{event.what} {event.subject}" for event in project.records.events()]


def test_1000_requests_while_versions_change_meet_no_error(folder):
    heard: list[tuple[int, str]] = []

    def load(port: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            for _ in range(250):
                answer = client.post("/predict", json=[ROW])
                heard.append((answer.status_code, answer.headers["x-model-version"]))

    with serving.live(folder, is_logged=False) as (service, port), ThreadPoolExecutor(4) as pool:
        done = [pool.submit(load, port) for _ in range(4)]
        serving.until(lambda: len(heard) > 100)
        with Project.open(folder) as project:
            project.models["shop"].rollback(why="to try it")
        serving.until(lambda: service.champion is not None and service.champion.number == 1)
        with Project.open(folder) as project:
            project.models["shop"].deploy(2, why="back", override=True)
        serving.until(lambda: service.champion is not None and service.champion.number == 2)
        for each in done:
            each.result()

    assert len(heard) == 1000
    assert {status for status, _ in heard} == {200}
    assert {version for _, version in heard} == {"1", "2"}


def test_what_was_asked_and_answered_is_in_the_prediction_log(folder):
    with serving.live(folder) as (_, port):
        said = [ask(port).json()["predictions"][0] for _ in range(7)]

    with Project.open(folder) as project:
        [logged] = project.records.predictions("shop", 2)
        seen = project.monitor()
    assert logged.rows == 7
    assert seen.report.rows == 7
    assert len({each["prediction"] for each in said}) == 1


def test_withdrawn_champion_answers_nobody(folder):
    with serving.live(folder, is_logged=False) as (service, port):
        with Project.open(folder) as project:
            project.models["shop"].retire(2, why="it harms", withdraw=True)
        serving.until(lambda: service.champion is None)
        assert ask(port).status_code == 503


def test_version_that_says_something_else_than_when_it_was_measured_does_not_answer(folder):
    with Project.open(folder) as project:
        project.models["shop"].rollback(why="to begin with it")
    with serving.live(folder, is_logged=False) as (service, port):
        # An environment that has changed: the same files say something else by now.
        (folder / "mood.txt").write_text("lies")
        with Project.open(folder) as project:
            project.models["shop"].deploy(2, why="back", override=True)
        serving.until(lambda: "says something else" in service.trouble)
        (folder / "mood.txt").unlink()
        told = httpx.get(f"http://127.0.0.1:{port}/readyz").json()

        assert ask(port).headers["x-model-version"] == "1"
        assert told["version"] == 1
        assert "champion shop@v2 does not answer" in told["trouble"]


def test_canary_that_fails_is_stopped_by_itself_and_the_ledger_tells(folder):
    with Project.open(folder) as project:
        project.models["shop"].alias("canary", 1)
    with serving.live(folder, is_logged=False, canary=50.0) as (service, port):
        serving.until(lambda: service.canary is not None)
        roles = {
            ask(port, headers={"x-request-key": "ann"}).headers["x-model-role"] for _ in range(5)
        }
        assert len(roles) == 1, "the same one is always answered by the same version"
        assert service.canary is not None
        service.canary.loaded = _broken(service.canary.loaded)
        answers = [ask(port) for _ in range(400)]
        serving.until(lambda: service.canary is None)

        failed = [answer for answer in answers if answer.status_code == 500]
        assert 5 < len(failed) < 120
        assert "it is broken" not in failed[0].text
        assert {ask(port).status_code for _ in range(20)} == {200}
        serving.until(lambda: whats(folder)[-1] == "alias removed shop")
    with Project.open(folder) as project:
        [*_, latest] = project.records.events()
    assert re.match(
        r"stopped by itself: it fails in \d+ of \d+ requests, the champion in 0", latest.why
    )


def _broken(loaded):
    class Broken:
        name, role, number, signature, predictor = (
            "shop@v1",
            "canary",
            1,
            loaded.signature,
            loaded.predictor,
        )

        def predict(self, data):
            raise RuntimeError("it is broken")

    return Broken()


def test_shadow_is_asked_and_answers_nobody(folder):
    with Project.open(folder) as project:
        project.models["shop"].alias("shadow", 1)
    with serving.live(folder) as (service, port):
        serving.until(lambda: service.shadow is not None)
        assert {ask(port).headers["x-model-version"] for _ in range(5)} == {"2"}
        shadow = service.shadow
        assert shadow is not None
        serving.until(lambda: shadow.asked == 5)

    with Project.open(folder) as project:
        assert [row.rows for row in project.records.predictions("shop", 1)] == [5]


@given(
    rate=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=20, deadline=None)
def test_interval_of_a_share_holds_the_truth_at_every_moment(rate, seed):
    import random

    chance, share = random.Random(seed), Share()
    for _ in range(1000):
        share.add(chance.random() < rate)
        low, high = share.interval(1e-6)
        assert low <= rate <= high


def test_canary_that_does_as_well_is_stopped_in_at_most_1_percent_of_trials():
    import random

    chance, stopped = random.Random(1), 0
    for _ in range(200):
        whys: list[str] = []
        canary = Canary(None, 0.5, whys.append)  # type: ignore[arg-type]  # it is not asked
        for _ in range(1000):
            canary.hear(
                by_canary=chance.random() < 0.5, has_failed=chance.random() < 0.1, seconds=0.001
            )
        stopped += bool(whys)
    assert stopped <= 2


def test_slow_canary_is_stopped():
    whys: list[str] = []
    canary = Canary(None, 0.5, whys.append)  # type: ignore[arg-type]  # it is not asked
    for number in range(600):
        canary.hear(
            by_canary=number % 2 == 0, has_failed=False, seconds=0.5 if number % 2 == 0 else 0.01
        )
    assert len(whys) == 1
    assert "it is slow in" in whys[0]


def test_slow_clients_are_cut_off_and_others_do_not_wait(folder):
    with serving.live(folder, is_logged=False, header_seconds=0.5, body_seconds=0.5) as (_, port):
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        half = socket.create_connection(("127.0.0.1", port))
        half.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nX-A")
        waiting = socket.create_connection(("127.0.0.1", port))
        waiting.sendall(
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n["
        )
        assert ask(port).status_code == 200
        begun = time.monotonic()
        for link in (*silent, half):
            link.settimeout(5)
            assert link.recv(100) == b""
        waiting.settimeout(5)
        assert b" 408 " in waiting.recv(200)
        assert time.monotonic() - begun < 4
        for link in (*silent, half, waiting):
            link.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_program_answers_drains_and_ends_well(folder, workers):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "fourstroke", "serve", "--port", str(port), "--workers", workers],
        cwd=folder,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )
    try:

        def is_ready() -> bool:
            try:
                return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        serving.until(is_ready, 60)
        statuses: list[int] = []
        large = threading.Thread(
            target=lambda: statuses.append(
                httpx.post(
                    f"http://127.0.0.1:{port}/predict", json=[ROW] * 20_000, timeout=60
                ).status_code
            )
        )
        large.start()
        time.sleep(0.3)
        text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        process.send_signal(signal.SIGTERM)
        large.join(60)
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert statuses == [200]
    assert "fourstroke_requests_in_progress" in text
    assert process.returncode == 0, error
    assert f"http://127.0.0.1:{port}" in error
    with Project.open(folder) as project:
        assert [row.rows for row in project.records.predictions("shop", 2)] == [20_000]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--host", "0.0.0.0"], "nothing asks who they are"),
        (["nobody"], "there is no model 'nobody'"),
    ],
)
def test_what_cannot_be_served_is_told_before_anything_listens(folder, words, told):
    done = subprocess.run(
        [sys.executable, "-m", "fourstroke", "serve", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_version_that_does_not_load_is_tried_again_later(folder, monkeypatch):
    service = Service.open(Settings(project=str(folder), is_logged=False))
    (folder / "mood.txt").write_text("lies")
    service.look()
    service.look()
    assert service.champion is None
    (folder / "mood.txt").unlink()
    monkeypatch.setattr("fourstroke_serve.service._AGAIN_SECONDS", 0.0)
    service.look()

    assert service.champion is not None
    assert service.trouble == ""
    service.source.close()
