"""The files of a project that is nothing but a folder, as a context gives them to a plugin."""

from __future__ import annotations

import json
import platform
import shutil
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.artifacts.codecs import JSON
from fourstroke.artifacts.digest import digest_file
from fourstroke.config.source import FILE_NAME
from fourstroke.errors import UsageError
from fourstroke.exported import FORMAT, MANIFEST, MODEL, PROJECT, digest_of

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.entities.model import Deployment, ModelVersion

_PROJECT: Final = """\
[project]
name = "sample"

[task]
target = "label"

[data.collect]
path = "none.csv"

[[model.train]]
name = "says"
use = "says.py:Says"
"""
_SAYS: Final = '''\
from fourstroke import InputColumn, ModelSignature, hookimpl, plugin


@plugin
class Says:
    """Say the same of each row."""

    @hookimpl
    def train(self, data):
        return ""

    @hookimpl
    def signature(self, model):
        columns = (InputColumn(name="age", kind="number"),)
        return ModelSignature(columns=columns, example=({"age": 30.0}, {"age": 40.0}))

    @hookimpl
    def predict(self, model, data):
        return data.assign(prediction=model)[["prediction"]]
'''


@attrs.frozen
class Files:
    """What a stage may read of a project, where there are files and no data sets."""

    root: Path

    def digest(self, path: Path) -> str:
        """Give the digest of a file's content."""
        return digest_file(self.root / path)

    def dataset(self, reference: str) -> Any:
        """Refuse: nothing is published here.

        Raises
        ------
        UsageError
            Always.
        """
        raise UsageError(f"there is no data set {reference!r} in a contract")

    def export(self, version: ModelVersion, folder: Path) -> None:
        """Write a folder that predicts: of each row what stands in the file of the version."""
        shutil.copytree(version.folder, folder / MODEL)
        said = (folder / MODEL / "model.txt").read_text(encoding="utf-8")
        (folder / MODEL / "value.json").write_text(json.dumps(said), encoding="utf-8")
        (folder / PROJECT).mkdir()
        (folder / PROJECT / FILE_NAME).write_text(_PROJECT, encoding="utf-8")
        (folder / PROJECT / "says.py").write_text(_SAYS, encoding="utf-8")
        manifest = {
            "format": FORMAT,
            "model": version.model,
            "version": version.version,
            "digest": version.digest,
            "codec": JSON,
            "train": {"name": "says", "use": "says.py:Says", "settings": {}},
            "environment": {"python": platform.python_version(), "distributions": {}},
            "files": {
                path.relative_to(folder).as_posix(): {"sha256": digest_of(path)}
                for path in sorted(folder.rglob("*"))
                if path.is_file()
            },
        }
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    def score(self, deployment: Deployment, folder: Path, data: Any) -> Any:  # noqa: ARG002 - as the core's own
        """Say of each row what stands in the file of the version."""
        said = (folder / "model.txt").read_text(encoding="utf-8")
        return [{"prediction": said} for _ in range(len(data))]
