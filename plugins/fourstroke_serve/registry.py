"""Where versions come from: the registry of a project says which ones should answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

import attrs

from fourstroke import Project

if TYPE_CHECKING:
    from fourstroke_serve.settings import Settings


@attrs.frozen(kw_only=True)
class Wanted:
    """Which versions should be at work.

    Parameters
    ----------
    champion : int, optional
        The version that answers; ``None`` if none is in production.
    deployment : int, optional
        The id of the deployment that put it there.
    canary, shadow : int, optional
        The version that answers a share, and the one that is asked, too.
    """

    champion: int | None = None
    deployment: int | None = None
    canary: int | None = None
    shadow: int | None = None


class Origin(Protocol):
    """What a service asks: which versions should answer, and the versions themselves."""

    @property
    def model(self) -> str:
        """The name of the model."""
        ...

    def wanted(self) -> Wanted:
        """Say which versions should be at work now."""
        ...

    def version(self, number: int) -> Any:
        """Give a version: it has ``predictor()``, ``held_out()`` and ``log(data, predictions)``."""
        ...

    def end_canary(self, why: str) -> None:
        """Keep that the canary was stopped, so that no worker tries it any more."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


@attrs.frozen(eq=False)
class Registry:
    """The registry of a project.

    Parameters
    ----------
    project : Project
        Whose model it is.
    model : str
        Its name.
    """

    project: Project
    model: str

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the project that the service was told."""
        project = Project.open(
            settings.project, environment=settings.environment or None, overrides=settings.overrides
        )
        return cls(project, settings.model or project.config.model)

    def wanted(self) -> Wanted:
        """Read which versions should be at work now."""
        row = self.project.records.champion(self.model)
        if row is None:
            return Wanted()
        aliases = self.project.models[self.model].aliases
        found = self.project.records.deployments(self.model, active_only=True)
        deployments = [each.id for each in found if each.version == row.version]
        # A canary that has become the champion is none any more.
        canary = aliases.get("canary")
        return Wanted(
            champion=row.version,
            deployment=max(deployments, default=None),
            canary=None if canary == row.version else canary,
            shadow=aliases.get("shadow"),
        )

    def version(self, number: int) -> Any:
        """Give a version."""
        return self.project.models[self.model][number]

    def end_canary(self, why: str) -> None:
        """Remove the alias; the ledger keeps why."""
        self.project.models[self.model].alias("canary", None, why=why)

    def close(self) -> None:
        """Close the project."""
        self.project.close()
