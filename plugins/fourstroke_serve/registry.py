"""Versions of the registry of a project: its champion, or what was deployed to one of its targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs

from fourstroke import Project, UsageError
from fourstroke_serve.origin import Wanted

if TYPE_CHECKING:
    from fourstroke_serve.settings import Settings


def project_of(settings: Settings) -> Project:
    """Open the project that the service was told, as its file is now."""
    return Project.open(
        settings.project, environment=settings.environment or None, overrides=settings.overrides
    )


@attrs.frozen(eq=False)
class Registry:
    """The registry of a project.

    Parameters
    ----------
    project : Project
        Whose model it is.
    model : str
        Its name.
    target : str
        The target whose deployment answers; the champion if empty.
    """

    project: Project
    model: str
    target: str = ""

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the project that the service was told."""
        project = project_of(settings)
        # The service acts for nobody: what it logs does not end with somebody's token.
        project.token = ""
        return cls(project, settings.model or project.config.model, settings.target)

    @property
    def nothing(self) -> str:
        """What to tell if no version should answer."""
        place = f"deployed to the target {self.target}" if self.target else "in production"
        return f"no version of {self.model} is {place}"

    @property
    def row_id(self) -> str:
        """The column that outcomes find their row by."""
        return self.project.config.labels.id or self.project.config.task.id

    def wanted(self) -> Wanted:
        """Read which versions should be at work now."""
        version = self._number()
        if version is None:
            return Wanted()
        aliases = self.project.models[self.model].aliases
        found = self.project.records.deployments(self.model, active_only=True)
        deployments = [each.id for each in found if each.version == version]
        # A canary that has become the champion is none any more.
        canary = aliases.get("canary")
        return Wanted(
            champion=version,
            deployment=max(deployments, default=None),
            canary=None if canary == version else canary,
            shadow=aliases.get("shadow"),
        )

    def version(self, number: int) -> Any:
        """Give a version."""
        return self.project.models[self.model][number]

    def end_canary(self, why: str) -> None:
        """Remove the alias; the ledger keeps why."""
        self.project.models[self.model].alias("canary", None, why=why)

    def check(self) -> None:
        """Build all plugins; a champion has to be there, a deployment may come later.

        Raises
        ------
        UsageError
            If there is no such target, or no champion.
        """
        self.project.check()
        if not self.target:
            self.project.models[self.model].champion  # noqa: B018 - it has to be there
            return
        known = [table.name for table in self.project.config.tables.get("deploy", ())]
        if self.target not in known:
            raise UsageError(
                f"there is no target {self.target!r}",
                where="--target",
                hint=f"development.deploy has {', '.join(known)}",
            )

    def close(self) -> None:
        """Close the project."""
        self.project.close()

    def _number(self) -> int | None:
        records = self.project.records
        if not self.target:
            row = records.champion(self.model)
            return None if row is None else row.version
        at_work = records.deployments(self.model, active_only=True)
        return next((each.version for each in at_work if each.target == self.target), None)
