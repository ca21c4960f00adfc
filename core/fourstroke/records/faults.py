"""What a database says when something is wrong, in the words that a user can act on."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Final

from sqlalchemy import exc

from fourstroke.errors import FourstrokeError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the message of either database holds, what is wrong then, and what to do.
_KNOWN: Final = (
    ("disk is full", "the disk is full", "make room first; fourstroke store gc can then free more"),
    (
        "disk I/O error",
        "the disk did not take a write",
        "look at its free space, and at the limit of a file's size: ulimit -f",
    ),
    ("No space left", "the disk is full", "make room on the database server"),
    ("readonly database", "the records are read-only", "make the file and its folder writable"),
    (
        "read-only transaction",
        "the records are read-only",
        "connect to the server that takes writes",
    ),
    ("database is locked", "another process holds the records", "wait for it, or end it"),
    ("lock timeout", "another process holds the records", "wait for it, or end it"),
    ("not a database", "it is no SQLite database", "name another file in backends.records"),
    ("malformed", "the records are damaged", "bring a backup back: fourstroke store restore"),
    ("unable to open", "it cannot be opened", "make the folder writable"),
    ("permission denied", "the database user has not the rights", "grant them"),
    ("authentication failed", "the database refused the password", "check the URL's secret"),
)


@contextlib.contextmanager
def explained(where: str) -> Iterator[None]:
    """Tell faults of the database, its disk or its server in words.

    A statement that the database takes for wrong is a fault of fourstroke and stays what it is.

    Raises
    ------
    StoreError
        Names the database, without its password.
    """
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreError("no connection became free in time", where=where) from error
    except (exc.DBAPIError, sqlite3.Error) as error:
        told = _in_words(error, where)
        if told is None:
            raise
        raise told from error
    except UnicodeDecodeError as error:
        # SQLite quotes bytes of a damaged schema in its message, and its driver cannot read them.
        raise StoreError(
            "the records are damaged",
            where=where,
            hint="bring a backup back: fourstroke store restore",
        ) from error
    except exc.StatementError as error:
        # A value that a column refused: its own words are better than the statement around them.
        if isinstance(error.orig, FourstrokeError):
            raise error.orig from error
        raise


def _in_words(error: exc.DBAPIError | sqlite3.Error, where: str) -> StoreError | None:
    original = error.orig if isinstance(error, exc.DBAPIError) else error
    # The first line: PostgreSQL adds the statement and a caret.
    text = next(iter(str(original).strip().splitlines()), "")
    if getattr(original, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_SHMSIZE:
        # No room for the memory that is shared beside the write-ahead log.
        text = "disk is full"
    for sign, what, hint in _KNOWN:
        if sign in text:
            return StoreError(what, where=where, hint=hint)
    kinds = (exc.OperationalError, sqlite3.OperationalError)
    if isinstance(error, kinds) or type(original) is sqlite3.DatabaseError:
        return StoreError(text or type(original).__name__, where=where)
    return None
