"""Runs that were found, as a table with the columns that somebody asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.cli.output import moment, took
from fourstroke.config import flat_values
from fourstroke.records import search

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.records.rows import RunRow

_USUAL = ("RUN", "KIND", "STATE", "STARTED (UTC)", "TOOK")
_MORE = ("USER", "COMMIT", "MESSAGE")


def columns_of(text: str, sort: str, columns: Sequence[str]) -> tuple[search.Field, ...]:
    """Give the fields that a search compares, sorts by, or asks to be shown, each once."""
    found = [each.field for each in search.parse_order(sort)] if sort else []
    found += [search.field_of(name, 1) for name in columns]
    found += [each.field for each in search.comparisons(search.parse(text))]
    return tuple(dict.fromkeys(each for each in found if each.is_named or each.family == "data"))


def table_of(
    found: Sequence[RunRow],
    asked: Sequence[search.Field],
    metrics: Mapping[str, Mapping[str, float]],
) -> tuple[Sequence[str], list[tuple[object, ...]]]:
    """Give header and rows; with columns of their own runs are told without user and commit."""
    header = (*_USUAL, *(str(field) for field in asked), *(() if asked else _MORE))
    return header, [_row(run, asked, metrics.get(run.run, {})) for run in found]


def _row(
    run: RunRow, asked: Sequence[search.Field], metrics: Mapping[str, float]
) -> tuple[object, ...]:
    usual = (run.run, run.kind, run.state, moment(run.started), took(run))
    if not asked:
        return (*usual, run.user, run.commit[:10], run.message)
    settings = {entry.path: entry.value for entry in flat_values(run.settings)}
    return (*usual, *(_value(field, run, metrics, settings) for field in asked))


def _value(
    field: search.Field, run: RunRow, metrics: Mapping[str, float], settings: Mapping[str, Any]
) -> object:
    if field.family == "data":
        return ", ".join(run.data)
    known: Mapping[str, Any] = {"metrics": metrics, "params": settings, "tags": run.tags}[
        field.family
    ]
    value = known.get(field.name, "")
    return str(value) if isinstance(value, list | dict) else value
