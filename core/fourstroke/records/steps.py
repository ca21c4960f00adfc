"""Steps of a run, and the results that later runs reuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import Select, Text, bindparam, case, select, type_coerce, update

from fourstroke.artifacts.artifact import Artifact
from fourstroke.entities.run import StepFact
from fourstroke.records import tables
from fourstroke.records.columns import as_text, now
from fourstroke.records.database import insert_one
from fourstroke.records.rows import NamedArtifact, StepRow, StoredResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection, Row

Attachments = tuple[tuple[str, str, Artifact], ...]

# How many keys one query asks for; SQLite takes at most 32,766 parameters, older ones 999.
_KEYS_A_QUERY: Final = 500
_GAVE_SOMETHING: Final = frozenset({"succeeded", "cached"})

_steps, _results = tables.steps.c, tables.results.c
_maker = tables.steps.alias("maker")

_INSERT_STEP = tables.steps.insert()
_INSERT_RESULT = tables.results.insert()
_FINISH_STEP = (
    update(tables.steps)
    .where(_steps.id == bindparam("step_id"), _steps.run_number == bindparam("of_run"))
    .values(
        state=bindparam("new_state"),
        plugin=bindparam("new_plugin"),
        seconds=bindparam("new_seconds"),
        summary=bindparam("new_summary"),
        reason=bindparam("new_reason"),
        result_id=bindparam("new_result_id"),
        messages=bindparam("new_messages"),
        attachments=bindparam("new_attachments"),
        finished=bindparam("new_finished"),
    )
)
_RESULT: Select[Any] = (
    select(tables.results)
    .where(_results.key == bindparam("of_key"), _results.name == bindparam("of_name"))
    .order_by(_results.id.desc())
    .limit(1)
)
_LAST_RESULT: Select[Any] = (
    select(tables.results)
    .join(tables.steps, _steps.result_id == _results.id)
    .where(_steps.name == bindparam("of_name"), _steps.result_id.is_not(None))
    .order_by(_steps.id.desc())
    .limit(1)
)
# A reused result brings along what its maker said and left for people.
_OF_RUN: Select[Any] = (
    select(
        tables.steps,
        _results.parts,
        _results.outputs,
        case((_steps.state == "cached", _maker.c.messages)).label("made_messages"),
        case((_steps.state == "cached", _maker.c.attachments)).label("made_attachments"),
    )
    .outerjoin(tables.results, _results.id == _steps.result_id)
    .outerjoin(_maker, _maker.c.id == _results.step_id)
    .where(_steps.run_number == bindparam("of_run"))
    .order_by(_steps.id)
)


@attrs.frozen(kw_only=True)
class Begun:
    """A step that was begun: what its result is recorded under."""

    name: str
    key: str
    parts: Mapping[str, str]


@attrs.frozen
class Reused:
    """A step that is recorded whole: one that was reused, or could not begin."""

    fact: StepFact
    key: str
    parts: Mapping[str, str]
    outputs: Mapping[str, Artifact]


def begin(connection: Connection, run_number: int, fact: StepFact, key: str) -> int:
    """Insert a step that is at work; gives its id."""
    values = _values(run_number, fact, key, now())
    return insert_one(connection, _INSERT_STEP, {**values, "finished": None})


def finish(
    connection: Connection,
    run_number: int,
    step_id: int,
    fact: StepFact,
    begun: Begun,
    *,
    outputs: Mapping[str, Artifact],
    attachments: Attachments,
    messages: tuple[str, ...],
) -> None:
    """End a step, and keep its result if it gave one."""
    result_id = None
    if fact.state in _GAVE_SOMETHING:
        result_id = _keep(connection, begun, outputs, fact.summary, step_id)
    connection.execute(
        _FINISH_STEP,
        {
            "step_id": step_id,
            "of_run": run_number,
            "new_state": fact.state,
            "new_plugin": fact.plugin,
            "new_seconds": fact.seconds,
            "new_summary": fact.summary,
            "new_reason": fact.reason,
            "new_result_id": result_id,
            "new_messages": list(messages),
            "new_attachments": [
                [name, kind, artifact.to_json()] for name, kind, artifact in attachments
            ],
            "new_finished": now(),
        },
    )


def add(connection: Connection, run_number: int, steps: Sequence[Reused]) -> None:
    """Insert steps that are over, in their order; in one statement if their results are known."""
    at = now()
    known = _ids_of(connection, steps)
    rows = []
    for step in steps:
        values = _values(run_number, step.fact, step.key, at) | {"finished": at}
        same, outputs = known.get((step.fact.name, step.key), (None, ""))
        gave = step.fact.state in _GAVE_SOMETHING and step.key != ""
        if not gave or outputs == as_text(step.outputs):
            rows.append(values | {"result_id": same if gave else None})
            continue
        _insert_rows(connection, rows)
        _add_with_result(connection, values, step)
    _insert_rows(connection, rows)


def of_run(connection: Connection, run: str, run_number: int) -> tuple[StepRow, ...]:
    """Read the steps of a run in their order."""
    rows = connection.execute(_OF_RUN, {"of_run": run_number})
    return tuple(_step_row(row, run) for row in rows)


def result(connection: Connection, name: str, key: str) -> StoredResult | None:
    """Read what a step gave under a key; the latest, if it gave several."""
    row = connection.execute(_RESULT, {"of_name": name, "of_key": key}).first()
    return None if row is None else _stored(row)


def last_result(connection: Connection, name: str) -> StoredResult | None:
    """Read what a step gave when it was last run or reused."""
    row = connection.execute(_LAST_RESULT, {"of_name": name}).first()
    return None if row is None else _stored(row)


def results(
    connection: Connection, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], StoredResult]:
    """Read many results at once, by names and keys."""
    wanted = set(keys)
    return {
        (row.name, row.key): _stored(row)
        for row in _with_keys(connection, select(tables.results), {key for _, key in wanted})
        if (row.name, row.key) in wanted
    }


def _values(run_number: int, fact: StepFact, key: str, at: datetime) -> dict[str, Any]:
    return {
        "run_number": run_number,
        "name": fact.name,
        "cycle": fact.cycle,
        "stage": fact.stage,
        "state": fact.state,
        "plugin": fact.plugin,
        "seconds": fact.seconds,
        "summary": fact.summary,
        "reason": fact.reason,
        "settings": dict(fact.settings),
        "key": key,
        "result_id": None,
        "messages": [],
        "attachments": [],
        "started": at,
    }


def _keep(
    connection: Connection,
    begun: Begun,
    outputs: Mapping[str, Artifact],
    summary: str,
    step_id: int,
) -> int:
    """Keep a result, unless the latest one under its key is the same; gives its id."""
    same = connection.execute(_RESULT, {"of_name": begun.name, "of_key": begun.key}).first()
    if same is not None and same.outputs == dict(outputs) and same.summary == summary:
        return int(same.id)
    values = {
        "name": begun.name,
        "key": begun.key,
        "parts": dict(begun.parts),
        "outputs": outputs,
        "summary": summary,
        "step_id": step_id,
    }
    return insert_one(connection, _INSERT_RESULT, values)


def _ids_of(
    connection: Connection, steps: Sequence[Reused]
) -> dict[tuple[str, str], tuple[int, str]]:
    """Give the latest result of each step, with its outputs as they stand in the database."""
    keys = {step.key for step in steps if step.fact.state in _GAVE_SOMETHING and step.key}
    outputs = type_coerce(_results.outputs, Text).label("outputs")
    query: Select[Any] = select(_results.id, _results.name, _results.key, outputs)
    found = _with_keys(connection, query, keys)
    return {(row.name, row.key): (row.id, row.outputs) for row in found}


def _with_keys(connection: Connection, query: Select[Any], keys: Iterable[str]) -> list[Row[Any]]:
    """Read results by key, the latest last."""
    ordered = sorted(keys)
    rows: list[Row[Any]] = []
    for start in range(0, len(ordered), _KEYS_A_QUERY):
        some = ordered[start : start + _KEYS_A_QUERY]
        rows += connection.execute(query.where(_results.key.in_(some)).order_by(_results.id))
    return rows


def _add_with_result(connection: Connection, values: dict[str, Any], step: Reused) -> None:
    """Insert a step whose result is not known here: it came from elsewhere, or was forgotten."""
    step_id = insert_one(connection, _INSERT_STEP, values)
    begun = Begun(name=step.fact.name, key=step.key, parts=step.parts)
    result_id = _keep(connection, begun, step.outputs, step.fact.summary, step_id)
    connection.execute(update(tables.steps).where(_steps.id == step_id).values(result_id=result_id))


def _insert_rows(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_INSERT_STEP, rows)
        rows.clear()


def _stored(row: Row[Any]) -> StoredResult:
    return StoredResult(
        name=row.name, key=row.key, parts=row.parts, outputs=row.outputs, summary=row.summary
    )


def _step_row(row: Row[Any], run: str) -> StepRow:
    fact = StepFact(
        name=row.name,
        cycle=row.cycle,
        stage=row.stage,
        state=row.state,
        plugin=row.plugin,
        seconds=row.seconds,
        summary=row.summary,
        reason=row.reason,
        settings=row.settings,
    )
    return StepRow(
        id=row.id,
        run=run,
        fact=fact,
        key=row.key,
        parts=row.parts or {},
        outputs=row.outputs or {},
        attachments=tuple(
            NamedArtifact(name=name, kind=kind, artifact=Artifact.from_json(plain))
            for name, kind, plain in row.attachments or row.made_attachments or ()
        ),
        messages=tuple(row.messages or row.made_messages or ()),
        started=row.started,
        finished=row.finished,
    )
