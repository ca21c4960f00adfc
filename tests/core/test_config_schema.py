"""The JSON Schema says what the reader accepts."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from fourstroke.config import json_schema
from fourstroke.config.keys import KEYS
from fourstroke.stages import STAGES


def under(schema, path):
    for part in path:
        schema = schema["properties"][part]
    return schema


def test_schema_is_json_and_tells_every_key_and_stage():
    schema = json.loads(json.dumps(json_schema()))

    for path in [*(key.path for key in KEYS), *(stage.path for stage in STAGES)]:
        assert under(schema, path)["description"]


def test_references_lead_somewhere():
    schema = json_schema()

    references = set()

    def gather(part):
        if isinstance(part, dict):
            references.update({part["$ref"]} if "$ref" in part else ())
            for value in part.values():
                gather(value)
        elif isinstance(part, list):
            for value in part:
                gather(value)

    gather(schema)
    for reference in references:
        found = schema
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    assert references


def test_unknown_keys_are_refused_but_settings_are_open():
    schema = json_schema()

    assert schema["additionalProperties"] is False
    assert under(schema, ("task",))["additionalProperties"] is False
    assert "additionalProperties" not in schema["$defs"]["plugin"]


def test_reserved_keys_stand_where_they_are_reserved():
    definitions = json_schema()["$defs"]

    assert {"use", "name", "retries", "timeout_seconds", "depends"} == set(
        definitions["plugin"]["properties"]
    )
    assert {"from", "training_only"} <= set(definitions["preparation"]["properties"])
    assert {"on_failure", "most_quarantined"} <= set(definitions["check"]["properties"])
    assert {"use", "name"} == set(definitions["service"]["properties"])


def test_environments_share_the_tables():
    environments = json_schema()["properties"]["environments"]

    overlay = environments["additionalProperties"]["properties"]
    assert overlay["task"] == {"$ref": "#/properties/task"}
    assert "environments" not in overlay


def test_examples_name_only_keys_that_the_schema_has():
    schema = json_schema()
    examples = Path(__file__).resolve().parents[2] / "examples"
    files = sorted(examples.glob("*/fourstroke.toml"))
    if not files:
        pytest.fail("there is no example")

    for file in files:
        for name, table in tomllib.loads(file.read_text()).items():
            assert name in schema["properties"]
            if isinstance(table, dict) and name != "environments":
                assert set(table) <= set(under(schema, (name,))["properties"])
