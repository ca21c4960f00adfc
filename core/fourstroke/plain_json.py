"""Records, mappings and times as JSON that people and other programs read; it does not come back."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import PurePath
from typing import Any

import attrs


def plain(value: object) -> Any:
    """Make JSON of records, mappings, sequences, paths and times; NaN and infinity become text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, str | int):
        return value
    kind = type(value)
    if attrs.has(kind):
        shown = [field.name for field in attrs.fields(kind) if field.repr]
        return {name: plain(getattr(value, name)) for name in shown}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        items = sorted(value, key=str) if isinstance(value, AbstractSet) else value
        return [plain(item) for item in items]
    return _plain_scalar(value)


def _plain_scalar(value: object) -> Any:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return value.as_posix()
    item = getattr(value, "item", None)  # a number of numpy's
    return plain(item()) if callable(item) else str(value)
