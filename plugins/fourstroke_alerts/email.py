"""Send alerts by mail."""

from __future__ import annotations

import secrets
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from typing import Literal

import attrs

from fourstroke import Alert, ConfigError, Context, StepError, hookimpl, plugin
from fourstroke_alerts.message import shortened, text_of, visible

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LONGEST_SUBJECT = 150


@plugin
class Email:
    """Send every alert as a mail of plain text; the mails of one matter are one conversation."""

    # The mail server.
    host: str = attrs.field(validator=attrs.validators.min_len(1))
    # Whom to tell.
    to: tuple[str, ...] = attrs.field(validator=attrs.validators.min_len(1))
    # Whom it is from.
    sender: str = attrs.field(validator=attrs.validators.min_len(1))
    # How the way is kept secret; "none" only to a server on this machine.
    security: Literal["starttls", "tls", "none"] = "starttls"
    # The port; that of the security without it.
    port: int = attrs.field(default=0, validator=attrs.validators.in_(range(65_536)))
    # Who logs in; nobody if it is empty.
    user: str = ""
    # Their password: "${SMTP_PASSWORD}".
    password: str = attrs.field(default="", repr=False)
    # How long the server may take.
    seconds: float = attrs.field(default=20.0, validator=attrs.validators.gt(0))

    def __attrs_post_init__(self) -> None:
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ConfigError(
                "whoever is on the way reads it", where="security", hint='"starttls" or "tls"'
            )
        for name, value in (("sender", self.sender), *(("to", each) for each in self.to)):
            if "@" not in value or not value.isprintable():
                raise ConfigError(f"{value!r} is no address of mail", where=name)

    @hookimpl
    def alert(self, alert: Alert, context: Context) -> bool:
        """Send the mail."""
        message = self._message(alert, context)
        try:
            with self._connected() as server:
                if self.user:
                    server.login(self.user, self.password)
                refused = server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            why = f"{type(error).__name__}: {error}"
            raise StepError(
                f"{self.host} did not take the mail: {why}", where=context.step
            ) from error
        if refused:
            context.say(f"{self.host} refused {', '.join(sorted(refused))}")
        return not refused

    def _connected(self) -> smtplib.SMTP:
        port = self.port or _PORTS[self.security]
        if self.security == "tls":
            trusted = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, port, timeout=self.seconds, context=trusted)
        server = smtplib.SMTP(self.host, port, timeout=self.seconds)
        if self.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        return server

    def _message(self, alert: Alert, context: Context) -> EmailMessage:
        message = EmailMessage()
        mark = "resolved" if alert.status == "resolved" else alert.severity
        subject = f"[{context.project}] {mark}: {visible(alert.title)}"
        message["Subject"] = _plain(shortened(subject)[:_LONGEST_SUBJECT])
        message["From"] = self.sender
        message["To"] = ", ".join(self.to)
        message["Date"] = formatdate(alert.at.timestamp())
        # Not `make_msgid`, which draws from the random numbers that all share.
        domain = self.sender.rpartition("@")[2]
        message["Message-ID"] = f"<{secrets.token_hex(16)}@{domain}>"
        # Readers put mails together that refer to one other.
        message["References"] = (
            f"<{_plain(alert.key).replace('/', '.').replace(' ', '-')}@fourstroke>"
        )
        message["X-Fourstroke-Key"] = _plain(alert.key)
        message.set_content(_plain(text_of(alert)))
        return message


def _plain(text: str) -> str:
    """Leave out halves of characters, which no encoding takes."""
    return text.encode("utf-8", "replace").decode()
