"""The prediction log of a service: what was asked and answered is in a file before the answer is sent."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke import Cells, FourstrokeError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from fourstroke import Project
    from fourstroke_serve.answers import Said
    from fourstroke_serve.loaded import Loaded, Role
    from fourstroke_serve.rows import Columns

# Looking is cheap; to be woken by every request is not.
_LOOK_SECONDS: Final = 0.5
# How often what others left behind is looked for, and what is too old.
_OTHERS_SECONDS: Final = 60.0
_RETENTION_SECONDS: Final = 3600.0


@attrs.define(eq=False)
class Journal:
    """Keeps a journal for each version and role that answers, and takes their files into the log.

    A disk that is full or slow fails no answer: rows are dropped and counted until it takes them again.

    Parameters
    ----------
    project : Project
        Whose model it is.
    model : str
        What is served.
    dropped : callable
        Hears how many rows were not logged.
    say : callable
        Hears what went wrong.
    """

    _project: Project
    _model: str
    _dropped: Callable[[int], None]
    _say: Callable[[str], None]
    _journals: dict[tuple[int, str], Any] = attrs.field(factory=dict, init=False)
    _turn: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    _over: threading.Event = attrs.field(factory=threading.Event, init=False)
    _thread: threading.Thread | None = attrs.field(default=None, init=False)
    _told: str = attrs.field(default="", init=False)
    _looked: float = attrs.field(default=0.0, init=False)
    _purged: float = attrs.field(default=0.0, init=False)

    def begin(self) -> None:
        """Start to take files in, those first that a service has left behind that was killed."""
        self._thread = threading.Thread(target=self._work, name="prediction log", daemon=True)
        self._thread.start()

    def take(
        self,
        by: Loaded,
        columns: Columns,
        predictions: pd.DataFrame,
        request_id: str,
        latency_seconds: float,
        cells: Said | None = None,
    ) -> None:
        """Log the rows of one request; when it returns they are in a file, or counted as dropped.

        ``cells`` are the predictions taken apart, if they were so before.
        """
        is_plain = cells is not None and all(type(each) is Cells for each in cells.values())
        try:
            is_kept = self._of(by).append(
                columns,
                predictions,
                cells=cells if is_plain else None,
                request_id=request_id,
                latency_seconds=latency_seconds,
            )
        except FourstrokeError as error:
            is_kept = False
            self._tell(f"rows are not logged: {error}")
        if not is_kept:
            self._dropped(len(predictions))

    def failed(self, number: int, role: Role, status: int) -> None:
        """Log that a request to a version got no predictions; nothing is kept of what it asked."""
        try:
            found = self._journals.get((number, role))
            if found is None:
                # It may be one that cannot be loaded.
                found = self._journal(number, role, self._project.models[self._model][number])
            found.failed(status)
        except FourstrokeError as error:
            self._tell(f"failed requests are not logged: {error}")

    @property
    def survives_power_loss(self) -> bool:
        """Whether `settle` is to be called before an answer is sent."""
        return bool(self._project.config.log.durability == "power")

    def settle(self, number: int, role: Role) -> None:
        """Wait until the disk has what was logged of a version."""
        journal = self._journals.get((number, role))
        if journal is not None:
            journal.settle()

    def end(self) -> None:
        """Take in what there is, and stop."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        for journal in self._journals.values():
            journal.close()
        self._take_in()

    def _of(self, by: Loaded) -> Any:
        return self._journals.get((by.number, by.role)) or self._journal(
            by.number, by.role, by.version
        )

    def _journal(self, number: int, role: Role, version: Any) -> Any:
        with self._turn:
            found = self._journals.get((number, role))
            if found is None:
                # What a shadow fails at fails nobody, and is counted under /metrics.
                found = version.journal(role, hears_failures=role != "shadow")
                self._journals[number, role] = found
        return found

    def _work(self) -> None:
        while True:
            try:
                self._look()
            except FourstrokeError as error:
                self._tell(f"the prediction log: {error}")
            except Exception as error:  # noqa: BLE001 - a service that stops looking fills the disk
                self._tell(f"the prediction log: {type(error).__name__}: {error}")
            if self._over.wait(_LOOK_SECONDS):
                return

    def _look(self) -> None:
        has_closed = False
        for journal in list(self._journals.values()):
            has_closed |= journal.tend()
            if journal.trouble:
                self._tell(f"rows are not logged: {journal.trouble}")
        now = time.monotonic()
        if has_closed or not self._looked or now - self._looked >= _OTHERS_SECONDS:
            self._looked = now
            self._take_in()
        if self._project.config.log.keep and (
            not self._purged or now - self._purged >= _RETENTION_SECONDS
        ):
            self._purged = now
            self._project.predictions.purge(self._model)

    def _take_in(self) -> None:
        # Of a model that nobody has registered yet there is nothing to take in.
        if self._model in self._project.records.models():
            for problem in self._project.predictions.take_in(self._model).problems:
                self._say(problem)

    def _tell(self, trouble: str) -> None:
        if trouble != self._told:
            self._say(trouble)
        self._told = trouble
