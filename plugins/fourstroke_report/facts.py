"""The facts of a report as JSON: the same names as the records, never NaN, with a schema that can grow."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import attrs

from fourstroke import MonitoringHistory, RunReport
from fourstroke_report.monitoring_words import read

SCHEMA = "fourstroke.report/1"
MONITORING_SCHEMA = "fourstroke.monitoring/1"

# What JSON may hold and a terminal must not get. It stands in strings alone, where JSON escapes it.
_UNSHOWN = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

# Tables and models are not facts: they are in the store, under the digests that are named here. What a
# column's row rests on stands among the observations.
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
        "drift",
        "worst",
    }
)


def json_of(report: RunReport) -> str:
    """Write a report as JSON with sorted keys."""
    return _shown(_text({"schema": SCHEMA, **_plain(report)}, indent=1))


def monitoring_json_of(history: MonitoringHistory) -> str:
    """Write a monitoring report as JSON with sorted keys, each trend on a line of its own."""
    facts = {"schema": MONITORING_SCHEMA, "reading": _plain(read(history)), **_plain(history)}
    trends = ",\n  ".join(_text(trend) for trend in facts.pop("trends"))
    body = _text(facts, indent=1).removesuffix("\n}")
    return _shown(f'{body},\n "trends": [\n  {trends}\n ]\n}}')


def _text(facts: Any, indent: int | None = None) -> str:
    return json.dumps(facts, indent=indent, sort_keys=True, ensure_ascii=False, allow_nan=False)


def _shown(text: str) -> str:
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
