"""What fourstroke asks of every alert channel."""

from __future__ import annotations

import threading
from http.server import ThreadingHTTPServer

from conftest import Receiver

from fourstroke.testing import AlertContract
from fourstroke_apprise import Apprise


class TestApprise(AlertContract):
    plugin = Apprise

    @classmethod
    def setup_class(cls) -> None:
        """Listen on the loopback interface."""
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        cls.server.received = []
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.settings = {"urls": [f"json://127.0.0.1:{cls.server.server_port}/alerts"]}

    @classmethod
    def teardown_class(cls) -> None:
        """Stop listening."""
        cls.server.shutdown()
        cls.server.server_close()
