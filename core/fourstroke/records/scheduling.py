"""Schedules, their firings, and who leads among several watchers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import exc, func, select, update

from fourstroke.records import ledger, tables
from fourstroke.records.columns import epoch, now
from fourstroke.records.ledger import Told
from fourstroke.schedules.schedule import Firing, FiringState, Schedule

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from fourstroke.records.database import Database
    from fourstroke.records.ledger import Teller

ScheduleWord = Literal["added", "paused", "resumed", "removed"]

_words, _firings, _lead = tables.schedules.c, tables.firings.c, tables.leaderships.c
_LEAD = "watch"


def add_word(
    connection: Connection, teller: Teller, kind: ScheduleWord, schedule: Schedule, why: str
) -> None:
    """Record what somebody did with a schedule, and tell the ledger."""
    body = schedule.to_json()
    values = {"name": schedule.name, "kind": kind, "body": body, "why": why}
    facts = {"command": schedule.command, "when": schedule.cron or "new data"}
    told = Told(what=f"schedule {kind}", subject=schedule.name, why=why, facts=facts)
    ledger.record(connection, tables.schedules, values, teller, told)


def schedules(connection: Connection) -> tuple[Schedule, ...]:
    """Read the schedules that are there, by name."""
    latest = select(func.max(_words.id)).group_by(_words.name)
    query = select(tables.schedules).where(_words.id.in_(latest)).order_by(_words.name)
    return tuple(
        Schedule.of(row.name, row.body, row.at, is_paused=row.kind == "paused")
        for row in connection.execute(query)
        if row.kind != "removed"
    )


def firings(
    connection: Connection, schedule: str | None = None, limit: int | None = None
) -> tuple[Firing, ...]:
    """Read when schedules came due, the latest first."""
    query = select(tables.firings).order_by(_firings.due.desc(), _firings.id.desc()).limit(limit)
    if schedule is not None:
        query = query.where(_firings.schedule == schedule)
    return tuple(
        Firing(
            id=row.id,
            schedule=row.schedule,
            due=row.due,
            state=row.state,
            began=row.began,
            ended=row.ended,
            message=row.message,
        )
        for row in connection.execute(query)
    )


class Watch:
    """What a watcher writes: that it leads, which moments it took, and how they ended."""

    def __init__(self, database: Database, owner: str, machine: str) -> None:
        self._database, self._owner, self._machine = database, owner, machine

    def lead(self, seconds: float) -> bool:
        """Lead for so long, by the clock of the database; gives whether nobody else does."""
        until: Any = epoch() + seconds
        mine = {"owner": self._owner, "machine": self._machine}
        may = (_lead.name == _LEAD) & ((_lead.owner == self._owner) | (_lead.until < epoch()))
        try:
            with self._database.writing() as connection:
                taken = connection.execute(
                    update(tables.leaderships).where(may).values(until=until, **mine)
                )
                if taken.rowcount:
                    return True
                known = connection.scalar(select(_lead.owner).where(_lead.name == _LEAD))
                if known is None:
                    add = tables.leaderships.insert().values(name=_LEAD, until=until, **mine)
                    connection.execute(add)
                return known is None
        except exc.IntegrityError:
            return False  # somebody else was first

    def resign(self) -> None:
        """Lead no more, so that another watcher need not wait."""
        with self._database.writing() as connection:
            connection.execute(
                update(tables.leaderships)
                .where(_lead.name == _LEAD, _lead.owner == self._owner)
                .values(until=epoch())
            )

    def take(
        self, schedule: str, due: datetime, state: FiringState = "running", message: str = ""
    ) -> int | None:
        """Take a moment of a schedule; nothing if somebody has taken it before."""
        values = {
            "schedule": schedule,
            "due": due,
            "state": state,
            "owner": self._owner,
            "message": message,
            "began": now(),
            "ended": None if state == "running" else now(),
        }
        with self._database.writing() as connection:
            known = select(_firings.id).where(_firings.schedule == schedule, _firings.due == due)
            if connection.scalar(known) is not None:
                return None
            try:
                with connection.begin_nested():
                    key = connection.execute(tables.firings.insert(), values).inserted_primary_key
            except exc.IntegrityError:
                return None
            assert key is not None  # noqa: S101 - every table has one
            return int(key[0])

    def end(self, firing: int, state: FiringState, message: str) -> bool:
        """Say how it ended; gives whether it was this watcher's still."""
        mine = (_firings.id == firing) & (_firings.owner == self._owner)
        change = update(tables.firings).where(mine, _firings.state == "running")
        with self._database.writing() as connection:
            done = connection.execute(change.values(state=state, message=message, ended=now()))
            return bool(done.rowcount)

    def find_lost(self) -> int:
        """Mark what watchers left that lead no more; only who leads may do it."""
        lost = update(tables.firings).where(
            _firings.state == "running", _firings.owner != self._owner
        )
        values = {"state": "lost", "message": "its watcher is gone", "ended": now()}
        with self._database.writing() as connection:
            return connection.execute(lost.values(values)).rowcount
