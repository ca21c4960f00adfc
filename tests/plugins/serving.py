"""A project whose model the tests of the service serve, and ways to run it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import uvicorn

from fourstroke import Project
from fourstroke_serve.application import application
from fourstroke_serve.connection import protocol
from fourstroke_serve.draining import DrainingServer
from fourstroke_serve.listening import listening
from fourstroke_serve.running import options
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings

PROJECT = """
[project]
name = "shop"

[task]
kind = "binary"
target = "bought"
positive = "yes"

[data]
check = []
audit = []

[data.collect]
path = "shop.csv"

[[data.prepare]]
use = "cast"
columns = {{ since = "datetime" }}

[model]
explain = []

[[model.train]]
use = "steps.py:Trained"
estimator = "{estimator}"

[[development.validate]]
use = "steps.py:measured"

[[report]]
use = "json"

[backends]
runner = "inline"
"""
# The trainer of scikit-learn, which fails or changes its mind if a file of the project says so.
STEPS = """
from pathlib import Path

from fourstroke import Check, Context, hookimpl, plugin
from fourstroke_sklearn import Sklearn


@plugin
class Trained:
    estimator: str

    @property
    def inner(self):
        return Sklearn(estimator=self.estimator)

    @hookimpl
    def train(self, data, context: Context):
        return self.inner.train(data, context)

    @hookimpl
    def signature(self, model, context: Context):
        return self.inner.signature(model, context)

    @hookimpl
    def predict(self, model, data, context: Context):
        said = self.inner.predict(model, data, context)
        mood = Path(context.root) / "mood.txt"
        if mood.exists() and context.step == "serve":
            word = mood.read_text().strip()
            if word == "fails" and len(data) == 1:
                raise RuntimeError("it is broken")
            if word == "lies":
                said["probability_yes"] = 0.5
        return said


def measured(candidate):
    return [Check(name="measured", status="pass")]
"""
ROW = {"age": 30.0, "town": "Ulm", "member": True, "since": "2024-05-01"}


def write_shop(folder: Path, *, estimator: str = "LogisticRegression", seed: int = 0) -> Path:
    """Write the project, with 400 rows of numbers, text, booleans and dates."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fourstroke.toml").write_text(PROJECT.format(estimator=estimator))
    (folder / "steps.py").write_text(STEPS)
    write_rows(folder, seed)
    return folder


def write_rows(folder: Path, seed: int) -> None:
    """Write rows; another seed makes another model."""
    random = np.random.default_rng(seed)
    age = random.normal(40, 10, 400).round(1)
    table = pd.DataFrame(
        {
            "age": age,
            "town": random.choice(["Ulm", "Bonn", "Köln"], 400),
            "member": random.random(400) < 0.5,
            "since": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(random.integers(0, 600, 400), "D"),
            "bought": np.where(age + random.normal(0, 5, 400) > 40, "yes", "no"),
        }
    )
    table.to_csv(folder / "shop.csv", index=False)


def turn(folder: Path) -> int:
    """Run the project; gives the champion's number."""
    with Project.open(folder) as project:
        outcome = project.run()
        assert outcome.state == "succeeded", outcome.errors
        champion = project.records.champion("shop")
    assert champion is not None
    return champion.version


@contextlib.contextmanager
def live(
    place: Path, *, port: int = 0, is_awaited: bool = True, **settings: object
) -> Iterator[tuple[Service, int]]:
    """Serve on a free port of this machine, in a thread; gives the service and its port."""
    port = port or free_port()
    chosen = Settings(project=str(place), port=port, poll_seconds=0.1, **settings)  # type: ignore[arg-type]  # each test names its own
    service = Service.open(chosen)
    server = DrainingServer(uvicorn.Config(application(service), **options(chosen)))
    with listening(chosen.host, port) as sockets:
        thread = threading.Thread(target=server.run, args=(list(sockets),), daemon=True)
        thread.start()
        try:
            until(lambda: server.started and (not is_awaited or service.champion is not None))
            yield service, port
        finally:
            server.should_exit = True
            thread.join(30)


@contextlib.contextmanager
def answering(app: object, listener: socket.socket, header_seconds: float) -> Iterator[int]:
    """Let an application of a test answer with the service's connections; gives the port."""
    listener.bind(("127.0.0.1", 0))
    http = protocol(header_seconds)
    server = uvicorn.Server(uvicorn.Config(app, http=http, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until(lambda: server.started)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        thread.join(30)


def free_port() -> int:
    """Find a port of this machine that nothing listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until(holds, seconds: float = 60.0) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it does not come to hold"
        time.sleep(0.02)


class Client:
    """Asks an application without a network, one request after the other."""

    def __init__(self, service: Service):
        self._app = application(service)

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Ask."""
        return asyncio.run(self._request(method, path, **given))

    def get(self, path: str, **given: Any) -> httpx.Response:
        """Ask for something."""
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """Send something."""
        return self.request("POST", path, **given)

    def delete(self, path: str) -> httpx.Response:
        """Delete something."""
        return self.request("DELETE", path)

    async def _request(self, method: str, path: str, **given: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, **given)
