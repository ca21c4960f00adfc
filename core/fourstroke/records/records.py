"""The records of a project: what was recorded, read by area; runs write it through a `RunWriter`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.records import (
    catalog,
    governance,
    labels,
    ledger,
    marks,
    metrics,
    registry,
    runs,
    steps,
)
from fourstroke.records.operation_records import OperationRecords

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from fourstroke.entities.data_card import Layer
    from fourstroke.records import search
    from fourstroke.records.labels import LabelRow
    from fourstroke.records.ledger import SealedRow
    from fourstroke.records.rows import (
        DatasetRow,
        DecisionRow,
        DeploymentRow,
        EventRow,
        MetricRow,
        ProvenanceRow,
        RunRow,
        StepRow,
        StoredResult,
        VerdictRow,
        VersionRow,
    )


@attrs.frozen(eq=False)
class Records(OperationRecords):
    """All that was recorded of a project; safe under many processes and threads.

    Every reader sees one state of the database. Times are aware and in UTC.
    """

    # Runs

    def runs(
        self, limit: int | None = None, state: str | None = None, kind: str | None = None
    ) -> tuple[RunRow, ...]:
        """Read the latest runs, the newest first."""
        dead = self._ownerless()
        with self._database.reading() as connection:
            return runs.listed(connection, dead, limit, state, kind)

    def run(self, run: str) -> RunRow:
        """Read one run by its id, or by a beginning of it that only one run has.

        Raises
        ------
        UsageError
            If there is none, or more than one; names the nearest.
        """
        dead = self._ownerless()
        with self._database.reading() as connection:
            return runs.one(connection, dead, run)

    def search(
        self, term: search.Term, order: Collection[search.Order] = (), limit: int | None = None
    ) -> tuple[RunRow, ...]:
        """Read the runs that a search finds: see `fourstroke.records.search`."""
        dead = self._ownerless()
        with self._database.reading() as connection:
            return runs.found(connection, dead, term, order, limit)

    def tag(self, run: str, tags: Mapping[str, str]) -> None:
        """Give a run tags, whether it is over or not; an empty value takes a tag away.

        Raises
        ------
        UsageError
            If there is no such run, or nobody could search for a tag.
        """
        with self._database.writing() as connection:
            marks.set_tags(connection, runs.number_of(connection, run), tags)

    def provenance(self, run: str) -> ProvenanceRow:
        """Read where a run comes from: the environment, the command line, the files."""
        with self._database.reading() as connection:
            return runs.provenance(connection, run)

    def latest_metrics(self, some: Collection[str]) -> dict[str, dict[str, float]]:
        """Read the latest metrics of runs that are over, by id and name."""
        with self._database.reading() as connection:
            return runs.latest_metrics(connection, some)

    def known_names(self, family: str) -> tuple[str, ...]:
        """Name all ``metrics``, ``params`` or ``tags`` that any run has."""
        with self._database.reading() as connection:
            return marks.names_of(connection, family)

    def dataset_layers(self, name: str) -> dict[int, Layer]:
        """Read how far versions of a data set have come; those that nobody moved are left out."""
        with self._database.reading() as connection:
            return catalog.layers(connection, name)

    def steps(self, run: str) -> tuple[StepRow, ...]:
        """Read the steps of a run in the order in which they were recorded."""
        with self._database.reading() as connection:
            found = runs.one(connection, (), run)
            return steps.of_run(connection, found.run, runs.number_of(connection, found.run))

    def metrics(self, run: str) -> tuple[MetricRow, ...]:
        """Read the values that a run logged, and those of the results that it reused."""
        with self._database.reading() as connection:
            return metrics.of_run(connection, runs.number_of(connection, run))

    def result(self, step_name: str, key: str) -> StoredResult | None:
        """Read what a step gave under a key; the latest, if it gave several."""
        with self._database.reading() as connection:
            return steps.result(connection, step_name, key)

    def last_result(self, step_name: str) -> StoredResult | None:
        """Read what a step gave when it was last run or reused."""
        with self._database.reading() as connection:
            return steps.last_result(connection, step_name)

    def results(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], StoredResult]:
        """Read many results at once, by names and keys; what is not known is not in it."""
        with self._database.reading() as connection:
            return steps.results(connection, keys)

    # Catalog and registry

    def datasets(self) -> tuple[str, ...]:
        """Name all data sets."""
        with self._database.reading() as connection:
            return catalog.names(connection)

    def dataset_versions(self, name: str) -> tuple[DatasetRow, ...]:
        """Read the versions of a data set, the oldest first."""
        with self._database.reading() as connection:
            return catalog.versions(connection, name)

    def dataset(
        self, name: str, version: int | None = None, *, digest: str | None = None
    ) -> DatasetRow | None:
        """Read a version of a data set by number or digest; the latest if neither is given."""
        with self._database.reading() as connection:
            return catalog.one(connection, name, version, digest=digest)

    def models(self) -> tuple[str, ...]:
        """Name all registered models."""
        with self._database.reading() as connection:
            return registry.names(connection)

    def model_versions(self, name: str) -> tuple[VersionRow, ...]:
        """Read the versions of a model, the oldest first."""
        with self._database.reading() as connection:
            return registry.versions(connection, name)

    def model_version(self, name: str, version: int) -> VersionRow:
        """Read one version of a model.

        Raises
        ------
        UsageError
            If there is none; names the nearest.
        """
        with self._database.reading() as connection:
            return registry.one(connection, name, version)

    def champion(self, name: str) -> VersionRow | None:
        """Read the version of a model that is in production."""
        with self._database.reading() as connection:
            return registry.champion(connection, name)

    def champion_history(self, name: str) -> tuple[int, ...]:
        """Give the versions in the order in which they became champion, the first one first."""
        with self._database.reading() as connection:
            return registry.champion_history(connection, name)

    def champion_before(self, name: str, digest: str) -> VersionRow | None:
        """Read the latest champion that has other files than these."""
        with self._database.reading() as connection:
            return registry.champion_before(connection, name, digest)

    def model_labels(self, name: str) -> tuple[LabelRow, ...]:
        """Read what people call the versions of a model, the oldest first."""
        with self._database.reading() as connection:
            return labels.of_model(connection, name)

    # Governance

    def verdicts(self, model: str, version: int | None = None) -> tuple[VerdictRow, ...]:
        """Read verdicts, the oldest first; of a version, those from before its registration too."""
        with self._database.reading() as connection:
            return governance.verdicts(connection, model, version)

    def decisions(
        self, model: str, version: int | None = None, *, kind: str | None = None
    ) -> tuple[DecisionRow, ...]:
        """Read decisions, the oldest first; of a ``kind``: ``approve``, ``person``, ``retrain``, ``turn``."""
        with self._database.reading() as connection:
            return governance.decisions(connection, model, version, kind)

    def deployments(
        self, model: str | None = None, *, active_only: bool = False
    ) -> tuple[DeploymentRow, ...]:
        """Read deployments, the oldest first; only what is at work now, if asked for."""
        with self._database.reading() as connection:
            return governance.deployments(connection, model, active_only=active_only)

    def latest_deployments(self, model: str) -> tuple[DeploymentRow, ...]:
        """Read the last that is known of each target, also deployments that were only begun."""
        with self._database.reading() as connection:
            return governance.latest_deployments(connection, model)

    def events(self, subject: str | None = None) -> tuple[EventRow, ...]:
        """Read the ledger, the oldest event first; of a subject such as ``income@v3``, if given."""
        with self._database.reading() as connection:
            return ledger.events(connection, subject)

    def sealed_rows(self) -> tuple[SealedRow, ...]:
        """Read every row that the ledger tells, with exactly what its digest there covers."""
        with self._database.reading() as connection:
            return tuple(ledger.sealed_rows(connection))
