"""A new verdict on a registered version: bounds have changed, or its shadow has spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles import development, revalidating
from fourstroke.errors import BlockedError, FourstrokeError, UsageError

if TYPE_CHECKING:
    from fourstroke.engine.listener import Listener
    from fourstroke.entities.model import Verdict
    from fourstroke.project import Project
    from fourstroke.records.rows import VersionRow


@attrs.frozen(kw_only=True)
class Revalidated:
    """What came of judging a version again.

    Parameters
    ----------
    run : str
        The id of the run that recorded it.
    version : int
        The version.
    verdict : Verdict
        The new one, which counts from now on.
    """

    run: str
    version: int
    verdict: Verdict


def revalidate(
    project: Project, row: VersionRow, *, listener: Listener | None, command: str
) -> Revalidated:
    """Judge a version again; see `Model.validate`."""
    if row.model != project.config.model:
        raise UsageError(
            f"this project judges {project.config.model}, not {row.model}",
            hint=f"--set model.name={row.model}",
        )
    # What services have written and nobody has taken in yet: a shadow's rows may be among it.
    project.predictions.take_in(row.model)
    with project.recorded("curate", command, listener) as turn:
        steps = revalidating.steps(turn.config, turn.plugins, turn.records, row)
        schedule = turn.schedule(steps, frozenset({development.VERDICT}))
        turn.finish(schedule, is_reported=False)
        errors = [each for each in schedule.errors if not isinstance(each, BlockedError)]
        if errors:
            raise FourstrokeError.join(errors)
        verdicts = project.records.verdicts(row.model, row.version)
        return Revalidated(
            run=turn.session.writer.run, version=row.version, verdict=verdicts[-1].verdict
        )
