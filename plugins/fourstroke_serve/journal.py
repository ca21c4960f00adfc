"""The prediction log of a service: what was asked and answered, written beside the answers."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke_serve.rows import arrays_of, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke_serve.loaded import Loaded
    from fourstroke_serve.rows import Columns

_Entry = tuple["Loaded", "Columns", pd.DataFrame]

_MOST_WAITING_ROWS: Final = 200_000
_ROWS_A_BATCH: Final = 10_000
_SECONDS_A_BATCH: Final = 10.0
# Looking is cheap; to be woken by every request is not.
_LOOK_SECONDS: Final = 0.5


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
    _waiting: deque[_Entry] = attrs.field(factory=deque, init=False)
    _rows: int = attrs.field(default=0, init=False)
    _turn: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    _over: threading.Event = attrs.field(factory=threading.Event, init=False)
    _thread: threading.Thread | None = attrs.field(default=None, init=False)

    def begin(self) -> None:
        """Start writing."""
        self._thread = threading.Thread(target=self._write_on, name="prediction log", daemon=True)
        self._thread.start()

    def take(self, by: Loaded, rows: int, columns: Columns, predictions: pd.DataFrame) -> None:
        """Take rows; they are written soon."""
        with self._turn:
            if self._rows + rows <= _MOST_WAITING_ROWS:
                self._rows += rows
                self._waiting.append((by, columns, predictions))
                return
        self._dropped(rows)

    def end(self) -> None:
        """Write what waits, and stop."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _write_on(self) -> None:
        written = time.monotonic()
        while not self._over.wait(_LOOK_SECONDS):
            is_late = time.monotonic() - written >= _SECONDS_A_BATCH
            if is_late or self._rows >= _ROWS_A_BATCH:
                self._write()
                written = time.monotonic()
        self._write()

    def _write(self) -> None:
        with self._turn:
            entries, self._waiting = self._waiting, deque()
        by_version: dict[int, list[_Entry]] = {}
        for entry in entries:
            by_version.setdefault(entry[0].number, []).append(entry)
        for group in by_version.values():
            rows = sum(len(each[2]) for each in group)
            try:
                data = _joined([each[1] for each in group])
                predictions = _joined([arrays_of(each[2]) for each in group])
                group[0][0].version.log(data, predictions)
            except Exception as error:  # noqa: BLE001 - one bad batch must not end the log for good
                self._dropped(rows)
                self._say(
                    f"{rows:,} rows are not in the prediction log: {type(error).__name__}: {error}"
                )
            with self._turn:
                self._rows -= rows


def _joined(parts: list[Columns]) -> pd.DataFrame:
    """Put arrays behind each other, a column at a time: tables of one row each are slow to join."""
    return table_of({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
