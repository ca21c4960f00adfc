"""What the service counts, for Prometheus."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)

if TYPE_CHECKING:
    from fourstroke_serve.loaded import Loaded

# When a figure was first counted is a series of its own, and nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library is untyped here

# From a millisecond to ten seconds.
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


@attrs.define(eq=False)
class Counts:
    """The figures of one worker; with several workers Prometheus sees their sums.

    No label holds what a client sent, so that nobody can make the list grow.
    """

    _registry: CollectorRegistry = attrs.field(factory=CollectorRegistry, init=False)
    _requests: Counter = attrs.field(init=False)
    _seconds: Histogram = attrs.field(init=False)
    _rows: Counter = attrs.field(init=False)
    _dropped: Counter = attrs.field(init=False)
    _shadowed: Counter = attrs.field(init=False)
    _compared: Counter = attrs.field(init=False)
    _stopped: Counter = attrs.field(init=False)
    _at_work: Gauge = attrs.field(init=False)
    _info: Gauge = attrs.field(init=False)
    _shown: tuple[str, str, str] | None = None

    def __attrs_post_init__(self) -> None:
        """Name the figures."""
        own = self._registry
        self._requests = Counter(
            "fourstroke_requests",
            "Requests by endpoint and status.",
            ("endpoint", "code", "version", "role"),
            registry=own,
        )
        self._seconds = Histogram(
            "fourstroke_request_duration_seconds",
            "How long requests took.",
            ("endpoint",),
            buckets=_SECONDS,
            registry=own,
        )
        self._rows = Counter(
            "fourstroke_rows", "Rows that were scored.", ("version", "role"), registry=own
        )
        self._dropped = Counter(
            "fourstroke_prediction_log_dropped_rows",
            "Rows that the prediction log had no room for.",
            registry=own,
        )
        self._shadowed = Counter(
            "fourstroke_shadow_requests",
            "Requests that the shadow was asked, too.",
            ("version", "result"),
            registry=own,
        )
        self._compared = Counter(
            "fourstroke_compared_rows",
            "Rows that two versions scored, and whether they said the same.",
            ("version", "role", "result"),
            registry=own,
        )
        self._stopped = Counter(
            "fourstroke_canary_stops",
            "Canaries that were stopped for doing worse than the champion.",
            ("version", "reason"),
            registry=own,
        )
        self._at_work = Gauge(
            "fourstroke_requests_in_progress",
            "Requests at work.",
            registry=own,
            multiprocess_mode="livesum",
        )
        self._info = Gauge(
            "fourstroke_model_info",
            "1 for the version that is the champion here.",
            ("model", "version", "digest"),
            registry=own,
            multiprocess_mode="livemax",
        )

    def begun(self) -> None:
        """Count a request that is at work."""
        self._at_work.inc()

    def answered(self, endpoint: str, code: int, seconds: float, version: str, role: str) -> None:
        """Count an answer; version and role are empty if no model gave it."""
        self._at_work.dec()
        self._requests.labels(endpoint, str(code), version, role).inc()
        self._seconds.labels(endpoint).observe(seconds)

    def refused(self, code: int) -> None:
        """Count what was refused before any endpoint saw it, or is none."""
        self._requests.labels("", str(code), "", "").inc()

    def scored(self, by: Loaded, rows: int) -> None:
        """Count rows that a version scored."""
        self._rows.labels(str(by.number), by.role).inc(rows)

    def shadowed(self, version: int, result: str) -> None:
        """Count a request of the shadow: scored, failed, or left out since it lagged behind."""
        self._shadowed.labels(str(version), result).inc()

    def compared(self, by: Loaded, same: int, different: int) -> None:
        """Count rows of a version on trial that were also scored by the champion."""
        for result, rows in (("same", same), ("different", different)):
            self._compared.labels(str(by.number), by.role, result).inc(rows)

    def stopped(self, version: int, reason: str) -> None:
        """Count a canary that was stopped."""
        self._stopped.labels(str(version), reason).inc()

    def dropped(self, rows: int) -> None:
        """Count rows that were not logged."""
        self._dropped.inc(rows)

    def shows(self, champion: Loaded) -> None:
        """Tell which version is the champion."""
        facts = (champion.predictor.model, str(champion.number), champion.predictor.digest)
        if self._shown is not None:
            self._info.labels(*self._shown).set(0)
        self._info.labels(*facts).set(1)
        self._shown = facts

    def text(self) -> bytes:
        """Write all figures as Prometheus reads them."""
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if folder:
            _forget_the_dead(Path(folder))
            together = CollectorRegistry()
            multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library is untyped here
            return generate_latest(together)
        return generate_latest(self._registry)


def _forget_the_dead(folder: Path) -> None:
    """Drop what a worker that was killed says of the moment: which version it has, what is at work."""
    for file in folder.glob("gauge_live*_*.db"):
        worker = int(file.stem.rpartition("_")[2])
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            multiprocess.mark_process_dead(worker)  # type: ignore[no-untyped-call]  # the library is untyped here
