"""Read a contract file: what is wrong in it is one line each, with the path of the key."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import ConfigError
from fourstroke_contract.expressions import parse
from fourstroke_contract.terms import (
    COLUMN_RULES,
    TABLE_RULES,
    Column,
    Fresh,
    Rule,
    Terms,
    Whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT = "fourstroke.contract/1"
FAMILIES = (
    *("integer", "number", "text", "boolean", "datetime", "date", "duration"),
    *("binary", "nested", "mixed", "empty"),
)
_SHOWN = 14


def read(text: str, name: str) -> Terms:
    """Read a contract.

    Parameters
    ----------
    text : str
        What the file holds.
    name : str
        How messages call it.

    Raises
    ------
    ConfigError
        With a line for each fault.
    """
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"it is no TOML: {error}", where=name) from error
    reader = _Reader(name=name)
    terms = reader.terms(tree)
    if reader.faults:
        raise ConfigError.join(reader.faults)
    return terms


@attrs.define
class _Reader:
    """Reads tables, and gathers what is wrong in them."""

    name: str
    faults: list[ConfigError] = attrs.field(factory=list)

    def terms(self, tree: Mapping[str, Any]) -> Terms:
        known = {"format": _is_format, "description": _is_text}
        found = self.table(
            tree, "", {**known, "table": _table, "columns": _table, "rules": _tables}
        )
        columns = {
            name: self.column(entry, f"columns.{_key(name)}")
            for name, entry in found.get("columns", {}).items()
            if self.is_table(entry, f"columns.{_key(name)}")
        }
        table = self.whole(found.get("table", {}), columns)
        rules = [
            self.rule(entry, f"rules[{index}]")
            for index, entry in enumerate(found.get("rules", ()))
        ]
        names = [rule.name for rule in rules if rule is not None]
        for twice in sorted({each for each in names if names.count(each) > 1}):
            self.fault(
                "rules", f"two rules are named {twice!r}", hint="give each a name of its own"
            )
        return Terms(table=table, columns=columns, rules=tuple(each for each in rules if each))

    def column(self, entry: Mapping[str, Any], path: str) -> Column:
        found = self.table(entry, path, _COLUMN)
        found.pop("description", None)
        mostly = found.get("mostly", {})
        if not isinstance(mostly, Mapping):
            found["mostly"] = dict.fromkeys(COLUMN_RULES, float(mostly))
        made = Column(**found)
        self.bounds(made, path)
        return made

    def bounds(self, column: Column, path: str) -> None:
        for low, high, key in (
            (column.min, column.max, "max"),
            (*(column.usual or (None, None)), "usual"),
            (*(column.length or (None, None)), "length"),
        ):
            if low is None or high is None:
                continue
            try:
                is_ordered = low <= high
            except TypeError:
                self.fault(f"{path}.{key}", f"{low!r} and {high!r} cannot be compared")
                continue
            if not is_ordered:
                self.fault(f"{path}.{key}", f"the largest, {high!r}, is below the least, {low!r}")

    def whole(self, entry: Mapping[str, Any], columns: Mapping[str, Column]) -> Whole:
        found = self.table(entry, "table", _WHOLE)
        if "fresh" in found:
            fresh = self.table(found["fresh"], "table.fresh", _FRESH, needed=("column", "days"))
            found["fresh"] = Fresh(**fresh) if len(fresh) == len(_FRESH) else None
        if "rows" in found:
            rows = self.table(found["rows"], "table.rows", {"min": _is_count, "max": _is_count})
            found["rows"] = (rows.get("min"), rows.get("max"))
        for name in found.get("key", ()):
            if columns and name not in columns:
                hint = _near(name, columns)
                self.fault("table.key", f"there is no column {name!r} in the contract", hint=hint)
        return Whole(**found)

    def rule(self, entry: Mapping[str, Any], path: str) -> Rule | None:
        found = self.table(entry, path, _RULE, needed=("must",))
        if "must" not in found:
            return None
        try:
            parse(found["must"])
        except ValueError as error:
            self.fault(f"{path}.must", str(error))
            return None
        return Rule(**{"name": found["must"], **found})

    def table(
        self,
        entry: Mapping[str, Any],
        path: str,
        known: Mapping[str, _Kind],
        *,
        needed: Iterable[str] = (),
    ) -> dict[str, Any]:
        """Take what is known and right of a table."""
        found = {}
        for key, value in entry.items():
            place = f"{path}.{_key(key)}" if path else _key(key)
            if key not in known:
                self.fault(place, "there is no such key", hint=_near(key, known))
                continue
            try:
                found[key] = known[key](value)
            except ValueError as error:
                self.fault(place, str(error))
        for key in needed:
            if key not in entry:
                self.fault(path, f"{key!r} is missing")
        return found

    def is_table(self, entry: object, path: str) -> bool:
        if isinstance(entry, Mapping):
            return True
        self.fault(path, f"expected a table, got {entry!r}")
        return False

    def fault(self, path: str, message: str, *, hint: str = "") -> None:
        self.faults.append(ConfigError(message, where=f"{self.name}: {path}", hint=hint))


_Kind = Callable[[Any], Any]


def _near(wrong: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(wrong, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    more = ", ..." if len(names) > _SHOWN else ""
    return f"there are: {', '.join(names[:_SHOWN])}{more}"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else f'"{name}"'


def _expected(what: str, value: object) -> ValueError:
    return ValueError(f"expected {what}, got {value!r}")


def _is_format(value: Any) -> str:
    if value != FORMAT:
        raise _expected(f"{FORMAT!r}, the form that this version reads", value)
    return FORMAT


def _is_text(value: Any) -> str:
    if not isinstance(value, str):
        raise _expected("text", value)
    return value


def _is_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _expected("true or false", value)
    return value


def _is_count(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _expected("a whole number from 0", value)
    return value


def _is_share(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise _expected("a share between 0 and 1", value)
    return float(value)


def _is_days(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < math.inf:
        raise _expected("a number of days above 0", value)
    return float(value)


def _is_bound(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and math.isfinite(value):
        return value
    if isinstance(value, str | datetime | date):
        return value
    raise _expected("a number, or a time", value)


def _is_scalar(value: Any) -> Any:
    if not isinstance(value, str | int | float | bool | date):
        raise _expected("text, a number, or true or false", value)
    return value


def _list(kind: _Kind, *, least: int = 0, most: int | None = None) -> _Kind:
    def take(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) < least or (most and len(value) > most):
            raise _expected(f"a list of {least}" if least == most else "a list", value)
        return tuple(map(kind, value))

    return take


def _choice(*choices: str) -> _Kind:
    def take(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            near = _near(value, choices) if isinstance(value, str) else ""
            tail = f"; {near}" if near.startswith("did") else ""
            raise ValueError(f"expected one of {', '.join(choices)}, got {value!r}{tail}")
        return value

    return take


def _is_pattern(value: Any) -> str:
    text = _is_text(value)
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from error
    return text


def _mostly(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return _is_share(value)
    for key in value:
        _choice(*COLUMN_RULES)(key)
    return {key: _is_share(share) for key, share in value.items()}


def _rules_of(*names: str) -> _Kind:
    take = _list(_choice(*names))
    return lambda value: frozenset(take(value))


def _table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _expected("a table", value)
    return value


def _tables(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise ValueError("expected tables, each written [[rules]]")
    return value


_COLUMN: Mapping[str, _Kind] = {
    "type": _choice(*FAMILIES),
    "missing": _is_share,
    "required": _is_flag,
    "min": _is_bound,
    "max": _is_bound,
    "usual": _list(_is_bound, least=2, most=2),
    "allowed": _list(_is_scalar, least=1),
    "pattern": _is_pattern,
    "length": _list(_is_count, least=2, most=2),
    "unique": _is_flag,
    "warn": _rules_of(*COLUMN_RULES),
    "mostly": _mostly,
    "description": _is_text,
}
_WHOLE: Mapping[str, _Kind] = {
    "rows": _table,
    "key": _list(_is_text, least=1),
    "others": _choice("allow", "warn", "fail"),
    "order": _choice("any", "same"),
    "fresh": _table,
    "warn": _rules_of(*TABLE_RULES),
}
_FRESH: Mapping[str, _Kind] = {"column": _is_text, "days": _is_days}
_RULE: Mapping[str, _Kind] = {
    "name": _is_text,
    "must": _is_text,
    "mostly": _is_share,
    "severity": _choice("error", "warning"),
}
