"""Collect the rows of a table or of a query."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import attrs

from fourstroke import ConfigError, Context, hookimpl, plugin


@plugin
class Sql:
    """Read a table of a database, or what a query gives, chunk by chunk and without changing anything.

    Values of a query are bound as parameters, never written into its text. SQLite is known by the content
    of its file; of other databases `state` tells whether there is something new, and without it they
    are read at every run.
    """

    # The database, such as "postgresql+psycopg://ann:${PASSWORD}@db/shop" or "sqlite:///shop.db".
    url: str = attrs.field(validator=attrs.validators.min_len(1), repr=False)
    # The table to read; a schema may stand before it: "sales.orders".
    table: str = ""
    # A query to read instead, with parameters as :name.
    query: str = ""
    # Values of the query's parameters.
    parameters: Mapping[str, str | int | float | bool] = attrs.field(factory=dict)
    # A query whose answer changes when there is something new, such as "select max(id) from orders".
    state: str = ""
    # Rows that are read at once.
    chunk: int = attrs.field(default=50_000, validator=attrs.validators.ge(1))

    capabilities = frozenset({"state"})

    def __attrs_post_init__(self) -> None:
        if bool(self.table) == bool(self.query):
            raise ConfigError("give a table or a query", where="table", hint="and not both")
        if self.parameters and not self.query:
            raise ConfigError(
                "a table takes no parameters", where="parameters", hint="write a query"
            )

    @hookimpl
    def source_state(self, context: Context) -> str:
        """Name the state of the source: by its own query, or by the content of SQLite's file."""
        from fourstroke_sql.reading import Database  # noqa: PLC0415 - imports pandas

        database = Database(self.url, context)
        if self.state:
            return f"state {database.answer(self.state)}"
        if database.file is not None:
            return context.digest(database.file)
        # Nobody can tell: it is read.
        return f"unknown {time.time_ns()}"

    @hookimpl
    def collect(self, context: Context) -> Any:
        """Read all rows."""
        from fourstroke_sql.reading import Database  # noqa: PLC0415 - imports pandas

        database = Database(self.url, context)
        if self.table:
            return database.table(self.table, self.chunk)
        return database.query(self.query, self.parameters, self.chunk)
