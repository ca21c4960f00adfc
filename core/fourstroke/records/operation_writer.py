"""What a run writes about models at work: predictions, labels, windows, alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.records import alert_words, operations, outcomes, scheduling
from fourstroke.records.operation_rows import WindowFacts
from fourstroke.records.owned import OwnedRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.entities.operations import Alert, Observation, Role
    from fourstroke.records.alert_words import AlertWord
    from fourstroke.records.scheduling import ScheduleWord
    from fourstroke.schedules.schedule import Schedule


@attrs.define(eq=False)
class OperationWriter(OwnedRun):
    """Writes of a run about models at work, each in one transaction."""

    def record_predictions(  # noqa: PLR0913 - one a column
        self,
        model: str,
        version: int,
        data: Artifact,
        predictions: Artifact,
        rows: int,
        *,
        role: Role = "champion",
        requests: Artifact | None = None,
        first_at: datetime | None = None,
        last_at: datetime | None = None,
        segment: str = "",
    ) -> int:
        """Log a scored batch; gives its id in the prediction log.

        A ``segment`` names the file that the batch was made of, so that the same is logged once.
        """
        run = self._owner.number
        with self._writing() as connection:
            return operations.add_predictions(
                connection,
                run,
                model,
                version,
                data=data,
                predictions=predictions,
                rows=rows,
                role=role,
                requests=requests,
                first_at=first_at,
                last_at=last_at,
                segment=segment,
            )

    def record_observations(
        self,
        model: str,
        version: int,
        window_ids: Iterable[int],
        observations: Sequence[Observation],
        facts: WindowFacts | None = None,
    ) -> int:
        """Record what monitors saw in a window of batches, given by ids; gives the window's id."""
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
            )

    def record_alert(self, alert: Alert) -> None:
        """Record an alert."""
        with self._telling() as (connection, teller):
            operations.add_alert(connection, teller, alert)

    def record_labels(self, model: str, labels: Artifact, rows: int) -> int:
        """Record what became known of rows: a table of ids and outcomes; gives its number."""
        run = self._owner.number
        with self._writing() as connection:
            return outcomes.add_labels(connection, run, model, labels, rows)

    def record_alert_word(self, word: AlertWord) -> None:
        """Record what somebody said of an alert: that it is seen to, muted or over."""
        with self._telling() as (connection, teller):
            alert_words.add(connection, teller, word)

    def record_schedule(self, kind: ScheduleWord, schedule: Schedule, why: str) -> None:
        """Record what somebody did with a schedule."""
        with self._telling() as (connection, teller):
            scheduling.add_word(connection, teller, kind, schedule, why)
