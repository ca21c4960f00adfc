"""A connection that does not wait for ever: clients that send or take slowly, or nothing, are cut off."""

from __future__ import annotations

import asyncio
import json
from typing import Any, ClassVar, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from fourstroke_serve.faults import body_of
from fourstroke_serve.guard import HEADERS

# More than the guard lets through, so that it is the guard who says so, and the answer says more.
MOST_HEAD_BYTES: Final = 65_536
# How long a new connection may take to ask when the service is ending.
_FIRST_SECONDS: Final = 1.0


class Watched(H11Protocol):
    """Uvicorn's protocol, with limits on the time that a client takes to send headers and to take answers."""

    header_seconds: ClassVar[float] = 10.0
    _late: asyncio.TimerHandle | None = None
    _stuck: asyncio.TimerHandle | None = None
    _left: int = 0
    _is_last: bool = False

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on, until the headers are whole."""
        super().data_received(data)
        if self._has_request():
            self._let_go()
            if self._is_last:
                super().shutdown()
        elif self._late is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._let_go()
        if self._stuck is not None:
            self._stuck.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Let the request at work be the last one, or the one that is on its way.

        A connection that has asked nothing yet was made to ask something.
        """
        is_asking = bool(self.conn.trailing_data[0])
        self._is_last = not self._has_request() and (self.cycle is None or is_asking)
        if not self._is_last:
            super().shutdown()
        elif not is_asking:
            self.loop.call_later(_FIRST_SECONDS, self._cut)

    def on_response_complete(self) -> None:
        """See that the client takes its answer: until then it stays in memory."""
        super().on_response_complete()
        if self._stuck is None and self.transport.get_write_buffer_size():
            self._watch_answer()

    def send_400_response(self, msg: str) -> None:
        """Say that it is no HTTP in the form of every other fault."""
        status = 431 if len(self.conn.trailing_data[0]) >= MOST_HEAD_BYTES else 400
        told = f"the headers have more than {MOST_HEAD_BYTES:,} bytes" if status == 431 else msg  # noqa: PLR2004 - as HTTP asks for
        body = json.dumps(body_of(status, told)).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *HEADERS,
        ]
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            for event in (
                h11.Response(status_code=status, headers=headers),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _wait(self) -> None:
        self._late = self.loop.call_later(self.header_seconds, self._cut)

    def _has_request(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _let_go(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut(self) -> None:
        self._late = None
        if not self._has_request() and not self.transport.is_closing():
            self.transport.close()

    def _watch_answer(self) -> None:
        self._left = self.transport.get_write_buffer_size()
        self._stuck = self.loop.call_later(self.header_seconds, self._look_at_answer)

    def _look_at_answer(self) -> None:
        self._stuck = None
        left = self.transport.get_write_buffer_size()
        if left and left >= self._left:
            # Closing would wait for a client that takes nothing.
            self.transport.abort()
        elif left:
            self._watch_answer()


def protocol(seconds: float) -> type[asyncio.Protocol]:
    """Give the protocol with a limit in seconds, for all connections of this process.

    One class, not one a limit: uvicorn hands it to its workers by its name.
    """
    Watched.header_seconds = seconds
    return Watched
