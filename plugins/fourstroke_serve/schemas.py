"""What requests and answers look like, as JSON Schema, with the columns of the model."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from fourstroke_serve.tensors import KNOWN
from fourstroke_serve.words import KINDS

if TYPE_CHECKING:
    from fourstroke import InputColumn, ModelSignature

_LARGEST: Final = sys.float_info.max
_NUMBER: Final = {"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST}
_KINDS: Final[dict[str, dict[str, Any]]] = {
    "number": {"anyOf": [_NUMBER, {"type": ["boolean", "null"]}]},
    "boolean": {"enum": [True, False, 1, 0, None]},
    "text": {"type": ["string", "null"]},
    "date": {
        "anyOf": [
            {"type": "string", "format": "date"},
            {"type": "string", "format": "date-time"},
            {"type": "null"},
        ],
        "description": "A date, or a date and a time, of ISO 8601; without a zone it is of UTC.",
    },
    "duration": {
        "type": ["number", "null"],
        "minimum": -9.2e9,
        "maximum": 9.2e9,
        "description": "Seconds.",
    },
}
_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_ERROR: Final = {
    "type": "object",
    "required": ["error", "error_code", "message"],
    "properties": {
        "error": _TEXT,
        "error_code": _TEXT,
        "message": _TEXT,
        "details": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "row": _COUNT,
                    "column": _TEXT,
                    "expected": _TEXT,
                    "got": _TEXT,
                },
            },
        },
        "more": _COUNT,
    },
}
_STATE: Final = {
    "type": "object",
    "properties": {
        "status": _TEXT,
        "model": _TEXT,
        "version": _COUNT,
        "deployment": {"type": ["integer", "null"]},
        "digest": _TEXT,
        "tried_rows": _COUNT,
        "name": _TEXT,
        "ready": {"type": "boolean"},
        "trouble": _TEXT,
        "why": _TEXT,
    },
}
_TENSOR: Final = {
    "type": "object",
    "required": ["name", "shape", "datatype", "data"],
    "properties": {
        "name": _TEXT,
        "shape": {"type": "array", "items": _COUNT, "minItems": 1},
        "datatype": {"enum": list(KNOWN)},
        "data": {"type": "array", "description": "Row after row, flat or nested."},
    },
}
_FACTS: Final = {"type": "array", "items": {"type": "object"}}
_ACT: Final = {
    "type": "object",
    "required": ["act", "model", "by"],
    "properties": {
        "act": _TEXT,
        "model": _TEXT,
        "version": _COUNT,
        "by": _TEXT,
        "missing": _TEXT,
        "deployments": _FACTS,
    },
}
_WORDS: Final[dict[type, dict[str, Any]]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0},
}
_INFERENCE: Final = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "id": _TEXT,
        "inputs": {
            "type": "array",
            "items": _TENSOR,
            "minItems": 1,
            "description": "One a column, of the shape [n] or [n, 1]; or one of [n, columns].",
        },
        "outputs": {
            "type": "array",
            "items": {"type": "object", "required": ["name"], "properties": {"name": _TEXT}},
        },
    },
}


_ROW_ID: Final = {
    "type": ["integer", "string", "null"],
    "maxLength": 256,
    "description": "Outcomes find the row by it; the model does not see it.",
}


def words(names: tuple[str, ...], *, is_explained: bool) -> dict[str, Any]:
    """Give the schema of what an act may be told."""
    properties: dict[str, Any] = {name: dict(_WORDS[KINDS[name]]) for name in names}
    if is_explained:
        properties["why"]["pattern"] = r"\S"
    return {
        "type": "object",
        "properties": properties,
        "required": ["why"] if is_explained else [],
        "additionalProperties": False,
    }


def of(signature: ModelSignature | None, most_rows: int, row_id: str = "") -> dict[str, Any]:
    """Give all schemas by their names.

    Parameters
    ----------
    signature : ModelSignature or None
        Of the champion; ``None`` if there is none, or it does not say.
    most_rows : int
        Of one request.
    row_id : str, optional
        The column that outcomes find their row by; a record may have it.
    """
    records = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Record"},
        "maxItems": most_rows,
    }
    inside = {"type": "object", "required": ["records"], "properties": {"records": records}}
    return {
        "Error": _ERROR,
        "State": _STATE,
        "Record": _record(signature, row_id),
        "Records": records,
        "RecordsInside": inside,
        "Predictions": _object(
            model=_TEXT, version=_COUNT, request_id=_TEXT, predictions=_predictions()
        ),
        "Invocation": _invocation(signature, records),
        "Labels": _object(predictions={"type": "array"}),
        "Inference": _INFERENCE,
        "Inferred": _object(
            model_name=_TEXT,
            model_version=_TEXT,
            id=_TEXT,
            outputs={"type": "array", "items": _TENSOR},
        ),
        "Versions": _object(versions=_FACTS),
        "Events": _object(events=_FACTS),
        "Act": _ACT,
        "Server": _object(name=_TEXT, version=_TEXT, extensions={"type": "array"}),
        "Model": _object(
            name=_TEXT,
            versions={"type": "array", "items": _TEXT},
            platform=_TEXT,
            inputs=_FACTS,
            outputs=_FACTS,
        ),
    }


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _predictions() -> dict[str, Any]:
    found = _object(prediction={})
    found["properties"]["probabilities"] = {
        "type": "object",
        "additionalProperties": {"type": ["number", "null"]},
    }
    return {"type": "array", "items": found}


def _invocation(signature: ModelSignature | None, records: dict[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {"type": "array", "items": _TEXT, "uniqueItems": True}
    if signature is not None:
        columns["examples"] = [[column.name for column in signature.columns]]
    split = _object(columns=columns, data={"type": "array", "items": {"type": "array"}})
    either = {"type": ["array", "object"], "description": "Rows, or the cells of each column."}
    forms = {
        "dataframe_split": split,
        "dataframe_records": records,
        "inputs": either,
        "instances": either,
    }
    return {"oneOf": [_object(**{name: form}) for name, form in forms.items()]}


def _record(signature: ModelSignature | None, row_id: str) -> dict[str, Any]:
    if signature is None:
        return {"type": "object"}
    schema = _object(**{column.name: _column(column) for column in signature.columns})
    if row_id:
        schema["properties"][row_id] = _ROW_ID
    if signature.example:
        schema["examples"] = [dict(signature.example[0])]
    return schema


def _column(column: InputColumn) -> dict[str, Any]:
    schema = dict(_KINDS[column.kind])
    if column.values:
        schema["examples"] = list(column.values[:5])
    return schema
