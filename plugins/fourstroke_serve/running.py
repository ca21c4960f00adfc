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
from fourstroke_serve.settings import LOOPBACK

if TYPE_CHECKING:
    from fourstroke_serve.settings import Settings

_FIGURES = "PROMETHEUS_MULTIPROC_DIR"


def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; gives the exit code.

    Requests at work are answered first, for as long as the settings say, and what waits for the
    prediction log is written.
    """
    settings.to_environment()
    _announce(settings)
    for number in (signal.SIGINT, signal.SIGTERM):
        # The server takes them while it runs, and raises them again when it has drained.
        signal.signal(number, lambda *_: None)
    if settings.workers == 1:
        # Not at the top: it reads the variable above when it is imported.
        from fourstroke_serve.application import from_environment  # noqa: PLC0415

        server = uvicorn.Server(uvicorn.Config(from_environment(), **options(settings)))
        server.run()
        print("stopped", file=sys.stderr)  # noqa: T201 - it is a command
        return 0 if server.started else 1
    figures = tempfile.mkdtemp(prefix="fourstroke-figures-")
    os.environ[_FIGURES] = figures
    try:
        uvicorn.run(
            "fourstroke_serve.application:from_environment",
            factory=True,
            workers=settings.workers,
            **options(settings),
        )
    finally:
        shutil.rmtree(figures, ignore_errors=True)
    return 0


def options(settings: Settings) -> dict[str, Any]:
    """Give what uvicorn is told."""
    return {
        "host": settings.host,
        "port": settings.port,
        "http": protocol(settings.header_seconds),
        "ws": "none",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        # Idle connections count here; how many requests are at work is the concern of the guard.
        "limit_concurrency": 2 * settings.at_once,
        "timeout_graceful_shutdown": settings.drain_seconds,
        "h11_max_incomplete_event_size": MOST_HEAD_BYTES,
    }


def _announce(settings: Settings) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    told = "this machine alone" if settings.host in LOOPBACK else "others, with the token"
    workers = f"{settings.workers} worker{'' if settings.workers == 1 else 's'}"
    lines = [
        f"serving  http://{host}:{settings.port}  to {told}",
        f"         {workers}, predictions are {'logged' if settings.is_logged else 'not logged'}",
        "stop     Ctrl-C",
    ]
    print("\n".join(lines), file=sys.stderr, flush=True)  # noqa: T201 - it is a command
