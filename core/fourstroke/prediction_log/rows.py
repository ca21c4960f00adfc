"""Rows of one request as a record of a journal, and records as tables again."""

from __future__ import annotations

import datetime as dt
import json
import operator
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.entities.cells import Cells
from fourstroke.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fourstroke.plugins.services import TableCaller

# Beyond so many rows the codec of the tables packs them: JSON grows with every cell.
_MOST_AS_JSON: Final = 32
_MOMENT: Final = "$moment"
_IN_UTC: Final = ", UTC]"
_PLAIN_KINDS: Final = frozenset("iufmM")
_ONE_BYTE: Final = frozenset({"|b1", "|i1", "|u1", "|O"})


def _as_json(cell: object) -> Any:
    """Write what JSON does not know: moments, and numbers of NumPy."""
    if isinstance(cell, dt.datetime):
        return {_MOMENT: cell.isoformat()} if cell == cell else None  # noqa: PLR0124 - NaT is none
    item = getattr(cell, "item", None)
    if callable(item):
        return item()
    if type(cell).__name__ == "NAType":
        return None
    raise TypeError(f"a {type(cell).__name__}")


_encode: Final = json.JSONEncoder(
    separators=(",", ":"), check_circular=False, default=_as_json
).encode
_of_array: Final = operator.methodcaller("tolist")


def _of_times(array: Any) -> list[int]:
    found: list[int] = array.view("i8").tolist()
    return found


@attrs.frozen(kw_only=True)
class Asked:
    """What is logged of a request beside its rows.

    Parameters
    ----------
    at_ns : int
        When it was answered: nanoseconds since 1970, in UTC.
    latency_seconds : float, optional
        How long the answer took.
    request_id : str
        Its id.
    left_out, dropped : int
        Rows that were not logged since the record before: by sampling, and for want of room.
    """

    at_ns: int
    latency_seconds: float | None = None
    request_id: str = ""
    left_out: int = 0
    dropped: int = 0


@attrs.frozen
class Shape:
    """Names and dtypes of columns, and how each column becomes a list."""

    columns: tuple[tuple[str, str], ...]
    readers: tuple[Callable[[Any], list[Any]], ...] = attrs.field(eq=False, repr=False)

    @classmethod
    def of(cls, columns: Mapping[str, Any]) -> Shape | None:
        """Take the shape of columns; ``None`` if one of them is not for JSON."""
        found, readers = [], []
        for name, cells in columns.items():
            dtype = _dtype_of(cells)
            if dtype is None:
                return None
            found.append((name, dtype))
            is_time = dtype[1:2] in {"m", "M"} or dtype.endswith(_IN_UTC)
            is_time &= not isinstance(cells, Cells)
            readers.append(_of_times if is_time else _of_array)
        return cls(tuple(found), tuple(readers))

    def lists(self, columns: Mapping[str, Any]) -> list[list[Any]]:
        """Give the cells of each column."""
        return [read(cells) for read, cells in zip(self.readers, columns.values(), strict=True)]


def _dtype_of(cells: Any) -> str | None:
    if isinstance(cells, Cells):
        return cells.dtype
    dtype, name = cells.dtype, str(cells.dtype)
    if name == "str" or name.endswith(_IN_UTC):
        return name
    # Types of pandas that have a zone have the attribute, too, without the mark of a byte order.
    plain = str(getattr(dtype, "str", ""))
    is_plain = dtype.kind in _PLAIN_KINDS and plain[:1] in {"<", ">", "="}
    return plain if is_plain or plain in _ONE_BYTE else None


def count_of(columns: Mapping[str, Any]) -> int:
    """Count rows."""
    return len(next(iter(columns.values()))) if columns else 0


def is_small(rows: int) -> bool:
    """Whether so few rows are written as JSON."""
    return rows <= _MOST_AS_JSON


