"""How a service runs: where it listens, whom it answers, and how much it takes."""

from __future__ import annotations

import json
import os
from typing import Final, Self

import attrs

from fourstroke import UsageError

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_VARIABLE: Final = "FOURSTROKE_SERVE"
_SHORTEST_TOKEN: Final = 16


@attrs.frozen(kw_only=True)
class Settings:
    """What `fourstroke serve` was told; workers hear it from their environment.

    Parameters
    ----------
    project : str
        The project's folder.
    environment : str
        The one in force; empty if none.
    overrides : tuple of str
        What ``--set`` said.
    model : str
        What is served; the project's model if empty.
    target : str
        The deployment of the project that is followed; the champion if empty.
    folder : str
        An exported model that is served, without any project; empty for the project's own.
    host, port : str and int
        Where it listens.
    hosts : tuple of str
        Further names that it may be called by.
    workers : int
        How many processes.
    most_bytes, most_rows : int
        Of one request.
    body_seconds, header_seconds : float
        How long a client may take to send a body, and the headers.
    at_once : int
        How many connections and requests, beyond which it answers 503.
    drain_seconds : int
        How long requests at work may take when it is stopped.
    poll_seconds : float
        How often it looks for another champion.
    is_logged : bool
        Whether predictions go to the prediction log.
    canary : float
        The share of requests, in percent, that the version called ``canary`` answers.
    canary_differs : float
        The share, in percent, of its answers that may be others than the champion's; 100 for any, and
        then the champion is not asked for them.
    is_governed : bool
        Whether principals of the project approve and promote here.
    token : str
        What clients have to show; empty if anybody on this machine may ask.
    """

    project: str = "."
    environment: str = ""
    overrides: tuple[str, ...] = ()
    model: str = ""
    target: str = ""
    folder: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    hosts: tuple[str, ...] = ()
    workers: int = 1
    most_bytes: int = 10_000_000
    most_rows: int = 50_000
    body_seconds: float = 10.0
    header_seconds: float = 10.0
    at_once: int = 256
    drain_seconds: int = 30
    poll_seconds: float = 1.0
    is_logged: bool = True
    canary: float = 10.0
    canary_differs: float = 50.0
    is_governed: bool = False
    token: str = attrs.field(default="", repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse an address that others reach without a token."""
        if self.token and len(self.token) < _SHORTEST_TOKEN:
            raise UsageError(
                f"the token has {len(self.token)} characters",
                hint=f"{_SHORTEST_TOKEN} at least: openssl rand -hex 32",
            )
        if self.host not in LOOPBACK and not self.token:
            raise UsageError(
                f"{self.host} can be reached by others, and nothing asks who they are",
                hint="set FOURSTROKE_SERVE_TOKEN, or listen on 127.0.0.1",
            )

    def to_environment(self) -> None:
        """Tell the workers."""
        os.environ[_VARIABLE] = json.dumps(attrs.asdict(self))

    @classmethod
    def from_environment(cls) -> Self:
        """Hear what the first process was told."""
        given = json.loads(os.environ[_VARIABLE])
        return cls(
            **{**given, "hosts": tuple(given["hosts"]), "overrides": tuple(given["overrides"])}
        )
