"""A client that asks and does not take its answer is cut off; one that takes it slowly is not."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
import serving

# More than the small buffers of both sides hold.
ANSWER = b"x" * 2_000_000
REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
PATIENCE_SECONDS = 0.4


async def large(scope, receive, send):
    """Answer with much, in one piece as the service does."""
    length = (b"content-length", str(len(ANSWER)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": ANSWER})


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as listener:
        # Those that it accepts have it from here.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        with serving.answering(large, listener, PATIENCE_SECONDS) as found:
            yield found


@contextlib.contextmanager
def asking(port: int) -> Iterator[socket.socket]:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(10)
        client.connect(("127.0.0.1", port))
        client.sendall(REQUEST)
        yield client


def taken(client: socket.socket, pause_seconds: float = 0.0) -> int:
    """Take what comes; gives how much that was."""
    count = 0
    with contextlib.suppress(ConnectionResetError):
        while chunk := client.recv(100_000):
            count += len(chunk)
            if count > len(ANSWER):
                break
            time.sleep(pause_seconds)
    return count


def test_client_that_takes_nothing_is_cut_off(port):
    with asking(port) as client:
        time.sleep(4 * PATIENCE_SECONDS)
        count = taken(client)

    assert 0 < count < len(ANSWER) / 2


def test_client_that_takes_its_answer_slowly_gets_all_of_it(port):
    begun = time.monotonic()
    with asking(port) as client:
        count = taken(client, pause_seconds=0.002)

    assert count > len(ANSWER)
    assert time.monotonic() - begun > 2 * PATIENCE_SECONDS
