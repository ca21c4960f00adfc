"""The page of the project file: every key with what it may be, its default and its meaning."""

from __future__ import annotations

import json
from typing import Any

from prose import code, table

from fourstroke.config import json_schema
from fourstroke.config.keys import KEYS
from fourstroke.plugins.discovery import DEFAULT, installed
from fourstroke.stages import STAGES

_INTRO = """\
`fourstroke.toml`, key by key. `fourstroke config schema` prints its JSON Schema. The table of a
stage also takes the [keys of every step](plugins.md#keys-of-every-step) and the settings of the
plugin that it names: `fourstroke plugins show NAME`, or [all bundled ones](plugins.md).
"""
_PLUGIN = "table, or array of tables"
_ONE_PLUGIN = "table"
_TEXT_OR_PLUGIN = "text or table"


def page() -> str:
    """Write the page."""
    schema = json_schema()
    kinds = {key.path: key.kind.expected for key in KEYS}
    required = {key.path for key in KEYS if key.is_required}
    stages = {stage.path: stage for stage in STAGES}
    rows = []
    for path, part in _parts(schema, ()):
        about = str(part.get("description", ""))
        if path in stages:
            stage = stages[path]
            one = _TEXT_OR_PLUGIN if stage.may_be_text else _ONE_PLUGIN
            kind, default = (one if stage.is_single else _PLUGIN), _usual(stage)
        else:
            kind = kinds.get(path, "table")
            default = "required" if path in required else _default(part)
        rows.append((code(".".join(path)), kind, default, about))
    lines = ["# The project file", "", _INTRO]
    return "\n".join([*lines, *table(("key", "what it may be", "default", "meaning"), rows)])


def _parts(schema: dict[str, Any], around: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    found = []
    for name, part in schema.get("properties", {}).items():
        path = (*around, name)
        found += [(path, part), *_parts(part, path)]
    return found


def _default(part: dict[str, Any]) -> str:
    return code(json.dumps(part["default"])) if "default" in part else ""


def _usual(stage: Any) -> str:
    """Name what serves a stage that the file does not mention."""
    if not stage.without:
        return "required" if stage.is_needed else ""
    return ", ".join(code(name or _bundled(stage.name)) for name in stage.without)


def _bundled(stage: str) -> str:
    """Give the name by which people know what serves a stage without `use`."""
    offers = [offer for offer in installed() if offer.stage == stage and offer.is_bundled]
    usual = next(offer.value for offer in offers if offer.name == DEFAULT)
    return next(offer.name for offer in offers if offer.value == usual and offer.name != DEFAULT)
