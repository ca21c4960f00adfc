"""The JSON Schema of a report's facts, made of the classes that hold them."""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs

from fourstroke import MonitoringHistory, RunReport
from fourstroke_report.facts import MONITORING_SCHEMA, NOT_FACTS, SCHEMA
from fourstroke_report.monitoring_words import Reading

_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: Final[Mapping[Any, dict[str, Any]]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    # JSON has no infinity and no NaN.
    float: {"type": ["number", "null"]},
    type(None): {"type": "null"},
    dt.datetime: {"type": "string", "format": "date-time"},
    Any: {},
}


def schema() -> dict[str, Any]:
    """Describe what `json_of` writes.

    Within one version of the schema keys are added and none is taken away or changes its type, so that
    whoever reads a report passes over keys that it does not know.
    """
    return _whole(SCHEMA, RunReport, {})


def monitoring_schema() -> dict[str, Any]:
    """Describe what `monitoring_json_of` writes; the same holds of it."""
    return _whole(MONITORING_SCHEMA, MonitoringHistory, {"reading": Reading})


def _whole(title: str, cls: type[Any], more: Mapping[str, type[Any]]) -> dict[str, Any]:
    known: dict[str, dict[str, Any]] = {}
    body = _object(cls, known)
    added = {name: _of(kind, known) for name, kind in more.items()}
    body["properties"] = {"schema": {"const": title}, **added, **body["properties"]}
    body["required"] = ["schema", *more, *body["required"]]
    return {"$schema": _DRAFT, "title": title, **body, "$defs": dict(sorted(known.items()))}


def _object(cls: type[Any], known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    names = [field.name for field in attrs.fields(cls) if field.name not in NOT_FACTS]
    return {
        "type": "object",
        "properties": {name: _of(hints[name], known) for name in names},
        "required": names,
    }


def _of(kind: Any, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if attrs.has(kind):
        if kind.__name__ not in known:
            known[
                kind.__name__
            ] = {}  # named before its fields are looked at, which may name it again
            known[kind.__name__] = _object(kind, known)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in {typing.Union, types.UnionType}:
        return {"anyOf": [_of(part, known) for part in inner]}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(inner[1], known)}
    if origin is tuple and inner[-1] is Ellipsis:
        return {"type": "array", "items": _of(inner[0], known)}
    if origin is tuple:
        return {"type": "array", "prefixItems": [_of(part, known) for part in inner]}
    raise TypeError(f"{kind} has no schema")
