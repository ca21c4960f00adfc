"""Run the service: one process or several, until it is told to stop."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import uvicorn

from fourstroke_serve.connection import MOST_HEAD_BYTES, protocol
from fourstroke_serve.draining import DrainingServer
from fourstroke_serve.listening import listening
from fourstroke_serve.settings import LOOPBACK, Settings
from fourstroke_serve.workers import supervise

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

_FIGURES = "PROMETHEUS_MULTIPROC_DIR"


def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit code.

    Whoever has asked by then is answered first, for as long as the settings say, and what waits for
    the prediction log is written.

    Raises
    ------
    UsageError
        If it cannot listen where it should; nothing is loaded then.
    """
    settings.to_environment()
    with listening(settings.host, settings.port) as sockets:
        _announce(settings, sockets[0].getsockname()[1])
        several = settings.workers > 1
        is_well = _serve_with_workers(sockets, settings.workers) if several else _serve(sockets)
    print("stopped", file=sys.stderr)  # noqa: T201 - it is a command
    return 0 if is_well else 1


def _serve(sockets: Sequence[socket.socket]) -> bool:
    """Answer in this process; gives whether it came to that."""
    # Not at the top: it reads where several workers keep their figures when it is imported.
    from fourstroke_serve.application import from_environment  # noqa: PLC0415

    settings = Settings.from_environment()
    server = DrainingServer(uvicorn.Config(from_environment(), **options(settings)))
    for number in (signal.SIGINT, signal.SIGTERM):
        # The server takes them while it runs, and raises them again when it has drained.
        signal.signal(number, lambda *_: setattr(server, "should_exit", True))
    server.run(list(sockets))
    return server.started


def _serve_with_workers(sockets: Sequence[socket.socket], number: int) -> bool:
    figures = tempfile.mkdtemp(prefix="fourstroke-figures-")
    os.environ[_FIGURES] = figures
    try:
        return supervise(_serve, sockets, number)
    finally:
        shutil.rmtree(figures, ignore_errors=True)


def options(settings: Settings) -> dict[str, Any]:
    """Give what uvicorn is told."""
    return {
        "http": protocol(settings.header_seconds),
        "ws": "none",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        # Longer than clients and load balancers keep one: whoever closes it first may do so in the moment in
        # which the other one asks (httpx keeps it for 5 s, balancers of clouds for 60 s).
        "timeout_keep_alive": 75,
        # Idle connections count here; how many requests are at work is the concern of the guard.
        "limit_concurrency": 2 * settings.at_once,
        "timeout_graceful_shutdown": settings.drain_seconds,
        "h11_max_incomplete_event_size": MOST_HEAD_BYTES,
    }


def _announce(settings: Settings, port: int) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    told = "this machine alone" if settings.host in LOOPBACK else "others, with the token"
    workers = f"{settings.workers} worker{'' if settings.workers == 1 else 's'}"
    lines = [
        f"serving  http://{host}:{port}  to {told}",
        f"         {workers}, predictions are {'logged' if settings.is_logged else 'not logged'}",
        "stop     Ctrl-C",
    ]
    print("\n".join(lines), file=sys.stderr, flush=True)  # noqa: T201 - it is a command