def as_json(asked: Asked, data: list[list[Any]], predictions: list[list[Any]]) -> bytes:
    """Write a few rows.

    Raises
    ------
    DataError
        If a cell holds what a log does not keep.
    """
    head = (asked.at_ns, asked.latency_seconds, asked.request_id, asked.left_out, asked.dropped)
    try:
        return _encode((*head, data, predictions)).encode("ascii")
    except (TypeError, ValueError) as error:
        raise DataError(f"{error} cannot be logged", where="prediction log") from error


def as_packed(asked: Asked, data: bytes, predictions: bytes) -> bytes:
    """Write many rows, packed by the codec of their tables."""
    head = (asked.at_ns, asked.latency_seconds, asked.request_id, asked.left_out, asked.dropped)
    return _encode((*head, len(data))).encode("ascii") + b"\n" + data + predictions


@attrs.define
class Gathered:
    """The rows of a segment, as they are read.

    Rows that came as JSON in one shape are put together as they come: a table for each would take long.
    """

    data: list[Mapping[str, Any]] = attrs.field(factory=list)
    predictions: list[Mapping[str, Any]] = attrs.field(factory=list)
    request_ids: list[str] = attrs.field(factory=list)
    moments: list[int] = attrs.field(factory=list)
    latencies: list[float | None] = attrs.field(factory=list)
    left_out: int = 0
    dropped: int = 0
    # A record is one request, of as many rows as it has.
    requests_read: int = 0
    _open: tuple[Any, list[list[Any]], list[list[Any]]] | None = None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.moments)

    def add_json(self, shapes: tuple[Any, Any], payload: bytes) -> None:
        """Take a record of a few rows; ``shapes`` are names and dtypes of data and predictions."""
        hook = _moment if _MOMENT.encode() in payload else None
        at, latency, own_id, left_out, dropped, data, predictions = json.loads(
            payload, object_hook=hook
        )
        self._count(left_out, dropped)
        if not data or not data[0]:
            return
        if self._open is None or self._open[0] is not shapes:
            self._close()
            self._open = (shapes, data, predictions)
        else:
            for known, new in ((self._open[1], data), (self._open[2], predictions)):
                for cells, more in zip(known, new, strict=True):
                    cells.extend(more)
        self._add_request(len(data[0]), at, latency, own_id)

    def add_packed(self, payload: bytes, codec: TableCaller) -> None:
        """Take a record of many rows."""
        head, _, body = payload.partition(b"\n")
        at, latency, own_id, left_out, dropped, size = json.loads(head)
        data, predictions = (codec.unpack_columns(part) for part in (body[:size], body[size:]))
        self._count(left_out, dropped)
        self._close()
        self.data.append(data)
        self.predictions.append(predictions)
        self._add_request(count_of(data), at, latency, own_id)

    def finish(self) -> None:
        """Put together what is still open."""
        self._close()

    def requests(self) -> Mapping[str, Cells]:
        """Give ids, moments and latencies, row by row."""
        moments = [at // 1000 for at in self.moments]
        return {
            "request_id": Cells("|O", self.request_ids),
            "at": Cells("datetime64[us, UTC]", moments),
            "latency_seconds": Cells(
                "<f8", [float("nan") if each is None else each for each in self.latencies]
            ),
        }

    def _count(self, left_out: int, dropped: int) -> None:
        self.left_out += left_out
        self.dropped += dropped

    def _add_request(self, rows: int, at: int, latency: float | None, own_id: str) -> None:
        self.requests_read += 1
        self.moments += [at] * rows
        self.latencies += [latency] * rows
        self.request_ids += [own_id] * rows

    def _close(self) -> None:
        if self._open is None:
            return
        (of_data, of_predictions), data, predictions = self._open
        self.data.append(_columns(of_data, data))
        self.predictions.append(_columns(of_predictions, predictions))
        self._open = None


def _columns(shape: Sequence[Sequence[str]], cells: list[list[Any]]) -> Mapping[str, Cells]:
    return {name: Cells(dtype, values) for (name, dtype), values in zip(shape, cells, strict=True)}


def _moment(plain: dict[str, Any]) -> Any:
    return dt.datetime.fromisoformat(plain[_MOMENT]) if plain.keys() == {_MOMENT} else plain
