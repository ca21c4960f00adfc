"""How a service begins to listen and how it ends: nobody who has asked is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from fourstroke import UsageError
from fourstroke_serve import workers
from fourstroke_serve.application import application
from fourstroke_serve.connection import protocol
from fourstroke_serve.draining import DrainingServer
from fourstroke_serve.listening import listening
from fourstroke_serve.origin import Wanted
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


@contextlib.contextmanager
def serving(app) -> Iterator[tuple[uvicorn.Server, int]]:
    """Serve an application in a thread; gives the server and its port."""
    config = uvicorn.Config(
        app, http=protocol(10.0), lifespan="off", log_config=None, timeout_graceful_shutdown=10
    )
    with listening("127.0.0.1", 0) as sockets:
        server = DrainingServer(config)
        port = sockets[0].getsockname()[1]
        thread = threading.Thread(target=server.run, args=(list(sockets),), daemon=True)
        thread.start()
        try:
            yield server, port
        finally:
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive()


async def answer(send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def said_to(link: socket.socket) -> bytes:
    return b"".join(iter(lambda: link.recv(4096), b""))


def test_whoever_had_asked_before_the_end_is_answered_also_if_nobody_had_accepted(monkeypatch):
    at_work, goes_on, told = threading.Event(), threading.Event(), asyncio.Event()
    # So that it is told in the very turn in which it would accept: else it is a matter of chance.
    monkeypatch.setattr(DrainingServer, "main_loop", lambda _: told.wait())

    async def app(scope, receive, send) -> None:
        if not at_work.is_set():
            at_work.set()
            goes_on.wait(20)  # the loop does not turn, as behind a model that keeps the interpreter
            told.set()
        await answer(send)

    with contextlib.ExitStack() as links, serving(app) as (_, port):
        first = links.enter_context(connected(port))
        first.sendall(HEAD + b"\r\n")
        assert at_work.wait(20)
        others = [links.enter_context(connected(port)) for _ in range(50)]
        for each in others:
            each.sendall(HEAD + b"\r\n")
        goes_on.set()

        answers = [said_to(link) for link in (first, *others)]

    assert all(each.startswith(b"HTTP/1.1 200") for each in answers), answers


def test_request_that_is_on_its_way_is_answered_and_the_last_of_its_connection():
    async def app(scope, receive, send) -> None:
        await answer(send)

    with contextlib.ExitStack() as links, serving(app) as (server, port):
        half, new = (links.enter_context(connected(port)) for _ in range(2))
        half.sendall(HEAD)
        time.sleep(0.1)
        server.should_exit = True
        time.sleep(0.5)
        half.sendall(b"\r\n")
        new.sendall(HEAD + b"\r\n")

        assert said_to(half).startswith(b"HTTP/1.1 200")
        assert said_to(new).startswith(b"HTTP/1.1 200")
        with pytest.raises(ConnectionRefusedError):
            connected(port)


def test_port_in_use_is_told():
    with listening("localhost", 0) as sockets:
        port = sockets[0].getsockname()[1]
        assert {each.getsockname()[1] for each in sockets} == {port}
        with (
            pytest.raises(UsageError, match=f"port {port} is in use"),
            listening("127.0.0.1", port),
        ):
            pass


def test_address_of_another_machine_is_told():
    # 192.0.2.0/24 is for documentation (RFC 5737).
    with (
        pytest.raises(UsageError, match="is no address of this machine"),
        listening("192.0.2.1", 0),
    ):
        pass


class Slow:
    """Says what is wanted once it may."""

    model, project, row_id, nothing = "shop", None, "", "no version is in production"

    def __init__(self) -> None:
        self.may = threading.Event()
        self.fails = False

    def wanted(self) -> Wanted:
        self.may.wait(20)
        if self.fails:
            raise OSError("the database does not answer")
        return Wanted()

    def close(self) -> None:
        pass


@pytest.mark.parametrize("fails", [False, True])
def test_one_of_several_workers_accepts_once_it_knows_what_to_answer(monkeypatch, fails):
    monkeypatch.setattr("fourstroke_serve.service._RELUCTANT_SECONDS", 0.3)
    origin = Slow()
    origin.fails = fails
    service = Service(Settings(workers=2, poll_seconds=0.05, is_logged=False), origin)  # type: ignore[arg-type]  # it is asked nothing else
    config = uvicorn.Config(application(service), lifespan="on", log_config=None)
    with listening("127.0.0.1", 0) as sockets:
        server = DrainingServer(config)
        thread = threading.Thread(target=server.run, args=(list(sockets),), daemon=True)
        thread.start()
        time.sleep(0.3)
        assert not server.started
        origin.may.set()
        asked = time.monotonic()
        while not server.started:
            assert time.monotonic() - asked < 20
            time.sleep(0.01)
        took = time.monotonic() - asked
        server.should_exit = True
        thread.join(20)

    assert not thread.is_alive()
    # One that cannot load anything leaves requests to the others for a while.
    assert took >= 0.3 or not fails


def _waits(sockets) -> None:
    time.sleep(60)


def _fails(sockets) -> None:
    raise SystemExit(3)


def test_worker_that_gives_no_sign_of_life_is_replaced(monkeypatch, capfd):
    monkeypatch.setattr(workers, "_SILENT_SECONDS", 0.0)
    worker = workers.Worker.start(_waits, [])
    time.sleep(0.01)
    found = [worker]

    workers._replace(found, lambda: workers.Worker.start(_waits, []))

    try:
        assert found != [worker]
        assert "has given no sign of life" in capfd.readouterr().err
        assert not worker.process.is_alive()
    finally:
        found[0].end()


def test_workers_that_cannot_start_end_the_service_with_a_fault():
    assert not workers.supervise(_fails, [], 1)
