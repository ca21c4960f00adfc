"""Alerts by webhook and by mail, to servers of this machine."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import hashlib
import hmac
import json
import logging
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs
import pytest

from fourstroke import Alert, ConfigError, Context, Observation, StepError, Task
from fourstroke.testing import AlertContract
from fourstroke_alerts import Email, Webhook
from fourstroke_alerts.addresses import is_public, resolved

ALERT = Alert(
    key="income/drift",
    severity="error",
    title="drift: age",
    text="age drifts: older people",
    at=dt.datetime(2026, 5, 1, 6, tzinfo=dt.UTC),
    model="income",
    version=3,
    window="2026-05-01",
    runbook="https://example.org/drift",
    observations=(Observation(name="drift", status="alert", column="age"),),
)


@pytest.fixture
def context(tmp_path) -> Context:
    return Context(
        run="r1",
        step="operations.alert",
        project="income",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(),
        log=logging.getLogger("test"),
    )


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        status = self.server.answers.pop(0) if self.server.answers else 204
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.got, server.answers = [], []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def hook(server):
    server.got.clear()
    server.answers.clear()
    return Webhook(
        url=f"http://127.0.0.1:{server.server_port}/in?team=a", secret="s3cret", allow_private=True
    )


def test_webhook_is_signed_as_a_receiver_computes_it(server, hook, context):
    assert hook.alert(alert=ALERT, context=context) is True

    [(path, headers, body)] = server.got
    signed = headers["X-Fourstroke-Timestamp"].encode() + b"." + body
    expected = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    told = json.loads(body)
    assert path == "/in?team=a"
    assert headers["X-Fourstroke-Signature"] == f"sha256={expected}"
    assert (told["title"], told["window"], told["columns"]) == ("drift: age", "2026-05-01", ["age"])
    assert told["dedupe_key"] == "income/drift#2026-05-01#raised"
    assert "s3cret" not in repr(hook)


def test_busy_receiver_is_asked_again_and_one_that_refuses_is_not(server, hook, context):
    server.answers[:] = [503, 429]
    assert hook.alert(alert=ALERT, context=context) is True
    assert len(server.got) == 3

    server.got.clear()
    server.answers[:] = [403]
    with pytest.raises(StepError, match="it answered 403"):
        hook.alert(alert=ALERT, context=context)
    assert len(server.got) == 1


def test_redirect_is_not_followed(server, hook, context):
    server.answers[:] = [302]

    with pytest.raises(StepError, match="it answered 302"):
        hook.alert(alert=ALERT, context=context)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
    ],
)
def test_addresses_of_the_inside_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


def test_name_that_leads_to_the_inside_is_refused(monkeypatch, context):
    def inside(*_, **__):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
            for address in ("93.184.216.34", "169.254.169.254")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", inside)
    with pytest.raises(ConfigError, match=r"169\.254\.169\.254, an address of the inside"):
        Webhook(url="https://metadata.example.org/").alert(alert=ALERT, context=context)
    assert resolved("metadata.example.org", 443, is_inside_allowed=True) == "93.184.216.34"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("ftp://example.org", "no address of the web"),
        ("http://example.org", "whoever is on the way"),
        ("https://user:pass@example.org", "a password does not belong there"),
        ("https://", "no address of the web"),
    ],
)
def test_wrong_addresses_are_refused_before_anything_is_sent(url, told):
    with pytest.raises(ConfigError, match=told) as found:
        Webhook(url=url)
    assert "pass@" not in str(found.value)


class Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a client without extensions needs."""

    def handle(self):
        self._say("220 here")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self._say("354 go on")
                self.server.got.append(self._message())
                self._say("250 kept")
            elif word == b"QUIT":
                self._say("221 bye")
                return
            elif word == b"RCPT" and b"nobody" in line:
                self._say("550 no such person")
            else:
                self._say("250 fine")

    def _message(self):
        lines = iter(self.rfile.readline, b".\r\n")
        return email.message_from_bytes(b"".join(lines), policy=email.policy.default)

    def _say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture(scope="module")
def mailbox():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.daemon_threads = True
        server.got = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def mailer(mailbox, *to: str) -> Email:
    return Email(
        host="127.0.0.1",
        port=mailbox.server_address[1],
        security="none",
        sender="fourstroke@example.org",
        to=to or ("ann@example.org",),
    )


def test_mail_says_what_happened_and_cannot_be_given_headers(mailbox, context):
    mailbox.got.clear()
    odd = attrs.evolve(ALERT, title="drift\r\nBcc: all@example.org\x1b[2J \ud800")

    assert mailer(mailbox).alert(alert=odd, context=context) is True

    [mail] = mailbox.got
    assert mail["To"] == "ann@example.org"
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("[income] error: drift\\r\\nBcc: all@example.org")
    assert "What to do: https://example.org/drift" in mail.get_content()


def test_refused_people_are_told(mailbox, context):
    mailbox.got.clear()
    channel = mailer(mailbox, "ann@example.org", "nobody@example.org")

    assert channel.alert(alert=ALERT, context=context) is False
    assert len(mailbox.got) == 1
    assert context.notes.messages == ["127.0.0.1 refused nobody@example.org"]


def test_mail_server_that_is_not_there_is_named(context):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    channel = Email(
        host="127.0.0.1", port=port, security="none", sender="a@example.org", to=("b@example.org",)
    )

    with pytest.raises(StepError, match=r"127\.0\.0\.1 did not take the mail: ConnectionRefused"):
        channel.alert(alert=ALERT, context=context)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"host": "mail.example.org", "security": "none"}, "whoever is on the way reads it"),
        ({"host": "mail.example.org", "to": ("nobody",)}, "'nobody' is no address of mail"),
        ({"host": "mail.example.org", "sender": "a@b\nBcc: c@d"}, "is no address of mail"),
    ],
)
def test_mail_settings_that_harm_are_refused(settings, told):
    with pytest.raises(ConfigError, match=told):
        Email(**{"sender": "a@example.org", "to": ("b@example.org",), **settings})


class TestWebhookContract(AlertContract):
    plugin = Webhook
    capabilities = ("text",)

    @pytest.fixture(autouse=True)
    def _server(self, server, hook):
        self.settings = {"url": hook.url, "allow_private": True}
        self._got = server.got

    def sent(self):
        return "".join(body.decode() for _, _, body in self._got)


class TestEmailContract(AlertContract):
    plugin = Email
    capabilities = ("text",)

    @pytest.fixture(autouse=True)
    def _mailbox(self, mailbox):
        mailbox.got.clear()
        self.settings = {
            "host": "127.0.0.1",
            "port": mailbox.server_address[1],
            "security": "none",
            "sender": "fourstroke@example.org",
            "to": ["ann@example.org"],
        }
        self._got = mailbox.got

    def sent(self):
        return "".join(
            f"{mail['Subject']}\n{mail.get_content()}".replace("\r\n", "\n") for mail in self._got
        )
