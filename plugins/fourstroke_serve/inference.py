"""The endpoints of the Open Inference Protocol, version 2: tensors, one a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fourstroke import __version__
from fourstroke_serve.answers import labels_of
from fourstroke_serve.asking import ask
from fourstroke_serve.faults import RequestError
from fourstroke_serve.requests import answer, asker, json_of, request_id
from fourstroke_serve.rows import rows_of_columns
from fourstroke_serve.service import NotReadyError

if TYPE_CHECKING:
    import pandas as pd
    from starlette.requests import Request
    from starlette.responses import Response

    from fourstroke_serve.loaded import Loaded
    from fourstroke_serve.rows import Columns
    from fourstroke_serve.service import Service

# What a column of each kind is called.
_TYPES: Final = {
    "number": "FP64",
    "boolean": "BOOL",
    "text": "BYTES",
    "date": "BYTES",
    "duration": "FP64",
}


async def server(service: Service, request: Request) -> Response:  # noqa: ARG001 - one form for all
    """Say what server it is."""
    told = {"name": "fourstroke", "version": __version__, "extensions": []}
    return answer(told, request_id(request))


async def model(service: Service, request: Request) -> Response:
    """Say what the model takes and gives."""
    by = _named(service, request)
    columns = by.signature.columns if by.signature is not None else ()
    told = {
        "name": service.model,
        "versions": [str(by.number)],
        "platform": "fourstroke",
        "inputs": [
            {"name": column.name, "datatype": _TYPES[column.kind], "shape": [-1]}
            for column in columns
        ],
        "outputs": [{"name": "prediction", "datatype": "BYTES", "shape": [-1]}],
    }
    return answer(told, request_id(request), by)


async def model_ready(service: Service, request: Request) -> Response:
    """Say whether it answers."""
    by = _named(service, request)
    return answer({"name": service.model, "ready": True}, request_id(request), by)


async def infer(service: Service, request: Request) -> Response:
    """Score rows: one input a column, each of the shape [n] or [n, 1]."""
    _named(service, request)
    body = await json_of(request)
    if not isinstance(body, dict) or not isinstance(body.get("inputs"), list):
        raise RequestError(400, "expected an object with inputs")
    own_id = str(body["id"]) if isinstance(body.get("id"), str) else request_id(request)
    columns = dict(_column(each) for each in body["inputs"])
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) != 1:
        raise RequestError(400, "inputs are columns of one length")
    rows = lengths.pop()

    def table(chosen: Loaded) -> Columns:
        return rows_of_columns(chosen.signature, columns)

    key = asker(request, own_id)
    said = await ask(service, own_id, key, rows, table)
    told = {
        "model_name": service.model,
        "model_version": str(said.by.number),
        "id": own_id,
        "outputs": _outputs(said.predictions, body.get("outputs")),
    }
    return answer(told, request_id(request), said.by)


def _named(service: Service, request: Request) -> Loaded:
    """Give the champion, if it is what the path names."""
    name, number = request.path_params["name"], request.path_params.get("version")
    if name != service.model:
        raise RequestError(404, f"there is no model {name!r} here")
    by = service.champion
    if by is None:
        raise NotReadyError(service.trouble or "the model is being loaded")
    if number is not None and number != str(by.number):
        raise RequestError(404, f"version {number!r} does not answer here; {by.number} does")
    return by


def _column(given: Any) -> tuple[str, list[Any]]:
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        raise RequestError(400, "each input has a name, a shape, a datatype and data")
    name, shape, data = given["name"], given.get("shape"), given.get("data")
    if not isinstance(data, list) or not isinstance(shape, list) or not shape:
        raise RequestError(400, f"input {name!r} has no shape or no data")
    flat = [cell for row in data for cell in (row if isinstance(row, list) else [row])]
    is_column = len(shape) == 1 or shape[1:] == [1]
    if not is_column or shape[0] != len(flat):
        raise RequestError(
            400, f"input {name!r}: the shape {shape} does not fit {len(flat)} values"
        )
    return name, [_truth(cell) if given.get("datatype") == "BOOL" else cell for cell in flat]


def _truth(cell: Any) -> Any:
    return {0: False, 1: True}.get(cell, cell) if isinstance(cell, int) else cell


def _outputs(predictions: pd.DataFrame, wanted: Any) -> list[dict[str, Any]]:
    found = [_tensor("prediction", labels_of(predictions))]
    found += [
        _tensor(str(name), predictions[name].tolist())
        for name in predictions.columns
        if name != "prediction"
    ]
    if not isinstance(wanted, list) or not wanted:
        return found
    by_name = {each["name"]: each for each in found}
    names = [each.get("name") if isinstance(each, dict) else None for each in wanted]
    strange = [name for name in names if name not in by_name]
    if strange:
        raise RequestError(
            400, f"there is no output {strange[0]!r}; there are {', '.join(by_name)}"
        )
    return [by_name[str(name)] for name in names]


def _tensor(name: str, cells: list[Any]) -> dict[str, Any]:
    kinds = {type(cell) for cell in cells}
    datatype = {bool: "BOOL", int: "INT64", float: "FP64"}.get(
        kinds.pop() if len(kinds) == 1 else str, "BYTES"
    )
    return {"name": name, "shape": [len(cells)], "datatype": datatype, "data": cells}
