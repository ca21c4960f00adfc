"""The service as OpenAPI 3.1: every endpoint, and the columns of the model that is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fourstroke import __version__

if TYPE_CHECKING:
    from fourstroke import InputColumn, ModelSignature
    from fourstroke_serve.service import Service

_KINDS: Final[dict[str, dict[str, Any]]] = {
    "number": {"type": ["number", "boolean", "null"]},
    "boolean": {"type": ["boolean", "null"]},
    "text": {"type": ["string", "null"]},
    "date": {"type": ["string", "null"], "description": "A date, or a date and a time."},
    "duration": {"type": ["number", "null"], "description": "Seconds."},
}
_ERROR: Final = {
    "type": "object",
    "required": ["error", "error_code", "message"],
    "properties": {
        "error": {"type": "string"},
        "error_code": {"type": "string"},
        "message": {"type": "string"},
        "details": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "row": {"type": "integer"},
                    "column": {"type": "string"},
                    "expected": {"type": "string"},
                    "got": {"type": "string"},
                },
            },
        },
        "more": {"type": "integer"},
    },
}
_FAULTS: Final = {
    "400": "The body is not what is asked for.",
    "401": "The token is missing or wrong.",
    "403": "A page of another site asked.",
    "404": "There is no such model or version here.",
    "408": "The body did not come in time.",
    "413": "The body or its rows are too many.",
    "415": "The body is of another kind.",
    "421": "The service has another name.",
    "422": "A row is none that the model takes.",
    "431": "The headers are too large.",
    "500": "The service is at fault.",
    "503": "No version is loaded, or too many ask at once.",
}


def document(service: Service) -> dict[str, Any]:
    """Describe the service as it is now."""
    from fourstroke_serve.routes import ENDPOINTS  # noqa: PLC0415 - the table names this module

    paths: dict[str, dict[str, Any]] = {}
    for endpoint in ENDPOINTS:
        operation = _operation(endpoint.path, endpoint.about)
        if not endpoint.is_public and service.settings.token:
            operation["security"] = [{"token": []}]
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    by = service.champion
    signature = None if by is None else by.signature
    version = "" if by is None else f", version {by.number}"
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{service.model}{version}", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR, "Record": _record(signature)},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(path: str, about: str) -> dict[str, Any]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    operation: dict[str, Any] = {
        "summary": about,
        "responses": {
            "200": {"description": "The answer."},
            **{
                code: {
                    "description": text,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Error"}}
                    },
                }
                for code, text in _FAULTS.items()
            },
        },
    }
    if path in {"/ping", "/health"}:
        operation["responses"]["404"] = {"description": "No model is loaded."}
    if path in {"/readyz", "/v2/health/ready"}:
        operation["responses"]["503"] = {"description": "No version is loaded yet."}
    if names:
        operation["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in names
        ]
    body = _body(path)
    if body:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _body(path: str) -> dict[str, Any]:
    records = {"type": "array", "items": {"$ref": "#/components/schemas/Record"}}
    if path == "/predict":
        schema = {
            "oneOf": [
                records,
                {"type": "object", "required": ["records"], "properties": {"records": records}},
            ]
        }
        return {"application/json": {"schema": schema}}
    if path == "/invocations":
        split = {
            "type": "object",
            "required": ["columns", "data"],
            "properties": {
                "columns": {"type": "array", "items": {"type": "string"}},
                "data": {"type": "array", "items": {"type": "array"}},
            },
        }
        forms = {
            "dataframe_split": split,
            "dataframe_records": records,
            "inputs": {"type": ["array", "object"]},
            "instances": {"type": ["array", "object"]},
        }
        schema = {
            "oneOf": [
                {"type": "object", "required": [name], "properties": {name: form}}
                for name, form in forms.items()
            ]
        }
        return {
            "application/json": {"schema": schema},
            "text/csv": {"schema": {"type": "string"}},
        }
    return {"application/json": {"schema": _TENSORS}} if path.endswith("/infer") else {}


_TENSORS: Final = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": {"type": "string"},
        "inputs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "shape", "datatype", "data"],
                "properties": {
                    "name": {"type": "string"},
                    "shape": {"type": "array", "items": {"type": "integer"}},
                    "datatype": {"type": "string"},
                    "data": {"type": "array"},
                },
            },
        },
    },
}


def _record(signature: ModelSignature | None) -> dict[str, Any]:
    if signature is None:
        return {"type": "object"}
    schema: dict[str, Any] = {
        "type": "object",
        "required": [column.name for column in signature.columns],
        "properties": {column.name: _column(column) for column in signature.columns},
    }
    if signature.example:
        schema["examples"] = [dict(signature.example[0])]
    return schema


def _column(column: InputColumn) -> dict[str, Any]:
    schema = dict(_KINDS[column.kind])
    if column.values:
        schema["examples"] = list(column.values[:5])
    return schema
