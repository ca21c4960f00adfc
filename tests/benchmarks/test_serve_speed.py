"""Requests a second of `fourstroke serve`, beside the same model behind Starlette written by hand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import attrs
import pytest
from threadpoolctl import threadpool_limits

from fourstroke import Project

pytestmark = pytest.mark.benchmark

ROUNDS = 7
PROJECT = """
[project]
name = "served"

[task]
kind = "binary"
target = "income"
positive = ">50K"

[data.collect]
path = "adult.csv"

[[model.train]]
use = "sklearn"
estimator = "{estimator}"
{params}
"""
BY_HAND = """
import json, sys
import pandas as pd
import uvicorn
from fourstroke import Project
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

with Project.open(".") as project:
    model = project.models["served"].champion.load()


async def predict(request):
    frame = pd.DataFrame(json.loads(await request.body())["records"])
    chances = model.predict_proba(frame)
    labels = model.classes_[chances.argmax(axis=1)].tolist()
    return JSONResponse(
        {
            "predictions": [
                {"prediction": label, "probabilities": dict(zip(model.classes_, row))}
                for label, row in zip(labels, chances.tolist())
            ]
        }
    )


async def ready(request):
    return JSONResponse({})


app = Starlette(routes=[Route("/predict", predict, methods=["POST"]), Route("/readyz", ready)])
uvicorn.run(app, port=int(sys.argv[1]), log_level="critical", access_log=False)
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def running(folder: Path, command: list[str], port: int):
    """Run a server; gives its process once it answers."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        for _ in range(600):
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", port), 1) as link,
            ):
                link.sendall(
                    b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                if b" 200 " in link.recv(100):
                    break
            time.sleep(0.1)
        yield process
    finally:
        process.terminate()
        process.wait(30)


async def _ask(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.monotonic() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        count += 1
    writer.close()
    return count


def requests_a_second(port: int, body: bytes, connections: int, seconds: float) -> float:
    head = (
        "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    request = head.encode() + body

    async def load() -> float:
        begun = time.monotonic()
        counts = await asyncio.gather(
            *(_ask(port, request, begun + seconds) for _ in range(connections))
        )
        return sum(counts) / (time.monotonic() - begun)

    return asyncio.run(load())


def ratio(ours: int, theirs: int, body: bytes, connections: int, seconds: float) -> Rates:
    """Ask both in turns: what else the machine does meets both alike."""
    requests_a_second(ours, body, connections, 0.5)
    requests_a_second(theirs, body, connections, 0.5)
    pairs = []
    for number in range(ROUNDS):
        # Who comes first changes, too.
        order = (ours, theirs) if number % 2 else (theirs, ours)
        found = {port: requests_a_second(port, body, connections, seconds) for port in order}
        pairs.append((found[ours], found[theirs]))
    return Rates(
        ours=statistics.median(pair[0] for pair in pairs),
        theirs=statistics.median(pair[1] for pair in pairs),
        ratio=statistics.median(pair[0] / pair[1] for pair in pairs),
    )


@attrs.frozen
class Rates:
    """Requests a second, and the median of the ratios of each round."""

    ours: float
    theirs: float
    ratio: float

    def __str__(self) -> str:
        return f"{self.ours:,.1f} requests/s, {self.theirs:,.1f} beside it, ratio {self.ratio:.2f}"


@pytest.fixture(
    scope="module",
    params=["LogisticRegression", "RandomForestClassifier", "HistGradientBoostingClassifier"],
)
def served(request, tmp_path_factory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("served")
    examples = Path(__file__).parents[2] / "examples"
    (folder / "adult.csv").write_bytes((examples / "income" / "data" / "adult.csv").read_bytes())
    params = "params = { n_estimators = 100 }" if "Forest" in request.param else ""
    (folder / "fourstroke.toml").write_text(PROJECT.format(estimator=request.param, params=params))
    with Project.open(folder) as project:
        assert project.run().state == "succeeded"
    (folder / "by_hand.py").write_text(BY_HAND)
    return request.param, folder


def bodies(folder: Path) -> dict[int, bytes]:
    with Project.open(folder) as project:
        champion = project.models["served"].champion
        data, _ = champion.held_out()
        with champion.predictor() as predictor:
            names = [column.name for column in predictor.signature.columns]
    records = json.loads(data[names].head(10_000).to_json(orient="records"))
    records = (records * 2)[:10_000]
    return {rows: json.dumps({"records": records[:rows]}).encode() for rows in (1, 10_000)}


def command(port: int, *words: str) -> list[str]:
    return [sys.executable, "-m", "fourstroke", "serve", "--port", str(port), *words]


def test_service_keeps_up_with_starlette_by_hand(served):
    estimator, folder = served
    found = bodies(folder)
    port, by_hand = free_port(), free_port()
    hand = [sys.executable, "by_hand.py", str(by_hand)]
    ratios = {}
    with running(folder, command(port), port), running(folder, hand, by_hand):
        for rows, connections, seconds in ((1, 1, 1.0), (1, 16, 1.0), (10_000, 1, 3.0)):
            rates = ratio(port, by_hand, found[rows], connections, seconds)
            ratios[rows, connections] = rates.ratio
            print(f"\n{estimator}, {rows:,} rows, {connections} connections: {rates}")
    assert min(ratios.values()) >= 0.8, ratios


def test_prediction_log_costs_little(served):
    estimator, folder = served
    body = bodies(folder)[1]
    logging, silent = free_port(), free_port()
    with (
        running(folder, command(logging), logging),
        running(folder, command(silent, "--no-log"), silent),
    ):
        rates = ratio(logging, silent, body, 16, 2.0)
    print(f"\n{estimator}, with the prediction log beside without: {rates}")
    assert rates.ratio >= 0.9


def test_one_row_takes_less_time_than_scikit_learn_itself(served):
    estimator, folder = served
    with Project.open(folder) as project:
        champion = project.models["served"].champion
        model, (data, _) = champion.load(), champion.held_out()
        row = data.head(1)
        with champion.predictor() as predictor, threadpool_limits(1):
            seconds = {"ours": [], "sklearn": []}
            for _ in range(ROUNDS):
                for name, call in (("sklearn", model.predict), ("ours", predictor)):
                    begun = time.perf_counter()
                    for _ in range(30):
                        call(row)
                    seconds[name].append((time.perf_counter() - begun) / 30)
    ours, theirs = (statistics.median(seconds[name]) for name in ("ours", "sklearn"))
    print(
        f"\n{estimator}, one row: {ours * 1000:.2f} ms with probabilities, "
        f"predict of scikit-learn {theirs * 1000:.2f} ms, {theirs / ours:.1f} times faster"
    )
    if "Logistic" not in estimator:
        assert ours < theirs
