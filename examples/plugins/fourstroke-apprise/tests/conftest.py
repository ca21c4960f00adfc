"""A receiver on the loopback interface, and alerts to send to it."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from fourstroke import Alert, Context, Task

SECRET = "s3cr3t-t0ken"


class Receiver(BaseHTTPRequestHandler):
    """Takes what is posted: `/fail` answers 500, `/slow` after a second."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "/slow" in self.path:
            time.sleep(1)
        else:
            self.server.received.append((self.path, json.loads(body)))
        self.send_response(500 if "/fail" in self.path else 200)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.received = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def url(receiver):
    """Give the URL of a path of the receiver, with a secret in user, password, path and query."""

    def of(path: str) -> str:
        port = receiver.server_port
        return f"json://ana:{SECRET}@127.0.0.1:{port}/{path}/{SECRET}?-key={SECRET}"

    return of


@pytest.fixture(autouse=True)
def loggers(monkeypatch):
    """Let no test hear the silence of another."""
    for name in ("apprise", "urllib3"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)


@pytest.fixture
def alert():
    def make(**facts) -> Alert:
        known = {
            "key": "credit/drift",
            "severity": "error",
            "title": "drift: income",
            "text": "income has moved",
            "at": dt.datetime(2026, 5, 4, 3, 2, 1, tzinfo=dt.UTC),
            "model": "credit",
            "version": 3,
        }
        return Alert(**{**known, **facts})

    return make


@pytest.fixture
def context(tmp_path) -> Context:
    return Context(
        run="r7",
        step="operations.alert",
        project="credit",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(),
        log=logging.getLogger("test"),
    )
