"""The endpoints of the Open Inference Protocol, version 2: tensors, one a column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke import __version__
from fourstroke_serve.asking import ask
from fourstroke_serve.faults import RequestError
from fourstroke_serve.requests import answer, asker, json_of, request_id
from fourstroke_serve.rows import named, rows_of_columns
from fourstroke_serve.service import NotReadyError
from fourstroke_serve.tensors import INPUT_TYPES, Tensor, described, tensors_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from fourstroke_serve.loaded import Loaded
    from fourstroke_serve.rows import Columns
    from fourstroke_serve.service import Service


async def server(service: Service, request: Request) -> Response:  # noqa: ARG001 - one form for all
    """Say what server it is."""
    return answer({"name": "fourstroke", "version": __version__, "extensions": []})


async def model(service: Service, request: Request) -> Response:
    """Say what the model takes and gives."""
    by = _named(service, request)
    columns = by.signature.columns if by.signature is not None else ()
    told = {
        "name": service.model,
        "versions": [str(by.number)],
        "platform": "fourstroke",
        "inputs": [
            {"name": column.name, "datatype": INPUT_TYPES[column.kind], "shape": [-1]}
            for column in columns
        ],
        "outputs": [] if by.example is None else described(by.example),
    }
    return answer(told, by)


async def model_ready(service: Service, request: Request) -> Response:
    """Say whether it answers."""
    by = _named(service, request)
    return answer({"name": service.model, "ready": True}, by)


async def infer(service: Service, request: Request) -> Response:
    """Score rows: one input a column, each of the shape [n] or [n, 1]; or one of [n, columns]."""
    _named(service, request)
    if "inference-header-content-length" in request.headers:
        raise RequestError(400, "tensors are JSON here; the binary extension is not offered")
    body = await json_of(request)
    if not isinstance(body, dict) or not isinstance(body.get("inputs"), list):
        raise RequestError(400, "expected an object with inputs")
    own_id = body.get("id", request_id(request))
    if not isinstance(own_id, str):
        raise RequestError(400, "id is a text")
    rows, table = _table(body["inputs"])
    said = await ask(service, asker(request), rows, table)
    told = {
        "model_name": service.model,
        "model_version": str(said.by.number),
        "id": own_id,
        "outputs": tensors_of(said.cells, body.get("outputs")),
    }
    return answer(told, said.by)


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


def _table(inputs: list[Any]) -> tuple[int, Any]:
    tensors = [Tensor.of(each) for each in inputs]
    lengths = {tensor.rows for tensor in tensors}
    if len(lengths) != 1:
        raise RequestError(400, "inputs have one number of rows")
    rows = lengths.pop()
    if len(tensors) == 1 and tensors[0].width > 1:
        return rows, lambda by: _matrix(by, tensors[0])
    wide = [tensor.name for tensor in tensors if tensor.width != 1]
    if wide:
        raise RequestError(400, f"input {wide[0]!r}: a column has the shape [n] or [n, 1]")
    columns = {tensor.name: tensor.cells for tensor in tensors}
    if len(columns) < len(tensors):
        raise RequestError(400, "two inputs have one name")
    return rows, lambda by: rows_of_columns(by.signature, columns, by.row_id)


def _matrix(by: Loaded, tensor: Tensor) -> Columns:
    """Take one tensor of all columns, in the order of the model, as servers of arrays do."""
    names = [column.name for column in by.signature.columns] if by.signature is not None else []
    if tensor.width != len(names):
        raise RequestError(
            400, f"input {tensor.name!r} has {tensor.width} columns, the model {len(names)}"
        )
    cells, width = tensor.cells, tensor.width
    table = [list(cells[row * width : (row + 1) * width]) for row in range(tensor.rows)]
    return rows_of_columns(by.signature, named(names, table))
