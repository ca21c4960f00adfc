"""A schedule: a command, and when it is done."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Mapping
from typing import Any, Literal, Self

import attrs

from fourstroke.schedules.cron import Cron

CatchUp = Literal["latest", "all", "none"]
FiringState = Literal["running", "done", "blocked", "refused", "failed", "skipped", "lost"]

# What an exit code of fourstroke says of a command; any other one is a failure.
_ENDS: Mapping[int, FiringState] = {0: "done", 3: "blocked", 4: "refused"}


@attrs.frozen(kw_only=True)
class Schedule:
    """What is done at which times.

    Parameters
    ----------
    name : str
        Names it.
    words : tuple of str
        The command, without ``fourstroke``: ``("monitor",)``.
    cron : str
        When, as cron writes it; empty if new data starts it.
    timezone : str
        Whose clock.
    every_minutes : int
        How often new data is looked for.
    catch_up : {"latest", "all", "none"}
        What becomes of moments at which nobody watched: the latest of them is made good, all are, or none.
    since : datetime
        From when on it counts, in UTC: when it was added or resumed.
    is_paused : bool
        Whether it rests.
    """

    name: str
    words: tuple[str, ...]
    cron: str = ""
    timezone: str = "UTC"
    every_minutes: int = 5
    catch_up: CatchUp = "latest"
    since: dt.datetime
    is_paused: bool = False

    @property
    def on_new_data(self) -> bool:
        """Whether new data starts it, and no clock."""
        return not self.cron

    @property
    def command(self) -> str:
        """The command as people type it."""
        return shlex.join(self.words)

    @property
    def when(self) -> str:
        """When it is done, in words."""
        if self.on_new_data:
            return f"when the data changed, looked for every {self.every_minutes} min"
        return f"{self.times.words()} ({self.timezone})"

    @property
    def times(self) -> Cron:
        """Its moments."""
        return Cron(self.cron, self.timezone)

    def to_json(self) -> dict[str, Any]:
        """Give what is recorded of it; name and state have columns of their own."""
        return {
            "words": list(self.words),
            "cron": self.cron,
            "timezone": self.timezone,
            "every_minutes": self.every_minutes,
            "catch_up": self.catch_up,
        }

    @classmethod
    def of(cls, name: str, body: Mapping[str, Any], since: dt.datetime, *, is_paused: bool) -> Self:
        """Read what was recorded."""
        facts = {**body, "words": tuple(body["words"])}
        return cls(name=name, since=since, is_paused=is_paused, **facts)


@attrs.frozen(kw_only=True)
class Firing:
    """One time that a schedule came due.

    Parameters
    ----------
    id : int
        Its number.
    schedule : str
        Which.
    due : datetime
        The moment, in UTC.
    state : {"running", "done", "blocked", "refused", "failed", "skipped", "lost"}
        What became of it; ``blocked`` if a check or a verdict said no, as of runs, ``refused`` if the policy
        did, ``lost`` if its watcher died.
    began, ended : datetime
        When it was taken, and when it was over; ``None`` while it runs.
    message : str
        How it ended.
    """

    id: int
    schedule: str
    due: dt.datetime
    state: FiringState
    began: dt.datetime
    ended: dt.datetime | None = None
    message: str = ""


def ended_as(code: int) -> FiringState:
    """Say what became of a command that ended with this exit code.

    Examples
    --------
    >>> ended_as(0), ended_as(3), ended_as(4), ended_as(1), ended_as(-9)
    ('done', 'blocked', 'refused', 'failed', 'failed')
    """
    return _ENDS.get(code, "failed")
