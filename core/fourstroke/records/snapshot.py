"""Copies of all records: to a file that stands for itself, and from one into an empty database."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, exc, func, select, text

from fourstroke.errors import StoreError, UsageError
from fourstroke.records import ledger, tables
from fourstroke.records.faults import explained

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

    from fourstroke.records.database import Database

_ROWS_AT_ONCE: Final = 1000


def copy_file(database: Database, path: Path) -> None:
    """Copy a SQLite database that others may be writing to; the copy is whole or not there."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    with explained(str(path)):
        with (
            contextlib.closing(database.engine.raw_connection()) as source,
            contextlib.closing(sqlite3.connect(partial)) as target,
        ):
            driver: Any = source.driver_connection
            driver.backup(target)
            # One file that can be read from a medium that takes no log beside it.
            target.execute("PRAGMA journal_mode = DELETE")
        _finish(partial, path)


def copy_to_file(database: Database, target: Database, path: Path) -> None:
    """Copy the rows of any database to an empty SQLite one, which becomes the file ``path``."""
    with database.reading() as source, target.writing() as connection:
        copy_rows(source, connection)
    target.close()
    assert target.file is not None  # noqa: S101 - it was made of a file
    with contextlib.closing(sqlite3.connect(target.file)) as connected:
        connected.execute("PRAGMA journal_mode = DELETE")
    _finish(target.file, path)


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy all rows into tables of the same schema, whose own rows are removed."""
    for table in reversed(tables.metadata.sorted_tables):
        target.execute(delete(table))
    for table in tables.metadata.sorted_tables:
        found = source.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table))
        for rows in found.mappings().partitions():
            target.execute(table.insert(), [dict(row) for row in rows])
    if target.dialect.name == "postgresql":
        _count_on(target)


def check(database: Database, known: dict[int, str] | None = None) -> tuple[str, ...]:
    """Look for damage in the database, and for traces of changes by hand; one line a problem."""
    with database.reading() as connection:
        # A table that cannot be read to its end would make a long list of rows that are not gone.
        problems = _damage(connection) if database.is_sqlite else ()
        return problems or ledger.verify(connection, {} if known is None else known)


def _damage(connection: Connection) -> tuple[str, ...]:
    try:
        found = connection.scalars(text("PRAGMA quick_check")).all()
    except exc.DatabaseError as error:  # some damage stops even the search for damage
        found = [str(error.orig)]
    return tuple(f"records: {line}" for line in found if line != "ok")


def refuse_unless_empty(connection: Connection, where: str) -> None:
    """Refuse to replace records.

    Raises
    ------
    UsageError
        If a run is recorded.
    """
    if connection.scalar(select(func.count()).select_from(tables.runs)):
        raise UsageError(
            "there are records already", where=where, hint="restore into a project without any"
        )


@contextlib.contextmanager
def own_place(folder: Path, backup: Path | None = None) -> Iterator[Path]:
    """Give a file of our own, a copy of ``backup`` if there is one; it goes afterwards.

    A backup is not touched itself, even if it has to be migrated first.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="records-", dir=folder) as place:
            file = Path(place) / "records.sqlite"
            if backup is not None:
                shutil.copyfile(backup, file)
            yield file
    except OSError as error:
        where = str(error.filename or folder)
        raise StoreError(f"{error.strerror or error}", where=where) from error


def _count_on(connection: Connection) -> None:
    """Let PostgreSQL count on behind the ids that were copied."""
    for table in tables.metadata.sorted_tables:
        for column in table.primary_key:
            name = connection.scalar(
                text("SELECT pg_get_serial_sequence(:table, :column)"),
                {"table": table.name, "column": column.name},
            )
            highest = connection.scalar(select(func.max(column)))
            if name and highest:
                connection.execute(select(func.setval(name, highest)))


def _finish(partial: Path, path: Path) -> None:
    handle = os.open(partial, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    partial.replace(path)
