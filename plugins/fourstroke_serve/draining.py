"""A server that ends without cutting anybody off who had asked before."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Final

import uvicorn

if TYPE_CHECKING:
    import socket

# Under a steady stream of new connections there is always one more.
_ACCEPT_SECONDS: Final = 1.0
# For requests that are on their way through the network.
_READ_SECONDS: Final = 0.1
# Asyncio needs five: to accept, to make the connection, to tell its protocol, to watch it, to read.
_TURNS: Final = 8


class DrainingServer(uvicorn.Server):
    """Uvicorn's server, which answers also what nobody has accepted or read yet when it is told to stop.

    By itself it closes the listening socket first, and the system then resets every connection that
    waits to be accepted; so it does with connections whose request nobody has read.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept what waits, stop listening, read what was sent, and then drain."""
        await self._accept_what_waits()
        for server in self.servers:
            server.close()
        await asyncio.sleep(_READ_SECONDS)
        await _turns()
        await super().shutdown(sockets)

    async def _accept_what_waits(self) -> None:
        """Go on until nobody waits, and all that were accepted have become connections.

        A server of asyncio that is closed drops those of which it has made none yet.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _ACCEPT_SECONDS
        # Whoever waits now is accepted in these turns, however long the loop takes for them.
        await _turns()
        while self._is_waited_for() and loop.time() < deadline:
            await _turns()

    def _is_waited_for(self) -> bool:
        """Say whether a connection waits to be accepted."""
        with selectors.DefaultSelector() as look:
            for server in self.servers:
                for listening in server.sockets:
                    look.register(listening, selectors.EVENT_READ)
            return bool(look.get_map()) and bool(look.select(0))


async def _turns() -> None:
    """Let the loop turn as often as it takes from a connection that waits to a request that is read."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)
