"""Read a schema file, and refuse what pandera would pass over without a word."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import yaml
from pandera.errors import SchemaDefinitionError, SchemaInitError
from pandera.io.pandas_io import deserialize_schema
from pandera.pandas import Check as PanderaCheck

from fourstroke import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from pandera.pandas import DataFrameSchema

_OF_BOTH: Final = frozenset(
    {
        *("checks", "coerce", "description", "drop_invalid_rows", "dtype", "name"),
        *("report_duplicates", "title", "unique"),
    }
)
_OF_TABLE: Final = _OF_BOTH | {
    *("add_missing_columns", "api", "columns", "dataframe_library", "index", "metadata"),
    *("multiindex", "ordered", "schema_type", "strict", "unique_column_names", "version"),
}
_OF_COLUMN: Final = _OF_BOTH | {"default", "nullable", "regex", "required"}
# What changes the table before it is checked, so that faults are mended or dropped unseen.
_CHANGES: Final = {
    "add_missing_columns": "add the column in a prepare step",
    "default": "fill cells in a prepare step: use = 'fill'",
    "drop_invalid_rows": "leave rows out in a prepare step: use = 'filter'",
}


def read_schema(path: Path, *, shown: str) -> DataFrameSchema:
    """Read a schema from YAML, or from JSON if the file is named so.

    Parameters
    ----------
    path : Path
        The file.
    shown : str
        What it is called in messages.

    Raises
    ------
    ConfigError
        If it cannot be read, or says something that pandera does not know or that would change the
        table; a line for each such key.
    """
    facts = _read(path, shown)
    faults = [
        ConfigError(what, where=f"{shown}: {key}", hint=hint) for key, what, hint in _odd(facts)
    ]
    if faults:
        raise ConfigError.join(faults)
    try:
        schema: DataFrameSchema = deserialize_schema(facts)  # type: ignore[no-untyped-call]
    except (
        AttributeError,
        LookupError,
        SchemaDefinitionError,
        SchemaInitError,
        TypeError,
        ValueError,
    ) as error:
        raise ConfigError(
            f"pandera cannot read this schema: {_line(error)}", where=shown
        ) from error
    return schema


def _read(path: Path, shown: str) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"the schema cannot be read: {what}", where=shown) from error
    try:
        facts = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (json.JSONDecodeError, yaml.YAMLError) as error:
        kind = "JSON" if path.suffix == ".json" else "YAML"
        raise ConfigError(f"this is no {kind}: {_line(error)}", where=shown) from error
    if not isinstance(facts, dict) or not (facts.get("columns") or facts.get("checks")):
        raise ConfigError(
            "there is no rule in this schema", where=shown, hint="begin it with `columns:`"
        )
    return facts


def _odd(facts: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Find keys at fault: each with where it stands, what is wrong with it, and what to do."""
    for key, value in facts.items():
        yield from _odd_key(key, value, key, _OF_TABLE)
    if facts.get("strict") == "filter":
        yield "strict", "'filter' would drop columns instead of telling of them", "write true"
    for where, component in _components(facts):
        if not isinstance(component, Mapping):
            yield where, f"expected a table of rules, got {component!r}", "write {} for none"
            continue
        flat = [key for key in component if key not in _OF_COLUMN and _is_check(key)]
        for key, value in component.items():
            if key not in flat:
                yield from _odd_key(key, value, f"{where}.{key}", _OF_COLUMN)
        if flat and component.get("checks") is not None:
            yield f"{where}.{flat[0]}", "pandera passes it over beside `checks`", "move it there"


def _components(facts: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    columns, index = facts.get("columns") or {}, facts.get("index") or ()
    if isinstance(columns, Mapping):
        yield from ((f"columns.{name}", column) for name, column in columns.items())
    else:
        yield from ((f"columns[{number}]", column) for number, column in enumerate(columns))
    yield from ((f"index[{number}]", part) for number, part in enumerate(index))


def _odd_key(
    key: str, value: Any, where: str, known: frozenset[str]
) -> Iterator[tuple[str, str, str]]:
    if key in _CHANGES and value:
        yield where, "this would change the table, and a check changes nothing", _CHANGES[key]
    elif key not in known:
        checks = {name for name in vars(PanderaCheck) if _is_check(name)}
        close = difflib.get_close_matches(str(key), sorted(known | checks), n=1)
        hint = f"did you mean {close[0]!r}?" if close else ""
        yield where, "pandera knows no such key, and would pass it over", hint


def _is_check(key: object) -> bool:
    """Say whether a key is the name of a check, as pandera writes them beside the other keys."""
    return isinstance(key, str) and key[:1] != "_" and callable(getattr(PanderaCheck, key, None))


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
