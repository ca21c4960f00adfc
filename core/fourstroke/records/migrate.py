"""Bring a database to the tables of this version: once, whole or not at all, after a backup."""

from __future__ import annotations

import contextlib
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import exc, inspect, text

from fourstroke.artifacts.lock import locked
from fourstroke.errors import FourstrokeWarning, StoreError
from fourstroke.records.database import take_turns
from fourstroke.records.faults import explained
from fourstroke.records.filesystem import network_file_system
from fourstroke.records.snapshot import copy_file
from fourstroke.records.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection

    from fourstroke.records.database import Database

SCRIPTS = Path(__file__).parent / "migrations"

# All that there are, in order. Known here too, so that opening current records does not import
# Alembic.
REVISIONS: Sequence[str] = ("0001", "0002", "0003", "0004", "0005")

# Not Alembic's default name: a team's database may hold that of another program.
VERSION_TABLE: Final = "fourstroke_schema"

_WAL_SECONDS: Final = 30.0
_READ_VERSION = text(f"SELECT version_num FROM {VERSION_TABLE}")  # noqa: S608 - a constant


def ensure_current(database: Database) -> None:
    """Create or migrate the tables, if they are not those of this version.

    Of many processes that start at once, one does it and the others wait for it.

    Raises
    ------
    StoreError
        If a newer fourstroke wrote the records, the database is another program's, or it cannot be
        written.
    """
    with explained(database.where):
        if _is_current(database, _revision(database)):
            return
        if database.is_read_only:
            raise StoreError(
                "the records are of an older fourstroke, and read-only",
                where=database.where,
                hint="make the file writable and open the project once",
            )
        with _alone(database):
            found = _revision(database)
            if not _is_current(database, found):
                _migrate(database, found)


def refuse_foreign(database: Database, where: Path) -> None:
    """Refuse a file that holds no records at all, instead of making some in it.

    Raises
    ------
    StoreError
        If it holds none.
    """
    with explained(str(where)):
        if _revision(database) is None:
            raise StoreError("it holds no records of fourstroke", where=str(where))


def _is_current(database: Database, found: str | None) -> bool:
    if found is not None and found not in REVISIONS:
        raise StoreError(
            f"a newer fourstroke wrote the records: schema {found}, here {REVISIONS[-1]}",
            where=database.where,
            hint="upgrade fourstroke: pip install --upgrade fourstroke",
        )
    return found == REVISIONS[-1]


def _revision(database: Database) -> str | None:
    """Read which schema the database has; ``None`` if it has none of ours."""
    with database.engine.connect() as connection:
        try:
            return _read_version(connection)
        except (exc.OperationalError, exc.ProgrammingError):
            connection.rollback()
            if not inspect(connection).has_table(VERSION_TABLE):
                return None
        # Another starter has made the table since; whatever is wrong with it is wrong now.
        connection.rollback()
        return _read_version(connection)


def _read_version(connection: Connection) -> str | None:
    found: str | None = connection.scalar(_READ_VERSION)
    return found


@contextlib.contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Keep other processes of this host out; PostgreSQL keeps those of all hosts out itself."""
    if database.file is None:
        yield
        return
    with locked(database.file.with_name(f"{database.file.name}.lock")):
        yield


def _migrate(database: Database, found: str | None) -> None:
    if database.file is not None:
        if found is None:
            _choose_journal(database, database.file)
        else:
            copy_file(
                database, database.file.with_name(f"{database.file.name}.before-{REVISIONS[-1]}")
            )
    with database.writing() as connection:
        take_turns(connection)
        if connection.dialect.name == "postgresql" and _is_there(connection):
            return
        if found is None:
            _refuse_clash(connection, database)
        _upgrade(connection)


def _is_there(connection: Connection) -> bool:
    """Say whether another host was faster while this one waited for its turn."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return False
    return _read_version(connection) == REVISIONS[-1]


def _refuse_clash(connection: Connection, database: Database) -> None:
    there = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
    if there:
        raise StoreError(
            f"it holds a table {there[0]!r} of another program",
            where=database.where,
            hint="give fourstroke a database or schema of its own",
        )


def _choose_journal(database: Database, file: Path) -> None:
    """Switch to the write-ahead log, for good, unless the file lies where it is not safe."""
    kind = network_file_system(file.parent)
    if kind:
        warnings.warn(
            f"the records lie on {kind}, where SQLite is slow, and not safe from other hosts; "
            "backends.records takes the URL of a PostgreSQL server",
            FourstrokeWarning,
            stacklevel=2,
        )
        return
    _use_write_ahead_log(database)
    # Connections are told once what they may do without waiting for the disk.
    database.close()


def _use_write_ahead_log(database: Database) -> None:
    """Switch to the write-ahead log, for good; SQLite itself does not wait for others here."""
    deadline = time.monotonic() + _WAL_SECONDS
    while True:
        try:
            with contextlib.closing(database.engine.raw_connection()) as connection:
                connection.driver_connection.execute("PRAGMA journal_mode = WAL")  # type: ignore[union-attr]  # it was opened just now
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _upgrade(connection: Connection) -> None:
    # 150 ms, and only new or old records need it.
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(str(SCRIPTS))
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    current = context.get_current_revision() or "base"
    with Operations.context(context):
        for script in reversed([*scripts.iterate_revisions("head", current)]):
            script.module.upgrade()
            context.stamp(scripts, script.revision)
