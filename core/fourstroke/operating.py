"""What a project does with its champion: score a file, and look at what was scored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles import operations
from fourstroke.cycles.watching import nothing_seen
from fourstroke.errors import UsageError
from fourstroke.outcomes import MonitorOutcome, PredictOutcome
from fourstroke.plugins.build import build
from fourstroke.scored_file import write_scored

if TYPE_CHECKING:
    from fourstroke.config import Config
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.recorded_run import RecordedRun
    from fourstroke.records import Records
    from fourstroke.records.rows import VersionRow


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


def watch(turn: RecordedRun, champion: VersionRow) -> MonitorOutcome:
    """Look at what the champion scored since it was last looked at."""
    steps = operations.monitoring_steps(turn.config, turn.plugins)
    schedule = turn.schedule(steps, frozenset(step.name for step in steps))
    turn.finish(schedule, is_reported=False)
    turn.raise_errors(schedule)
    seen = schedule.outputs.get(operations.ALERT, {}).get("value")
    decision = schedule.outputs.get(operations.RETRAIN, {}).get("value")
    return MonitorOutcome(
        run=turn.session.writer.run,
        report=turn.session.load(seen) or nothing_seen(champion),
        decision=turn.session.load(decision),
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
