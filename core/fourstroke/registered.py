"""One registered version of a model: to look at, to load, to predict with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.entities.facts import Section
    from fourstroke.entities.operations import Role
    from fourstroke.exported import ExportedModel
    from fourstroke.prediction_log.journal import PredictionJournal
    from fourstroke.predictor import Predictor
    from fourstroke.project import Project
    from fourstroke.records.rows import VersionRow


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

    @property
    def labels(self) -> Labels:
        """What people call it: aliases, tags, description, stage."""
        known = self.project.records.model_labels(self.row.model)
        return Labels.of(self.version, known, is_champion=self.row.is_champion)

    def load(self, folder: str | Path | None = None) -> Any:
        """Load the fitted model; its files are checked first.

        Parameters
        ----------
        folder : str or Path, optional
            Where a copy of its files lies; without it they come from the store.

        Raises
        ------
        StoreError
            If a file is gone, or is not the one that was registered.
        """
        from fourstroke.artifacts.copied import load_copy  # noqa: PLC0415
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415

        if folder is not None:
            return load_copy(self.row.artifact, Path(folder), self.project.root)
        return Workshop.of(self.project.config).store.load(self.row.artifact)

    def card(self) -> str:
        """Write its model card, as Markdown: what was measured, and what people say of it."""
        from fourstroke.version_card import card_text  # noqa: PLC0415

        return card_text(self.project.config, self.project.records, self.row)

    def sbom(self) -> dict[str, Any]:
        """Give its bill of materials, as CycloneDX 1.6: model, data sets, all distributions."""
        from fourstroke.bill_of_materials import bill_of_materials  # noqa: PLC0415

        return bill_of_materials(self.project, self.row)

    def export(self, folder: str | Path) -> ExportedModel:
        """Write it into a new folder that is loaded without project, records and store.

        Parameters
        ----------
        folder : str or Path
            Where; it must not be there, or be empty.
        """
        from fourstroke.exporting import export  # noqa: PLC0415

        return export(self.project, self.row, Path(folder))

    def predict(self, data: Any, *, folder: str | Path | None = None) -> Any:
        """Score rows in this process, without logging them.

        Parameters
        ----------
        data : table
            Rows with the columns that the model needs.
        folder : str or Path, optional
            Where a copy of its files lies; without it they come from the store.

        Returns
        -------
        table
            As the hook ``predict`` gives it.
        """
        from fourstroke.predicting import predict  # noqa: PLC0415

        return predict(self.project.config, self.row.facts["train"], self.load(folder), data)

    def predictor(self) -> Predictor:
        """Give what scores rows again and again, until it is closed; nothing is logged."""
        from fourstroke.predictor import Predictor  # noqa: PLC0415

        return Predictor.of(self.project, self.row)

    def held_out(self) -> tuple[Any, Any] | None:
        """Give the rows that it was measured on, and what it said of them; ``None`` if they are gone."""
        from fourstroke.explaining import measured  # noqa: PLC0415

        return measured(self.project, self.row)

    def journal(
        self, role: Role = "champion", *, hears_failures: bool = False
    ) -> PredictionJournal:
        """Give what logs its answers one by one, as services do: durably, and without waiting.

        Parameters
        ----------
        role : {"champion", "canary", "shadow"}
            As what it is asked.
        hears_failures : bool
            Whether it is told of requests that failed or were refused, too, by `PredictionJournal.failed`;
            then monitors know the share of those that failed, and that none did where none is told.
        """
        from fourstroke.prediction_log.journal import PredictionJournal  # noqa: PLC0415

        return PredictionJournal.of(
            self.project, self.row.model, self.version, role, hears_failures=hears_failures
        )

    def log(self, data: Any, predictions: Any) -> str:
        """Write rows that it scored, and what it said, into the prediction log.

        Parameters
        ----------
        data, predictions : table
            Row by row, as the hook ``predict`` took and gave them.

        Returns
        -------
        str
            The id of the run that keeps them; monitors see them from now on.
        """
        from fourstroke.predictor import log  # noqa: PLC0415

        return log(self.project, self.row, data, predictions)

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
