"""The endpoints that take tables: records of our own, and MLflow's scoring protocol."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from fourstroke_serve.answers import labels_of, records_of
from fourstroke_serve.asking import ask
from fourstroke_serve.comma_separated import table_of_csv
from fourstroke_serve.faults import RequestError
from fourstroke_serve.requests import answer, asker, json_of, kind_of, request_id
from fourstroke_serve.rows import named, rows_of_columns, rows_of_records

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
    body = await json_of(request)
    records = body.get("records") if isinstance(body, dict) else body
    if not isinstance(records, list):
        raise RequestError(400, 'expected {"records": [{...}, ...]}')
    said = await ask(
        service,
        asker(request),
        len(records),
        lambda by: rows_of_records(by.signature, records, by.row_id),
    )
    told = {
        "model": said.by.predictor.model,
        "version": said.by.number,
        "request_id": request_id(request),
        "predictions": records_of(said.cells),
    }
    return answer(told, said.by)


async def invocations(service: Service, request: Request) -> Response:
    """Score rows as MLflow's scoring server does: four forms of JSON, or CSV."""
    if kind_of(request) == "text/csv":
        rows, table = table_of_csv(await request.body())
    else:
        rows, table = _of_json(await json_of(request, also="text/csv"))
    said = await ask(service, asker(request), rows, table)
    return answer({"predictions": labels_of(said.cells)}, said.by)


def _of_json(body: Any) -> tuple[int, Callable[[Loaded], Columns]]:
    given = [form for form in _FORMS if isinstance(body, dict) and form in body]
    if len(given) != 1:
        raise RequestError(400, f"expected an object with exactly one of {', '.join(_FORMS)}")
    if body.get("params"):
        # Without them the answer would be another one than was asked for.
        raise RequestError(400, "models here take no params")
    content = body[given[0]]
    if given[0] == "dataframe_split":
        return _of_split(content)
    if isinstance(content, dict):
        return _of_columns(content)
    if not isinstance(content, list):
        raise RequestError(400, f"{given[0]} holds neither rows nor columns")
    if content and all(isinstance(row, list) for row in content):
        return len(content), partial(_in_order, rows=content)
    return len(content), lambda by: rows_of_records(by.signature, content, by.row_id)


def _of_split(content: Any) -> tuple[int, Callable[[Loaded], Columns]]:
    columns = content.get("columns") if isinstance(content, dict) else None
    rows = content.get("data") if isinstance(content, dict) else None
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise RequestError(400, "dataframe_split needs columns and data")
    if not all(type(name) is str for name in columns):
        raise RequestError(400, "dataframe_split: columns have names")
    by_name = named(columns, rows)
    return len(rows), lambda by: rows_of_columns(by.signature, by_name, by.row_id)


def _of_columns(content: Mapping[str, Any]) -> tuple[int, Callable[[Loaded], Columns]]:
    lengths = {len(cells) if isinstance(cells, list) else -1 for cells in content.values()}
    if len(lengths) != 1 or -1 in lengths:
        raise RequestError(400, "columns are arrays of one length")
    rows = lengths.pop()
    return rows, lambda by: rows_of_columns(by.signature, content, by.row_id)


def _in_order(by: Loaded, *, rows: Sequence[Sequence[Any]]) -> Columns:
    """Take rows without names in the order of the model's columns."""
    if by.signature is None:
        raise RequestError(400, "rows without names need a model that says which columns it has")
    names = [column.name for column in by.signature.columns]
    return rows_of_columns(by.signature, named(names, rows))
