"""The registry: registered models, their versions, the champion, deployment and roll-back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    import datetime as dt

    from fourstroke.entities.facts import Section
    from fourstroke.entities.model import Deployment
    from fourstroke.exported import ExportedModel
    from fourstroke.project import Project
    from fourstroke.records.rows import EventRow, VersionRow


@attrs.frozen
class Version:
    """One registered version of a model, ready to predict.

    ``project.models[name].champion`` gives the one in production, ``project.models[name][2]`` any.

    Parameters
    ----------
    row : VersionRow
        What is recorded of it.
    """

    row: VersionRow
    project: Project = attrs.field(repr=False)

    @property
    def version(self) -> int:
        """Its number."""
        return self.row.version

    @property
    def digest(self) -> str:
        """The digest of its files."""
        return self.row.digest

    def load(self) -> Any:
        """Load the fitted model; its files are checked first."""
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415

        return Workshop.of(self.project.config).store.load(self.row.artifact)

    def card(self) -> str:
        """Write its model card, as Markdown: what was measured, and what people say of it."""
        from fourstroke.version_card import card_text  # noqa: PLC0415

        return card_text(self.project.config, self.project.records, self.row)

    def export(self, folder: str | Path) -> ExportedModel:
        """Write it into a new folder that is loaded without project, records and store.

        Parameters
        ----------
        folder : str or Path
            Where; it must not be there, or be empty.
        """
        from fourstroke.exporting import export  # noqa: PLC0415

        return export(self.project, self.row, Path(folder))

    def predict(self, data: Any) -> Any:
        """Score rows in this process, without logging them.

        Parameters
        ----------
        data : table
            Rows with the columns that the model needs.

        Returns
        -------
        table
            As the hook ``predict`` gives it.
        """
        from fourstroke.predicting import predict  # noqa: PLC0415

        return predict(self.project.config, self.row.facts["train"], self.load(), data)

    def explain(self, rows: Any = None) -> tuple[Section, ...]:
        """Say what it goes by, or why it says what it says of single rows.

        Parameters
        ----------
        rows : table, optional
            Rows as they are after preparation; without them what the run found out that made it.

        Raises
        ------
        UsageError
            If no explainer of the project explains single rows.
        """
        from fourstroke.explaining import explain_rows, recorded  # noqa: PLC0415

        if rows is None:
            return recorded(self.project, self.row)
        return explain_rows(self.project, self.row, rows)

    def rows(
        self,
        *,
        key: tuple[str, str] | None = None,
        numbers: Sequence[int] = (),
        file: Path | None = None,
    ) -> Any:
        """Pick rows to explain: of a file, or of those that it was measured on and those it scored.

        Parameters
        ----------
        key : (str, str), optional
            A column and the cell in it, such as ``("id", "42")``.
        numbers : sequence of int
            Of rows, from 0; instead of a key.
        file : Path, optional
            Read and prepared as `Project.predict` does.

        Raises
        ------
        UsageError
            If there is none.
        """
        from fourstroke.explaining import chosen_rows  # noqa: PLC0415

        return chosen_rows(self.project, self.row, key=key, numbers=numbers, file=file)


@attrs.frozen
class Model:
    """One model by name, with all its versions.

    Parameters
    ----------
    name : str
        What it is called in the registry.
    """

    name: str
    project: Project = attrs.field(repr=False)

    def versions(self) -> tuple[VersionRow, ...]:
        """List its versions, the oldest first."""
        return tuple(self.project.records.model_versions(self.name))

    def __getitem__(self, number: int) -> Version:
        """Give one version by its number."""
        known = {row.version: row for row in self.versions()}
        if number not in known:
            raise UsageError(
                f"{self.name} has no version {number}", hint=nearest(str(number), map(str, known))
            )
        return Version(known[number], self.project)

    @property
    def champion(self) -> Version:
        """The version in production.

        Raises
        ------
        UsageError
            If none is.
        """
        row = self.project.records.champion(self.name)
        if row is None:
            raise UsageError(f"no version of {self.name} is in production", hint="fourstroke run")
        return Version(row, self.project)

    def deploy(self, version: int, *, why: str = "", override: bool = False) -> list[Deployment]:
        """Deploy a version to all targets; the caller's approval is recorded with the reason.

        Parameters
        ----------
        version : int
            Its number.
        why : str
            The reason; needed for an override.
        override : bool
            Whether to deploy it although the last word on it was no.

        Raises
        ------
        RefusedError
            If the promotion policy does not let it through.
        """
        self[version]
        return self.project.release(self.name, version, why=why, by_person=True, override=override)

    def rollback(self, *, why: str = "") -> list[Deployment]:
        """Go back to the version that was in production before this one, which is refused by it."""
        return self.project.roll_back(self.name, why=why)


@attrs.frozen
class Models(Mapping[str, Model]):
    """All registered models of a project: a mapping by name, with ``in``, ``len`` and ``for``."""

    project: Project = attrs.field(repr=False)

    def __getitem__(self, name: str) -> Model:
        known = list(self)
        if name not in known:
            raise UsageError(
                f"there is no model {name!r}",
                hint=nearest(name, known) or "fourstroke run makes one",
            )
        return Model(name, self.project)

    def champions_at(self, moment: dt.datetime) -> tuple[EventRow, ...]:
        """Give for each model the promotion that was in force at a moment, as the ledger tells it.

        Parameters
        ----------
        moment : datetime
            With its offset.

        Returns
        -------
        tuple of EventRow
            Sorted by the model; nothing of a model that had no champion yet.
        """
        latest = {
            event.subject.rpartition("@v")[0]: event
            for event in self.project.records.events()
            if event.what == "promoted" and event.at <= moment
        }
        return tuple(latest[name] for name in sorted(latest))

    def __iter__(self) -> Iterator[str]:
        return iter(self.project.records.models())

    def __len__(self) -> int:
        return len(self.project.records.models())
