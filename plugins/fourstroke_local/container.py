"""The deployment target that is a folder to build a container of, or to run as a service of systemd."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke import (
    ConfigError,
    Context,
    Deployment,
    ExportedModel,
    ModelVersion,
    hookimpl,
    plugin,
)
from fourstroke_local.elsewhere import OF_EXPORTED, score
from fourstroke_local.pins import pinned, read
from fourstroke_local.recipes import Recipe
from fourstroke_local.tokens import pinned_image, token
from fourstroke_local.versions import FILES, Versions, deployment_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MODEL: Final = "model"
_SERVING: Final = ("starlette", "uvicorn", "prometheus-client")
_PORTS: Final = attrs.validators.and_(attrs.validators.ge(1), attrs.validators.le(65_535))


@plugin
class ContainerTarget:
    """Write a folder with the exported model, a Dockerfile, exact requirements and a unit of systemd.

    They lie side by side in ``<path>/<model>/``, with a link ``current`` to the one at work. What they
    start is ``fourstroke serve --folder``, as a user without rights. Nothing is built or started here.
    """

    # The folder, relative to the project.
    path: Path = Path("containers")
    # What the container is made from; without it Python's own image of the version of the run.
    image: str = ""
    # Where the service listens.
    port: int = attrs.field(default=8000, validator=_PORTS)
    # Names that clients call it by, besides localhost.
    hosts: tuple[str, ...] = ()
    # The folder in which the unit of systemd expects all this, with a virtual environment `venv`.
    installed: str = ""
    # A folder with wheels that no package index has.
    wheels: Path | None = None

    capabilities = frozenset({"withdraw", "files", "verify"})

    def __attrs_post_init__(self) -> None:
        """Refuse what could begin an instruction of its own in a Dockerfile or unit."""
        if self.image:
            pinned_image(self.image, "image")
        for host in self.hosts:
            token("host", host, "hosts")
        if self.installed:
            token("path", self.installed, "installed")
        if self.wheels is not None and not self.wheels.is_dir():
            raise ConfigError(f"there is no folder {self.wheels.name!r}", where="wheels")

    @hookimpl
    def deploy(self, version: ModelVersion, context: Context) -> Deployment:
        """Write the folder unless it is there, and let the link lead to it."""
        versions = self._versions(version.model)
        place = versions.put(version, partial(self._write, version, context))
        return deployment_of(version, versions, place, context)

    @hookimpl
    def probe_deployment(self, deployment: Deployment, data: Any, context: Context) -> Any:
        """Score rows with the exported model of the folder, in this environment."""
        place = self._versions(deployment.model).place(deployment)
        return score(OF_EXPORTED, place / _MODEL, data, context)

    @hookimpl
    def verify_deployment(
        self, deployment: Deployment, files: Mapping[str, str], context: Context
    ) -> Sequence[str]:
        """Hold every file against what was written, and see where the link leads."""
        return self._versions(deployment.model).faults(deployment, files, context)

    @hookimpl
    def withdraw(self, deployment: Deployment) -> bool:
        """Remove the link if it leads to the version, then its files."""
        return self._versions(deployment.model).take(deployment)

    def _versions(self, model: str) -> Versions:
        token("model", model, "model.name")
        settings = {
            "image": self.image,
            "port": self.port,
            "hosts": self.hosts,
            "installed": self.installed,
            "wheels": [] if self.wheels is None else _names(self.wheels),
        }
        return Versions(self.path, model, settings, inside=f"{_MODEL}/{FILES}")

    def _write(self, version: ModelVersion, context: Context, fresh: Path) -> None:
        fresh.mkdir()
        context.export(version, fresh / _MODEL)
        manifest = ExportedModel.open(fresh / _MODEL).manifest
        environment = manifest["environment"]
        own = fresh / _MODEL / "requirements.txt"
        roots = read(own.read_text(encoding="utf-8").splitlines()) if own.exists() else {}
        recipe = Recipe(
            model=version.model,
            version=version.version,
            image=self.image or f"python:{token('python', environment['python'], 'the run')}-slim",
            port=self.port,
            hosts=self.hosts,
            installed=self.installed or f"/opt/{version.model}",
            has_wheels=self.wheels is not None,
        )
        files = {
            "Dockerfile": recipe.dockerfile(),
            ".dockerignore": "*\n!requirements.txt\n!wheels\n!model\n",
            f"{version.model}.service": recipe.unit(),
            "requirements.txt": pinned(roots, environment["distributions"], *_SERVING),
        }
        for name, text in files.items():
            (fresh / name).write_text(text, encoding="utf-8", newline="\n")
        if self.wheels is not None:
            (fresh / "wheels").mkdir()
            for wheel in self.wheels.glob("*.whl"):
                shutil.copyfile(wheel, fresh / "wheels" / wheel.name)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.whl"))
