"""What a run writes about models at work: predictions, labels, windows, alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.records import alert_words, operations, outcomes, prediction_log, scheduling
from fourstroke.records.operation_rows import WindowFacts
from fourstroke.records.owned import OwnedRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.entities.operations import Alert, Observation
    from fourstroke.records.alert_words import AlertWord
    from fourstroke.records.operation_rows import PredictionRow, SegmentRow
    from fourstroke.records.prediction_log import LogQuery, Merged
    from fourstroke.records.scheduling import ScheduleWord
    from fourstroke.schedules.schedule import Schedule


@attrs.define(eq=False)
class OperationWriter(OwnedRun):
    """Writes of a run about models at work, each in one transaction."""

    def record_predictions(
        self, model: str, version: int, data: Artifact, predictions: Artifact, rows: int
    ) -> int:
        """Log a batch that the champion scored just now; gives its id in the prediction log."""
        run = self._owner.number
        with self._writing() as connection:
            return operations.add_predictions(
                connection, run, model, version, data=data, predictions=predictions, rows=rows
            )

    def take_in(
        self, segment: SegmentRow, batch: Mapping[str, Any] | None, sample: float | None = None
    ) -> int | None:
        """Record a file of a journal and the batch that was made of it, at once and once for all.

        Parameters
        ----------
        segment : SegmentRow
            What was found in it.
        batch : mapping, optional
            ``data``, ``predictions`` and ``requests``, which are in the store already, ``first_at`` and
            ``last_at``; ``None`` if it has no rows.
        sample : float, optional
            The share of requests that was logged.

        Returns
        -------
        int, optional
            The batch's id; ``None`` if there is none, or the file is in the log already.
        """
        run = self._owner.number
        with self._writing() as connection:
            if prediction_log.is_taken_in(connection, segment.segment):
                return None
            prediction_log.add_segment(connection, run, segment)
            if batch is None:
                return None
            return operations.add_predictions(
                connection,
                run,
                segment.model,
                segment.version,
                rows=segment.rows,
                role=segment.role,
                segment=segment.segment,
                sample=sample,
                **batch,
            )

    def merge_predictions(self, merged: Merged) -> int | None:
        """Let one batch stand for several; ``None`` if that would not be right any more."""
        with self._writing() as connection:
            return prediction_log.merge(connection, self._owner.number, merged)

    def purge_predictions(self, query: LogQuery, model: str, why: str) -> tuple[PredictionRow, ...]:
        """Remove batches for good, and tell the ledger; gives those that were there."""
        with self._telling() as (connection, teller):
            return prediction_log.purge(connection, teller, query, model, why)

    def record_observations(
        self,
        model: str,
        version: int,
        window_ids: Iterable[int],
        observations: Sequence[Observation],
        facts: WindowFacts | None = None,
        segments: Iterable[int] = (),
    ) -> int:
        """Record what monitors saw in a window of batches, given by ids; gives the window's id.

        ``segments`` are the files of journals whose requests were counted in it, by ids.
        """
        run = self._owner.number
        with self._writing() as connection:
            return operations.add_observations(
                connection,
                run,
                model,
                version,
                batches=window_ids,
                observations=observations,
                facts=facts or WindowFacts(),
                segments=segments,
            )

    def record_alert(self, alert: Alert) -> None:
        """Record an alert."""
        with self._telling() as (connection, teller):
            operations.add_alert(connection, teller, alert)

    def record_labels(
        self, model: str, labels: Artifact, rows: int, windows: Sequence[int] = ()
    ) -> int:
        """Record what became known of rows of looks at windows: ids and outcomes; gives its number."""
        run = self._owner.number
        with self._writing() as connection:
            return outcomes.add_labels(connection, run, model, labels, rows, windows)

    def record_alert_word(self, word: AlertWord) -> None:
        """Record what somebody said of an alert: that it is seen to, muted or over."""
        with self._telling() as (connection, teller):
            alert_words.add(connection, teller, word)

    def record_schedule(self, kind: ScheduleWord, schedule: Schedule, why: str) -> None:
        """Record what somebody did with a schedule."""
        with self._telling() as (connection, teller):
            scheduling.add_word(connection, teller, kind, schedule, why)
