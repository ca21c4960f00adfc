"""Look at what was scored, then write the monitoring report: of all windows that are due, or of a turn's batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles.operations import ALERT
from fourstroke.errors import FourstrokeError, StoreError, UsageError
from fourstroke.monitored import history_of
from fourstroke.monitoring_pages import write_reports
from fourstroke.operating import deployed, due_windows, hear, is_watched, saw_nothing, watch

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.engine.listener import Listener
    from fourstroke.outcomes import MonitorOutcome, RunOutcome
    from fourstroke.prediction_log.intake import TakenIn
    from fourstroke.project import Project
    from fourstroke.recorded_run import RecordedRun


def look(
    project: Project, listener: Listener | None, command: str, taken: TakenIn | None = None
) -> MonitorOutcome:
    """Let monitors look at what is due, as `Project.monitor` says.

    ``taken`` is what came into the prediction log for this look; without it what services have written,
    and nobody has taken in yet, is taken in before.
    """
    config, records = project.config, project.records
    champion = deployed(config, records)
    untold = [*(project.predictions.take_in() if taken is None else taken).problems]
    try:
        due = due_windows(config, records, champion)
    except UsageError as error:
        # There is no run that could say it, and the files are set aside by now.
        error.others = (*error.others, *map(StoreError, untold))
        raise
    seen: list[MonitorOutcome] = []
    turn = project.recorded("monitor", command, listener)
    for window in due.windows:
        if not is_watched(config, turn.plugins, window):
            continue
        with project.recorded("monitor", command, listener) as turn:
            _tell(turn, untold)
            judge = watch if window.rows else hear
            seen.append(judge(turn, window, due.looked))
        if seen[-1].is_rolled_back:
            break  # the other windows are of a version that is not at work any more
    silence = due.silence
    is_heard = silence is not None and is_watched(config, turn.plugins, silence)
    if not seen or (is_heard and not seen[-1].is_rolled_back):
        with project.recorded("monitor", command, listener) as turn:
            _tell(turn, untold)
            if silence is None or not is_heard:
                return saw_nothing(turn, champion)
            heard = hear(turn, silence, due.looked)
        if not seen and not heard.report.alerts:
            return heard
        if not seen or heard.report.crossed or heard.report.resolved:
            # What comes of rows is read last, and decided by.
            seen.insert(max(0, len(seen) - 1), heard)
    files, problems = _reported(project, champion.model, champion.version, listener)
    return attrs.evolve(
        seen[-1],
        earlier=tuple(seen[:-1]),
        files=files,
        messages=(*seen[-1].messages, *problems),
    )


def with_monitoring(project: Project, outcome: RunOutcome, listener: Listener | None) -> RunOutcome:
    """Write the monitoring report after a turn that monitored a batch, beside the turn's own.

    A turn that found everything as it was has looked at nothing anew, and writes none.
    """
    seen = outcome.report.monitoring
    looked = {step.name for step in outcome.report.steps if step.state == "succeeded"}
    if seen is None or ALERT not in looked:
        return outcome
    files, _ = _reported(project, seen.model, seen.version, listener)
    return attrs.evolve(outcome, files=(*outcome.files, *files))


def _tell(turn: RecordedRun, problems: list[str]) -> None:
    """Say what went wrong before, in the first run that there is."""
    for problem in problems:
        turn.session.say(problem)
    problems.clear()


def _reported(
    project: Project, model: str, version: int, listener: Listener | None
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write the monitoring report; what was seen is recorded, whatever comes of this."""
    files: tuple[Path, ...] = ()
    try:
        files, problems = write_reports(project.config, history_of(project, model, version))
    except FourstrokeError as error:
        problems = (f"no monitoring report: {error}",)
    if listener is not None:
        for problem in problems:
            listener.message(problem)
    return files, problems
