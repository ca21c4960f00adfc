"""Look at all windows that are due, each in a run of its own, then write the monitoring report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.errors import FourstrokeError
from fourstroke.monitored import history_of
from fourstroke.monitoring_pages import write_reports
from fourstroke.operating import deployed, due_windows, saw_nothing, watch

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.engine.listener import Listener
    from fourstroke.outcomes import MonitorOutcome
    from fourstroke.project import Project
    from fourstroke.records.rows import VersionRow


def look(project: Project, listener: Listener | None, command: str) -> MonitorOutcome:
    """Let monitors look at what is due, as `Project.monitor` says."""
    config, records = project.config, project.records
    champion = deployed(config, records)
    # What services have written and nobody has taken in yet.
    taken = project.predictions.take_in()
    looked, due = due_windows(config, records, champion)
    seen: list[MonitorOutcome] = []
    for window in due:
        with project.recorded("monitor", command, listener) as turn:
            for problem in taken.problems if not seen else ():
                turn.session.say(problem)
            seen.append(watch(turn, window, looked))
        if seen[-1].is_rolled_back:
            break  # the other windows are of a version that is not at work any more
    if not seen:
        with project.recorded("monitor", command, listener) as turn:
            return saw_nothing(turn, champion)
    files, problems = _reported(project, champion)
    if listener is not None:
        for problem in problems:
            listener.message(problem)
    return attrs.evolve(
        seen[-1],
        earlier=tuple(seen[:-1]),
        files=files,
        messages=(*seen[-1].messages, *problems),
    )


def _reported(project: Project, watched: VersionRow) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write the monitoring report; what was seen is recorded, whatever comes of this."""
    try:
        return write_reports(project.config, history_of(project, watched.model, watched.version))
    except FourstrokeError as error:
        return (), (f"no monitoring report: {error}",)
