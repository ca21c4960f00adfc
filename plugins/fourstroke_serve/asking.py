"""One question: rows in, predictions out, by the version whose turn it is; logged and counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import attrs
from starlette.concurrency import run_in_threadpool

from fourstroke import DataError
from fourstroke_serve.answers import taken_apart
from fourstroke_serve.faults import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from fourstroke_serve.answers import Said
    from fourstroke_serve.canary import Canary
    from fourstroke_serve.journal import Journal
    from fourstroke_serve.loaded import Loaded
    from fourstroke_serve.requests import Asker
    from fourstroke_serve.rows import Columns
    from fourstroke_serve.service import Service

    Table = Callable[[Loaded], Columns]

# So few rows take less time than to hand them to another thread and back.
_ROWS_IN_PLACE: Final = 16


@attrs.frozen(eq=False)
class Answer:
    """What was said of which rows, and by which version; ``cells`` are the predictions, taken apart."""

    by: Loaded
    columns: Columns
    predictions: pd.DataFrame
    cells: Said


async def ask(service: Service, who: Asker, rows: int, table: Table) -> Answer:
    """Let the version answer whose turn it is.

    Parameters
    ----------
    service : Service
        The worker's.
    who : Asker
        Who asks.
    rows : int
        How many rows there are.
    table : callable
        Makes the table that a version asks for.

    Raises
    ------
    RequestError
        413 for too many rows, 422 for rows that the model does not take.
    NotReadyError
        If no version is loaded yet.
    """
    if rows > service.settings.most_rows:
        raise RequestError(413, f"{rows:,} rows are more than {service.settings.most_rows:,}")
    # Each once: while this request is at work, others may come in their places.
    champion, canary, shadow = service.at_work()
    begun = time.perf_counter()
    if canary is None:
        said = await _scored(champion, rows, table)
    elif canary.takes(who.key):
        said = await _on_trial(canary, champion, rows, table)
    else:
        said = await _beside(canary, champion, rows, table)
    if rows:
        service.counts.scored(said.by, rows)
        seconds = time.perf_counter() - begun
        if service.journal is not None:
            await _logged(service.journal, said, who.request_id, seconds)
        # Nobody waits for what others say to it.
        if shadow is not None:
            shadow.ask(said.columns, said.predictions, who.request_id)
        second = service.second
        if second is not None and said.by.role == "canary":
            second.ask(said.columns, said.predictions, who.request_id)
    return said


async def _logged(journal: Journal, said: Answer, request_id: str, seconds: float) -> None:
    """Log rows before the answer is sent: what was answered is not lost with the process."""
    by, columns, predictions = said.by, said.columns, said.predictions
    if len(predictions) <= _ROWS_IN_PLACE:
        journal.take(by, columns, predictions, request_id, seconds, said.cells)
    else:
        await run_in_threadpool(journal.take, by, columns, predictions, request_id, seconds)
    if journal.survives_power_loss:
        await run_in_threadpool(journal.settle, by.number, by.role)


async def _on_trial(canary: Canary, champion: Loaded, rows: int, table: Table) -> Answer:
    """Let the canary answer; where it cannot, the champion does, and nobody hears of it."""
    begun = time.perf_counter()
    try:
        said = await _scored(canary.loaded, rows, table)
    except Exception:  # noqa: BLE001 - whatever it is: the version is on trial
        seconds = time.perf_counter() - begun
    else:
        canary.hear(by_canary=True, has_failed=False, seconds=time.perf_counter() - begun)
        return said
    # Rows that the champion does not take either are no fault of the canary.
    said = await _scored(champion, rows, table)
    canary.hear(by_canary=True, has_failed=True, seconds=seconds)
    return said


async def _beside(canary: Canary, champion: Loaded, rows: int, table: Table) -> Answer:
    """Let the champion answer, as what the canary is compared with."""
    begun = time.perf_counter()
    try:
        said = await _scored(champion, rows, table)
    except RequestError:
        # Such rows are not counted for the canary either.
        raise
    except Exception:
        canary.hear(by_canary=False, has_failed=True, seconds=time.perf_counter() - begun)
        raise
    canary.hear(by_canary=False, has_failed=False, seconds=time.perf_counter() - begun)
    return said


async def _scored(by: Loaded, rows: int, table: Table) -> Answer:
    if rows <= _ROWS_IN_PLACE:
        return _score(by, table)
    return await run_in_threadpool(_score, by, table)


def _score(by: Loaded, table: Table) -> Answer:
    columns = table(by)
    try:
        predictions = by.score(columns)
    except DataError as error:
        raise RequestError(422, str(error)) from error
    return Answer(by, columns, predictions, taken_apart(predictions))
