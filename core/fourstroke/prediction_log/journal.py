"""The journal of one process: rows are in a file before whoever asked gets the answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from fourstroke.entities.traffic import Traffic
from fourstroke.errors import DataError, UsageError
from fourstroke.prediction_log import rows as row_forms
from fourstroke.prediction_log.counting import Waiting, as_record
from fourstroke.prediction_log.forms import Forms
from fourstroke.prediction_log.framing import framed
from fourstroke.prediction_log.open_segment import QUARTER_NS, OpenSegment, sync
from fourstroke.prediction_log.privacy import Privacy, is_sampled
from fourstroke.prediction_log.rows import Asked
from fourstroke.prediction_log.segment import FEW, MANY, folder_of

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.config import LogRules
    from fourstroke.entities.operations import Role
    from fourstroke.prediction_log.segment import Head
    from fourstroke.project import Project

_MOST_BYTES: Final = 64 << 20
# A write that takes this long is one of a disk that does not keep up.
_SLOW_SECONDS: Final = 0.25
# Nobody waits longer than this for another thread's write.
_TURN_SECONDS: Final = 0.25
_PROBE_SECONDS: Final = 1.0


@attrs.define(eq=False)
class PredictionJournal:
    """Takes the rows that one version answers in one role, in one process; safe under threads.

    When `append` has returned ``True``, the rows are in a file of the project, and the death of the
    process cannot lose them. They are in the prediction log once the file was taken in: by
    `PredictionLog.take_in`, which every ``fourstroke monitor`` and ``fourstroke predictions`` calls too.

    A disk that is full or slow never raises, and never holds an answer up for long: rows are dropped and
    counted until it takes them again, and the count stands in the log as well.

    Examples
    --------
    ::

        with project.models["income"].champion.journal() as journal:
            journal.append(frame, predictor(frame), request_id="r1", latency_seconds=0.004)
    """

    _version: int
    _role: Role
    _rules: LogRules
    _folder: Path
    _privacy: Privacy = attrs.field(repr=False)
    _forms: Forms = attrs.field(repr=False)
    dropped: int = attrs.field(default=0, init=False)
    trouble: str = attrs.field(default="", init=False)
    # Not in any record yet.
    _left_out: int = attrs.field(default=0, init=False)
    _lost: int = attrs.field(default=0, init=False)
    _counts: Waiting = attrs.field(factory=Waiting, init=False, repr=False)
    _segment: OpenSegment | None = attrs.field(default=None, init=False)
    _has_closed: bool = attrs.field(default=False, init=False)
    _is_stopped: bool = attrs.field(default=False, init=False)
    _tried: float = attrs.field(default=0.0, init=False)
    _written: int = attrs.field(default=0, init=False)
    _synced: int = attrs.field(default=0, init=False)
    _turn: threading.Lock = attrs.field(factory=threading.Lock, init=False, repr=False)
    _count_turn: threading.Lock = attrs.field(factory=threading.Lock, init=False, repr=False)
    _sync_turn: threading.Lock = attrs.field(factory=threading.Lock, init=False, repr=False)

    @classmethod
    def of(
        cls,
        project: Project,
        model: str,
        version: int,
        role: Role,
        *,
        hears_failures: bool = False,
    ) -> Self:
        """Prepare a journal; its first file is made with the first row or failure."""
        from fourstroke.engine.workshop import HOME, Workshop  # noqa: PLC0415 - builds plugins

        home = project.root / HOME
        folder = folder_of(project.config, home, model)
        shop = Workshop.of(project.config)
        privacy = Privacy.of(project.config, folder.parent)
        rules = project.config.log
        forms = Forms(shop.tables, rules.sample, hears_failures)
        return cls(version, role, rules, folder, privacy, forms)

    @property
    def role(self) -> Role:
        """As what the version is asked."""
        return self._role

    @property
    def survives_power_loss(self) -> bool:
        """Whether `settle` is to be called before an answer is sent."""
        return self._rules.durability == "power"

    def append(
        self,
        data: Any,
        predictions: Any,
        *,
        cells: Mapping[str, Any] | None = None,
        request_id: str = "",
        latency_seconds: float | None = None,
        at_ns: int | None = None,
    ) -> bool:
        """Log the rows of one request.

        Parameters
        ----------
        data : table or mapping of str to array
            The rows, or the cells of each column.
        predictions : table
            As the hook ``predict`` gave it, row by row.
        cells : mapping of str to array or Cells, optional
            The cells of ``predictions``, column by column, if they were taken apart before: that takes longer
            than all the rest.
        request_id : str
            Decides whether the request is sampled; labels may be joined by it.
        latency_seconds : float, optional
            How long the answer took.
        at_ns : int, optional
            When it was given, in nanoseconds since 1970; now without it.

        Returns
        -------
        bool
            Whether the rows are logged or were left out by ``[operations.log] sample``; ``False`` if they
            were dropped, and counted in ``dropped``.

        Raises
        ------
        DataError
            If a cell holds what a log does not keep, or rows and predictions are not of one number; they
            count as dropped.
        """
        count = len(predictions)
        if not count:
            return True
        if not is_sampled(request_id, self._rules.sample):
            self._count(left_out=count)
            return True
        if self._is_stopped or not self._turn.acquire(timeout=_TURN_SECONDS):
            self._count(dropped=count)
            return False
        try:
            asked = Asked(
                at_ns=time.time_ns() if at_ns is None else at_ns,
                latency_seconds=latency_seconds,
                request_id=request_id,
                left_out=self._left_out,
                dropped=self._lost,
            )
            return self._append(data, predictions, cells, count, asked)
        except BaseException:
            self._count(dropped=count)
            raise
        finally:
            self._turn.release()

    def failed(self, status: int, *, at_ns: int | None = None) -> bool:
        """Log that a request got no predictions; nothing is kept of what it asked, and none is sampled away.

        Parameters
        ----------
        status : int
            Of HTTP: the service is at fault from 500 on, and below the request was refused for its content.
        at_ns : int, optional
            When it was told so, in nanoseconds since 1970; now without it.

        Returns
        -------
        bool
            Whether it is in a file; ``False`` if the disk is full or slow. Then it is counted here, and
            written once records are taken again.

        Raises
        ------
        UsageError
            If the journal was opened without ``hears_failures``: then nobody would count what it tells.
        """
        if not self._forms.hears_failures:
            raise UsageError(
                "this journal does not hear of failures",
                where="prediction log",
                hint="version.journal(role, hears_failures=True)",
            )
        self._counts.add(Traffic(statuses={str(status): 1}))
        if self._is_stopped or not self._turn.acquire(timeout=_TURN_SECONDS):
            return False
        try:
            return self._write_requests(time.time_ns() if at_ns is None else at_ns)
        finally:
            self._turn.release()

    def settle(self) -> None:
        """Wait until the disk has all that was appended before; several that wait share one sync."""
        due = self._written
        with self._sync_turn:
            if self._synced >= due:
                return
            try:
                with self._turn:
                    written = self._written
                    # One that was closed meanwhile was synced then.
                    same = None if self._segment is None else self._segment.same()
                if same is not None:
                    sync(same)
            except OSError as error:
                self._stop(str(error.strerror or error))
                return
            self._synced = max(self._synced, written)

    def tend(self) -> bool:
        """Close the file if it is full, old, or of a quarter that is over; try a disk again that was full.

        To be called every second or so, by a thread that may wait.

        Returns
        -------
        bool
            Whether a file was closed since the last call, which can be taken in now.
        """
        if self._is_stopped and time.monotonic() - self._tried >= _PROBE_SECONDS:
            self._probe()
        with self._turn:
            now, segment = time.time_ns(), self._segment
            if segment is not None and self._is_over(segment, now):
                self._end(segment)
            elif not self._is_stopped:
                self._write_requests(now)
            has_closed, self._has_closed = self._has_closed, False
        return has_closed

    def close(self) -> None:
        """Write down what was left out and dropped, and close the file."""
        with self._turn:
            if self._left_out or self._lost:
                self._write_counts()
            self._write_requests(time.time_ns())
            self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _append(
        self,
        data: Any,
        predictions: Any,
        cells: Mapping[str, Any] | None,
        count: int,
        asked: Asked,
    ) -> bool:
        kind = self._forms.kind_of(predictions)
        columns = data if isinstance(data, Mapping) else self._forms.tables.columns(data)
        said = kind.tables.columns_of(predictions) if cells is None else cells
        if row_forms.count_of(columns) != count:
            raise DataError(
                f"{row_forms.count_of(columns):,} rows and {count:,} predictions",
                where="prediction log",
            )
        columns, said = self._privacy.applied(columns), self._privacy.applied(said)
        shapes = self._forms.shapes_of(columns, said) if row_forms.is_small(count) else None
        if shapes is not None:
            payload = row_forms.as_json(asked, shapes[0].lists(columns), shapes[1].lists(said))
            return self._write(framed(FEW, payload), count, asked)
        packed = (kind.tables.pack_columns(part) for part in (columns, said))
        return self._write(framed(MANY, row_forms.as_packed(asked, *packed)), count, asked)

    def _write(self, record: bytes, count: int, asked: Asked) -> bool:
        begun = time.monotonic()
        head = self._forms.head()
        try:
            segment = self._opened(head, asked.at_ns)
            if segment.head is not head:
                segment.write(head.framed(), 0)
                segment.head = head
            segment.write(record, count)
        except OSError as error:
            self._stop(str(error.strerror or error))
            self._count(dropped=count)
            return False
        if asked.left_out or asked.dropped:
            self._count(left_out=-asked.left_out, written_down=asked.dropped)
        self._written += 1
        if time.monotonic() - begun > _SLOW_SECONDS:
            self._stop("the disk is slow")
        elif segment.rows >= self._rules.rows_per_batch or segment.size_bytes >= _MOST_BYTES:
            self._close()
        return True

    def _opened(self, head: Head, at_ns: int) -> OpenSegment:
        if self._segment is not None and not self._segment.holds(at_ns):
            self._end(self._segment)
        if self._segment is None:
            self._segment = OpenSegment.open(
                self._folder,
                self._version,
                self._role,
                head,
                at_ns,
                is_synced=self.survives_power_loss,
            )
        return self._segment

    def _is_over(self, segment: OpenSegment, at_ns: int) -> bool:
        age = time.monotonic() - segment.begun
        return not segment.holds(at_ns) or age >= self._rules.seconds_per_batch

    def _end(self, segment: OpenSegment) -> None:
        """Close a file; requests that wait to be counted came in its quarter of an hour, or a moment after."""
        waiting = self._counts.take()
        if waiting.asked:
            last = (segment.quarter + 1) * QUARTER_NS - 1
            try:
                segment.write(as_record(min(time.time_ns(), last), waiting), 0)
            except OSError as error:
                self._counts.add(waiting)
                self._stop(str(error.strerror or error))
        self._close()

    def _close(self) -> None:
        segment, self._segment = self._segment, None
        if segment is None:
            return
        try:
            if self.survives_power_loss:
                segment.sync()
        except OSError as error:
            self._stop(str(error.strerror or error))
        finally:
            segment.close()
            self._has_closed = True

    # A disk that is full or slow

    def _count(self, *, left_out: int = 0, dropped: int = 0, written_down: int = 0) -> None:
        with self._count_turn:
            self.dropped += dropped
            self._left_out += left_out
            self._lost += dropped - written_down
        if self._forms.hears_failures and (left_out > 0 or dropped > 0):
            # It is one request, which was answered whatever became of its rows.
            self._counts.add(Traffic(answered=1))

    def _stop(self, why: str) -> None:
        self.trouble = why
        self._is_stopped, self._tried = True, time.monotonic()

    def _probe(self) -> None:
        """Write down what was dropped; if that is quick, rows are taken again."""
        begun = time.monotonic()
        with self._turn:
            if self._write_counts() and time.monotonic() - begun <= _SLOW_SECONDS:
                self._is_stopped, self.trouble = False, ""
            self._tried = time.monotonic()

    def _write_counts(self) -> bool:
        asked = Asked(at_ns=time.time_ns(), left_out=self._left_out, dropped=self._lost)
        return self._write(framed(FEW, row_forms.as_json(asked, [], [])), 0, asked)

    def _write_requests(self, at_ns: int) -> bool:
        waiting = self._counts.take()
        if not waiting.asked:
            return True  # another thread has written them
        is_written = self._write(as_record(at_ns, waiting), 0, Asked(at_ns=at_ns))
        if not is_written:
            self._counts.add(waiting)
        return is_written
