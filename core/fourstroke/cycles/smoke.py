"""The smoke test: rows that a version was measured on are scored through what was deployed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from fourstroke.cycles.deploying import has_hook, step_of
from fourstroke.cycles.step_names import SELECT
from fourstroke.errors import FourstrokeError, StepError

if TYPE_CHECKING:
    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.artifacts.store import ArtifactStore
    from fourstroke.config import PluginTable
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.entities.model import Deployment
    from fourstroke.plan import Outputs
    from fourstroke.records import Records
    from fourstroke.records.rows import VersionRow

_HOOK: Final = "probe_deployment"
_ROWS: Final = 50
# A few rows may be added up in another order than many.
_CLOSE: Final = 1e-9


def smoke_test(
    session: Session, target: PluginTable, deployment: Deployment, row: VersionRow
) -> None:
    """Let a target score rows through a deployment, and hold the answer against that of the run.

    A target that cannot do it is not asked. Rows that were swept from the store test nothing; that
    is said.

    Raises
    ------
    StepError
        If it does not score them, or says something else of them.
    """
    if not can_be_tried(session, target):
        return
    known = measured_on(session.records, row, session.shop.store)
    if known is None:
        session.say(
            f"{step_of(target)}: not tried, the rows that v{row.version} was measured on are gone"
        )
        return
    inputs = {"deployment": session.put(deployment), "data": known[0], "said": known[1]}
    try:
        session.perform(step_of(target), probe, (target,), inputs)
    except FourstrokeError as error:
        error.message = f"the smoke test failed: {error.message}"
        raise


def can_be_tried(session: Session, target: PluginTable) -> bool:
    """Say whether a target scores rows through what it deployed."""
    return has_hook(session, target, _HOOK)


def probe(bench: Bench) -> Outputs:
    """Score rows through a deployment; done in a worker."""
    deployment = bench.load("deployment")
    data, said = (first_rows(bench.load(name), _ROWS) for name in ("data", "said"))
    found = bench.caller.probe_deployment(
        bench.step, deployment=deployment, data=data, context=bench.context
    )
    difference = first_difference(said, found)
    if difference:
        raise StepError(difference)
    return {"value": len(said)}


def measured_on(
    records: Records, row: VersionRow, store: ArtifactStore
) -> tuple[Artifact, Artifact] | None:
    """Give the rows that a version was measured on and what it said of them, if both are there."""
    data = said = None
    for step in records.steps(row.run):
        if step.fact.stage == "split":
            data = step.outputs.get("test", data)
        elif step.fact.name == SELECT:
            said = step.outputs.get("predictions", said)
    if data is None or said is None or not (store.has(data) and store.has(said)):
        return None
    return data, said


def first_rows(table: Any, count: int) -> Any:
    """Give the first rows of a table, a list, or a table in pieces."""
    if hasattr(table, "head"):
        return table.head(count)
    if isinstance(table, Sequence):
        return table[:count]
    return first_rows(next(iter(table)), count)


def first_difference(said: Any, found: Any) -> str:
    """Say where two tables of predictions differ first; empty if they do not.

    Numbers are the same within 1e-9, cells of other kinds if they are equal or have the same text:
    what came over HTTP or through a file has lost its type.

    Examples
    --------
    >>> first_difference([{"prediction": 0.1}], [{"prediction": 0.1 + 1e-12}])
    ''
    >>> first_difference([{"prediction": "yes"}], [{"prediction": "no"}])
    "row 0, prediction: 'no', and not 'yes' as when it was measured"
    """
    for number, (one, other) in enumerate(zip(_rows(said), _rows(found), strict=True)):
        for name, cell in one.items():
            if name not in other:
                return f"the column {name!r} is missing in its answer"
            if not _is_same(cell, other[name]):
                return (
                    f"row {number}, {name}: {other[name]!r}, and not {cell!r} "
                    "as when it was measured"
                )
    return ""


def _rows(table: Any) -> list[Mapping[str, Any]]:
    rows = table.to_dict("records") if hasattr(table, "to_dict") else list(table)
    return [
        {str(name): cell for name, cell in row.items()}
        if isinstance(row, Mapping)
        else {"prediction": row}
        for row in rows
    ]


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        both_nan = math.isnan(one) and math.isnan(other)
        return both_nan or math.isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE)
    return str(one) == str(other)
