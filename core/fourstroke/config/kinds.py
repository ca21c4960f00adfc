"""What a value of the project file may be, said once: for the reader and for the JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from fourstroke.alerting.settings import is_persistence
from fourstroke.entities.model import ACTIONS, Waiver
from fourstroke.principals import Principal, is_digest
from fourstroke.turning.settings import is_budget

NAME_PATTERN: Final = r"[A-Za-z][A-Za-z0-9_-]{0,63}"

_NAME = re.compile(NAME_PATTERN)
_LONGEST_SHOWN = 60
_OF_WAIVER: Final = ("check", "by", "why", "until")
_OF_PRINCIPAL: Final = ("name", "token")
_TILL: Final = ("until",)
_MOST_SECONDS = 10**9  # 30 years: more than a timer of any platform takes means no limit


@attrs.frozen(kw_only=True)
class Kind:
    """A set of values.

    Parameters
    ----------
    expected : str
        What belongs here, to follow "expected".
    accepts : callable
        Says whether a value does; nothing is converted, so that a ``"no"`` never becomes true.
    schema : mapping
        The same as JSON Schema.
    read : callable
        Gives the value in the form in which fourstroke keeps it.
    options : tuple of str
        What there is to choose from, for the nearest to a wrong one.
    fault : callable, optional
        Says what of a value that is not accepted is wrong, where "got an array" says too little.
    """

    expected: str
    accepts: Callable[[object], bool]
    schema: Mapping[str, Any]
    read: Callable[[Any], Any] = attrs.field(default=lambda value: value)
    options: tuple[str, ...] = ()
    fault: Callable[[object], str] = attrs.field(default=lambda _: "")


def shown(value: object) -> str:
    """Write a value for a message: what it is, and the value itself if it is short.

    Examples
    --------
    >>> shown(True), shown("no"), shown(["a", 1])
    ('true', "the text 'no'", "the array ['a', 1]")
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        short = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}..."
        return f"the text {short!r}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, Mapping):
        return "a table"
    return _array_shown(value) if isinstance(value, list) else "an array"


def _array_shown(values: list[object]) -> str:
    is_flat = values and all(isinstance(value, str | int | float) for value in values)
    written = f"the array {values!r}" if is_flat else "an array"
    return written if len(written) <= _LONGEST_SHOWN else "an array"


