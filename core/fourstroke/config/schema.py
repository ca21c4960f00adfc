"""The project file as a JSON Schema, for editors that complete and check TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fourstroke.config.keys import KEYS, keys_of_table
from fourstroke.config.kinds import NAME_PATTERN
from fourstroke.stages import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fourstroke.config.keys import Key
    from fourstroke.stages import Stage

_ABOUT: Final = {
    "project": "What the project is.",
    "task": "What is predicted.",
    "run": "How steps run.",
    "data": "The data cycle: collect, prepare, check, split.",
    "model": "The model cycle: train, evaluate, explain.",
    "development": "The development cycle: validate, approve, deploy.",
    "operations": "The operations cycle: score, monitor, alert, retrain.",
    "catalog": "What people say of the data set, for those who look for it.",
    "policy": "What a model version has to meet before it is promoted.",
    "backends": "Where things are kept and run.",
}


def json_schema() -> dict[str, Any]:
    """Describe ``fourstroke.toml`` as a JSON Schema (draft 2020-12).

    Settings of plugins are left open; which there are is for the plugin to say.
    """
    properties = _properties()
    overlay = {name: {"$ref": f"#/properties/{name}"} for name in properties}
    environments = {
        "description": "Overlays of all of this by name: --env NAME, or FOURSTROKE_ENV.",
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
        "additionalProperties": {
            "type": "object",
            "properties": overlay,
            "additionalProperties": False,
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fourstroke.toml",
        "description": "A project of fourstroke.",
        "type": "object",
        "properties": {**properties, "environments": environments},
        "additionalProperties": False,
        # Apart from the properties, which environments share: an overlay needs no name.
        "allOf": [_required()],
        "$defs": {
            "plugin": _plugin_table("a stage", keys_of_table("", is_service=False)),
            "preparation": _plugin_table(
                "a preparation", keys_of_table("prepare", is_service=False)
            ),
            "check": _plugin_table("a check", keys_of_table("check", is_service=False)),
            "service": _plugin_table("a service", keys_of_table("", is_service=True)),
        },
    }


def _properties() -> dict[str, Any]:
    # The order of the file's tables, and within each of its keys, is the order of the cycles.
    whole = _table("")
    entries: list[tuple[tuple[str, ...], dict[str, Any]]] = [
        *((key.path, _value(key)) for key in KEYS),
        *((stage.path, _stage(stage)) for stage in STAGES),
    ]
    for path, schema in entries:
        table = whole
        for part in path[:-1]:
            table = table["properties"].setdefault(part, _table(part))
        table["properties"][path[-1]] = schema
    properties: dict[str, Any] = whole["properties"]
    return properties


def _table(name: str) -> dict[str, Any]:
    return {
        "description": _ABOUT.get(name, ""),
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }


def _value(key: Key) -> dict[str, Any]:
    default = [] if key.default == () else key.default
    supplied = {} if default is None else {"default": default}
    return {"description": key.about, **key.kind.schema, **supplied}


def _stage(stage: Stage) -> dict[str, Any]:
    own = {"prepare": "preparation", "check": "check"}
    kind = "service" if stage.is_service else own.get(stage.name, "plugin")
    reference = {"$ref": f"#/$defs/{kind}"}
    array: dict[str, Any] = {"type": "array", "items": reference}
    if stage.is_single:
        array["maxItems"] = 1
    text = [{"type": "string"}] if stage.may_be_text else []
    return {"description": stage.about, "anyOf": [reference, array, *text]}


def _plugin_table(what: str, keys: Iterable[Key]) -> dict[str, Any]:
    return {
        "description": f"A plugin that serves {what}; its own settings are the other keys.",
        "type": "object",
        "properties": {key.name: _value(key) for key in keys},
    }


def _required() -> dict[str, Any]:
    return {
        "required": ["project", "data"],
        "properties": {
            "project": {"required": ["name"]},
            "data": {"required": ["collect"]},
        },
    }
