"""Find for each row of a shadow the row that the champion answered: of the same request, at the same place in it."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from fourstroke.entities.moment import moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fourstroke.artifacts.table_service import TableService
    from fourstroke.entities.operations import Batch

_Place = tuple[int, int]


@attrs.define
class _Answered:
    """A batch of the champion: where the rows of each request stand, and what was said of them."""

    last_at: dt.datetime
    places: dict[str, list[int]]
    predictions: Any


@attrs.define
class Pairing:
    """Pairs the batches of a shadow, the oldest first, with those of a champion.

    Of the champion's batches only those are kept that a later row of the shadow may belong to.

    Parameters
    ----------
    tables : TableService
        Takes tables apart.
    batches : sequence of Batch
        Of the champion, those with the earliest rows first.
    """

    # So much later than the champion a shadow may score a request.
    LAG: ClassVar[dt.timedelta] = dt.timedelta(hours=1)

    _tables: TableService
    _batches: Sequence[Batch]
    _next: int = 0
    _open: dict[int, _Answered] = attrs.field(factory=dict)

    def of(self, batch: Batch) -> Iterator[tuple[int, _Place]]:
        """Give each row of the shadow that the champion answered with its batch and its place there."""
        ids = request_ids(self._tables, batch)
        if not ids:
            return
        first, last = moments(self._tables, batch)
        self._open_until(last)
        self._close_before(first - self.LAG)
        counts: dict[str, int] = defaultdict(int)
        for row, request in enumerate(ids):
            at = counts[request]
            counts[request] += 1
            found = next(
                (
                    (number, places[at])
                    for number, each in self._open.items()
                    if len(places := each.places.get(request, [])) > at
                ),
                None,
            )
            if found is not None:
                yield row, found

    def predictions(self, number: int) -> Any:
        """Give what the champion said in a batch that `of` has named for the shadow's batch at hand."""
        return self._open[number].predictions

    def _open_until(self, last: dt.datetime) -> None:
        while self._next < len(self._batches):
            batch = self._batches[self._next]
            if batch.at > last:
                return
            ids = request_ids(self._tables, batch)
            if ids:
                places: dict[str, list[int]] = defaultdict(list)
                for row, request in enumerate(ids):
                    places[request].append(row)
                _, ended = moments(self._tables, batch)
                self._open[self._next] = _Answered(ended, places, batch.predictions)
            self._next += 1

    def _close_before(self, moment: dt.datetime) -> None:
        over = [number for number, each in self._open.items() if each.last_at < moment]
        for number in over:
            del self._open[number]


def request_ids(tables: TableService, batch: Batch) -> list[str]:
    """Give the id of each row's request; nothing for a batch that no service answered."""
    if batch.requests is None:
        return []
    return [str(each) for each in tables.columns(batch.requests)["request_id"].tolist()]


def moments(tables: TableService, batch: Batch) -> tuple[dt.datetime, dt.datetime]:
    """Give when the first and the last row of a batch of a service were scored."""
    found = [_moment(each) for each in tables.columns(batch.requests)["at"].tolist()]
    return min(found), max(found)


def _moment(value: Any) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    # What an array of moments without a zone gives as plain values: nanoseconds.
    return moment_of(int(value))
