"""The body of a request, read within the limits of size and time before anybody looks at it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

import attrs

from fourstroke_serve.faults import RequestError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

# Of the largest ones: what all requests at work may hold in memory together.
_AT_ONCE: Final = 16
# Of a body that nobody wants: what is still on its way when its sender is refused.
_UNWANTED_BYTES: Final = 1_048_576
_UNWANTED_SECONDS: Final = 1.0


class GoneError(Exception):
    """The client went before its body was whole."""


@attrs.define(eq=False)
class Bodies:
    """Reads bodies, and knows how much those hold that are at work.

    Parameters
    ----------
    most : int
        Bytes of one.
    seconds : float
        How long one may take to come.
    """

    most: int
    seconds: float
    held: int = attrs.field(default=0, init=False)

    async def whole(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """Read one; its bytes count until they are let go.

        Raises
        ------
        RequestError
            413 for too many bytes, 408 for too slow ones, 415 for compressed ones, 503 if others hold
            too many already.
        GoneError
            If the client went.
        """
        told = headers.get(b"content-length", b"")
        if told.isdigit() and int(told) > self.most:
            raise RequestError(413, f"the body has {int(told):,} bytes, more than {self.most:,}")
        if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            # Compressed bytes may become any number of them.
            raise RequestError(415, "send the body without Content-Encoding")
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self.seconds):
                async for part in _parts(receive):
                    size += len(part)
                    self.held += len(part)
                    self._refuse(size)
                    parts.append(part)
        except BaseException as error:
            self.let_go(size)
            if isinstance(error, TimeoutError):
                told_seconds = f"the body did not come within {self.seconds:g} s"
                raise RequestError(408, told_seconds) from None
            raise
        return b"".join(parts)

    def _refuse(self, size: int) -> None:
        if size > self.most:
            raise RequestError(413, f"the body has more than {self.most:,} bytes")
        if self.held > self.most * _AT_ONCE:
            raise RequestError(503, "other requests hold too much memory; ask again soon")

    def let_go(self, size: int) -> None:
        """Forget the bytes of a request that is done."""
        self.held -= size

    @staticmethod
    def again(body: bytes, receive: Receive) -> Receive:
        """Give what hands the whole body to the application, once."""
        whole: Message | None = {"type": "http.request", "body": body, "more_body": False}

        async def once() -> Message:
            nonlocal whole
            if whole is None:
                return await receive()
            found, whole = whole, None
            return found

        return once


async def discard(receive: Receive) -> None:
    """Take what a client that is refused still sends, for a moment, and forget it.

    A connection that is closed before all of it was read is reset by the system, and the reset may
    overtake the answer: the client would not hear why it was refused (RFC 9112, 9.6).
    """
    size = 0
    with contextlib.suppress(TimeoutError, GoneError):
        async with asyncio.timeout(_UNWANTED_SECONDS):
            async for part in _parts(receive):
                size += len(part)
                if size > _UNWANTED_BYTES:
                    return


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        yield message.get("body", b"")
        if not message.get("more_body"):
            return
