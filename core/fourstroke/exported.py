"""A model version in a folder that is loaded without the project, its records and its store."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from fourstroke.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fourstroke.config import Config
    from fourstroke.entities.operations import Observation
    from fourstroke.predictor import Predictor

FORMAT: Final = "fourstroke.model/1"
MANIFEST: Final = "manifest.json"
MODEL: Final = "model"
PROJECT: Final = "project"
PROFILES: Final = "profiles"


@attrs.frozen
class ExportedModel:
    """A model in a folder of its own.

    Parameters
    ----------
    folder : Path
        Where it lies; it may be copied anywhere.
    manifest : mapping
        What ``manifest.json`` says of it: name, version, metrics, data, profiles, digests of all files.

    Examples
    --------
    ::

        model = ExportedModel.open("income-v1")
        model.predict(frame)
    """

    folder: Path
    manifest: Mapping[str, Any] = attrs.field(repr=False)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open a folder that ``fourstroke models export`` wrote, and check every file of it.

        Parameters
        ----------
        folder : str or Path
            The folder.

        Raises
        ------
        UsageError
            If it is no such folder.
        StoreError
            If a file is missing, is not the one that was written, or was not written there.
        """
        place = Path(folder)
        try:
            manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(
                "there is no exported model", where=str(place), hint="fourstroke models export"
            ) from error
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise UsageError(f"expected the format {FORMAT}", where=str(place / MANIFEST))
        _check(place, manifest["files"])
        return cls(place, manifest)

    def load(self) -> Any:
        """Load the fitted model, by the codec that wrote it."""
        return self._decoded(self.manifest["codec"], self.folder / MODEL)

    def predict(self, data: Any) -> Any:
        """Score rows, by the plugin that trained the model.

        Parameters
        ----------
        data : table
            Rows with the columns that the model needs, as they are after preparation.

        Returns
        -------
        table
            As the hook ``predict`` gives it.
        """
        from fourstroke.predicting import predict  # noqa: PLC0415 - as above

        with self._project() as config:
            return predict(config, self.manifest["train"], self._model, data)

    def profile(self, monitor: str) -> Any:
        """Load what a monitor knows of the rows that the version was measured on.

        Parameters
        ----------
        monitor : str
            Its name in the project of the model; `manifest` names those that there are under
            ``profiles``.

        Returns
        -------
        profile or None
            As the hook ``profile`` gave it; ``None`` if the version has none of that monitor.
        """
        # Folders that were written before profiles went along have none.
        known = self.manifest.get("profiles", {}).get(monitor)
        if known is None:
            return None
        return self._decoded(known["codec"], self.folder / PROFILES / monitor)

    def monitor(
        self, data: Any, *, predictions: Any = None, labels: Any = None
    ) -> tuple[Observation, ...]:
        """Let the monitors of the project look at rows; no row that it was trained on is needed.

        Parameters
        ----------
        data : table
            Rows as `predict` takes them: one window.
        predictions : table, optional
            What the model said of them; without it, they are scored now.
        labels : array, optional
            What turned out to be true, row by row, missing where it is not known.

        Returns
        -------
        tuple of Observation
            All figures of all monitors. Nothing is recorded, and nobody is told.
        """
        from fourstroke.exported_monitoring import Scored, monitor  # noqa: PLC0415 - as above

        scored = Scored(
            model=self.manifest["model"],
            version=self.manifest["version"],
            data=data,
            predictions=self.predict(data) if predictions is None else predictions,
            labels=labels,
        )
        with self._project() as config:
            return monitor(config, scored, self.profile)

    def predictor(self) -> Predictor:
        """Give what scores rows again and again, until it is closed."""
        from fourstroke.predictor import Loaded, Predictor  # noqa: PLC0415 - as above

        with contextlib.ExitStack() as stack:
            return Predictor.built(
                stack.enter_context(self._project()),
                self.manifest["train"],
                self.load,
                of=Loaded(**{name: self.manifest[name] for name in ("model", "version", "digest")}),
                closing=stack.pop_all().close,
            )

    def _decoded(self, codec: str, folder: Path) -> Any:
        from fourstroke.artifacts.codecs import Codecs  # noqa: PLC0415 - `import fourstroke` is light

        return Codecs(self.folder / PROJECT).named(codec).decode(folder)

    @contextlib.contextmanager
    def _project(self) -> Iterator[Config]:
        """Give the project that made it, from a copy: nothing is written into the folder, which may be read-only."""
        from fourstroke.config import load_config  # noqa: PLC0415 - as above

        with tempfile.TemporaryDirectory(prefix="fourstroke-exported-") as root:
            shutil.copytree(self.folder / PROJECT, root, dirs_exist_ok=True)
            yield load_config(Path(root), environment="")

    @functools.cached_property
    def _model(self) -> Any:
        return self.load()


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file, which any other tool can check."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(folder: Path, wanted: Mapping[str, Mapping[str, Any]]) -> None:
    for name, facts in wanted.items():
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise StoreError(f"{name!r} leads out of the folder", where=str(folder / MANIFEST))
        try:
            found = digest_of(folder / name)
        except OSError as error:
            raise StoreError(f"{name} is missing", where=str(folder)) from error
        if found != facts["sha256"]:
            raise StoreError(
                f"{name} is not the file that was exported",
                where=str(folder),
                hint="export it again",
            )
    # What lies there could be imported: only what was written may.
    for part in (MODEL, PROFILES, PROJECT):
        for path in (folder / part).rglob("*"):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name not in wanted and "__pycache__" not in path.parts:
                raise StoreError(f"{name} was not exported", where=str(folder), hint="remove it")
