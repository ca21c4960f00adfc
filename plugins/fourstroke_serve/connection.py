"""A connection that does not wait for ever: clients that send headers slowly, or none, are cut off."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol


class Watched(H11Protocol):
    """Uvicorn's protocol, with a limit on the time that the headers of each request take."""

    header_seconds: ClassVar[float] = 10.0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on, until the headers are whole."""
        super().data_received(data)
        if self._has_request():
            self._let_go()
        elif self._late is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._let_go()
        super().connection_lost(exc)

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


def protocol(seconds: float) -> type[asyncio.Protocol]:
    """Give the protocol with a limit in seconds, for all connections of this process.

    One class, not one a limit: uvicorn hands it to its workers by its name.
    """
    Watched.header_seconds = seconds
    return Watched
