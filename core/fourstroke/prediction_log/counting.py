"""Requests that no rows of a journal tell of: those that failed or were refused, and those not logged."""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import Final

import attrs

from fourstroke.entities.traffic import Traffic
from fourstroke.prediction_log.framing import framed

COUNTS: Final = b"C"


def as_record(at_ns: int, traffic: Traffic) -> bytes:
    """Write counts: of requests that came before a moment, and since the record before."""
    told = (at_ns, traffic.answered, traffic.statuses)
    return framed(COUNTS, json.dumps(told, separators=(",", ":")).encode("ascii"))


@attrs.define
class Waiting:
    """Counts that are in no record yet; safe under threads."""

    _answered: int = 0
    _statuses: Counter[str] = attrs.field(factory=Counter)
    _turn: threading.Lock = attrs.field(factory=threading.Lock, repr=False)

    def __bool__(self) -> bool:
        return bool(self._answered or self._statuses)

    def add(self, traffic: Traffic) -> None:
        """Let these wait."""
        with self._turn:
            self._answered += traffic.answered
            self._statuses.update(traffic.statuses)

    def take(self) -> Traffic:
        """Give all that wait, which then wait no more."""
        with self._turn:
            taken = Traffic(answered=self._answered, statuses=dict(self._statuses))
            self._answered, self._statuses = 0, Counter()
        return taken


@attrs.define
class Counted:
    """The counts of a segment, as they are read."""

    answered: int = 0
    statuses: Counter[str] = attrs.field(factory=Counter)
    moments: list[int] = attrs.field(factory=list)

    def add(self, payload: bytes) -> None:
        """Take a record."""
        at, answered, statuses = json.loads(payload)
        self.answered += answered
        self.statuses.update(statuses)
        self.moments.append(at)

    def beside(self, requests: int) -> Traffic:
        """Give all requests, with those whose rows are in the segment."""
        answered = self.answered + requests
        return Traffic(answered=answered, statuses=dict(sorted(self.statuses.items())))
