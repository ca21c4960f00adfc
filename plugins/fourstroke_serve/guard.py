"""What every request passes before anything looks at it: who asks, from where, how much, how long."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from fourstroke_serve.faults import RequestError, body_of
from fourstroke_serve.settings import LOOPBACK, Settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

# Like nginx's large_client_header_buffers: what a browser or client library sends is far smaller.
_MOST_HEADER_BYTES: Final = 16_384
_CHANGES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_SAME_SITE: Final = frozenset({b"same-origin", b"none"})
_HEADERS: Final = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)


@attrs.frozen(eq=False)
class Guard:
    """Refuses by rules that allow, so that what nobody thought of is refused, too.

    Parameters
    ----------
    app : callable
        The application behind it.
    settings : Settings
        Limits, names and token.
    public : frozenset of str
        Paths that need no token.
    """

    app: App
    settings: Settings
    public: frozenset[str]

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        try:
            self._refuse(scope, headers)
            if scope["method"] in _CHANGES:
                receive = await self._whole_body(headers, receive)
        except RequestError as error:
            await _answer(send, error)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        await self.app(scope, receive, with_headers)

    def _refuse(self, scope: MutableMapping[str, Any], headers: dict[bytes, bytes]) -> None:
        size = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if size + len(scope.get("raw_path") or b"") > _MOST_HEADER_BYTES:
            raise RequestError(431, f"the headers have more than {_MOST_HEADER_BYTES:,} bytes")
        host = _host(headers.get(b"host", b""))
        if host not in {*LOOPBACK, self.settings.host, *self.settings.hosts}:
            raise RequestError(421, "this service has another name: fourstroke serve --allow-host")
        if scope["method"] in _CHANGES:
            self._refuse_other_sites(headers)
        if self.settings.token and scope["path"] not in self.public:
            given = headers.get(b"authorization", b"")
            if not hmac.compare_digest(given, b"Bearer " + self.settings.token.encode()):
                raise RequestError(401, "send the token: Authorization: Bearer ...")

    def _refuse_other_sites(self, headers: dict[bytes, bytes]) -> None:
        """Refuse what a page of another site makes a browser send: clients that are none say neither."""
        if headers.get(b"sec-fetch-site", b"none") not in _SAME_SITE:
            raise RequestError(403, "a page of another site may not ask here")
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin).netloc != headers.get(b"host", b""):
            raise RequestError(403, "a page of another site may not ask here")

    async def _whole_body(self, headers: dict[bytes, bytes], receive: Receive) -> Receive:
        """Read the body within the limits of size and time, before anybody looks at it."""
        most = self.settings.most_bytes
        told = headers.get(b"content-length", b"")
        if told.isdigit() and int(told) > most:
            raise RequestError(413, f"the body has {int(told):,} bytes, more than {most:,}")
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self.settings.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        break
                    part = message.get("body", b"")
                    size += len(part)
                    if size > most:
                        raise RequestError(413, f"the body has more than {most:,} bytes")
                    parts.append(part)
                    if not message.get("more_body"):
                        break
        except TimeoutError:
            seconds = self.settings.body_seconds
            raise RequestError(408, f"the body did not come within {seconds:g} s") from None
        whole: Message = {"type": "http.request", "body": b"".join(parts), "more_body": False}

        async def once() -> Message:
            nonlocal whole
            if whole["type"] == "http.request":
                found, whole = whole, {"type": "http.disconnect"}
                return found
            return await receive()

        return once


def _host(given: bytes) -> str:
    """Give the name of a Host header, without its port."""
    text = given.decode("latin-1").strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]


async def _answer(send: Send, error: RequestError) -> None:
    body = json.dumps(body_of(error.status, error.message)).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        # What is left of the request is not read.
        (b"connection", b"close"),
        *_HEADERS,
    ]
    if error.status == 401:  # noqa: PLR2004 - as HTTP asks for
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
