"""The fields of a search: what they are called, and what they may be compared with."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, get_args

from fourstroke.entities.run import RunKind, RunState
from fourstroke.errors import nearest
from fourstroke.records.search.tree import Family, Field, Operator, Value, fault

FAMILIES: Final = ("metrics", "params", "tags")
TEXTS: Final = (
    "run",
    "kind",
    "state",
    "project",
    "environment",
    "user",
    "host",
    "command",
    "commit",
    "message",
)
MOMENTS: Final = ("started", "finished")
NUMBERS: Final = ("seed",)
FLAGS: Final = ("dirty",)
FACTS: Final = (*TEXTS, *MOMENTS, *NUMBERS, *FLAGS)

_CHOICES: Final = {"state": get_args(RunState), "kind": get_args(RunKind)}
_EQUAL: Final = ("=", "!=", "in")
_ORDERED: Final = (*_EQUAL, ">", ">=", "<", "<=")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?P<time>[T ].+)?")
_DATA: Final = re.compile(r"(?P<name>[^@]+)(?:@v?(?P<version>\d{1,9}))?")


def field_of(text: str, column: int, quoted: str = "") -> Field:
    """Find the field of a name; ``quoted`` is the part of it that stood in quotes.

    Raises
    ------
    UsageError
        If there is none; names the nearest.
    """
    head, dot, rest = f"{text}{quoted}".partition(".")
    family: Family | None = next((each for each in FAMILIES if each == head.lower()), None)
    if family is not None and dot and rest:
        return Field(family, rest)
    if text.lower() == "data" and not quoted:
        return Field("data")
    if text.lower() in FACTS and not quoted:
        return Field("run", text.lower())
    if family is not None:
        raise fault(f"{head!r} needs a name", column, f"such as {family}.{_EXAMPLES[family]}")
    near = nearest(head, [*FAMILIES, "data", *FACTS])
    if dot and "did you mean" in near:
        named = near.split("'")[1]
        near = f"did you mean '{named}.{rest}'?" if named in FAMILIES else near
    raise fault(f"there is no field {text + quoted!r}", column, near)


def is_field_like(text: str) -> bool:
    """Whether a word that stands alone was meant as a field, and lacks its operator."""
    head = text.partition(".")[0].lower()
    return ("." in text and head in FAMILIES) or text.lower() in {*FACTS, "data"}


def check(field: Field, operator: Operator, column: int, values: tuple[Value, ...]) -> None:
    """Refuse a comparison that can never hold, or that means nothing.

    Raises
    ------
    UsageError
        With the place of what is wrong.
    """
    known = operators_of(field)
    if operator not in known:
        raise fault(
            f"{field} cannot be compared by {operator!r}", column, f"by: {'  '.join(known)}"
        )
    for value in values:
        _check_value(field, operator, value)


def operators_of(field: Field) -> tuple[str, ...]:
    """Give the operators of a field."""
    if field.family == "metrics" or field.name in NUMBERS:
        return _ORDERED
    if field.family == "params":
        return (*_ORDERED, "like")
    if field.family == "run" and field.name in MOMENTS:
        return tuple(each for each in _ORDERED if each != "in")
    if field.family == "run" and field.name in FLAGS:
        return ("=", "!=")
    return (*_EQUAL, "like")


def day_or_moment(text: str) -> tuple[datetime, bool]:
    """Read a point in time, in UTC if it names no zone; and say whether it is a whole day.

    Raises
    ------
    ValueError
        If it is none.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC), found["time"] is None
    except OverflowError as error:
        raise ValueError(text) from error


def dataset_of(text: str) -> tuple[str, int | None] | None:
    """Read ``NAME``, ``NAME@2`` or ``NAME@v2``; ``None`` if it is none of them."""
    found = _DATA.fullmatch(text)
    if found is None:
        return None
    return found["name"], None if found["version"] is None else int(found["version"])


def _check_value(field: Field, operator: Operator, value: Value) -> None:
    if operator == "like":
        if re.search(r"(?<!\\)(\\\\)*\\$", value.text):
            raise fault("a pattern cannot end with \\", value.column, "write \\\\ for one")
        return
    needs_number = (
        field.family == "metrics"
        or (field.family == "run" and field.name in NUMBERS)
        or (field.family == "params" and operator in {">", ">=", "<", "<="})
    )
    if needs_number and value.number is None:
        raise fault(f"{value.text!r} is no number", value.column, f"{field} is compared with one")
    if field.family == "data" and dataset_of(value.text) is None:
        raise fault(f"{value.text!r} names no data", value.column, "such as adult or adult@v2")
    if field.family == "run":
        _check_fact(field.name, value)


def _check_fact(name: str, value: Value) -> None:
    if name in MOMENTS:
        try:
            day_or_moment(value.text)
        except ValueError:
            raise fault(
                f"{value.text!r} is no time", value.column, "such as 2026-05-01 or 2026-05-01T14:30"
            ) from None
    if name in FLAGS and value.text.lower() not in {"true", "false"}:
        raise fault(f"{value.text!r} is neither true nor false", value.column)
    known = _CHOICES.get(name)
    if known is not None and value.text not in known:
        raise fault(f"there is no {name} {value.text!r}", value.column, nearest(value.text, known))


_EXAMPLES: Final = {"metrics": "roc_auc", "params": "data.split.test", "tags": "team"}
