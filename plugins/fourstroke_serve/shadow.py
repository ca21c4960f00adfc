"""A second opinion: a version that is asked what another has answered already; nobody waits for it."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke_serve.answers import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from fourstroke_serve.loaded import Loaded
    from fourstroke_serve.rows import Columns

# Beyond this it lags behind, and leaves requests out.
_MOST_WAITING_ROWS: Final = 100_000


@attrs.frozen(kw_only=True, eq=False)
class Opinion:
    """What a version said to a request that another had answered.

    Parameters
    ----------
    by : Loaded
        The version.
    columns, predictions : mapping and DataFrame
        What was asked, and what it said.
    same : list of bool
        Row by row, whether that is what was answered; empty for numbers, which always differ.
    request_id : str
        Of the request.
    seconds : float
        How long it took.
    """

    by: Loaded
    columns: Columns
    predictions: pd.DataFrame
    same: list[bool]
    request_id: str
    seconds: float


@attrs.define(eq=False)
class Shadow:
    """Scores copies of requests in a thread of its own; when it lags behind, it leaves some out.

    Parameters
    ----------
    loaded : Loaded
        The version.
    heard : callable
        Takes what it said.
    told : callable
        Hears of each request whether it was ``scored``, ``failed`` or ``left out``.
    """

    loaded: Loaded
    _heard: Callable[[Opinion], None]
    _told: Callable[[str], None]
    asked: int = attrs.field(default=0, init=False)
    _rows: int = attrs.field(default=0, init=False)
    _is_over: bool = attrs.field(default=False, init=False)
    _waiting: deque[tuple[Columns, pd.DataFrame, str]] = attrs.field(factory=deque, init=False)
    _turn: threading.Condition = attrs.field(factory=threading.Condition, init=False)
    _thread: threading.Thread = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Start scoring."""
        self._thread = threading.Thread(target=self._score_on, name="shadow", daemon=True)
        self._thread.start()

    def ask(self, columns: Columns, answered: pd.DataFrame, request_id: str) -> None:
        """Ask it, too."""
        with self._turn:
            is_taken = not self._is_over and self._rows + len(answered) <= _MOST_WAITING_ROWS
            if is_taken:
                self._rows += len(answered)
                self._waiting.append((columns, answered, request_id))
                self._turn.notify()
        if not is_taken:
            self._told("left out")

    def end(self) -> None:
        """Stop after what it is at; what waits is left out, so that nobody waits for it."""
        with self._turn:
            self._is_over = True
            left = len(self._waiting)
            self._waiting.clear()
            self._turn.notify()
        for _ in range(left):
            self._told("left out")
        self._thread.join()

    def _score_on(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting or self._is_over)
                if self._is_over:
                    return
                columns, answered, request_id = self._waiting.popleft()
                self._rows -= len(answered)
            begun = time.perf_counter()
            try:
                predictions = self.loaded.score(columns)
                same = same_rows(answered, predictions)
            except Exception:  # noqa: BLE001 - whatever it is: a shadow harms nobody, and is counted
                self._told("failed")
            else:
                self._told("scored")
                opinion = Opinion(
                    by=self.loaded,
                    columns=columns,
                    predictions=predictions,
                    same=same,
                    request_id=request_id,
                    seconds=time.perf_counter() - begun,
                )
                self._heard(opinion)
            self.asked += 1


def same_rows(first: pd.DataFrame, second: pd.DataFrame) -> list[bool]:
    """Say row by row whether two versions predict the same class; nothing of numbers, which always differ.

    Examples
    --------
    >>> import pandas as pd
    >>> same_rows(pd.DataFrame({"prediction": ["a", "b"]}), pd.DataFrame({"prediction": ["a", "c"]}))
    [True, False]
    """
    if any(table["prediction"].dtype.kind == "f" for table in (first, second)):
        return []
    labels = (plain(table["prediction"]) for table in (first, second))
    return [bool(one == two) for one, two in zip(*labels, strict=True)]
