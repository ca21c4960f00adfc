"""Where versions come from that a service answers with, and which of them should be at work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from fourstroke import Project
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

    @property
    def nothing(self) -> str:
        """What to tell if no version should answer."""
        ...

    @property
    def project(self) -> Project | None:
        """Whose prediction log is written; ``None`` if there is none."""
        ...

    @property
    def row_id(self) -> str:
        """The column that outcomes find their row by; empty if there is none."""
        ...

    def wanted(self) -> Wanted:
        """Say which versions should be at work now."""
        ...

    def version(self, number: int) -> Any:
        """Give a version: it has ``predictor()``, ``held_out()`` and, with a project, ``journal(role)``."""
        ...

    def end_canary(self, why: str) -> None:
        """Keep that the canary was stopped, so that no worker tries it any more."""
        ...

    def check(self) -> None:
        """Tell faults before anything listens."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


def origin_of(settings: Settings) -> Origin:
    """Open what the settings name."""
    # Each imports what it needs alone.
    if settings.folder:
        from fourstroke_serve.folder import Folder  # noqa: PLC0415

        return Folder(Path(settings.folder).absolute())
    from fourstroke_serve.registry import Registry  # noqa: PLC0415

    return Registry.open(settings)