def is_name(value: object) -> bool:
    """Say whether a value can name a project, a step or an environment, and so a file too."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def is_timezone(value: object) -> bool:
    """Say whether a value names a time zone that this machine knows."""
    if not isinstance(value, str):
        return False
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def whole(least: int, most: int) -> Kind:
    """Make the kind of whole numbers in a range; true and 1.0 are none."""
    return Kind(
        expected=f"a whole number from {least} to {most}",
        accepts=lambda value: type(value) is int and least <= value <= most,
        schema={"type": "integer", "minimum": least, "maximum": most},
    )


def choice(options: tuple[str, ...]) -> Kind:
    """Make the kind of a closed choice."""
    return Kind(
        expected=f"one of {', '.join(options)}",
        accepts=lambda value: isinstance(value, str) and value in options,
        schema={"enum": list(options)},
        options=options,
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_seconds(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 < value <= _MOST_SECONDS


def _is_share(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return 0 <= value <= 1


def _is_distinct(value: object, accepts: Callable[[object], bool]) -> bool:
    return isinstance(value, list) and all(map(accepts, value)) and len(set(value)) == len(value)


def _is_path_within(value: object) -> bool:
    """Say whether a text names something in the project: relative, portable, and never upwards."""
    if not isinstance(value, str) or not value or "\\" in value or PureWindowsPath(value).drive:
        return False
    path = PurePosixPath(value)
    return not path.is_absolute() and ".." not in path.parts


def _fault_of_waivers(value: object) -> str:
    return _fault_of_tables(value, "waiver", _OF_WAIVER)


def _fault_of_principals(value: object) -> str:
    fault = _fault_of_tables(value, "principal", _OF_PRINCIPAL, _TILL)
    if fault or not isinstance(value, list):
        return fault
    owners: dict[str, str] = {}
    for number, part in enumerate(value):
        if owners.setdefault(part["token"], part["name"]) != part["name"]:
            return (
                f"principal [{number}]: {part['name']} and {owners[part['token']]} have one token"
            )
    return ""


def _fault_of_tables(
    value: object, what: str, needed: tuple[str, ...], others: tuple[str, ...] = ()
) -> str:
    """Say what is wrong with the first table of texts that is none as it should be; empty if all are."""
    if not isinstance(value, list):
        return f"expected an array of tables, got {shown(value)}"
    faults = ((number, _fault_of_table(part, needed, others)) for number, part in enumerate(value))
    return next((f"{what} [{number}]: {fault}" for number, fault in faults if fault), "")


def _fault_of_table(value: object, needed: tuple[str, ...], others: tuple[str, ...]) -> str:
    if not isinstance(value, Mapping):
        return f"expected a table, got {shown(value)}"
    lacking = [name for name in needed if name not in value]
    if lacking:
        return f"it has no {' and no '.join(lacking)}"
    known = (*needed, *others)
    unknown = sorted(str(name) for name in value if name not in known)
    if unknown:
        return f"there is no key {unknown[0]!r} in it; there are {', '.join(known)}"
    for name, text in value.items():
        if not isinstance(text, str) or not text.strip():
            return f"{name} has to be a text that is not empty, got {shown(text)}"
    return _fault_of_day(value.get("until")) or _fault_of_token(value.get("token"))


def _fault_of_day(text: str | None) -> str:
    if text is None:
        return ""
    try:
        date.fromisoformat(text)
    except ValueError:
        return f"until is {text!r}, and no day such as 2026-12-31"
    return ""


def _fault_of_token(text: str | None) -> str:
    if text is None or is_digest(text):
        return ""
    # It may be the token itself, which nobody should read in a message.
    return "token is no digest, sha256: and 64 digits; a token itself never stands in a file"


def _tables_of_texts(needed: tuple[str, ...], others: tuple[str, ...] = ()) -> dict[str, Any]:
    """Write as JSON Schema what `_fault_of_tables` accepts."""
    forms = {"until": {"format": "date"}, "token": {"pattern": "^sha256:[0-9a-f]{64}$"}}
    return {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                name: {"type": "string", **forms.get(name, {"minLength": 1})}
                for name in (*needed, *others)
            },
            "required": list(needed),
            "additionalProperties": False,
        },
    }


def _is_use(value: object) -> bool:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return False
    file, colon, _ = value.rpartition(":")
    return not colon or _is_path_within(file)


TEXT: Final = Kind(expected="text", accepts=_is_text, schema={"type": "string"})
FLAG: Final = Kind(
    expected="true or false",
    accepts=lambda value: isinstance(value, bool),
    schema={"type": "boolean"},
)
NAME: Final = Kind(
    expected="a name: a letter, then letters, digits, _ or -, at most 64 in all",
    accepts=is_name,
    schema={"type": "string", "pattern": f"^{NAME_PATTERN}$"},
)
SECONDS: Final = Kind(
    expected="a number of seconds above 0",
    accepts=_is_seconds,
    schema={"type": "number", "exclusiveMinimum": 0, "maximum": _MOST_SECONDS},
    read=float,
)
SHARE: Final = Kind(
    expected="a share between 0 and 1",
    accepts=_is_share,
    schema={"type": "number", "minimum": 0, "maximum": 1},
    read=float,
)
TEXTS: Final = Kind(
    expected="an array of different texts",
    accepts=lambda value: _is_distinct(value, _is_text),
    schema={"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    read=tuple,
)
CLASS_LABEL: Final = Kind(
    expected="text, a number, or true or false",
    accepts=lambda value: isinstance(value, str | int | float),
    schema={"type": ["string", "number", "boolean"]},
)
NAMES: Final = Kind(
    expected="a name, or an array of different names",
    accepts=lambda value: is_name(value) or _is_distinct(value, is_name),
    schema={
        "anyOf": [
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        ]
    },
    read=lambda value: (value,) if isinstance(value, str) else tuple(value),
)
PATHS: Final = Kind(
    expected="an array of paths in the project, relative, with / and without ..",
    accepts=lambda value: _is_distinct(value, _is_path_within),
    schema={"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    read=tuple,
)
AGE: Final = Kind(
    expected='an age such as "12h", "7d" or "4w"',
    accepts=lambda value: (
        isinstance(value, str) and re.fullmatch(r"(\d{1,5}[hdw])?", value) is not None
    ),
    schema={"type": "string", "pattern": "^([0-9]{1,5}[hdw])?$"},
)
TEXT_BY_NAME: Final = Kind(
    expected="a table of texts",
    accepts=lambda value: isinstance(value, Mapping) and all(map(_is_text, value.values())),
    schema={"type": "object", "additionalProperties": {"type": "string"}},
    read=dict,
)
ENTRIES: Final = Kind(
    expected="an array of texts",
    accepts=lambda value: (
        isinstance(value, list) and all(_is_text(part) and part for part in value)
    ),
    schema={"type": "array", "items": {"type": "string", "minLength": 1}},
    read=tuple,
)
TEXTS_BY_NAME: Final = Kind(
    expected="a table of arrays of texts",
    accepts=lambda value: (
        isinstance(value, Mapping)
        and all(_is_distinct(part, _is_text) and part for part in value.values())
    ),
    schema={
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    },
    read=lambda value: {name: tuple(part) for name, part in value.items()},
)
# Which names there are is checked where a fault can name the nearest one.
TEXTS_BY_ACTION: Final = Kind(
    expected="a table of arrays of texts",
    accepts=TEXTS_BY_NAME.accepts,
    schema={**TEXTS_BY_NAME.schema, "propertyNames": {"enum": list(ACTIONS)}},
    read=TEXTS_BY_NAME.read,
)
WAIVERS: Final = Kind(
    expected="tables with check, by, why, and until as a day such as 2026-12-31, each a text",
    accepts=lambda value: not _fault_of_waivers(value),
    fault=_fault_of_waivers,
    schema=_tables_of_texts(_OF_WAIVER),
    read=lambda value: tuple(Waiver(**part) for part in value),
)
PRINCIPALS: Final = Kind(
    expected="tables with name and token, the digest of a token, and until, a day such as 2026-12-31",
    accepts=lambda value: not _fault_of_principals(value),
    fault=_fault_of_principals,
    schema=_tables_of_texts(_OF_PRINCIPAL, _TILL),
    read=lambda value: tuple(Principal(**part) for part in value),
)
TIMEZONE: Final = Kind(
    expected="the name of a time zone, such as UTC or Europe/Zurich",
    accepts=is_timezone,
    schema={"type": "string"},
)
BUDGET: Final = Kind(
    expected='so many turns in so long a time, such as "2 per 7d"',
    accepts=is_budget,
    schema={"type": "string", "pattern": "^([1-9][0-9]{0,3} per [1-9][0-9]{0,4}[hdw])?$"},
)
PERSISTENCE: Final = Kind(
    expected='so many of the latest windows, such as "2 of 3"',
    accepts=is_persistence,
    schema={"type": "string", "pattern": "^[1-9][0-9]? of [1-9][0-9]?$"},
)
USE: Final = Kind(
    expected='the name of a plugin, "distribution/name", or "file.py:Name" in the project',
    accepts=_is_use,
    schema={"type": "string", "minLength": 1},
)
