"""What a project does with its champion: score a file, and look at what was scored."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles import operations, rolling_back, windows
from fourstroke.cycles.watching import nothing_seen
from fourstroke.errors import UsageError
from fourstroke.outcomes import MonitorOutcome, PredictOutcome
from fourstroke.plan import Ref
from fourstroke.plugins.build import build
from fourstroke.scored_file import write_scored
from fourstroke.windows.silence import silence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.config import Config
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.recorded_run import RecordedRun
    from fourstroke.records import Records
    from fourstroke.records.operation_rows import PredictionRow
    from fourstroke.records.rows import VersionRow
    from fourstroke.windows.cutting import CutWindow
    from fourstroke.windows.due import Looks


@attrs.frozen
class Due:
    """The windows that are due, the oldest first; and the one without rows that follows the last row."""

    looked: Looks
    windows: tuple[CutWindow, ...]
    silence: CutWindow | None


def deployed(config: Config, records: Records) -> VersionRow:
    """Give the version that is in production.

    Raises
    ------
    UsageError
        If there is none.
    """
    row = records.champion(config.model)
    if row is None:
        raise UsageError(f"no version of {config.model} is deployed", hint="fourstroke run")
    return row


def score_file(turn: RecordedRun, source: BuiltPlugin, output: Path | None) -> PredictOutcome:
    """Score a file with the champion, log it, and write the predictions if ``output`` says where."""
    steps = operations.scoring_steps(turn.config, turn.plugins, source, {})
    schedule = turn.schedule(steps, frozenset({operations.LOG, operations.PREDICT}))
    turn.finish(schedule, is_reported=False)
    turn.raise_errors(schedule)
    known = turn.session.load(schedule.outputs[operations.CHAMPION]["value"])
    table = turn.session.load(schedule.outputs[operations.PREDICT]["predictions"])
    if output is not None:
        scored = next(step for step in steps if step.name == operations.PREDICT)
        rows = scored.inputs["data"]
        data = turn.session.load(schedule.outputs[rows.step][rows.output])
        write_scored(table, data, turn.config.task.id, output)
    return PredictOutcome(
        run=turn.session.writer.run,
        model=known["model"],
        version=known["version"],
        rows=len(table),
        output=output,
        predictions=table,
    )


def scored(records: Records, champion: VersionRow) -> list[PredictionRow]:
    """Give what a version scored as the champion, the oldest batch first."""
    log = records.predictions(champion.model, champion.version)
    return [row for row in log if row.role == "champion"]


def due_windows(
    config: Config, records: Records, champion: VersionRow, now: dt.datetime | None = None
) -> Due:
    """Find the windows of the champion that have to be looked at.

    Raises
    ------
    UsageError
        If it has not scored anything yet.
    """
    log = scored(records, champion)
    looked = windows.looks(config, records, champion, now or dt.datetime.now(dt.UTC))
    if not log and not looked.segments:
        raise UsageError(
            f"{champion.model}@v{champion.version} has not scored anything yet",
            hint="fourstroke predict FILE",
        )
    due = looked.due(log)
    return Due(looked, due, silence(log, due, config.window, looked.now, looked.segments))


def was_asked(records: Records, champion: VersionRow) -> bool:
    """Say whether a version answered as the champion, or failed to."""
    return bool(scored(records, champion)) or bool(windows.counted_segments(records, champion))


def watch(turn: RecordedRun, window: CutWindow, looked: Looks) -> MonitorOutcome:
    """Let the monitors look at one window of the champion's prediction log."""
    steps = [
        *operations.monitoring_steps(turn.config, turn.plugins, window, looked),
        *rolling_back.steps(
            turn.config, turn.plugins, turn.records, window=window, report=Ref(operations.ALERT)
        ),
    ]
    schedule = turn.schedule(steps, frozenset(step.name for step in steps))
    turn.finish(schedule, is_reported=False)
    turn.raise_errors(schedule)
    decision = schedule.outputs.get(operations.RETRAIN, {}).get("value")
    return MonitorOutcome(
        run=turn.session.writer.run,
        report=turn.session.load(schedule.outputs[operations.ALERT]["value"]),
        decision=turn.session.load(decision),
        messages=tuple(turn.session.messages),
        rollback=rolling_back.decision_of(turn.session, schedule.outputs),
    )


def is_watched(
    config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin], window: CutWindow
) -> bool:
    """Say whether a monitor of the project has something to say of a window, with rows or without."""
    return bool(window.rows) or bool(operations.rowless_monitors(config, plugins, window))


def hear(turn: RecordedRun, window: CutWindow, looked: Looks) -> MonitorOutcome:
    """Let monitors judge a window without rows: none came, or all requests failed."""
    steps = operations.rowless_steps(turn.config, turn.plugins, window, looked)
    schedule = turn.schedule(steps, frozenset(step.name for step in steps))
    turn.finish(schedule, is_reported=False)
    turn.raise_errors(schedule)
    return MonitorOutcome(
        run=turn.session.writer.run,
        report=turn.session.load(schedule.outputs[operations.ALERT]["value"]),
        decision=None,
        messages=tuple(turn.session.messages),
    )


def saw_nothing(turn: RecordedRun, champion: VersionRow) -> MonitorOutcome:
    """Say that there is nothing new to look at."""
    why = f"nothing was scored since {champion.model}@v{champion.version} was monitored"
    steps = operations.unwatched_steps(why)
    schedule = turn.schedule(steps, frozenset(step.name for step in steps))
    turn.finish(schedule, is_reported=False)
    turn.raise_errors(schedule)
    return MonitorOutcome(
        run=turn.session.writer.run,
        report=nothing_seen(champion),
        decision=None,
        messages=tuple(turn.session.messages),
    )


def batch_source(config: Config, path: Path) -> BuiltPlugin:
    """Build the source plugin of ``[operations.batch]``, or that of the data, on one file."""
    table = (config.tables.get("batch") or config.tables["collect"])[0]
    place = Path.cwd() / path
    # A file of the project keeps its key where the project is moved to.
    if place.resolve().is_relative_to(config.root.resolve()):
        place = place.resolve().relative_to(config.root.resolve())
    settings = {**table.settings, "path": place.as_posix()}
    return build(attrs.evolve(table, stage="batch", settings=settings, where="predict"), config)
