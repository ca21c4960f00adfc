"""The records of a project: opened, read, and kept whole; runs write them through a `RunWriter`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs

from fourstroke.errors import StoreError
from fourstroke.records import (
    catalog,
    governance,
    in_use,
    ledger,
    metrics,
    migrate,
    operations,
    registry,
    runs,
    snapshot,
    steps,
)
from fourstroke.records.database import Database
from fourstroke.records.lease import HEARTBEAT_SECONDS, Heartbeat, OwnerLock
from fourstroke.records.writer import RunWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from fourstroke.entities.run import PluginFact
    from fourstroke.records.rows import (
        AlertRow,
        DatasetRow,
        DecisionRow,
        DeploymentRow,
        EventRow,
        MetricRow,
        ObservationRow,
        PredictionRow,
        RunRow,
        StepRow,
        StoredResult,
        VerdictRow,
        VersionRow,
    )


@attrs.frozen(eq=False)
class Records:
    """All that was recorded of a project; safe under many processes and threads.

    Every reader sees one state of the database. Times are aware and in UTC.
    """

    _database: Database = attrs.field(repr=lambda database: database.where)
    _folder: Path
    _heartbeat: Heartbeat = attrs.field(
        factory=lambda: Heartbeat(HEARTBEAT_SECONDS), init=False, repr=False
    )

    @classmethod
    def open(cls, url: str, *, folder: Path) -> Records:
        """Open the records, and create or migrate them if they are not current.

        Parameters
        ----------
        url : str
            ``sqlite:///FILE``, relative to the folder that holds ``folder``, or ``postgresql://...``.
        folder : Path
            Where locks of runs are kept: the project's ``.fourstroke``.

        Raises
        ------
        ConfigError
            If the URL is wrong or names a database that is not supported.
        StoreError
            If the database cannot be reached, is damaged or another program's, or was written by a
            newer fourstroke.
        """
        database = Database.connect(url, folder)
        try:
            migrate.ensure_current(database)
        except BaseException:
            database.close()
            raise
        return cls(database, folder)

    def close(self) -> None:
        """Close all connections."""
        self._heartbeat.stop()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start_run(  # noqa: PLR0913 - keywords, each a fact of its own
        self,
        *,
        kind: str,
        project: str,
        environment: str,
        user: str,
        host: str,
        command: str,
        commit: str,
        dirty: bool,
        seed: int,
        settings: Mapping[str, Any],
        versions: Mapping[str, str],
        plugins: Sequence[PluginFact] = (),
    ) -> RunWriter:
        """Record that a run has begun, and that those are lost whose process has died.

        Survives the death of the process; the first result makes it safe from a loss of power.

        Parameters
        ----------
        kind, project, environment, user, host, command, commit : str
            Who runs what, where, from which code; of kind ``run``, ``predict``, ``monitor``, ``deploy``.
        dirty, seed : bool, int
            Whether the working tree had changes that were not committed; the project's seed.
        settings : mapping
            The project file in force, with secrets left as ``${NAME}``.
        versions : mapping of str to str
            Distributions and their versions.
        plugins : sequence of PluginFact
            Which code each plugin of the project is.
        """
        facts = {
            "kind": kind,
            "project": project,
            "environment": environment,
            "user_name": user,
            "host": host,
            "command": command,
            "commit_hash": commit,
            "is_dirty": dirty,
            "seed": seed,
            "settings": dict(settings),
            "versions": runs.versions_with(versions, plugins),
        }
        # Before the row is visible: a running run without a held lock would be taken for lost.
        lock = self._lock()
        try:
            with self._database.writing(is_durable=False) as connection:
                runs.mark_lost(connection, self._folder)
                owner = runs.begin(connection, facts, lock)
        except BaseException:
            lock.release()
            raise
        return RunWriter(self._database, owner, user, lock, self._heartbeat)

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

    # Governance

    def verdicts(self, model: str, version: int | None = None) -> tuple[VerdictRow, ...]:
        """Read verdicts, the oldest first; of a version, those from before its registration too."""
        with self._database.reading() as connection:
            return governance.verdicts(connection, model, version)

    def decisions(
        self, model: str, version: int | None = None, *, kind: str | None = None
    ) -> tuple[DecisionRow, ...]:
        """Read decisions, the oldest first; ``kind`` is ``approve`` or ``retrain``."""
        with self._database.reading() as connection:
            return governance.decisions(connection, model, version, kind)

    def deployments(
        self, model: str | None = None, *, active_only: bool = False
    ) -> tuple[DeploymentRow, ...]:
        """Read deployments, the oldest first; only what is at work now, if asked for."""
        with self._database.reading() as connection:
            return governance.deployments(connection, model, active_only=active_only)

    def events(self, subject: str | None = None) -> tuple[EventRow, ...]:
        """Read the ledger, the oldest event first; of a subject such as ``income@v3``, if given."""
        with self._database.reading() as connection:
            return ledger.events(connection, subject)

    # Operations

    def predictions(
        self,
        model: str,
        version: int | None = None,
        *,
        limit: int | None = None,
        since: datetime | None = None,
    ) -> tuple[PredictionRow, ...]:
        """Read the prediction log, the oldest first; the latest ``limit``, or those ``since``."""
        with self._database.reading() as connection:
            return operations.predictions(connection, model, version, limit=limit, since=since)

    def monitored(self, model: str, version: int) -> frozenset[int]:
        """Give the ids of the batches that monitors have seen."""
        with self._database.reading() as connection:
            return operations.monitored(connection, model, version)

    def observations(
        self,
        model: str,
        version: int | None = None,
        *,
        limit: int | None = None,
        since: datetime | None = None,
    ) -> tuple[ObservationRow, ...]:
        """Read what monitors saw, the oldest first."""
        with self._database.reading() as connection:
            return operations.observations(connection, model, version, limit=limit, since=since)

    def alerts(
        self,
        model: str | None = None,
        version: int | None = None,
        *,
        limit: int | None = None,
        since: datetime | None = None,
    ) -> tuple[AlertRow, ...]:
        """Read alerts, the oldest first."""
        with self._database.reading() as connection:
            return operations.alerts(connection, model, version, limit=limit, since=since)

    # Upkeep

    def artifacts_in_use(self) -> frozenset[str]:
        """Give the digests of all stored files that any record refers to."""
        with self._database.reading() as connection:
            return in_use.objects_in_use(connection)

    def verify_ledger(self) -> tuple[str, ...]:
        """Look for damage in the database, and for changes in the ledger and the rows it tells.

        Returns
        -------
        tuple of str
            One line a problem, which names the row; empty if all is whole.
        """
        return snapshot.check(self._database)

    def backup(self, path: Path) -> None:
        """Copy all records into one new SQLite file, while others go on writing.

        The file is the same from every database, so that it also moves a project to another one.
        """
        if self._database.is_sqlite:
            snapshot.copy_file(self._database, path)
            return
        with snapshot.own_place(path.parent) as place:
            target = Database.of_file(place)
            migrate.ensure_current(target)
            snapshot.copy_to_file(self._database, target, path)

    def restore(self, path: Path) -> None:
        """Bring the records of a backup into this database, which must have none.

        Raises
        ------
        UsageError
            If it has some.
        StoreError
            If the file is no backup, or was damaged or changed.
        """
        with snapshot.own_place(self._folder, path) as place:
            source = Database.of_file(place)
            try:
                self._restore(source, path)
            finally:
                source.close()

    def _restore(self, source: Database, path: Path) -> None:
        migrate.refuse_foreign(source, path)
        migrate.ensure_current(source)
        problems = snapshot.check(source)
        if problems:
            raise StoreError(f"the backup is damaged: {problems[0]}", where=str(path))
        with source.reading() as saved, self._database.writing() as connection:
            snapshot.refuse_unless_empty(connection, self._database.where)
            snapshot.copy_rows(saved, connection)

    def _ownerless(self) -> frozenset[int]:
        with self._database.reading() as connection:
            return runs.ownerless(connection, self._folder)

    def _lock(self) -> OwnerLock:
        try:
            return OwnerLock.take(self._folder, runs.new_token)
        except OSError as error:
            raise StoreError(
                f"the run cannot be locked: {error.strerror}",
                where=str(error.filename or self._folder),
                hint="make the folder writable, and room on its disk",
            ) from error
