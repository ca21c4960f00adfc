"""The connection to the records: SQLite in one file, or PostgreSQL by URL."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import urllib.parse
import warnings
import weakref
from typing import TYPE_CHECKING, Any, Final

import attrs
from sqlalchemy import create_engine, event, exc, make_url, text
from sqlalchemy.pool import QueuePool

from fourstroke.artifacts.digest import digest_json
from fourstroke.artifacts.lock import locked
from fourstroke.errors import ConfigError, FourstrokeWarning, StoreError
from fourstroke.records.faults import explained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Insert
    from sqlalchemy.engine import URL, Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry

_BUSY_SECONDS: Final = 60.0
_CONNECT_SECONDS: Final = 10
_SUPPORTED: Final = "use sqlite:///FILE or postgresql://USER@HOST/NAME"
# The key of the advisory lock that writers of PostgreSQL take; any number that nobody else uses.
_ADVISORY_LOCK: Final = 4_729_013_568


@attrs.frozen(kw_only=True, eq=False)
class Database:
    """An open database, and the two ways to use it.

    Parameters
    ----------
    engine : Engine
        SQLAlchemy's.
    where : str
        How messages name it: a file, or a URL without its password.
    file : Path, optional
        SQLite's file.
    is_read_only : bool
        Whether the file or its folder may not be written.
    """

    engine: Engine
    where: str
    file: Path | None = None
    is_read_only: bool = False
    # The same connections, used in three ways.
    _reading: Engine = attrs.field(init=False, repr=False)
    _durable: Engine = attrs.field(init=False, repr=False)
    _hurried: Engine = attrs.field(init=False, repr=False)

    @_reading.default
    def _engine_that_reads(self) -> Engine:
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        return self.engine.execution_options(**options)

    @_durable.default
    def _engine_that_waits_for_the_disk(self) -> Engine:
        return self.engine.execution_options(fourstroke_begin="durable")

    @_hurried.default
    def _engine_that_does_not(self) -> Engine:
        return self.engine.execution_options(fourstroke_begin="hurried")

    @classmethod
    def connect(cls, url: str, folder: Path) -> Database:
        """Prepare the connection; the database itself is not touched yet.

        Parameters
        ----------
        url : str
            SQLAlchemy's; a relative file of SQLite counts from the project, which holds ``folder``.
        folder : Path
            The project's folder for what fourstroke keeps.

        Raises
        ------
        ConfigError
            If it is no URL, or of a database that is not supported.
        """
        scheme, separator, rest = url.partition(":///")
        if separator and scheme.partition("+")[0] == "sqlite":
            return cls.of_file(folder.parent / _file_of(rest))
        try:
            parsed = make_url(url)
        except exc.ArgumentError as error:
            raise ConfigError(
                "it is no database URL", where="backends.records", hint=_SUPPORTED
            ) from error
        if parsed.get_backend_name() == "sqlite":
            return cls.of_file(folder.parent / _file_of(parsed.database or ""))
        if parsed.get_backend_name() not in {"postgresql", "postgres"}:
            raise ConfigError(
                f"records cannot be kept in {parsed.drivername}",
                where="backends.records",
                hint=_SUPPORTED,
            )
        return _postgresql(parsed)

    @classmethod
    def of_file(cls, file: Path) -> Database:
        """Prepare the connection to SQLite's file, which need not be there yet.

        Raises
        ------
        StoreError
            If it is a folder or a pipe, or its folder cannot be made.
        """
        if file.exists() and not file.is_file():
            raise StoreError("it is not a regular file", where=str(file))
        is_read_only = file.exists() and not (
            os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)
        )
        if not is_read_only:
            _make_folder(file.parent)
        # The pool's default here would be the one for databases in memory.
        engine = create_engine(
            "sqlite://",
            creator=_sqlite_opener(file, is_read_only=is_read_only),
            poolclass=QueuePool,
        )
        event.listen(engine, "connect", _note_journal)
        event.listen(engine, "begin", _begin_in_sqlite)
        found = cls(engine=engine, where=str(file), file=file, is_read_only=is_read_only)
        # A notebook need not close what it opened: the file is closed with the last reference.
        weakref.finalize(found, engine.dispose)
        return found

    @property
    def is_sqlite(self) -> bool:
        """Whether it is SQLite."""
        return self.file is not None

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database, whatever others write."""
        with explained(self.where), self._reading.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self, *, is_durable: bool = True) -> Iterator[Connection]:
        """Give a connection in a transaction that writes; keep it short, and call no plugin inside.

        Parameters
        ----------
        is_durable : bool
            Whether the commit waits for the disk. One that does not survives the death of the
            process, and is made durable by the next one that does: enough for what only says that
            something has begun.

        Raises
        ------
        StoreError
            If the disk is full, the database read-only, locked, damaged or out of reach.
        """
        if self.is_read_only:
            raise StoreError(
                "the records are read-only", where=self.where, hint="make the file writable"
            )
        engine = self._durable if is_durable else self._hurried
        with explained(self.where), engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def alone(self, name: str, waits: Callable[[], None] | None = None) -> Iterator[None]:
        """Keep all other processes out that ask for the same name; wait for them first.

        ``waits`` is called before, if there is one to wait for.

        The lock goes with its owner's death. It is no transaction: what is written meanwhile is
        written at once.
        """
        if self.file is not None:
            lock = self.file.with_name(f"{self.file.name}.{digest_json(name)[7:23]}.lock")
            with locked(lock, waits):
                yield
            return
        # Not in a transaction: one that is open for minutes keeps the server from cleaning up.
        own = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with explained(self.where), own.connect() as connection:
            number = int(digest_json(name)[7:22], 16)
            if waits is None or not connection.scalar(_TRY_LOCK, {"number": number}):
                if waits is not None:
                    waits()
                connection.execute(_LOCK, {"number": number})
            try:
                yield
            finally:
                connection.execute(_UNLOCK, {"number": number})

    def close(self) -> None:
        """Close all connections; the last one to a SQLite file folds its log into it."""
        self.engine.dispose()


