"""Whether a database of records answers, asked without making anything in it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from fourstroke.records.database import Database

if TYPE_CHECKING:
    from pathlib import Path


def version_of(url: str, folder: Path) -> str:
    """Connect, and ask the database for its version.

    Parameters
    ----------
    url : str
        As `Records.open` takes it.
    folder : Path
        The project's ``.fourstroke``.

    Raises
    ------
    ConfigError
        If the URL is wrong or names a database that is not supported.
    StoreError
        If it cannot be reached, or is no database.
    """
    file = folder.parent / url.partition(":///")[2]
    made = [path for path in file.parents if not path.exists()]
    database = Database.connect(url, folder)
    was_there = database.file is None or database.file.exists()
    try:
        with database.reading() as connection:
            if not database.is_sqlite:
                return str(connection.exec_driver_sql("SELECT version()").scalar())
            # Reads the head of the file: a file of another kind is found out.
            connection.exec_driver_sql("PRAGMA schema_version").scalar()
            found = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
            return f"SQLite {found}"
    finally:
        database.close()
        if database.file is not None and not was_there:
            database.file.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # somebody else has put something there
                for path in made:
                    path.rmdir()
