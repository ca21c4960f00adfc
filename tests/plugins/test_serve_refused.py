"""A client that is refused before all that it sends was read still hears why."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
import serving

from fourstroke_serve.guard import Guard
from fourstroke_serve.settings import Settings

TOKEN = "a-token-of-a-test"
SIZE = 200_000


async def echo(scope, receive, send):
    """Say how much came."""
    length = str(len((await receive())["body"])).encode()
    headers = [(b"content-length", str(len(length)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": length})


async def nobody(scope, status):
    """Nobody counts."""


@pytest.fixture
def port() -> Iterator[int]:
    settings = Settings(token=TOKEN, at_once=1)
    app = Guard(echo, settings, frozenset(), lambda status: None, nobody)
    with socket.socket() as listener, serving.answering(app, listener, 5.0) as found:
        yield found


def begun(port: int, *further: str, size: int = SIZE) -> socket.socket:
    """Send the head of a request."""
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    lines = ["POST / HTTP/1.1", "host: localhost", f"content-length: {size}", *further, "", ""]
    client.sendall("\r\n".join(lines).encode())
    return client


def heard(client: socket.socket) -> bytes:
    """Give all that came until the connection was closed."""
    found = b""
    while chunk := client.recv(65_536):
        found += chunk
    return found


@pytest.mark.parametrize("attempt", range(5))
def test_stranger_hears_401_though_the_body_is_on_its_way(port, attempt):
    with begun(port) as client:
        for _ in range(2):
            time.sleep(0.02)
            client.sendall(b"x" * (SIZE // 2))
        assert heard(client).startswith(b"HTTP/1.1 401 ")


def test_client_that_announces_too_much_hears_413(port):
    size = Settings().most_bytes + 1
    with begun(port, f"authorization: Bearer {TOKEN}", size=size) as client:
        client.sendall(b"x" * 100_000)
        assert heard(client).startswith(b"HTTP/1.1 413 ")


def test_stranger_who_sends_nothing_is_answered_soon_and_keeps_nobody_waiting(port):
    with begun(port) as stranger:
        began = time.monotonic()
        # There is one place, and it is free.
        with begun(port, f"authorization: Bearer {TOKEN}", "connection: close", size=3) as client:
            client.sendall(b"abc")
            assert heard(client).startswith(b"HTTP/1.1 200 ")
        assert heard(stranger).startswith(b"HTTP/1.1 401 ")
        assert time.monotonic() - began < 5


def test_client_that_waits_to_be_told_to_send_is_refused_at_once(port):
    with begun(port, "expect: 100-continue") as client:
        found = heard(client)

    assert found.startswith(b"HTTP/1.1 401 ")
    assert b"100 Continue" not in found
