"""Rows of a request as a table, each cell held against what the model was trained on."""

from __future__ import annotations

import contextlib
import itertools
import math
import operator
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pandas as pd

from fourstroke import InputColumn, ModelSignature
from fourstroke_serve.faults import RequestError

_LONGEST_SHOWN: Final = 40
# A request with more faults than this is told no more of them.
_MOST_FAULTS: Final = 1000
_LARGEST: Final = int(sys.float_info.max)
# What pandas holds in nanoseconds.
_LONGEST_SECONDS: Final = 9.2e9
_NUMBERS: Final = frozenset({int, float, type(None)})
_TEXTS: Final = frozenset({str, type(None)})
_IDS: Final = frozenset({int, str})
_LONGEST_ID: Final = 256
_IN_WORDS: Final = {
    "number": "a number",
    "boolean": "true or false",
    "text": "text",
    "date": "a date as text, such as 2026-05-01",
    "duration": "a number of seconds",
}


# The cells of each column, as arrays of one length.
Columns = Mapping[str, Any]


def rows_of_columns(
    signature: ModelSignature | None, columns: Mapping[str, Sequence[Any]], row_id: str = ""
) -> Columns:
    """Take values column by column.

    Parameters
    ----------
    signature : ModelSignature or None
        What the model asks for; ``None`` takes the columns as they are.
    columns : mapping of str to sequence
        The cells of each column; further columns make no difference.
    row_id : str, optional
        A further column that is taken too if it is there: what outcomes find their row by.

    Raises
    ------
    RequestError
        422, with row and column of each cell that is none of those that the model takes.
    """
    if signature is None:
        return _unknown(lambda: pd.DataFrame(dict(columns)))
    faults: list[dict[str, Any]] = []
    made: dict[str, Any] = {}
    for column in signature.columns:
        cells = columns.get(column.name)
        if cells is None:
            faults.append(
                {"column": column.name, "expected": _IN_WORDS[column.kind], "got": "no such column"}
            )
        else:
            made[column.name] = _READERS[column.kind](column, cells, faults)
    if row_id and row_id in columns:
        made[row_id] = _ids(row_id, columns[row_id], faults)
    if faults:
        raise _refused(faults)
    return made


def rows_of_records(
    signature: ModelSignature | None, records: Sequence[Any], row_id: str = ""
) -> Columns:
    """Take objects, one a row; ``row_id`` as in `rows_of_columns`.

    Raises
    ------
    RequestError
        422, as `rows_of_columns`; also where a key is missing.
    """
    for row, record in enumerate(records):
        if type(record) is not dict:
            raise _refused([{"row": row, "expected": "an object", "got": _shown(record)}])
    if signature is None:
        return _unknown(lambda: pd.DataFrame.from_records(list(records)))
    names = [column.name for column in signature.columns]
    try:
        columns = {name: list(map(operator.itemgetter(name), records)) for name in names}
    except KeyError:
        raise _refused(_all_faults(signature, records)) from None
    if row_id and any(row_id in record for record in records):
        columns[row_id] = [record.get(row_id) for record in records]
    return rows_of_columns(signature, columns, row_id)


