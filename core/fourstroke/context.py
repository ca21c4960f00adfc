"""What a stage is given besides its payload: the step's own view of the run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import attrs

from fourstroke.entities.model import Deployment, ModelVersion
from fourstroke.entities.occasion import Occasion
from fourstroke.entities.task import Task
from fourstroke.errors import DataError, nearest

T = TypeVar("T")


class Services(Protocol):
    """What a stage may read of the project. Nothing here changes anything."""

    def digest(self, path: Path) -> str:
        """Give the digest of a file's content, without reading it again if it did not change."""
        ...

    def dataset(self, reference: str) -> Any:
        """Load a published table by ``name``, ``name@3`` or ``name@latest``."""
        ...

    def export(self, version: ModelVersion, folder: Path) -> None:
        """Write a version into a new folder that predicts without project, records and store."""
        ...

    def score(self, deployment: Deployment, folder: Path, data: Any) -> Any:
        """Score rows with a copy of a version's files, by the plugin that trained it."""
        ...


class Memory(Protocol):
    """What a plugin has worked out before, under keys of its own."""

    def recall(self, key: str) -> tuple[Any, tuple[str, ...]] | None:
        """Give a value, and what was said when it was made; nothing if it is not there any more."""
        ...

    def keep(self, key: str, value: Any, said: Iterable[str]) -> None:
        """Keep a value."""
        ...


@attrs.frozen(kw_only=True)
class MetricPoint:
    """One value of one metric at one step of a training."""

    name: str
    value: float
    step: int = 0


@attrs.frozen(kw_only=True)
class Attachment:
    """A file that a step left for people: a figure, a table, anything."""

    name: str
    kind: str
    path: Path


@attrs.define(kw_only=True)
class Notes:
    """What a step has said besides its result, collected until the step ends."""

    metrics: list[MetricPoint] = attrs.field(factory=list)
    attachments: list[Attachment] = attrs.field(factory=list)
    messages: list[str] = attrs.field(factory=list)


@attrs.frozen(kw_only=True, eq=False)
class Context:
    """The step's view of its run.

    Parameters
    ----------
    run, step : str
        The id of the run and the name of the step.
    project, environment : str
        The project's name and the environment in force; empty if none.
    root : Path
        The project's folder.
    scratch : Path
        An empty folder of the step's own, removed after the step.
    task : Task
        What is predicted.
    seed : int
        The same at each run of this configuration.
    settings : mapping
        The whole project file as it is in force, with secrets left as ``${NAME}``.
    log : logging.Logger
        Goes to the step's log file.
    services : Services
        Read-only access to files and data sets of the project.
    notes : Notes
        What the step has logged and said so far.
    memory : Memory
        What `remember` finds; nothing outside of a run.
    look : int
        Of a validation: which comparison with a champion on these held-out rows it is, counted from
        1. The same candidate held against the same champion again is no further look.
    occasion : Occasion, optional
        Of a decision to turn again: the moment, when the engine turned last, and what has changed in
        the data.
    """

    run: str
    step: str
    project: str
    environment: str = ""
    root: Path
    scratch: Path
    task: Task
    seed: int = 0
    settings: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    log: logging.Logger = attrs.field(
        factory=lambda: logging.getLogger("fourstroke.step"), repr=False
    )
    services: Services | None = attrs.field(default=None, repr=False)
    notes: Notes = attrs.field(factory=Notes, repr=False)
    memory: Memory | None = attrs.field(default=None, repr=False)
    look: int = 1
    occasion: Occasion | None = None

    def path(self, relative: str) -> Path:
        """Find a file or folder of the project.

        Raises
        ------
        DataError
            If there is none; names the nearest file of the same folder.
        """
        found = (self.root / relative).resolve()
        if found.exists():
            return found
        siblings = [entry.name for entry in found.parent.iterdir()] if found.parent.is_dir() else []
        raise DataError("there is no such file", where=relative, hint=nearest(found.name, siblings))

    def digest(self, path: Path) -> str:
        """Give the digest of a file's content, without reading it again if it did not change."""
        return self._of_project(path).digest(path)

    def export(self, version: ModelVersion, folder: Path) -> None:
        """Write a version into a new folder that predicts without project, records and store.

        It is what ``fourstroke models export`` writes; `ExportedModel.open` opens it.

        Raises
        ------
        UsageError
            If the folder is there and not empty.
        """
        self._of_project(folder).export(version, folder)

    def score(self, deployment: Deployment, folder: Path, data: Any) -> Any:
        """Score rows with a copy of a version's files, by the plugin that trained it.

        Parameters
        ----------
        deployment : Deployment
            Says which version it is a copy of.
        folder : Path
            The files as ``version.folder`` held them; further ones make no difference.
        data : table
            Rows, as they are after preparation.

        Raises
        ------
        StoreError
            If a file is gone, or is not the one that was registered.
        """
        return self._of_project(folder).score(deployment, folder, data)

    def remember(self, key: str, make: Callable[[], T]) -> T:
        """Give what `make` gives, and make it only if it is not remembered from an earlier run.

        Parameters
        ----------
        key : str
            All that the value depends on besides the plugin, its code and its settings, such as the
            digest of one file of many.
        make : callable
            Makes the value: a table, a model, or plain data, which the store can keep.

        Notes
        -----
        What is remembered may be gone at any time; nothing is lost then but the time to make it again.
        """
        if self.memory is None:
            return make()
        found = self.memory.recall(key)
        if found is not None:
            value, said = found
            self.notes.messages.extend(said)
            return cast("T", value)
        before = len(self.notes.messages)
        made = make()
        self.memory.keep(key, made, self.notes.messages[before:])
        return made

    def log_metric(self, name: str, value: float, *, step: int = 0) -> None:
        """Record one value; recorded in batches when the step ends."""
        self.notes.metrics.append(MetricPoint(name=name, value=float(value), step=step))

    def log_metrics(self, values: Mapping[str, float], *, step: int = 0) -> None:
        """Record several values of one step."""
        for name, value in values.items():
            self.log_metric(name, value, step=step)

    def log_artifact(self, name: str, path: Path) -> None:
        """Keep a file beside the run, in the store."""
        self.notes.attachments.append(Attachment(name=name, kind="file", path=Path(path)))

    def log_figure(self, name: str, figure: Any) -> None:
        """Keep a picture: SVG text, PNG bytes, or anything that has matplotlib's ``savefig``."""
        if isinstance(figure, str):
            self._attach(name, "figure", f"{name}.svg", figure.encode())
        elif isinstance(figure, bytes):
            self._attach(name, "figure", f"{name}.png", figure)
        else:
            path = self.scratch / f"{name}.svg"
            figure.savefig(path, format="svg")
            self.notes.attachments.append(Attachment(name=name, kind="figure", path=path))

    def log_table(self, name: str, table: Any) -> None:
        """Keep a small table as CSV: anything that has pandas' ``to_csv``."""
        self._attach(name, "table", f"{name}.csv", table.to_csv(index=False).encode())

    def say(self, message: str) -> None:
        """Put one sentence into the run's record and its report."""
        self.notes.messages.append(message)

    def _of_project(self, path: Path) -> Services:
        if self.services is None:
            raise DataError("this context knows no project", where=str(path))
        return self.services

    def _attach(self, name: str, kind: str, file_name: str, content: bytes) -> None:
        path = self.scratch / file_name
        path.write_bytes(content)
        self.notes.attachments.append(Attachment(name=name, kind=kind, path=path))
