"""A run that is this process's own: it beats, writes in transactions of its own, and ends."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Self

import attrs

from fourstroke.errors import LostError
from fourstroke.records import runs
from fourstroke.records.lease import Heartbeat, OwnerLock
from fourstroke.records.ledger import Teller
from fourstroke.records.metrics import add as add_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from sqlalchemy.engine import Connection

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.entities.run import RunState
    from fourstroke.records.database import Database
    from fourstroke.records.metrics import Row as MetricRow
    from fourstroke.records.runs import Owner
    from fourstroke.records.steps import Begun


@attrs.define(eq=False)
class OwnedRun:
    """The life of a run, from the lock that it holds to its end.

    As a context manager it ends the run in any case: as ``failed`` or ``cancelled`` if something
    was raised, and as ``failed`` too if nobody called `finish`.
    """

    _database: Database = attrs.field(repr=False)
    _owner: Owner
    _user: str
    _proof: str
    _lock: OwnerLock = attrs.field(repr=False)
    _heartbeat: Heartbeat = attrs.field(repr=False)
    _begun: dict[int, Begun] = attrs.field(factory=dict, init=False, repr=False)
    _unwritten: list[MetricRow] = attrs.field(factory=list, init=False, repr=False)
    _written_at: float = attrs.field(factory=time.monotonic, init=False, repr=False)
    _turn: threading.RLock = attrs.field(factory=threading.RLock, init=False, repr=False)
    _is_over: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._heartbeat.add(self._beat)

    @property
    def run(self) -> str:
        """The run's id."""
        return self._owner.run

    @property
    def attempt(self) -> int:
        """Which attempt at this run it is: it rises when a run is declared lost."""
        return self._owner.attempt

    @property
    def proof(self) -> str:
        """How it was proved who runs it: ``token`` and its digest, or nothing."""
        return self._proof

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.finish("failed", "it ended without saying how")
            return
        state: RunState = (
            "cancelled" if isinstance(error, KeyboardInterrupt | SystemExit) else "failed"
        )
        # What was raised first is what a user has to see; a run that could not be ended reads lost.
        with contextlib.suppress(LostError):
            self.finish(state, str(error) or type(error).__name__)

    def keep_source(self, source: Artifact) -> None:
        """Record the files that the run is made from; they are in the store already."""
        with self._turn, self._database.writing(is_durable=False) as connection:
            runs.keep_source(connection, self._owner, source)

    # The end

    def finish(
        self, state: RunState, message: str = "", *, chosen: Mapping[str, float] | None = None
    ) -> None:
        """End the run for good; what ended once stays as it is.

        ``chosen`` are the metrics of the candidate that was chosen: the run is searched by them.
        """
        if self._is_over:
            return
        try:
            with self._turn, self._database.writing() as connection:
                add_metrics(connection, self._unwritten)
                runs.finish(
                    connection,
                    self._owner,
                    state,
                    message,
                    has_open_steps=bool(self._begun),
                    chosen=chosen or {},
                )
        finally:
            # Also if it could not be written: then the run reads lost, and that is what it is.
            self.close()

    def close(self) -> None:
        """Give the run up; one that was not finished reads ``lost`` from now on."""
        if self._is_over:
            return
        self._is_over = True
        self._heartbeat.remove(self._beat)
        self._lock.release()

    @contextlib.contextmanager
    def _writing(self, *, is_durable: bool = True) -> Iterator[Connection]:
        # One at a time: the heartbeat writes too, in a thread of its own.
        with self._turn:
            self._refuse_if_over()
            with self._database.writing(is_durable=is_durable) as connection:
                runs.refuse_unless_mine(connection, self._owner)
                add_metrics(connection, self._unwritten)
                yield connection
            self._unwritten.clear()
            self._written_at = time.monotonic()

    @contextlib.contextmanager
    def _telling(self) -> Iterator[tuple[Connection, Teller]]:
        with self._writing() as connection:
            owner = self._owner
            yield (
                connection,
                Teller(who=self._user, proof=self._proof, run=owner.run, run_number=owner.number),
            )

    def _write_metrics(self) -> None:
        with self._writing(is_durable=False):
            pass  # whatever is not written yet goes with every write

    def _refuse_if_over(self) -> None:
        if self._is_over:
            raise LostError(f"run {self.run} has ended", hint="start another one")

    def _beat(self) -> None:
        with self._turn:
            if self._is_over:
                return
            with self._database.writing(is_durable=False) as connection:
                runs.beat(connection, self._owner)
            if self._unwritten:
                self._write_metrics()
