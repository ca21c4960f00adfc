"""One question: rows in, predictions out, by the version whose turn it is; logged and counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import attrs
from starlette.concurrency import run_in_threadpool

from fourstroke import DataError
from fourstroke_serve.faults import RequestError
from fourstroke_serve.rows import table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from fourstroke_serve.journal import Journal
    from fourstroke_serve.loaded import Loaded
    from fourstroke_serve.rows import Columns
    from fourstroke_serve.service import Service

# So few rows take less time than to hand them to another thread and back.
_ROWS_IN_PLACE: Final = 16


@attrs.frozen(eq=False)
class Answer:
    """What was said, and by which version."""

    by: Loaded
    predictions: pd.DataFrame


async def ask(
    service: Service, own_id: str, key: str, rows: int, table: Callable[[Loaded], Columns]
) -> Answer:
    """Let the version answer whose turn it is.

    Parameters
    ----------
    service : Service
        The worker's.
    own_id : str
        The id of the request.
    key : str
        What stands for who asks.
    rows : int
        How many rows there are.
    table : callable
        Makes the table that a version asks for.

    Raises
    ------
    RequestError
        413 for too many rows, 422 for rows that the model does not take.
    """
    if rows > service.settings.most_rows:
        raise RequestError(413, f"{rows:,} rows are more than {service.settings.most_rows:,}")
    by, canary = service.chosen(key), service.canary
    begun, has_failed = time.perf_counter(), False
    try:
        if rows <= _ROWS_IN_PLACE:
            columns, predictions = _scored(by, table)
        else:
            columns, predictions = await run_in_threadpool(_scored, by, table)
    except DataError as error:
        raise RequestError(422, str(error)) from error
    except RequestError:
        raise
    except BaseException:
        has_failed = True
        raise
    finally:
        if canary is not None:
            canary.hear(
                by_canary=by.role == "canary",
                has_failed=has_failed,
                seconds=time.perf_counter() - begun,
            )
    if rows:
        service.counts.scored(by, rows)
        if service.journal is not None:
            seconds = time.perf_counter() - begun
            await _logged(service.journal, by, columns, predictions, own_id, seconds)
        if service.shadow is not None:
            service.shadow.ask(columns, own_id)
    return Answer(by, predictions)


async def _logged(
    journal: Journal,
    by: Loaded,
    columns: Columns,
    predictions: pd.DataFrame,
    own_id: str,
    seconds: float,
) -> None:
    """Log rows before the answer is sent: what was answered is not lost with the process."""
    if len(predictions) <= _ROWS_IN_PLACE:
        journal.take(by, columns, predictions, own_id, seconds)
    else:
        await run_in_threadpool(journal.take, by, columns, predictions, own_id, seconds)
    if journal.waits_for_disk(by):
        await run_in_threadpool(journal.settle, by)


def _scored(by: Loaded, table: Callable[[Loaded], Columns]) -> tuple[Columns, pd.DataFrame]:
    columns = table(by)
    return columns, by.predict(table_of(columns))
