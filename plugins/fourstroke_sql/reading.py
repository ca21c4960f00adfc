"""Read from a database: one statement, in a transaction that cannot write."""

from __future__ import annotations

import contextlib
import difflib
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from fourstroke import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fourstroke import Context

_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_SHOWN: Final = 8
_READ_ONLY: Final = frozenset({"postgresql", "mysql", "mariadb", "oracle"})
_NULLABLE: Final = {"int64": pd.Int64Dtype(), "bool": pd.BooleanDtype()}


class Database:
    """A database by its URL.

    Parameters
    ----------
    url : str
        As SQLAlchemy takes it; a relative file of SQLite lies in the project.
    context : Context
        Of the step.

    Raises
    ------
    ConfigError
        If the URL is none, or the driver is not installed.
    """

    def __init__(self, url: str, context: Context) -> None:
        try:
            self._url = sa.make_url(url)
        except ArgumentError as error:
            raise ConfigError(
                "it is no URL of a database", where=f"{context.step}.url", hint="sqlite:///shop.db"
            ) from error
        self.file = _sqlite_file(self._url, context.root)
        if self.file is not None:
            if not self.file.is_file():
                raise DataError("there is no such database", where=str(self._url.database))
            self._url = self._url.set(database=str(self.file))
        self._name = (
            self._url.render_as_string(hide_password=True) if self.file is None else self.file.name
        )
        try:
            self._engine = sa.create_engine(self._url, poolclass=sa.NullPool)
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise ConfigError(
                f"the driver of {self._url.drivername} is not installed",
                where=f"{context.step}.url",
            ) from error

    def table(self, name: str, chunk: int) -> pd.DataFrame:
        """Read a whole table, in the order of its key if it has one.

        Raises
        ------
        DataError
            If there is none; names the nearest.
        """
        schema, _, last = name.rpartition(".")
        with self._reading() as connection:
            found = sa.inspect(connection)
            known = [*found.get_table_names(schema or None), *found.get_view_names(schema or None)]
            if last not in known:
                raise DataError(
                    f"there is no table {name!r}", where=self._name, hint=_near(last, known)
                )
            columns = [column["name"] for column in found.get_columns(last, schema or None)]
            key = found.get_pk_constraint(last, schema or None)["constrained_columns"]
            source = sa.table(last, *map(sa.column, columns), schema=schema or None)
            return self._rows(
                connection, sa.select(source).order_by(*(source.c[name] for name in key)), {}, chunk
            )

    def query(self, text: str, parameters: Mapping[str, Any], chunk: int) -> pd.DataFrame:
        """Read what one query gives.

        Raises
        ------
        ConfigError
            If it is several statements, or a parameter has no value.
        """
        statement = _one_statement(text)
        asked = set(statement.compile().params)
        odd = sorted(asked ^ set(parameters))
        if odd:
            what = "has no value" if odd[0] in asked else "is not in the query"
            raise ConfigError(f"{what}", where=f"parameters.{odd[0]}", hint=f":{odd[0]}")
        with self._reading() as connection:
            return self._rows(connection, statement, dict(parameters), chunk)

    def answer(self, text: str) -> str:
        """Give the first row of a query as text."""
        with self._reading() as connection:
            row = connection.execute(_one_statement(text)).first()
            return repr(tuple(row)) if row is not None else "no row"

    def _rows(
        self, connection: Any, statement: Any, parameters: Mapping[str, Any], chunk: int
    ) -> pd.DataFrame:
        result = connection.execute(statement, dict(parameters))
        names = list(result.keys())
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise DataError(
                f"two columns are named {twice!r}",
                where=self._name,
                hint="rename one: select a as b",
            )
        empty = pa.table({name: pa.array([], pa.null()) for name in names})
        parts = [_table(names, rows) for rows in result.partitions(chunk)] or [empty]
        try:
            whole = pa.concat_tables(parts, promote_options="permissive")
        except pa.ArrowException as error:
            raise DataError(
                f"a column holds cells of several types: {error}", where=self._name, hint="cast it"
            ) from error
        return _frame(whole)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Any]:
        """Connect so that nothing can be written, and tell faults in one line without the password."""
        try:
            with self._engine.connect() as connection:
                backend = self._url.get_backend_name()
                if backend == "sqlite":
                    connection.execute(sa.text("PRAGMA query_only = ON"))
                elif backend in _READ_ONLY:
                    connection.execute(sa.text("SET TRANSACTION READ ONLY"))
                yield connection.execution_options(stream_results=True)
        except DBAPIError as error:
            text = " ".join(str(error.orig).split())
            password = self._url.password
            told = text.replace(str(password), "***") if password else text
            raise DataError(told, where=self._name) from None
        except SQLAlchemyError as error:
            raise DataError(" ".join(str(error).split())[:200], where=self._name) from None


def _table(names: list[str], rows: Any) -> pa.Table:
    """Make an Arrow table of some rows: it knows missing cells, and what types have in common."""
    columns = zip(*rows, strict=True)
    return pa.table({name: _cells(list(cells)) for name, cells in zip(names, columns, strict=True)})


def _cells(cells: list[Any]) -> pa.Array:
    plain = [float(cell) if isinstance(cell, Decimal) else cell for cell in cells]
    try:
        return pa.array(plain)
    except (pa.ArrowException, TypeError, OverflowError):
        # What only the database knows, such as UUIDs and JSON, is text here.
        return pa.array([None if cell is None else str(cell) for cell in plain])


def _frame(table: pa.Table) -> pd.DataFrame:
    """Give whole numbers and truth values dtypes that know missing cells, where there are some."""
    found = {}
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_null(column.type):
            column = column.cast(pa.string())
        known = _NULLABLE.get(str(column.type)) if column.null_count else None
        found[name] = (
            column.to_pandas(types_mapper={column.type: known}.get)
            if known is not None
            else column.to_pandas(date_as_object=False)
        )
    return pd.DataFrame(found)


def _sqlite_file(url: sa.URL, root: Path) -> Path | None:
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return root / Path(url.database)


def _one_statement(text: str) -> Any:
    plain = _QUOTED.sub("", text).strip().rstrip(";")
    if ";" in plain:
        raise ConfigError("it is several statements", where="query", hint="write one")
    return sa.text(text.strip().rstrip(";"))


def _near(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"there are: {', '.join(known[:_SHOWN])}" if known else "there are no tables"
