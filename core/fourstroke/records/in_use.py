"""Which objects of the store the records refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Text, select, type_coerce

from fourstroke.records import tables
from fourstroke.records.columns import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

# Every column that may hold an artifact, alone or somewhere in plain values.
_COLUMNS: Final = (
    tables.results.c.outputs,
    tables.steps.c.attachments,
    tables.runs.c.source,
    tables.dataset_versions.c.artifact,
    tables.dataset_versions.c.profile,
    tables.dataset_versions.c.origins,
    tables.model_versions.c.artifact,
    tables.model_versions.c.facts,
    tables.predictions.c.data,
    tables.predictions.c.predictions,
    tables.predictions.c.requests,
    tables.label_batches.c.artifact,
    tables.windows.c.report,
)
_MARKS: Final = frozenset({"digest", "codec", "files"})


def objects_in_use(connection: Connection) -> frozenset[str]:
    """Give the digests of all files of all artifacts that any record names."""
    return frozenset(
        digest
        for column in _COLUMNS
        for text in connection.scalars(select(type_coerce(column, Text)).distinct())
        if text is not None  # a column that older rows leave empty
        for digest in _files_in(read_json(text))
    )


def _files_in(plain: Any) -> Iterator[str]:
    if isinstance(plain, list):
        for item in plain:
            yield from _files_in(item)
    elif isinstance(plain, dict):
        if plain.keys() == _MARKS:
            yield from (file["digest"] for file in plain["files"])
        else:
            for item in plain.values():
                yield from _files_in(item)
