"""The service at work: another champion, a bad canary, slow clients, an end in the middle of requests."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import random
import re
import shutil
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
from conftest import SMALL, small_csv
from scipy import integrate, stats

from fourstroke import Project
from fourstroke_serve.canary import Canary
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings
from fourstroke_serve.share import Share

ROW = serving.ROW


@pytest.fixture(scope="module")
def turned_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = serving.write_shop(tmp_path_factory.mktemp("alive") / "shop")
    assert serving.turn(found) == 1
    serving.write_rows(found, seed=1)
    assert serving.turn(found) == 2
    return found


@pytest.fixture
def folder(turned_twice: Path, tmp_path: Path) -> Path:
    """Give a project with two versions; the second is the champion."""
    return Path(shutil.copytree(turned_twice, tmp_path / "shop"))


# One for all: making a client reads all certificates of the machine, which takes longer than a request.
WEB = httpx.Client(timeout=30)


@pytest.fixture(autouse=True, scope="module")
def closed():
    """Let go of the connections."""
    yield
    WEB.close()


def ask(port: int, **given_) -> httpx.Response:
    return WEB.post(f"http://127.0.0.1:{port}/predict", json=[ROW], **given_)


def whats(folder: Path) -> list[str]:
    with Project.open(folder) as project:
        assert project.audit.verify().problems == ()
        return [f"{event.what} {event.subject}" for event in project.records.events()]


def test_1000_requests_while_versions_change_meet_no_error(tmp_path: Path):
    # Of numbers alone and by the trainer as it comes: what a row costs is not the matter here.
    (tmp_path / "fourstroke.toml").write_text(SMALL.replace('"small"', '"shop"'))
    for number, seed in ((1, 3), (2, 4)):
        lines = [line.split(",") for line in small_csv(seed=seed).splitlines()]
        (tmp_path / "data.csv").write_text("\n".join(f"{age},{said}" for age, *_, said in lines))
        assert serving.turn(tmp_path) == number
    heard: list[tuple[int, str]] = []

    async def load(client: httpx.AsyncClient) -> None:
        for _ in range(63):
            answer = await client.post("/predict", json=[{"age": 30.0}])
            heard.append((answer.status_code, answer.headers["x-model-version"]))

    async def loads(port: int) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            await asyncio.gather(*(load(client) for _ in range(16)))

    # One thread: sixteen would wait for each other longer than for the service.
    with serving.live(tmp_path, is_logged=False) as (service, port), ThreadPoolExecutor(1) as pool:
        done = pool.submit(asyncio.run, loads(port))
        serving.until(lambda: len(heard) > 100)
        with Project.open(tmp_path) as project:
            project.models["shop"].rollback(why="to try it")
        serving.until(lambda: service.champion is not None and service.champion.number == 1)
        with Project.open(tmp_path) as project:
            project.models["shop"].deploy(2, why="back", override=True)
        serving.until(lambda: service.champion is not None and service.champion.number == 2)
        done.result()

    assert len(heard) == 1008
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


def test_rows_that_cannot_be_logged_are_counted_and_do_not_end_the_log(folder, monkeypatch):
    with serving.live(folder) as (service, port):
        champion = service.champion
        assert champion is not None
        broken = serving.Client(service)
        service.journal.take(champion, {"age": [1.0]}, {"no table": 1}, "r1", 0.1)  # type: ignore[arg-type]  # that is the fault
        figures = broken.get("/metrics").text
        assert ask(port).status_code == 200

    assert "fourstroke_prediction_log_dropped_rows_total 1.0" in figures
    with Project.open(folder) as project:
        assert [logged.rows for logged in project.records.predictions("shop", 2)] == [1]


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
        told = WEB.get(f"http://127.0.0.1:{port}/readyz").json()

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
        answers = []
        while service.canary is not None and len(answers) < 400:
            answers.append(ask(port))
        assert service.canary is None

        assert {answer.status_code for answer in answers} == {200}, "the champion steps in"
        assert {answer.headers["x-model-role"] for answer in answers} == {"champion"}
        figures = WEB.get(f"http://127.0.0.1:{port}/metrics").text
        assert 'fourstroke_canary_stops_total{reason="errors",version="1"} 1.0' in figures
        serving.until(lambda: whats(folder)[-1] == "alias removed shop@v1")
        # Until the alias moves again it is not tried again.
        time.sleep(0.3)
        assert service.canary is None
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


@pytest.mark.parametrize(("rate", "alpha"), [(0.0, 0.1), (0.02, 0.1), (0.5, 0.1), (0.97, 0.1)])
def test_bounds_of_a_share_miss_the_truth_at_some_moment_as_seldom_as_they_say(rate, alpha):
    chance, missed = random.Random(0), 0

    @functools.cache  # many trials come to the same counts
    def bounds(count: int, happened: int) -> tuple[float, float]:
        share = Share(count, happened)
        return share.lower(alpha), share.upper(alpha)

    for _ in range(200):
        share, is_missed = Share(), False
        for number in range(1, 401):
            share.add(chance.random() < rate)
            if number % 10 == 0:
                low, high = bounds(share.count, share.happened)
                is_missed |= not low <= rate <= high
        missed += is_missed
    # 20 are expected at most; 33 or more have a probability below 0.3 %.
    assert missed < 33


@pytest.mark.parametrize("happened", [0, 3, 57, 100])
def test_bounds_of_a_share_are_those_of_the_beta_binomial_mixture(happened):
    """By the definition: the mixed likelihood, integrated, over the likelihood reaches 1 / alpha."""
    share, alpha = Share(100, happened), 0.05
    prior = stats.beta(0.5, 0.5)
    mixed, _ = integrate.quad(
        lambda p: prior.pdf(p) * stats.binom.pmf(happened, 100, p), 0, 1, points=[0.001, 0.999]
    )
    for bound in (share.lower(alpha), share.upper(alpha)):
        if 0.0 < bound < 1.0:
            ratio = mixed / stats.binom.pmf(happened, 100, bound)
            assert ratio == pytest.approx(1 / alpha, rel=1e-4)
    assert share.lower(alpha) <= happened / 100 <= share.upper(alpha)
    assert (share.lower(alpha) == 0.0) == (happened == 0)


class Trial:
    """A canary without a service."""

    def __init__(self, **given_) -> None:
        self.stops: list[tuple[str, str]] = []
        self.canary = Canary(None, 0.5, lambda *why: self.stops.append(why), **given_)

    def hear(self, *, by_canary: bool, has_failed: bool = False, seconds: float = 0.001) -> None:
        self.canary.hear(by_canary=by_canary, has_failed=has_failed, seconds=seconds)


def test_canary_that_does_as_well_is_stopped_in_at_most_1_percent_of_trials():
    chance, stopped = random.Random(1), 0
    for _ in range(200):
        trial = Trial()
        for _ in range(500):
            trial.hear(
                by_canary=chance.random() < 0.5,
                has_failed=chance.random() < 0.1,
                seconds=1.0 if chance.random() < 0.02 else 0.001,
            )
        stopped += bool(trial.stops)
    assert stopped <= 2


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_canary_that_fails_in_1_of_10_requests_is_stopped_within_a_few_hundred_of_its_own(share):
    chance, needed = random.Random(2), []
    for _ in range(20):
        trial, own = Trial(), 0
        while not trial.stops and own < 1000:
            by_canary = chance.random() < share
            own += by_canary
            trial.hear(by_canary=by_canary, has_failed=by_canary and chance.random() < 0.1)
        needed.append(own)
    assert sorted(needed)[10] < 350
    assert max(needed) < 800


def test_slow_canary_is_stopped():
    trial = Trial()
    for number in range(600):
        by_canary = number % 2 == 0
        trial.hear(by_canary=by_canary, seconds=0.5 if by_canary else 0.01)
    [(reason, why)] = trial.stops
    assert reason == "latency"
    assert "it is slow in" in why


def test_canary_that_answers_nonsense_is_stopped_though_it_never_fails():
    chance = random.Random(3)
    wild, tame = Trial(most_different=0.5), Trial(most_different=0.5)
    for _ in range(300):
        wild.canary.hear_difference(is_different=chance.random() < 0.8)
        tame.canary.hear_difference(is_different=chance.random() < 0.3)
    [(reason, why)] = wild.stops
    assert reason == "difference"
    assert re.match(r"it says something else in \d+ of \d+ requests", why)
    assert not tame.stops


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


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        (b"NO HTTP AT ALL\r\n\r\n", 400, "Invalid HTTP request"),
        (b"GET /livez HTTP/1.1\r\n\r\n", 400, "Invalid HTTP request"),
        (b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: localhost\r\n\r\n", 400, "Invalid HTTP"),
        (b"GET /" + b"a" * 70_000, 431, "65,536 bytes"),
    ],
)
def test_what_is_no_http_is_answered_in_the_form_of_every_fault(running, sent, status, told):
    _, port = running
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.settimeout(10)
        link.sendall(sent)
        answer = b"".join(iter(lambda: link.recv(4096), b""))

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"content-security-policy" in head
    assert told in json.loads(body)["message"]


def test_requests_behind_each_other_are_answered_in_their_order(running):
    _, port = running
    first = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: one\r\n\r\n"
    last = (
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: two\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.settimeout(10)
        link.sendall(first + last)
        answer = b"".join(iter(lambda: link.recv(4096), b""))

    assert re.findall(rb"x-request-id: (\w+)", answer) == [b"one", b"two"]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Give a service that nothing changes."""
    folder = serving.write_shop(tmp_path_factory.mktemp("running") / "shop")
    assert serving.turn(folder) == 1
    with serving.live(folder, is_logged=False) as found:
        yield found


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
                return WEB.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        serving.until(is_ready, 120)
        if workers == "2":
            _kill_a_worker(process.pid)
            # One that is loading takes no requests from the one that can answer them.
            for _ in range(40):
                assert is_ready()
                time.sleep(0.05)
        statuses: list[int] = []
        large = threading.Thread(
            target=lambda: statuses.append(
                httpx.post(
                    f"http://127.0.0.1:{port}/predict", json=[ROW] * 20_000, timeout=60
                ).status_code
            )
        )
        large.start()
        # Those at work in all workers together; one of them is this one.
        serving.until(
            lambda: (
                "fourstroke_requests_in_progress 2.0"
                in WEB.get(f"http://127.0.0.1:{port}/metrics").text
            ),
            60,
        )
        process.send_signal(signal.SIGTERM)
        large.join(60)
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert statuses == [200]
    assert process.returncode == 0, error
    assert f"http://127.0.0.1:{port}" in error
    with Project.open(folder) as project:
        assert [row.rows for row in project.records.predictions("shop", 2)] == [20_000]


def _kill_a_worker(parent: int) -> None:
    """Kill one of two, and wait for another in its place."""
    serving.until(lambda: len(_workers(parent)) == 2, 60)
    victim, _ = _workers(parent)
    os.kill(victim, signal.SIGKILL)
    serving.until(lambda: victim not in _workers(parent) and len(_workers(parent)) == 2, 60)


def _workers(parent: int) -> list[int]:
    """Give the processes that answer: children that are no zombies, and are not told by a tracker."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [
        int(child)
        for child in children
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


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
    service.end()
