"""Requests a second of `fourstroke serve`, beside the same model behind Starlette written by hand."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fourstroke import Project

pytestmark = pytest.mark.benchmark

SECONDS = 4.0
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
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        for _ in range(300):
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
        yield
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


def requests_a_second(port: int, body: bytes, connections: int) -> float:
    head = (
        "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    request = head.encode() + body

    async def load(seconds: float) -> float:
        begun = time.monotonic()
        counts = await asyncio.gather(
            *(_ask(port, request, begun + seconds) for _ in range(connections))
        )
        return sum(counts) / (time.monotonic() - begun)

    asyncio.run(load(1.0))
    return asyncio.run(load(SECONDS))


@pytest.fixture(scope="module", params=["LogisticRegression", "RandomForestClassifier"])
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


def test_service_keeps_up_with_starlette_by_hand(served):
    estimator, folder = served
    found = bodies(folder)
    port, by_hand = free_port(), free_port()
    ours = [sys.executable, "-m", "fourstroke", "serve", "--port", str(port)]
    hand = [sys.executable, "by_hand.py", str(by_hand)]
    ratios = {}
    for rows, connections in ((1, 1), (1, 16), (10_000, 1)):
        with running(folder, hand, by_hand):
            floor = requests_a_second(by_hand, found[rows], connections)
        with running(folder, ours, port):
            rate = requests_a_second(port, found[rows], connections)
        ratios[rows, connections] = rate / floor
        print(
            f"\n{estimator}, {rows:,} rows, {connections} connections: "
            f"{rate:,.1f} requests/s, by hand {floor:,.1f}, ratio {rate / floor:.2f}"
        )
    assert min(ratios.values()) >= 0.8, ratios
