"""The schedules of a project: add, pause, resume, remove, look at them."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import TYPE_CHECKING

import attrs

from fourstroke.config.kinds import is_name
from fourstroke.errors import UsageError, nearest
from fourstroke.schedules.cron import Cron
from fourstroke.schedules.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fourstroke.engine.session import Session
    from fourstroke.project import Project
    from fourstroke.schedules.schedule import CatchUp, Firing


@attrs.frozen(eq=False)
class Schedules:
    """What is done at which times; ``fourstroke watch`` does it."""

    _project: Project = attrs.field(repr=False)

    def __iter__(self) -> Iterator[Schedule]:
        return iter(self._project.records.schedules())

    def __getitem__(self, name: str) -> Schedule:
        """Give one by its name.

        Raises
        ------
        UsageError
            If there is none; names the nearest.
        """
        known = {schedule.name: schedule for schedule in self}
        if name not in known:
            hint = nearest(name, known) or "fourstroke schedule list"
            raise UsageError(f"there is no schedule {name!r}", hint=hint)
        return known[name]

    def add(
        self,
        words: Sequence[str],
        *,
        cron: str = "",
        timezone: str = "UTC",
        every_minutes: int = 5,
        catch_up: CatchUp = "latest",
        name: str = "",
        why: str = "",
    ) -> Schedule:
        """Add a schedule.

        Parameters
        ----------
        words : sequence of str
            The command, without ``fourstroke``.
        cron : str
            When, by five fields; empty to do it when the data changed.
        timezone : str
            Whose clock.
        every_minutes : int
            How often new data is looked for.
        catch_up : {"latest", "all", "none"}
            What becomes of moments at which nobody watched.
        name : str
            Names it; after its command without one.
        why : str
            The reason.

        Raises
        ------
        UsageError
            If a field, the time zone or the name is wrong.
        """
        known = {schedule.name for schedule in self}
        if not words:
            raise UsageError("no command is given", hint="such as: -- monitor")
        if name in known or (name and not is_name(name)):
            told = "is there already" if name in known else "is no name"
            raise UsageError(f"{name!r} {told}", where="--name", hint="letters, digits, _ and -")
        times = Cron.of(cron, timezone) if cron else None
        made = Schedule(
            name=name or _free(words[0], known),
            words=tuple(words),
            cron=times.expression if times else "",
            timezone=timezone,
            every_minutes=every_minutes,
            catch_up=catch_up,
            since=dt.datetime.now(dt.UTC),
        )
        with self._recorded() as session:
            session.writer.record_schedule("added", made, why)
        return self[made.name]

    def pause(self, name: str, *, why: str = "") -> None:
        """Let one rest: what comes due meanwhile is not made good."""
        schedule = self[name]
        if schedule.is_paused:
            raise UsageError(f"{name} rests already", hint=f"fourstroke schedule resume {name}")
        with self._recorded() as session:
            session.writer.record_schedule("paused", schedule, why)

    def resume(self, name: str, *, why: str = "") -> None:
        """Take one up again, from now on."""
        schedule = self[name]
        if not schedule.is_paused:
            raise UsageError(f"{name} does not rest", hint=f"fourstroke schedule pause {name}")
        with self._recorded() as session:
            session.writer.record_schedule("resumed", schedule, why)

    def remove(self, name: str, *, why: str = "") -> None:
        """Remove one; its history stays."""
        schedule = self[name]
        with self._recorded() as session:
            session.writer.record_schedule("removed", schedule, why)

    def history(self, name: str | None = None, limit: int | None = None) -> tuple[Firing, ...]:
        """Say when they came due and what became of it, the latest first."""
        return self._project.records.firings(name, limit)

    @contextlib.contextmanager
    def _recorded(self) -> Iterator[Session]:
        with self._project.recorded("curate") as turn:
            yield turn.session
            turn.session.writer.finish("succeeded")


def _free(first: str, known: set[str]) -> str:
    """Find a name that nobody has: monitor, monitor-2, ..."""
    stem = first if is_name(first) else "command"
    names = (stem if number == 1 else f"{stem}-{number}" for number in range(1, len(known) + 2))
    return next(name for name in names if name not in known)
