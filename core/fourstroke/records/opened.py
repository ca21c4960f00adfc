"""Records that are open: they start runs, are backed up and restored, and looked over for damage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import attrs

from fourstroke.errors import StoreError
from fourstroke.records import (
    in_use,
    marks,
    migrate,
    runs,
    snapshot,
)
from fourstroke.records.database import Database
from fourstroke.records.lease import HEARTBEAT_SECONDS, Heartbeat, OwnerLock
from fourstroke.records.writer import RunWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from fourstroke.entities.run import PluginFact


@attrs.frozen(eq=False)
class OpenedRecords:
    """A database of records, from its opening to its closing."""

    _database: Database = attrs.field(repr=lambda database: database.where)
    _folder: Path
    _heartbeat: Heartbeat = attrs.field(
        factory=lambda: Heartbeat(HEARTBEAT_SECONDS), init=False, repr=False
    )

    @classmethod
    def open(cls, url: str, *, folder: Path) -> Self:
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
        proof: str = "",
        host: str,
        command: str,
        commit: str,
        dirty: bool,
        seed: int,
        settings: Mapping[str, Any],
        versions: Mapping[str, str],
        plugins: Sequence[PluginFact] = (),
        provenance: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> RunWriter:
        """Record that a run has begun, and that those are lost whose process has died.

        Survives the death of the process; the first result makes it safe from a loss of power.

        Parameters
        ----------
        kind, project, environment, user, host, command, commit : str
            Who runs what, where, from which code; of kind ``run``, ``predict``, ``monitor``, ``deploy``.
        proof : str
            How it was proved who that is: ``token`` and its digest, or nothing; events of the run say it.
        dirty, seed : bool, int
            Whether the working tree had changes that were not committed; the project's seed.
        settings : mapping
            The project file in force, with secrets left as ``${NAME}``.
        versions : mapping of str to str
            Distributions and their versions.
        plugins : sequence of PluginFact
            Which code each plugin of the project is.
        provenance : mapping, optional
            The environment and the command line, as plain values.
        tags : mapping of str to str, optional
            What people call it by.
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
            "provenance": None if provenance is None else dict(provenance),
        }
        # Before the row is visible: a running run without a held lock would be taken for lost.
        lock = self._lock()
        try:
            with self._database.writing(is_durable=False) as connection:
                runs.mark_lost(connection, self._folder)
                owner = runs.begin(connection, facts, lock)
                if tags:
                    marks.set_tags(connection, owner.number, tags)
        except BaseException:
            lock.release()
            raise
        return RunWriter(self._database, owner, user, proof, lock, self._heartbeat)

    # Upkeep

    def artifacts_in_use(self) -> frozenset[str]:
        """Give the digests of all stored files that any record refers to."""
        with self._database.reading() as connection:
            return in_use.objects_in_use(connection)

    def alone(
        self, name: str, waits: Callable[[], None] | None = None
    ) -> AbstractContextManager[None]:
        """Keep all other processes out that ask for the same name; wait for them first.

        ``waits`` is called before, if there is one to wait for.
        """
        return self._database.alone(name, waits)

    def verify_ledger(self, known: dict[int, str] | None = None) -> tuple[str, ...]:
        """Look for damage in the database, and for changes in the ledger and the rows it tells.

        Parameters
        ----------
        known : dict, optional
            Is filled with the hash of each event by its number; with none where the database is damaged.

        Returns
        -------
        tuple of str
            One line a problem, which names the row; empty if all is whole.
        """
        return snapshot.check(self._database, known)

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
