"""A shadow: a version that is asked what the champion is asked, and answers nobody."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke_serve.rows import table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from fourstroke_serve.loaded import Loaded
    from fourstroke_serve.rows import Columns

_MOST_WAITING: Final = 1_000


@attrs.define(eq=False)
class Shadow:
    """Scores copies of requests in a thread of its own; when it lags behind, it leaves some out.

    Parameters
    ----------
    loaded : Loaded
        The version.
    log : callable, optional
        Takes what it said: monitors and comparisons read it from the prediction log.
    """

    loaded: Loaded
    _log: Callable[[Loaded, Columns, pd.DataFrame, str, float], None] | None
    asked: int = attrs.field(default=0, init=False)
    failed: int = attrs.field(default=0, init=False)
    left_out: int = attrs.field(default=0, init=False)
    _waiting: queue.Queue[tuple[Columns, str] | None] = attrs.field(init=False)
    _thread: threading.Thread = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Start scoring."""
        self._waiting = queue.Queue(_MOST_WAITING)
        self._thread = threading.Thread(target=self._score_on, name="shadow", daemon=True)
        self._thread.start()

    def ask(self, columns: Columns, request_id: str) -> None:
        """Ask it, too; nobody waits for it."""
        try:
            self._waiting.put_nowait((columns, request_id))
        except queue.Full:
            self.left_out += 1

    def end(self) -> None:
        """Score what waits, and stop."""
        self._waiting.put(None)
        self._thread.join()

    def _score_on(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            columns, request_id = waiting
            self.asked += 1
            begun = time.perf_counter()
            try:
                predictions = self.loaded.predict(table_of(columns))
            except Exception:  # noqa: BLE001 - whatever it is: a shadow harms nobody, and is counted
                self.failed += 1
                continue
            if self._log is not None:
                seconds = time.perf_counter() - begun
                self._log(self.loaded, columns, predictions, request_id, seconds)
