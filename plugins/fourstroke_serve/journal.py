"""The prediction log of a service: what was asked and answered, written beside the answers."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import attrs
import pandas as pd

from fourstroke import FourstrokeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke_serve.loaded import Loaded

_MOST_WAITING_ROWS: Final = 200_000
_ROWS_A_BATCH: Final = 10_000
_SECONDS_A_BATCH: Final = 10.0


@attrs.define(eq=False)
class Journal:
    """Takes rows without making anybody wait, and writes them as batches of the prediction log.

    A batch is written after 10,000 rows or 10 seconds, and when the service stops. Beyond 200,000
    waiting rows further ones are dropped, and counted.

    Parameters
    ----------
    dropped : callable
        Hears how many rows were not logged.
    say : callable
        Hears what went wrong.
    """

    _dropped: Callable[[int], None]
    _say: Callable[[str], None]
    _waiting: queue.SimpleQueue[tuple[Loaded, pd.DataFrame, pd.DataFrame] | None] = attrs.field(
        factory=queue.SimpleQueue, init=False
    )
    _rows: int = attrs.field(default=0, init=False)
    _turn: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    _thread: threading.Thread | None = attrs.field(default=None, init=False)

    def begin(self) -> None:
        """Start writing."""
        self._thread = threading.Thread(target=self._write_on, name="prediction log", daemon=True)
        self._thread.start()

    def take(self, by: Loaded, data: pd.DataFrame, predictions: pd.DataFrame) -> None:
        """Take rows; they are written soon."""
        with self._turn:
            has_room = self._rows + len(data) <= _MOST_WAITING_ROWS
            if has_room:
                self._rows += len(data)
        if has_room:
            self._waiting.put((by, data, predictions))
        else:
            self._dropped(len(data))

    def end(self) -> None:
        """Write what waits, and stop."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def _write_on(self) -> None:
        is_over = False
        while not is_over:
            entries: list[tuple[Loaded, pd.DataFrame, pd.DataFrame]] = []
            rows, deadline = 0, time.monotonic() + _SECONDS_A_BATCH
            while rows < _ROWS_A_BATCH:
                try:
                    found = self._waiting.get(timeout=max(0.0, deadline - time.monotonic()))
                except queue.Empty:
                    break
                if found is None:
                    is_over = True
                    break
                entries.append(found)
                rows += len(found[1])
            self._write(entries)

    def _write(self, entries: list[tuple[Loaded, pd.DataFrame, pd.DataFrame]]) -> None:
        by_version: dict[int, list[tuple[Loaded, pd.DataFrame, pd.DataFrame]]] = {}
        for entry in entries:
            by_version.setdefault(entry[0].number, []).append(entry)
        for group in by_version.values():
            data = _joined([each[1] for each in group])
            predictions = _joined([each[2] for each in group])
            try:
                group[0][0].version.log(data, predictions)
            except FourstrokeError as error:
                self._dropped(len(data))
                self._say(f"{len(data):,} rows are not in the prediction log: {error}")
            with self._turn:
                self._rows -= len(data)


def _joined(tables: list[pd.DataFrame]) -> Any:
    return tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)
