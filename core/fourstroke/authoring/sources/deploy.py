"""Where a model version is put to work."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from fourstroke import Deployment, hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke import Context, ModelVersion


@plugin
class Template:
    """Keep the files of a version in a folder, and say in a file which one is at work."""

    # The folder, relative to the project.
    path: Path = Path("deployed")

    capabilities = frozenset({"withdraw"})

    @hookimpl
    def deploy(self, version: ModelVersion, context: Context) -> Deployment:
        """Copy the files, then point to them: at any moment a whole version is at work."""
        place = self.path / version.digest.replace(":", "-")
        if not place.is_dir():
            part = self.path / f".part-{uuid.uuid4().hex}"
            shutil.copytree(version.folder, part)
            try:
                part.rename(place)
            except OSError:  # somebody else was quicker
                shutil.rmtree(part)
        active = {"model": version.model, "version": version.version, "folder": place.name}
        part = self.path / f".active-{uuid.uuid4().hex}"
        part.write_text(json.dumps(active))
        os.replace(part, self._active)
        return Deployment(
            target=context.step,
            model=version.model,
            version=version.version,
            digest=version.digest,
            location=place.relative_to(context.root).as_posix(),
        )

    @hookimpl
    def withdraw(self) -> bool:
        """Point to nothing; say whether something was at work."""
        try:
            self._active.unlink()
        except FileNotFoundError:
            return False
        return True

    @property
    def _active(self) -> Path:
        return self.path / "active.json"
