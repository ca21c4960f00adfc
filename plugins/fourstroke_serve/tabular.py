"""The endpoints that take tables: records of our own, and MLflow's scoring protocol."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import TYPE_CHECKING, Any

from fourstroke_serve.answers import labels_of, records_of
from fourstroke_serve.asking import ask
from fourstroke_serve.faults import RequestError
from fourstroke_serve.requests import answer, asker, json_of, request_id
from fourstroke_serve.rows import rows_of_columns, rows_of_records

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from fourstroke_serve.loaded import Loaded
    from fourstroke_serve.rows import Columns
    from fourstroke_serve.service import Service

_FORMS = ("dataframe_split", "dataframe_records", "inputs", "instances")


async def predict(service: Service, request: Request) -> Response:
    """Score records: ``{"records": [{"age": 39, ...}]}``, or the array alone."""
    own_id = request_id(request)
    body = await json_of(request)
    records = body.get("records") if isinstance(body, dict) else body
    if not isinstance(records, list):
        raise RequestError(400, 'expected {"records": [{...}, ...]}')
    said = await ask(
        service,
        own_id,
        asker(request, own_id),
        len(records),
        lambda by: rows_of_records(by.signature, records),
    )
    told = {
        "model": said.by.predictor.model,
        "version": said.by.number,
        "request_id": own_id,
        "predictions": records_of(said.predictions),
    }
    return answer(told, own_id, said.by)


async def invocations(service: Service, request: Request) -> Response:
    """Score rows as MLflow's scoring server does: four forms of JSON, or CSV."""
    own_id = request_id(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/csv":
        rows, table = _of_csv(await request.body())
    else:
        rows, table = _of_json(await json_of(request))
    said = await ask(service, own_id, asker(request, own_id), rows, table)
    return answer({"predictions": labels_of(said.predictions)}, own_id, said.by)


def _of_json(body: Any) -> tuple[int, Callable[[Loaded], Columns]]:
    given = [form for form in _FORMS if isinstance(body, dict) and form in body]
    if len(given) != 1:
        raise RequestError(400, f"expected an object with exactly one of {', '.join(_FORMS)}")
    content = body[given[0]]
    if given[0] == "dataframe_split":
        return _of_split(content)
    if isinstance(content, dict):
        return _of_columns(content)
    if not isinstance(content, list):
        raise RequestError(400, f"{given[0]} holds neither rows nor columns")
    if content and all(isinstance(row, list) for row in content):
        return len(content), partial(_in_order, rows=content)
    return len(content), lambda by: rows_of_records(by.signature, content)


def _of_split(content: Any) -> tuple[int, Callable[[Loaded], Columns]]:
    columns = content.get("columns") if isinstance(content, dict) else None
    rows = content.get("data") if isinstance(content, dict) else None
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise RequestError(400, "dataframe_split needs columns and data")
    names = [str(name) for name in columns]
    if len(set(names)) < len(names):
        raise RequestError(400, "dataframe_split names a column twice")
    by_name = dict(zip(names, _turned(rows, len(names)), strict=True))
    return len(rows), lambda by: rows_of_columns(by.signature, by_name)


def _of_columns(content: Mapping[str, Any]) -> tuple[int, Callable[[Loaded], Columns]]:
    lengths = {len(cells) if isinstance(cells, list) else -1 for cells in content.values()}
    if len(lengths) != 1 or -1 in lengths:
        raise RequestError(400, "columns are arrays of one length")
    rows = lengths.pop()
    return rows, lambda by: rows_of_columns(by.signature, content)


def _in_order(by: Loaded, *, rows: Sequence[Sequence[Any]]) -> Columns:
    """Take rows without names in the order of the model's columns."""
    if by.signature is None:
        raise RequestError(400, "rows without names need a model that says which columns it has")
    names = [column.name for column in by.signature.columns]
    columns = dict(zip(names, _turned(rows, len(names)), strict=True))
    return rows_of_columns(by.signature, columns)


def _turned(rows: Sequence[Any], width: int) -> list[list[Any]]:
    """Turn rows into columns."""
    for number, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != width:
            got = f"{len(row)} cells" if isinstance(row, list) else "something else"
            raise RequestError(
                422,
                f"row {number}: expected {width} cells, got {got}",
                [{"row": number, "expected": f"{width} cells", "got": got}],
            )
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width


def _of_csv(body: bytes) -> tuple[int, Callable[[Loaded], Columns]]:
    try:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(400, f"the body is no CSV: {error}") from error
    if not lines:
        raise RequestError(400, "the CSV is empty; its first line names the columns")
    names, *rows = lines
    columns = dict(zip(names, _turned(rows, len(names)), strict=True))
    return len(rows), partial(_typed, columns=columns)


def _typed(by: Loaded, *, columns: Mapping[str, Sequence[str]]) -> Columns:
    """Read the text of CSV as what the model's columns hold; an empty cell is missing."""
    kinds = {column.name: column.kind for column in by.signature.columns} if by.signature else {}
    cells = {
        name: [_cell(text, kinds.get(name, "text")) for text in texts]
        for name, texts in columns.items()
    }
    return rows_of_columns(by.signature, cells)


def _cell(text: str, kind: str) -> Any:
    if not text:
        return None
    if kind == "boolean":
        return {"true": True, "false": False, "1": True, "0": False}.get(text.lower(), text)
    if kind in {"number", "duration"}:
        try:
            return float(text)
        except ValueError:
            return text
    return text
