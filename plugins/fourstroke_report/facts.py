"""The facts of a report as JSON: the same names as the records, never NaN, with a schema that can grow."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import attrs

from fourstroke import RunReport

SCHEMA = "fourstroke.report/1"

# What JSON may hold and a terminal must not get. It stands in strings alone, where JSON escapes it.
_UNSHOWN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

# Tables and models are not facts: they are in the store, under the digests that are named here.
NOT_FACTS = frozenset(
    {
        "data",
        "predictions",
        "load",
        "predict",
        "signature",
        "files",
        "train_again",
        "in_shadow",
        "published",
        "read",
    }
)


def json_of(report: RunReport) -> str:
    """Write a report as JSON with sorted keys."""
    facts = {"schema": SCHEMA, **_plain(report)}
    text = json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return _UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in attrs.fields(type(value))
            if field.name not in NOT_FACTS
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
