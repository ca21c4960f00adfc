"""Tables from the web: fetched once, tried again, sized, checked, and told without secrets."""

from __future__ import annotations

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fourstroke import ConfigError, Context, DataError, Task
from fourstroke_files import Http, fetching

TABLE = b"id,amount\n1,2.5\n2,3.5\n"


class Handler(BaseHTTPRequestHandler):
    """Answers by the path: what goes wrong is told there."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Any = self.server
        server.asked.append((self.command, self.path, dict(self.headers)))
        place = self.path.partition("?")[0]
        if place.startswith("/flaky") and len(server.asked) < 3:
            self.answer(503, b"later", {"Retry-After": "0"})
        elif place == "/gone.csv":
            self.answer(404, b"")
        elif place == "/away.csv":
            self.answer(302, b"", {"Location": "file:///etc/passwd"})
        elif place == "/page.csv":
            self.answer(200, b"<html>", {"Content-Type": "text/html"})
        elif place == "/cut.csv" and len(server.asked) < 2:
            self.answer(200, TABLE[:9], {"Content-Length": str(len(TABLE))})
            self.close_connection = True
        elif place == "/secret.csv" and self.headers.get("Authorization") != "Bearer t0ken":
            self.answer(401, b"")
        else:
            self.answer(200, TABLE, {"ETag": server.tag} if server.tag else {})

    def do_HEAD(self) -> None:
        self.do_GET()

    def answer(self, code: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(fetching, "_FIRST_WAIT", 0.01)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        made.asked, made.tag = [], '"v1"'
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def told(tmp_path) -> Context:
    return Context(
        run="r", step="data.collect.http", project="p", root=tmp_path, scratch=tmp_path, task=Task()
    )


def source(server: Any, path: str, **settings: Any) -> Http:
    return Http(url=f"http://127.0.0.1:{server.server_port}{path}", **settings)


@pytest.mark.parametrize("path", ["/table.csv", "/flaky.csv", "/cut.csv"])
def test_table_comes_in_the_end(server, told, path):
    found = source(server, path).collect(told)

    assert found["amount"].tolist() == [2.5, 3.5]


def test_state_is_asked_for_without_the_content(server, told):
    first = source(server, "/table.csv").source_state(told)
    second = source(server, "/table.csv").source_state(told)
    server.tag = '"v2"'

    assert first == second != source(server, "/table.csv").source_state(told)
    assert {method for method, _, _ in server.asked} == {"HEAD"}


def test_server_without_a_tag_is_known_by_its_content(server, told):
    server.tag = ""

    assert (
        source(server, "/table.csv").source_state(told)
        == f"sha256:{hashlib.sha256(TABLE).hexdigest()}"
    )


@pytest.mark.parametrize(
    ("path", "settings", "message"),
    [
        ("/gone.csv", {}, "the server answers 404"),
        ("/away.csv", {}, "the server answers 302"),
        ("/page.csv", {}, "a web page, and not a table"),
        ("/secret.csv", {}, "the server says no: 401"),
        ("/table.csv", {"most_megabytes": 0.00001}, "raise most_megabytes"),
        ("/table.csv", {"digest": "sha256:0"}, "another digest: sha256:"),
        ("/flaky.csv", {"tries": 1}, "the server answers 503"),
        ("/table.bin", {}, "set format"),
    ],
)
def test_what_cannot_be_read_is_named(server, told, path, settings, message):
    with pytest.raises((DataError, ConfigError)) as found:
        source(server, f"{path}?token=hunter2", **settings).collect(told)

    assert message in str(found.value)
    assert "hunter2" not in f"{found.value}{source(server, path + '?token=hunter2')}"


def test_headers_travel_and_are_not_told(server, told):
    headers = {"Authorization": "Bearer t0ken"}

    found = source(server, "/secret.csv", headers=headers).collect(told)

    assert len(found) == 2
    assert "t0ken" not in repr(source(server, "/secret.csv", headers=headers))


def test_nobody_at_the_address_is_told(told):
    with pytest.raises(DataError, match="it cannot be reached"):
        Http(url="http://127.0.0.1:1/x.csv", tries=1).collect(told)


@pytest.mark.parametrize("url", ["ftp://x/y.csv", "file:///etc/passwd", "x.csv"])
def test_other_addresses_are_refused(url):
    with pytest.raises(ConfigError, match="no address of the web"):
        Http(url=url)


def test_nothing_but_the_step_s_folder_is_written(server, told, tmp_path):
    source(server, "/table.csv").collect(told)

    assert [path.name for path in tmp_path.iterdir()] == ["fetched.csv"]
    assert Path("fetched.csv").exists() is False
