"""The kinds of columns: moments in UTC, text, plain values, artifacts; and the database's clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Float, Integer, String, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from fourstroke.artifacts.artifact import Artifact
from fourstroke.artifacts.digest import canonical_json
from fourstroke.artifacts.plain import from_plain
from fourstroke.errors import StoreError, UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler

# SQLite makes a column its row id only if its type is spelt INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")


def now() -> datetime:
    """Give this moment, aware and in UTC."""
    return datetime.now(UTC)


def clean(text: str) -> str:
    r"""Make text that both databases take: no NUL, no half of a surrogate pair.

    Examples
    --------
    >>> clean("a\0b\udc80")
    'a\\0b\\udc80'
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


class Words(TypeDecorator[str]):
    """Text that comes from outside, such as a command line or a message."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Clean it."""
        return None if value is None else clean(value)


class Moment(TypeDecorator[datetime]):
    """A point in time, aware: a ``timestamptz`` in PostgreSQL, sortable ISO text in SQLite."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        kind = DateTime(timezone=True) if dialect.name == "postgresql" else String(32)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn it to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise UsageError(f"{value} has no time zone", hint="datetime.now(datetime.UTC) has one")
        in_utc = value.astimezone(UTC)
        # A fixed width, so that text sorts as time does.
        is_native = dialect.name == "postgresql"
        return in_utc if is_native else in_utc.isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give it in UTC."""
        if value is None:
            return None
        moment: datetime = value if dialect.name == "postgresql" else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


def read_json(text: str) -> Any:
    """Read what a column holds as JSON.

    Raises
    ------
    StoreError
        If it is none: somebody, or a failing disk, has changed it.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise StoreError(
            f"a row of the records is damaged: {text[:40]!r} is no JSON",
            hint="bring a backup back: fourstroke store restore",
        ) from error


class Plain(TypeDecorator[Any]):
    """Plain values and entities, as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write it as canonical JSON."""
        return None if value is None else canonical_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read it back, equal to what it was."""
        return None if value is None else from_plain(read_json(value))


class OneArtifact(TypeDecorator[Artifact]):
    """An artifact: digests, codec and file names, as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Artifact | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write it as JSON."""
        return None if value is None else canonical_json(value.to_json()).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Artifact | None:  # noqa: ARG002
        """Read it back; one that was changed does not fit its digest and is refused."""
        return None if value is None else Artifact.from_json(read_json(value))


def as_text(artifacts: Mapping[str, Artifact]) -> str:
    """Write artifacts by name as the one text that equal ones share."""
    return canonical_json({name: item.to_json() for name, item in artifacts.items()}).decode()


class NamedArtifacts(TypeDecorator[Mapping[str, Artifact]]):
    """Artifacts by name, as JSON text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Artifact] | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Write them as JSON."""
        return None if value is None else as_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read them back."""
        if value is None:
            return None
        return {name: Artifact.from_json(item) for name, item in read_json(value).items()}


class epoch(FunctionElement[float]):  # noqa: N801 - an SQL function, written like one
    """Seconds since 1970 by the clock of the database, which all hosts share."""

    type = Float()
    inherit_cache = True


@compiles(epoch, "sqlite")
def _epoch_in_sqlite(element: epoch, compiler: SQLCompiler, **_: Any) -> str:  # noqa: ARG001
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(epoch, "postgresql")
def _epoch_in_postgresql(element: epoch, compiler: SQLCompiler, **_: Any) -> str:  # noqa: ARG001
    # Not now(), which stands still within a transaction.
    return "extract(epoch from clock_timestamp())::double precision"
