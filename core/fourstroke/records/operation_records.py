"""What was recorded about models at work, for reading: predictions, labels, windows, alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.records import alert_words, operations, outcomes, prediction_log, scheduling
from fourstroke.records.lease import this_machine
from fourstroke.records.opened import OpenedRecords

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from fourstroke.records.alert_words import AlertWord
    from fourstroke.records.operation_rows import (
        AlertRow,
        ObservationRow,
        PredictionRow,
        SeenWindow,
        SegmentRow,
    )
    from fourstroke.records.outcomes import LabelBatch
    from fourstroke.records.prediction_log import LogQuery
    from fourstroke.records.scheduling import Watch
    from fourstroke.schedules.schedule import Firing, Schedule


@attrs.frozen(eq=False)
class OperationRecords(OpenedRecords):
    """What models did at work, as it was recorded."""

    def predictions(
        self,
        model: str,
        version: int | None = None,
        *,
        limit: int | None = None,
        since: datetime | None = None,
    ) -> tuple[PredictionRow, ...]:
        """Read the prediction log, the oldest first; the latest ``limit``, or those ``since``."""
        with self._database.reading() as connection:
            return operations.predictions(connection, model, version, limit=limit, since=since)

    def prediction(self, number: int) -> PredictionRow:
        """Read one batch of the prediction log by its number."""
        with self._database.reading() as connection:
            return operations.prediction(connection, number)

    def logged_batches(self, query: LogQuery) -> tuple[PredictionRow, ...]:
        """Read batches of the prediction log by when their rows were scored, the earliest first."""
        with self._database.reading() as connection:
            return prediction_log.batches(connection, query)

    def log_segments(self, model: str | None = None) -> tuple[SegmentRow, ...]:
        """Read which files of journals were taken in, the earliest day first."""
        with self._database.reading() as connection:
            return prediction_log.segments(connection, model)

    def has_old_segments(self, query: LogQuery, model: str) -> bool:
        """Say whether counts of requests would go with such batches, though there may be none of these."""
        with self._database.reading() as connection:
            return prediction_log.has_old_segments(connection, query, model)

    def is_taken_in(self, segment: str) -> bool:
        """Say whether a file of a journal is in the log, or was."""
        with self._database.reading() as connection:
            return prediction_log.is_taken_in(connection, segment)

    def windows_of(self, ids: Collection[int]) -> dict[int, frozenset[int]]:
        """Say of batches by id in which windows monitors have seen them."""
        with self._database.reading() as connection:
            return prediction_log.windows_of(connection, ids)

    def seen_windows(self, model: str, version: int) -> tuple[SeenWindow, ...]:
        """Read the windows of a version that monitors looked at, the oldest look first."""
        with self._database.reading() as connection:
            return operations.seen_windows(connection, model, version)

    def observations(
        self,
        model: str,
        version: int | None = None,
        *,
        limit: int | None = None,
        since: datetime | None = None,
    ) -> tuple[ObservationRow, ...]:
        """Read what monitors saw, the oldest first."""
        with self._database.reading() as connection:
            return operations.observations(connection, model, version, limit=limit, since=since)

    def alerts(
        self,
        model: str | None = None,
        version: int | None = None,
        *,
        limit: int | None = None,
        since: datetime | None = None,
    ) -> tuple[AlertRow, ...]:
        """Read alerts, the oldest first."""
        with self._database.reading() as connection:
            return operations.alerts(connection, model, version, limit=limit, since=since)

    def label_batches(self, model: str, *, until: datetime | None = None) -> tuple[LabelBatch, ...]:
        """Read what became known of a model's rows, the oldest first; as it was ``until`` then."""
        with self._database.reading() as connection:
            return outcomes.label_batches(connection, model, until=until)

    def alert_words(self, model: str | None = None) -> tuple[AlertWord, ...]:
        """Read what was said of alerts, the oldest first."""
        with self._database.reading() as connection:
            return alert_words.of_model(connection, model)

    def schedules(self) -> tuple[Schedule, ...]:
        """Read the schedules that are there, by name."""
        with self._database.reading() as connection:
            return scheduling.schedules(connection)

    def firings(self, schedule: str | None = None, limit: int | None = None) -> tuple[Firing, ...]:
        """Read when schedules came due, the latest first."""
        with self._database.reading() as connection:
            return scheduling.firings(connection, schedule, limit)

    def watch(self, owner: str) -> Watch:
        """Give what a watcher writes by."""
        return scheduling.Watch(self._database, owner, this_machine())