def insert_one(connection: Connection, statement: Insert, values: Mapping[str, Any]) -> int:
    """Insert a row; gives the id that it got."""
    key = connection.execute(statement, values).inserted_primary_key
    assert key is not None  # noqa: S101 - every table has one
    return int(key[0])


def take_turns(connection: Connection) -> None:
    """Wait until no other transaction hands out numbers or writes the ledger.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_TAKE_TURNS)


_LOCK: Final = text("SELECT pg_advisory_lock(:number)")
_TRY_LOCK: Final = text("SELECT pg_try_advisory_lock(:number)")
_UNLOCK: Final = text("SELECT pg_advisory_unlock(:number)")
_TAKE_TURNS: Final = text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")


# SQLite


def _file_of(rest: str) -> str:
    """Take what follows ``sqlite:///`` as it stands: paths may hold what is special in URLs."""
    name = rest.rpartition("/")[2]
    if name in {"", ":memory:"} or "?" in name:
        what = "takes no options" if "?" in name else "has to name a file"
        raise ConfigError(
            f"a SQLite URL {what} here", where="backends.records", hint="sqlite:///FILE"
        )
    return rest


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise StoreError(
            "it is a file, and the records need a folder of this name",
            where=str(folder),
            hint="move the file away",
        ) from error
    except OSError as error:
        raise StoreError(
            f"the folder of the records cannot be made: {error.strerror}",
            where=str(folder),
            hint="make the folder above it writable",
        ) from error


def _sqlite_opener(file: Path, *, is_read_only: bool) -> Callable[[], sqlite3.Connection]:
    address = f"file:{urllib.parse.quote(file.as_posix())}"
    if is_read_only:
        address += f"?mode=ro{_immutable(file)}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address,
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,  # transactions begin where we say so
            check_same_thread=False,  # the pool gives a connection to one thread at a time
        )
        with _closed_on_error(connection):
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
        return connection

    return connect


@contextlib.contextmanager
def _closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _immutable(file: Path) -> str:
    """Say how a file can be read whose folder takes no new file.

    The shared memory beside a write-ahead log cannot be made there: the log has to be passed over.
    """
    log = file.with_name(f"{file.name}-wal")
    has_log = log.exists() and log.stat().st_size > 0
    if has_log and file.with_name(f"{file.name}-shm").exists():
        return ""
    if has_log:
        warnings.warn(
            f"{file}: {log.name} holds the latest records and cannot be read in a read-only folder",
            FourstrokeWarning,
            stacklevel=2,
        )
    return "&immutable=1"


def _note_journal(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    """Remember whether a loss of power after an unsynced commit forgets it, and no more than that.

    Without the write-ahead log it might damage the database.
    """
    with _closed_on_error(connection):
        [journal] = connection.execute("PRAGMA journal_mode").fetchone()
    record.info.update(may_hurry=journal == "wal", level="FULL")


def _begin_in_sqlite(connection: Connection) -> None:
    kind = connection.get_execution_options().get("fourstroke_begin")
    # Straight to the driver: these run in every transaction, and SQLAlchemy's way costs ten times
    # as much.
    driver: Any = connection.connection.driver_connection
    if kind is None:
        driver.execute("BEGIN")
        return
    level = "NORMAL" if kind == "hurried" and connection.info["may_hurry"] else "FULL"
    if connection.info["level"] != level:
        driver.execute(f"PRAGMA synchronous = {level}")
        connection.info["level"] = level
    # A transaction that begins as a reader and then writes cannot wait for another writer.
    driver.execute("BEGIN IMMEDIATE")


# PostgreSQL


def _postgresql(url: URL) -> Database:
    # psycopg is named, because versions of SQLAlchemy differ in which driver they take.
    chosen = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(
            chosen,
            pool_pre_ping=True,
            connect_args={"connect_timeout": _CONNECT_SECONDS},
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            "records in PostgreSQL need its driver",
            where="backends.records",
            hint="pip install 'fourstroke[postgres]'",
        ) from error
    event.listen(engine, "connect", _set_limits)
    event.listen(engine, "begin", _begin_in_postgresql)
    return Database(engine=engine, where=chosen.render_as_string(hide_password=True))


def _set_limits(connection: Any, _: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{_BUSY_SECONDS:.0f}s'")
    connection.commit()


def _begin_in_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("fourstroke_begin") == "hurried":
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
