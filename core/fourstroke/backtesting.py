"""What another version would have said of the traffic that the champion answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles import backtesting
from fourstroke.cycles.shape import counted
from fourstroke.errors import UsageError
from fourstroke.records.prediction_log import LogQuery

if TYPE_CHECKING:
    import datetime as dt

    from fourstroke.engine.listener import Listener
    from fourstroke.entities.backtest import Backtest
    from fourstroke.project import Project
    from fourstroke.records.rows import VersionRow


@attrs.frozen(kw_only=True)
class BacktestOutcome:
    """What came of a backtest.

    Parameters
    ----------
    run : str
        The id of the run that recorded it.
    backtest : Backtest
        In what the two versions differ.
    messages : tuple of str
        What the stages said besides.
    """

    run: str
    backtest: Backtest
    messages: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class Backtesting:
    """Replays what one version of a project's model answered through another one."""

    _project: Project = attrs.field(repr=False)

    def __call__(
        self,
        version: int | str | None = None,
        *,
        model: str = "",
        against: int | str = "champion",
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        listener: Listener | None = None,
        command: str = "",
    ) -> BacktestOutcome:
        """Replay logged traffic, as a recorded run.

        Parameters
        ----------
        version : int or str, optional
            The candidate, by number or alias; the latest one without it.
        model : str
            Its name; the project's without it.
        against : int or str
            The version that answered, and whose traffic it is.
        since, until : datetime, optional
            Batches with a row at ``since`` or later, and with one before ``until``; with their offsets.
        listener : Listener, optional
            Is told how the run goes on.
        command : str
            What the user typed, for the record.

        Raises
        ------
        UsageError
            If there is no such version, or nothing that it answered then is in the log.
        """
        project = self._project
        name = model or project.config.model
        _refuse_other_model(project, name)
        if since is not None and until is not None and until <= since:
            raise UsageError("it ends before it begins", where="--until")
        known = project.models[name]
        answered = known[against].row
        candidate = known.versions()[-1] if version is None else known[version].row
        # What services have written and nobody has taken in yet.
        taken = project.predictions.take_in(name)
        traffic = _traffic(project, candidate, answered, since, until)
        with project.recorded("backtest", command, listener) as turn:
            for problem in taken.problems:
                turn.session.say(problem)
            steps = backtesting.steps(turn.config, turn.plugins, traffic)
            schedule = turn.schedule(steps, frozenset(step.name for step in steps))
            turn.finish(schedule, is_reported=False)
            turn.raise_errors(schedule)
            return BacktestOutcome(
                run=turn.session.writer.run,
                backtest=turn.session.load(schedule.outputs[backtesting.BACKTEST]["value"]),
                messages=tuple(turn.session.messages),
            )


def _refuse_other_model(project: Project, name: str) -> None:
    if name != project.config.model:
        raise UsageError(
            f"this project scores {project.config.model}, not {name}",
            hint=f"--set model.name={name}",
        )


def _traffic(
    project: Project,
    candidate: VersionRow,
    answered: VersionRow,
    since: dt.datetime | None,
    until: dt.datetime | None,
) -> backtesting.Traffic:
    query = LogQuery(model=answered.model, role="champion", since=since, until=until)
    every = project.records.logged_batches(query)
    log = [row for row in every if row.version == answered.version]
    others: dict[int, int] = {}
    for row in every:
        if row.version != answered.version:
            others[row.version] = others.get(row.version, 0) + row.rows
    if not log:
        raise UsageError(
            f"{answered.model}@v{answered.version} answered nothing in this time that is in the log",
            hint=_way_out(others) or "fourstroke predictions count shows what is there",
        )
    return backtesting.Traffic(
        candidate=candidate,
        against=answered,
        log=log,
        since=since,
        until=until,
        unlogged=backtesting.unlogged(project.records, answered, since, until),
        notes=tuple(
            f"{counted(rows, 'row')} of this time were answered by v{number}: --against {number}"
            for number, rows in sorted(others.items())
        ),
    )


def _way_out(others: dict[int, int]) -> str:
    return f"v{max(others)} did: --against {max(others)}" if others else ""
