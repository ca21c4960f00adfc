"""Hold the files of what is deployed against the digests of the records; nothing is recorded of it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles.deploying import step_of
from fourstroke.errors import FourstrokeError
from fourstroke.outside import outside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.config import PluginTable
    from fourstroke.outside import Outside
    from fourstroke.project import Project
    from fourstroke.records.rows import DeploymentRow


@attrs.frozen(kw_only=True)
class Held:
    """What came of holding one deployment against the records.

    Parameters
    ----------
    row : DeploymentRow
        The deployment.
    faults : tuple of str
        What is not as it was deployed; empty if all is.
    unheld : str
        Why nobody looked; empty if somebody did.
    host : str
        Where it was deployed, if that was another machine than this one.
    """

    row: DeploymentRow
    faults: tuple[str, ...] = ()
    unheld: str = ""
    host: str = ""


def held(project: Project) -> Iterator[Held]:
    """Look at what each target has at work, one after the other."""
    at_work = project.records.deployments(project.config.model, active_only=True)
    if not at_work:
        return
    targets = {table.name: table for table in project.config.tables.get("deploy", ())}
    plugins = project.check()
    with outside(project.config, plugins, "doctor") as given:
        # A disk may change a byte without changing a time.
        shop = attrs.evolve(given.shop, index=given.shop.index.anew())
        calling = attrs.evolve(given, shop=shop)
        for row in at_work:
            table = targets.get(row.target)
            if table is None:
                yield Held(row=row, unheld="the project has no such target any more")
            elif "verify_deployment" not in plugins["deploy", table.name].hooks:
                yield Held(row=row, unheld="its plugin has no hook verify_deployment")
            else:
                yield _held(project, calling, table, row)


def _held(project: Project, calling: Outside, table: PluginTable, row: DeploymentRow) -> Held:
    step = step_of(table)
    host = project.records.run(row.run).host
    try:
        artifact = project.records.model_version(row.model, row.version).artifact
        files = {each.name: each.digest for each in artifact.files}
        caller, context = calling.shop.caller(step, (table,)), calling.context(step)
        faults = calling.guarded(
            step,
            lambda: caller.verify_deployment(
                step, deployment=row.deployment, files=files, context=context
            ),
        )
    except FourstrokeError as error:
        faults = (error.message,)
    return Held(row=row, faults=faults, host="" if host == socket.gethostname() else host)
