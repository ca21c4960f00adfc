"""Runs: begun, fenced, ended, and read; a run whose owner has died is lost at once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import and_, bindparam, func, literal_column, select, update

from fourstroke.entities.run import PluginFact
from fourstroke.errors import LostError, UsageError, nearest
from fourstroke.records import marks, tables
from fourstroke.records.columns import clean, epoch, now
from fourstroke.records.database import insert_one
from fourstroke.records.identity import new_run_id
from fourstroke.records.lease import LEASE_SECONDS, seen_alive
from fourstroke.records.lost import LOST, state_of
from fourstroke.records.rows import ProvenanceRow, RunRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Row

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.entities.run import RunState
    from fourstroke.records import search
    from fourstroke.records.lease import OwnerLock

# Beside the distributions, under what no distribution can be called.
_PLUGINS: Final = ":plugins"
# SQLite takes at most 32,766 parameters, older ones 999.
_NUMBERS_A_QUERY: Final = 500
_runs = tables.runs.c

_IS_MINE = and_(
    _runs.number == bindparam("my_number"),
    _runs.owner == bindparam("my_token"),
    _runs.attempt == bindparam("my_attempt"),
    _runs.state == "running",
)
_FENCE = select(_runs.number).where(_IS_MINE).with_for_update()
_BEAT = update(tables.runs).where(_IS_MINE).values(heartbeat=epoch())
_FINISH = (
    update(tables.runs)
    .where(_IS_MINE)
    .values(
        state=bindparam("new_state"),
        message=bindparam("new_message"),
        finished=bindparam("new_finished"),
    )
)
_END_STEPS = (
    update(tables.steps)
    .where(tables.steps.c.run_number == bindparam("of_run"), tables.steps.c.state == "running")
    .values(state="cancelled", finished=bindparam("new_finished"))
)
_MARK_LOST = (
    update(tables.runs)
    .where(
        _runs.number == bindparam("number_"),
        _runs.owner == bindparam("owner_"),
        _runs.heartbeat == bindparam("heartbeat_"),
        _runs.state == "running",
    )
    # A higher attempt shuts out an owner that was only asleep, whatever it still holds.
    .values(
        state="lost",
        message=LOST,
        finished=bindparam("new_finished"),
        attempt=_runs.attempt + 1,
    )
)
_RUNNING = select(
    _runs.number,
    _runs.run,
    _runs.owner,
    _runs.machine,
    _runs.heartbeat,
    (epoch() - _runs.heartbeat).label("silence"),
).where(_runs.state == literal_column("'running'"))  # the words of its index
_INSERT = tables.runs.insert().values(heartbeat=epoch())
# Where a run comes from is long, and is read when somebody asks for it.
_LEFT_OUT: Final = frozenset({"heartbeat", "provenance", "source"})
_OWN_COLUMNS = select(*(column for column in _runs if column.name not in _LEFT_OUT))


@attrs.frozen(kw_only=True)
class Owner:
    """Who may write a run: whoever has this token of this attempt, as long as it is running."""

    number: int
    run: str
    token: str
    attempt: int = 1

    @property
    def fence(self) -> dict[str, Any]:
        """The parameters of every statement that only the owner may execute."""
        return {"my_number": self.number, "my_token": self.token, "my_attempt": self.attempt}


def new_token() -> str:
    """Make the token of an owner."""
    return secrets.token_hex(8)


def begin(connection: Connection, facts: Mapping[str, Any], lock: OwnerLock) -> Owner:
    """Insert a run that is running."""
    run = new_run_id()
    values = {
        **facts,
        "run": run,
        "state": "running",
        "message": "",
        "started": now(),
        "finished": None,
        "owner": lock.token,
        "attempt": 1,
        "machine": lock.identity,
    }
    number = insert_one(connection, _INSERT, values)
    marks.add_parameters(connection, number, facts["settings"])
    return Owner(number=number, run=run, token=lock.token)


def refuse_unless_mine(connection: Connection, owner: Owner) -> None:
    """Let a write go on only if the run is still its writer's, and keep it so until the commit.

    Raises
    ------
    LostError
        If the run has ended, or was declared dead by others.
    """
    if connection.execute(_FENCE, owner.fence).first() is None:
        raise _lost(owner)


def beat(connection: Connection, owner: Owner) -> None:
    """Say that the owner is alive; an owner that was shut out changes nothing."""
    connection.execute(_BEAT, owner.fence)


def keep_source(connection: Connection, owner: Owner, source: Artifact) -> None:
    """Record the files that the run is made from.

    Raises
    ------
    LostError
        If the run has been taken from its owner.
    """
    refuse_unless_mine(connection, owner)
    here = tables.runs.c.number == owner.number
    connection.execute(update(tables.runs).where(here).values(source=source))


def finish(
    connection: Connection,
    owner: Owner,
    state: RunState,
    message: str,
    *,
    has_open_steps: bool,
    chosen: Mapping[str, float],
) -> None:
    """End a run for good; steps that were at work end with it.

    ``chosen`` are the metrics of the candidate that was chosen.

    Raises
    ------
    LostError
        If the run is not its writer's any more.
    """
    at = now()
    values = {"new_state": state, "new_message": message, "new_finished": at}
    if connection.execute(_FINISH, {**owner.fence, **values}).rowcount == 0:
        raise _lost(owner)
    marks.settle_metrics(connection, owner.number, chosen)
    if has_open_steps:
        connection.execute(_END_STEPS, {"of_run": owner.number, "new_finished": at})


def _lost(owner: Owner) -> LostError:
    return LostError(
        f"run {owner.run} is not this process's any more",
        hint="it was taken for dead, since nothing was heard of it; run again",
    )


def mark_lost(connection: Connection, folder: Path) -> None:
    """Write down which runs have lost their owner."""
    at = now()
    for row in _ownerless(connection, folder):
        # The heartbeat too: one that has come since it was read belongs to an owner that lives.
        parameters = {"number_": row.number, "owner_": row.owner, "heartbeat_": row.heartbeat}
        if connection.execute(_MARK_LOST, {**parameters, "new_finished": at}).rowcount:
            connection.execute(_END_STEPS, {"of_run": row.number, "new_finished": at})
            marks.settle_metrics(connection, row.number, {})


def ownerless(connection: Connection, folder: Path) -> frozenset[int]:
    """Give the numbers of running runs without an owner that lives.

    One that is not ``running`` any more in a *later* transaction has ended as it should: its owner
    wrote that down before it gave its lock back, which is what was seen here.
    """
    return frozenset(row.number for row in _ownerless(connection, folder))


def listed(
    connection: Connection,
    dead: Collection[int],
    limit: int | None,
    state: str | None = None,
    kind: str | None = None,
) -> tuple[RunRow, ...]:
    """Read the latest runs, the newest first; ``dead`` is what `ownerless` gave before."""
    query = _OWN_COLUMNS.order_by(_runs.number.desc()).limit(limit)
    if kind is not None:
        query = query.where(_runs.kind == kind)
    if state is not None:
        query = query.where(state_of(dead) == state)
    return _rows(connection, list(connection.execute(query)), dead)


def found(
    connection: Connection,
    dead: Collection[int],
    term: search.Term,
    order: Collection[search.Order],
    limit: int | None,
) -> tuple[RunRow, ...]:
    """Read the runs that a search finds, in its order; ``dead`` is what `ownerless` gave before."""
    from fourstroke.records.search.sql import condition, ordering  # noqa: PLC0415 - few calls search

    query = select(_runs.number).where(condition(term, dead))
    # Numbers first: rows are long, and sorting would carry them along.
    numbers = list(connection.scalars(ordering(query, order).limit(limit)))
    rows: dict[int, Row[Any]] = {}
    for start in range(0, len(numbers), _NUMBERS_A_QUERY):
        some = numbers[start : start + _NUMBERS_A_QUERY]
        rows |= {
            row.number: row
            for row in connection.execute(_OWN_COLUMNS.where(_runs.number.in_(some)))
        }
    return _rows(connection, [rows[number] for number in numbers], dead)


def provenance(connection: Connection, run: str) -> ProvenanceRow:
    """Read where a run comes from; raises as `one` does."""
    number = number_of(connection, run)
    query = select(_runs.provenance, _runs.source).where(_runs.number == number)
    row = connection.execute(query).one()
    return ProvenanceRow(facts=row.provenance or {}, source=row.source)


def latest_metrics(connection: Connection, some: Collection[str]) -> dict[str, dict[str, float]]:
    """Read the latest metrics of runs by id."""
    wanted = sorted(some)
    known: dict[int, str] = {}
    for start in range(0, len(wanted), _NUMBERS_A_QUERY):
        ids = wanted[start : start + _NUMBERS_A_QUERY]
        query = select(_runs.number, _runs.run).where(_runs.run.in_(ids))
        known |= {row.number: row.run for row in connection.execute(query)}
    return {known[n]: values for n, values in marks.metrics_of(connection, known).items()}


def one(connection: Connection, dead: Collection[int], beginning: str) -> RunRow:
    """Read the run of an id, or of a beginning of it that only one run has.

    Raises
    ------
    UsageError
        If there is none, or more than one; names the nearest.
    """
    return _rows(connection, [_only(connection, beginning)], dead)[0]


def number_of(connection: Connection, run: str) -> int:
    """Give the number of a run by its id or a beginning of it; raises as `one` does."""
    return int(_only(connection, run).number)


def _only(connection: Connection, beginning: str) -> Row[Any]:
    found = _beginning_with(connection, clean(beginning).strip().lower())
    if len(found) != 1:
        raise _unknown(connection, beginning, [row.run for row in found])
    return found[0]


def _beginning_with(connection: Connection, wanted: str) -> list[Row[Any]]:
    exact = connection.execute(_OWN_COLUMNS.where(_runs.run == wanted)).all()
    if exact or not wanted:
        return list(exact)
    query = _OWN_COLUMNS.where(_runs.run.startswith(wanted, autoescape=True))
    return list(connection.execute(query.order_by(_runs.number.desc()).limit(5)))


def _unknown(connection: Connection, wanted: str, several: Collection[str]) -> UsageError:
    if several:
        return UsageError(
            f"several runs begin with {wanted!r}", hint=f"give more of it: {', '.join(several)}"
        )
    latest: Select[Any] = select(_runs.run).order_by(_runs.number.desc()).limit(100)
    known = list(connection.scalars(latest))
    hint = nearest(wanted, known) if known else "fourstroke run makes the first one"
    return UsageError(f"there is no run {wanted!r}", hint=hint)


def _ownerless(connection: Connection, folder: Path) -> list[Row[Any]]:
    running = connection.execute(_RUNNING).all()
    if not running:
        return []
    seen = seen_alive(folder, {row.owner: row.machine for row in running})
    return [row for row in running if not seen.get(row.owner, row.silence <= LEASE_SECONDS)]


def _rows(
    connection: Connection, rows: Collection[Row[Any]], dead: Collection[int]
) -> tuple[RunRow, ...]:
    numbers = [row.number for row in rows]
    tags, data = marks.tags_of(connection, numbers), marks.datasets_of(connection, numbers)
    return tuple(
        _row(row, dead, tags.get(row.number, {}), data.get(row.number, ())) for row in rows
    )


def _row(
    row: Row[Any],
    dead: Collection[int],
    tags: Mapping[str, str],
    data: Iterable[tuple[str, int]],
) -> RunRow:
    is_lost = row.state == "running" and row.number in dead
    versions, plugins = _versions_apart(row.versions)
    return RunRow(
        run=row.run,
        kind=row.kind,
        project=row.project,
        environment=row.environment,
        user=row.user_name,
        host=row.host,
        command=row.command,
        commit=row.commit_hash,
        dirty=row.is_dirty,
        seed=row.seed,
        settings=row.settings,
        versions=versions,
        state="lost" if is_lost else row.state,
        message=LOST if is_lost else row.message,
        started=row.started,
        finished=row.finished,
        attempt=row.attempt,
        plugins=plugins,
        tags=tags,
        data=tuple(f"{name}@v{version}" for name, version in data),
    )


def versions_with(versions: Mapping[str, str], plugins: Iterable[PluginFact]) -> dict[str, Any]:
    """Make one value of distributions and plugins: they are facts of one kind, and one column."""
    return {**versions, _PLUGINS: [attrs.asdict(plugin) for plugin in plugins]}


def _versions_apart(kept: Mapping[str, Any]) -> tuple[dict[str, str], tuple[PluginFact, ...]]:
    versions = dict(kept)
    # Runs that were recorded before there were locks have none.
    facts = versions.pop(_PLUGINS, [])
    return versions, tuple(PluginFact(**fact) for fact in facts)


def count(connection: Connection) -> int:
    """Count all runs."""
    return int(connection.scalar(select(func.count()).select_from(tables.runs)) or 0)
