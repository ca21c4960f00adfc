"""What every request passes before anything looks at it: who asks, from where, how much, how long."""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

from fourstroke_serve.bodies import App, Bodies, GoneError, Message, Receive, Send, discard
from fourstroke_serve.faults import RequestError, body_of
from fourstroke_serve.identity import SCOPE_KEY, own_id
from fourstroke_serve.settings import LOOPBACK, Settings
from fourstroke_serve.words import MOST_BYTES, NO_PRINCIPAL, PREFIX

# Like nginx's large_client_header_buffers: what a browser or client library sends is far smaller.
_MOST_HEADER_BYTES: Final = 16_384
# Whatever else a method is called, it may change something.
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_SAME_SITE: Final = frozenset({b"same-origin", b"none"})
HEADERS: Final = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)
_UNAUTHENTICATED: Final = 401
_UNAVAILABLE: Final = 503
# The first status that is one: RFC 9110, 15.5.
_FAULT: Final = 400

Scope = MutableMapping[str, Any]


@attrs.define(eq=False)
class Guard:
    """Refuses by rules that allow, so that what nobody thought of is refused, too.

    Parameters
    ----------
    app : callable
        The application behind it.
    settings : Settings
        Limits, names and token.
    public : frozenset of str
        Paths that need no token, and are answered also when there is too much to do.
    refused : callable
        Hears the status of what is refused here.
    unanswered : callable
        Hears of every answer that is a refusal or a failure, with its status, before it is sent.
    """

    app: App
    settings: Settings
    public: frozenset[str]
    _refused: Callable[[int], None]
    _unanswered: Callable[[Scope, int], Awaitable[None]]
    _names: frozenset[str] = attrs.field(init=False)
    _bodies: Bodies = attrs.field(init=False)
    # Of people who act: others cannot use up with them what predictions need.
    _words: Bodies = attrs.field(init=False)
    _at_work: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        """Prepare the limits."""
        known = {*LOOPBACK, self.settings.host, *self.settings.hosts}
        self._names = frozenset(name.lower() for name in known)
        self._bodies = Bodies(self.settings.most_bytes, self.settings.body_seconds)
        self._words = Bodies(MOST_BYTES, self.settings.body_seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        scope[SCOPE_KEY] = own_id(headers)
        bodies = self._words if self._is_governed(scope) else self._bodies
        send = self._told(scope, send)
        self._at_work += 1
        held, refusal = 0, None
        try:
            self._refuse(scope, headers)
            if scope["method"] not in _SAFE:
                body = await bodies.whole(headers, receive)
                held, receive = len(body), bodies.again(body, receive)
        except RequestError as error:
            refusal = error
        except GoneError:
            # Half a body may look like a whole one; nobody is there to hear the answer.
            pass
        else:
            await self.app(scope, receive, send)
        finally:
            self._at_work -= 1
            bodies.let_go(held)
        if refusal is not None:
            # Not at work any more: strangers shall not take the place of those who may ask.
            self._refused(refusal.status)
            if b"expect" not in headers:
                await discard(receive)
            await _answer(send, refusal)

    def _refuse(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        is_public = scope["path"] in self.public
        if self._at_work > self.settings.at_once and not is_public:
            raise RequestError(503, f"{self.settings.at_once} requests are at work; ask again soon")
        size = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if size + len(scope.get("raw_path") or b"") + len(scope["query_string"]) > (
            _MOST_HEADER_BYTES
        ):
            raise RequestError(431, f"the headers have more than {_MOST_HEADER_BYTES:,} bytes")
        if _host(headers.get(b"host", b"")) not in self._names:
            raise RequestError(421, "this service has another name: fourstroke serve --allow-host")
        if scope["method"] not in _SAFE:
            self._refuse_other_sites(headers)
        given = headers.get(b"authorization", b"")
        if self._is_governed(scope):
            # Whose it is, the endpoints themselves ask: here whoever shows none goes no further.
            if given.partition(b" ")[0].lower() != b"bearer":
                raise RequestError(_UNAUTHENTICATED, NO_PRINCIPAL)
        elif self.settings.token and not is_public:
            self._refuse_strangers(given)

    def _is_governed(self, scope: MutableMapping[str, Any]) -> bool:
        return self.settings.is_governed and str(scope["path"]).startswith(PREFIX)

    def _told(self, scope: Scope, send: Send) -> Send:
        """Give what adds the headers that every answer has, and tells of those that are faults."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                further = [*HEADERS, (b"x-request-id", scope[SCOPE_KEY].encode())]
                if message["status"] == _UNAVAILABLE:
                    further.append((b"retry-after", b"1"))
                message["headers"] = [*message.get("headers", ()), *further]
                if message["status"] >= _FAULT:
                    await self._unanswered(scope, message["status"])
            await send(message)

        return told

    def _refuse_strangers(self, given: bytes) -> None:
        scheme, _, token = given.partition(b" ")
        # The token first, and always: how long this takes tells nothing.
        is_known = hmac.compare_digest(token.strip(), self.settings.token.encode())
        if not is_known or scheme.lower() != b"bearer":
            raise RequestError(_UNAUTHENTICATED, "send the token: Authorization: Bearer ...")

    def _refuse_other_sites(self, headers: dict[bytes, bytes]) -> None:
        """Refuse what a page of another site makes a browser send: clients that are none say neither."""
        if headers.get(b"sec-fetch-site", b"none") not in _SAME_SITE:
            raise RequestError(403, "a page of another site may not ask here")
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin).netloc != headers.get(b"host", b""):
            raise RequestError(403, "a page of another site may not ask here")


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
    ]
    if error.status == _UNAUTHENTICATED:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
