"""Find out whose rows labels belong to: only those windows have to be looked at again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fourstroke.artifacts.artifact import Artifact
from fourstroke.cycles.windows import REQUEST_ID, count_known
from fourstroke.entities.pieces import Pieces
from fourstroke.errors import DataError

if TYPE_CHECKING:
    from typing import Any

    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.plan import Outputs
    from fourstroke.records import Records
    from fourstroke.records.operation_rows import SeenWindow

STEP: Final = "operations.labels"


def latest_looks(records: Records, model: str) -> dict[tuple[int, str], SeenWindow]:
    """Give the latest look at each window of a model, by version and name."""
    return {
        (row.version, seen.facts.name): seen
        for row in records.model_versions(model)
        for seen in records.seen_windows(model, row.version)
    }


def windows_with(session: Session, labels: Artifact) -> tuple[int, ...]:
    """Give the latest looks at windows that have rows which these labels belong to.

    What nobody looked at yet is looked at anyhow. A window by rows that shares a batch with another counts
    if the batch has such rows. Each batch is read once, and no more than one is in memory.
    """
    config, records = session.config, session.records
    seen = {
        number for look in latest_looks(records, config.model).values() for number in look.batches
    }
    log = [row for row in records.predictions(config.model) if row.id in seen]
    if not log:
        return ()
    asked = {
        "column": config.labels.id or config.task.id or REQUEST_ID,
        "batches": [
            [row.id, row.data.to_json(), row.requests and row.requests.to_json()] for row in log
        ],
    }
    done = session.perform(STEP, _find, (), {"labels": labels, "asked": session.put(asked)})
    found = set(session.load(done.outputs["value"]))
    # Read anew: somebody may have looked meanwhile.
    looks = latest_looks(records, config.model).values()
    return tuple(look.id for look in looks if found & set(look.batches))


def _find(bench: Bench) -> Outputs:
    """Find the batches with rows that labels belong to, in a worker."""
    asked, labels = bench.load("asked"), bench.load("labels")
    # An id whose label is taken back is known too: here each is its own label.
    ids = bench.shop.tables.read_labels(labels, "id", "id", is_number=False)
    found = []
    for number, data, requests in asked["batches"]:
        is_request = asked["column"] == REQUEST_ID and requests is not None
        rows = bench.load_artifact(Artifact.from_json(requests if is_request else data))
        if _has_any(bench, rows, asked["column"], ids):
            found.append(number)
    return {"value": found}


def _has_any(bench: Bench, rows: Any, column: str, ids: Any) -> bool:
    pieces = rows if isinstance(rows, Pieces) else [rows]
    try:
        return any(count_known(bench.shop.tables.label(piece, column, [ids])) for piece in pieces)
    except DataError:  # rows without such ids have no labels; monitors that look at them say so
        return False
