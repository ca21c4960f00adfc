"""The deployment target that is a folder: it predicts without project, records and store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fourstroke import Context, Deployment, ModelVersion, hookimpl, plugin
from fourstroke_local.elsewhere import OF_EXPORTED, score
from fourstroke_local.versions import Versions, deployment_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@plugin
class FolderTarget:
    """Export versions side by side into ``<path>/<model>/``, with a link ``current`` to the one at work.

    ``python <path>/<model>/current/predict.py rows.csv`` scores a file, ``fourstroke serve --folder
    <path>/<model>`` serves it and follows the link.
    """

    # The folder, relative to the project.
    path: Path = Path("deployed")
    # The interpreter of the environment in which it is used, for the smoke test; this one's by default.
    python: Path | None = None

    capabilities = frozenset({"withdraw", "files", "verify"})

    @hookimpl
    def deploy(self, version: ModelVersion, context: Context) -> Deployment:
        """Export the version unless it is there, and let the link lead to it."""
        versions = Versions(self.path, version.model)
        place = versions.put(version, lambda fresh: context.export(version, fresh))
        return deployment_of(version, versions, place, context)

    @hookimpl
    def probe_deployment(self, deployment: Deployment, data: Any, context: Context) -> Any:
        """Score rows with what the link leads to, in the environment in which it is used."""
        link = Versions(self.path, deployment.model).home / "current"
        return score(OF_EXPORTED, link, data, context, self.python)

    @hookimpl
    def verify_deployment(
        self, deployment: Deployment, files: Mapping[str, str], context: Context
    ) -> Sequence[str]:
        """Hold every file against what was written, and see where the link leads."""
        return Versions(self.path, deployment.model).faults(deployment, files, context)

    @hookimpl
    def withdraw(self, deployment: Deployment) -> bool:
        """Remove the link if it leads to the version, then its files."""
        return Versions(self.path, deployment.model).take(deployment)
