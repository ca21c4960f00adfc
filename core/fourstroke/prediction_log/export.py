"""Write the prediction log as Parquet that other tools read: a folder a version, day and role."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from fourstroke.artifacts import files
from fourstroke.engine.workshop import Workshop
from fourstroke.entities.cells import Cells
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fourstroke.project import Project
    from fourstroke.records.operation_rows import PredictionRow

# Of one file: it is written at once.
_ROWS_A_FILE: Final = 1_000_000
_MICROSECOND: Final = 1_000_000


def joined(shop: Workshop, batch: PredictionRow) -> Any:
    """Make one table of a batch; see `PredictionLog.rows`."""
    return shop.tables.of_columns(batch.data.codec, [columns_of(shop, batch)])


def export(project: Project, batches: Sequence[PredictionRow], folder: Path) -> tuple[Path, ...]:
    """Write batches; see `PredictionLog.export`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("there is something already", where=str(folder), hint="name a new folder")
    shop = Workshop.of(project.config)
    written = []
    ordered = sorted(batches, key=lambda row: (*_place(row), row.first_at, row.id))
    with files.explained(folder):
        for place, rows in groupby(ordered, key=_place):
            target = folder.joinpath(*place)
            target.mkdir(parents=True, exist_ok=True)
            for number, part in enumerate(_of_size(list(rows))):
                path = target / f"part-{number}.parquet"
                table = shop.tables.of_columns(
                    part[0].data.codec, [columns_of(shop, row) for row in part]
                )
                with files.becoming(path, ".parquet") as partial:
                    shop.tables.write(table, partial)
                written.append(path)
    return tuple(written)


def _place(row: PredictionRow) -> tuple[str, str, str]:
    day = row.first_at.date().isoformat()
    return f"version={row.version}", f"day={day}", f"role={row.role}"


def _of_size(rows: Sequence[PredictionRow]) -> list[list[PredictionRow]]:
    parts: list[list[PredictionRow]] = []
    size = _ROWS_A_FILE
    for row in rows:
        if size + row.rows > _ROWS_A_FILE and size:
            parts.append([])
            size = 0
        parts[-1].append(row)
        size += row.rows
    return parts


def columns_of(shop: Workshop, batch: PredictionRow) -> Mapping[str, Any]:
    """Give the columns of a batch; see `PredictionLog.rows`."""

    def apart(artifact: Any) -> Mapping[str, Any]:
        return {} if artifact is None else shop.tables.columns(shop.store.load(artifact))

    data, said, requests = map(apart, (batch.data, batch.predictions, batch.requests))
    found = dict(data)
    for name, cells in said.items():
        found[f"predicted_{name}" if name in data else name] = cells
    if not requests:
        at = int(batch.first_at.timestamp()) * _MICROSECOND + batch.first_at.microsecond
        requests = {"at": Cells("datetime64[us, UTC]", [at] * batch.rows)}
    for name in ("request_id", "at", "latency_seconds"):
        if name in requests:
            found[f"log_{name}"] = requests[name]
    found["log_batch"] = Cells("<i8", [batch.id] * batch.rows)
    return found
