"""Send alerts to an address of the web, signed."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import attrs

from fourstroke import Alert, ConfigError, Context, StepError, hookimpl, plugin
from fourstroke_alerts.addresses import resolved
from fourstroke_alerts.message import facts_of

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_PORTS: Final = {"http": 80, "https": 443}
_TRY_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
# Of an answer, which is not read for anything but to say what was wrong.
_MOST_READ: Final = 300


@plugin
class Webhook:
    """POST every alert as JSON, signed, to one address; redirects are not followed.

    Headers: ``X-Fourstroke-Timestamp``, and with a secret ``X-Fourstroke-Signature``, which is
    ``sha256=`` and the HMAC-SHA256 of the timestamp, a full stop and the body. A receiver compares it,
    and refuses old timestamps, so that nobody else can send or repeat an alert.
    """

    # The address: https, or http on this machine.
    url: str = attrs.field(validator=attrs.validators.min_len(1), repr=False)
    # Signs what is sent: "${WEBHOOK_SECRET}".
    secret: str = attrs.field(default="", repr=False)
    # Further headers, such as { Authorization = "Bearer ${TOKEN}" }.
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    # Whether it may be an address of the inside of a network.
    allow_private: bool = False
    # How long the receiver may take.
    seconds: float = attrs.field(default=10.0, validator=attrs.validators.gt(0))
    # How often it is tried.
    tries: int = attrs.field(default=3, validator=attrs.validators.ge(1))

    def __attrs_post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ConfigError("it is no address of the web", where="url", hint="https://...")
        if parts.username or parts.password:
            raise ConfigError("a password does not belong there", where="url", hint="use headers")
        if parts.scheme == "http" and not self.allow_private:
            raise ConfigError(
                "whoever is on the way reads http",
                where="url",
                hint="https://..., or allow_private = true for this machine's own network",
            )

    @hookimpl
    def alert(self, alert: Alert, context: Context) -> bool:
        """Send the alert, and again if the receiver is busy."""
        body = json.dumps(facts_of(alert, context), allow_nan=False).encode()
        why = ""
        for number in range(self.tries):
            if number:
                time.sleep(min(2.0**number, 10.0) / 4)
            try:
                status, told = self._post(body)
            except (OSError, http.client.HTTPException) as error:
                why = f"{type(error).__name__}: {error}"
                continue
            if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own range of success
                return True
            why = f"it answered {status}: {told}"
            if status not in _TRY_AGAIN:
                break
        raise StepError(f"the webhook did not take the alert: {why}", where=context.step)

    def _post(self, body: bytes) -> tuple[int, str]:
        parts = urlsplit(self.url)
        stamp = str(int(time.time()))
        headers = {
            **self.headers,
            "Content-Type": "application/json",
            "User-Agent": "fourstroke",
            "X-Fourstroke-Timestamp": stamp,
        }
        if self.secret:
            headers["X-Fourstroke-Signature"] = signature(self.secret, stamp, body)
        link = self._connected(parts)
        try:
            path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            link.request("POST", path, body, headers)
            answer = link.getresponse()
            return answer.status, answer.read(_MOST_READ).decode("utf-8", "replace")
        finally:
            link.close()

    def _connected(self, parts: SplitResult) -> http.client.HTTPConnection:
        """Connect to the address that was looked at; the name is that of the certificate still."""
        host = parts.hostname or ""
        port = parts.port or _PORTS[parts.scheme]
        address = resolved(host, port, is_inside_allowed=self.allow_private)
        link = http.client.HTTPConnection(host, port, timeout=self.seconds)
        plain = socket.create_connection((address, port), self.seconds)
        if parts.scheme == "https":
            link.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        else:
            link.sock = plain
        return link


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Sign a body and the moment at which it is sent.

    Examples
    --------
    >>> signature("s", "1", b"{}")[:20]
    'sha256=41914c2a0c6fb'
    """
    made = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"sha256={made.hexdigest()}"