def named(names: Sequence[str], rows: Sequence[Any]) -> dict[str, list[Any]]:
    """Turn rows into columns.

    Raises
    ------
    RequestError
        400 for a name that stands twice, 422 for a row with too many or too few cells.
    """
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise RequestError(400, f"column {twice!r} is named twice")
    width = len(names)
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != width:
            got = f"{len(row)} cells" if isinstance(row, list) else "something else"
            raise _refused([{"row": number, "expected": f"{width} cells", "got": got}])
    turned = [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width
    return dict(zip(names, turned, strict=True))


def table_of(columns: Columns) -> pd.DataFrame:
    """Make the table that a model takes."""
    return pd.DataFrame(dict(columns))


def _unknown(make: Callable[[], pd.DataFrame]) -> Columns:
    """Take what pandas makes of cells of which nobody says what they should be."""
    try:
        return arrays_of(make())
    except (TypeError, ValueError, OverflowError) as error:
        raise RequestError(422, f"the rows make no table: {error}") from error


def arrays_of(frame: pd.DataFrame) -> Columns:
    """Take a table apart."""
    return {str(name): frame[name].to_numpy() for name in frame.columns}


def _all_faults(
    signature: ModelSignature, records: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Give what is wrong with records of which some lack a key, in the order of rows and columns."""
    faults = list(itertools.islice(_absent(signature, records), _MOST_FAULTS))
    for column in signature.columns:
        cells = [record.get(column.name) for record in records]
        wrong: list[dict[str, Any]] = []
        _READERS[column.kind](column, cells, wrong)
        faults.extend(wrong)
    places = {column.name: place for place, column in enumerate(signature.columns)}
    return sorted(faults, key=lambda each: (each["row"], places[each["column"]]))[:_MOST_FAULTS]


def _absent(
    signature: ModelSignature, records: Sequence[Mapping[str, Any]]
) -> Iterable[dict[str, Any]]:
    for row, record in enumerate(records):
        for column in signature.columns:
            if column.name not in record:
                yield {
                    "row": row,
                    "column": column.name,
                    "expected": _IN_WORDS[column.kind],
                    "got": "no such key; null stands for a missing value",
                }


def _refused(faults: Sequence[Mapping[str, Any]]) -> RequestError:
    first = faults[0]
    where = ", ".join(f"{name} {first[name]!r}" for name in ("column", "row") if name in first)
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return RequestError(
        422, f"{where}: expected {first['expected']}, got {first['got']}{more}", faults
    )


def _ids(name: str, cells: Sequence[Any], faults: list[dict[str, Any]]) -> Any:
    """Take ids as text, which one column of the log holds whatever clients send."""
    for row, cell in enumerate(cells):
        is_id = cell is None or (type(cell) in _IDS and len(str(cell)) <= _LONGEST_ID)
        if not is_id and len(faults) < _MOST_FAULTS:
            faults.append({"column": name, "row": row, "expected": "an id", "got": _shown(cell)})
    if faults:
        return None
    made = np.empty(len(cells), dtype=object)
    made[:] = [math.nan if cell is None else str(cell) for cell in cells]
    return made


def _numbers(column: InputColumn, cells: Sequence[Any], faults: list[dict[str, Any]]) -> Any:
    if set(map(type, cells)) <= _NUMBERS:
        with contextlib.suppress(OverflowError):
            # In one go; only where something is wrong each cell is looked at.
            found = np.array(cells, dtype=np.float64)
            if np.isfinite(found[[cell is not None for cell in cells]]).all():
                return found
    for row, cell in enumerate(cells):
        wrong = _wrong_number(cell)
        if wrong:
            _note(faults, column, row, wrong)
    if faults:
        return None
    return np.array([math.nan if cell is None else cell for cell in cells], dtype=np.float64)


def _wrong_number(cell: object) -> str:
    """Say what a cell is that is no number; empty if it is one, or missing."""
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, float):
        return "" if math.isfinite(cell) else "a number that is not finite"
    if isinstance(cell, int):
        # What a float cannot hold is infinite to the model.
        return "" if abs(cell) <= _LARGEST else "a number beyond all that a computer takes"
    return _shown(cell)


def _booleans(column: InputColumn, cells: Sequence[Any], faults: list[dict[str, Any]]) -> Any:
    for row, cell in enumerate(cells):
        if cell is not None and cell not in (True, False):
            _note(faults, column, row, _shown(cell))
    made = [None if cell is None else bool(cell) for cell in cells]
    return np.array(made, dtype=object) if not faults else None


def _texts(column: InputColumn, cells: Sequence[Any], faults: list[dict[str, Any]]) -> Any:
    kinds = set(map(type, cells))
    if not kinds <= _TEXTS:
        for row, cell in enumerate(cells):
            if cell is not None and type(cell) is not str:
                _note(faults, column, row, _shown(cell))
    made = np.empty(len(cells), dtype=object)
    made[:] = cells if kinds == {str} else [math.nan if cell is None else cell for cell in cells]
    return made


def _dates(column: InputColumn, cells: Sequence[Any], faults: list[dict[str, Any]]) -> Any:
    moments: list[Any] = []
    for row, cell in enumerate(cells):
        try:
            moments.append(None if cell is None else _moment(cell))
        except (TypeError, ValueError, OverflowError):
            _note(faults, column, row, _shown(cell))
    return None if faults else np.array(moments, dtype="datetime64[us]")


def _moment(cell: object) -> datetime:
    """Read a date of ISO 8601; pandas would also take "now", "5", and days before months.

    Raises
    ------
    TypeError, ValueError, OverflowError
        If it is none.
    """
    if type(cell) is not str:
        raise TypeError
    found = datetime.fromisoformat(cell)
    if found.tzinfo is not None:
        found = found.astimezone(UTC).replace(tzinfo=None)
    return found


def _durations(column: InputColumn, cells: Sequence[Any], faults: list[dict[str, Any]]) -> Any:
    seconds = _numbers(column, cells, faults)
    for row, found in enumerate([] if faults else seconds):
        if abs(found) > _LONGEST_SECONDS:
            _note(faults, column, row, "more than 290 years")
    return None if faults else pd.to_timedelta(pd.Series(seconds), unit="s").to_numpy()


def _note(faults: list[dict[str, Any]], column: InputColumn, row: int, got: str) -> None:
    if len(faults) < _MOST_FAULTS:
        faults.append(
            {"row": row, "column": column.name, "expected": _IN_WORDS[column.kind], "got": got}
        )


def _shown(cell: object) -> str:
    if isinstance(cell, str):
        short = cell if len(cell) <= _LONGEST_SHOWN else f"{cell[:_LONGEST_SHOWN]}..."
        return f"the text {short!r}"
    if isinstance(cell, bool) or cell is None:
        return {True: "true", False: "false", None: "null"}[cell]
    if isinstance(cell, int | float):
        return f"the number {str(cell)[:_LONGEST_SHOWN]}"
    return "an array" if isinstance(cell, list) else "an object"


_READERS: Final[dict[str, Callable[[InputColumn, Sequence[Any], list[dict[str, Any]]], Any]]] = {
    "number": _numbers,
    "boolean": _booleans,
    "text": _texts,
    "date": _dates,
    "duration": _durations,
}
