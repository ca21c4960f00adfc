"""The source `sql` reads PostgreSQL: types, missing cells, schemas; and it cannot write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from fourstroke import Context, DataError, Task
from fourstroke_sql import Sql

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def database(server) -> str:
    url = str(server.new_database())
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("create schema sales"))
        connection.execute(
            sa.text(
                "create table sales.orders (id int primary key, amount numeric(10, 2), late boolean,"
                " at timestamptz, code uuid)"
            )
        )
        connection.execute(
            sa.text(
                "insert into sales.orders select n, n / 4.0, nullif(n % 3, 0) = 1,"
                " timestamptz '2024-01-01 00:00+00' + n * interval '1 hour', gen_random_uuid()"
                " from generate_series(1, 1000) n"
            )
        )
    engine.dispose()
    return url


def told(folder: Path) -> Context:
    return Context(
        run="r", step="data.collect.sql", project="p", root=folder, scratch=folder, task=Task()
    )


def test_table_of_a_schema_is_read_in_chunks(database, tmp_path):
    found = Sql(url=database, table="sales.orders", chunk=64).collect(told(tmp_path))

    assert found["id"].tolist() == list(range(1, 1001))
    assert found["amount"].iloc[2] == 0.75
    assert int(found["late"].isna().sum()) == 333
    assert str(found["at"].dtype).startswith("datetime64")
    assert found["code"].nunique() == 1000


def test_statement_that_writes_is_refused_by_the_database(database, tmp_path):
    source = Sql(url=database, query="delete from sales.orders returning id")

    with pytest.raises(DataError, match=r"read-only transaction|syntax error at or near"):
        source.collect(told(tmp_path))


def test_parameters_are_bound(database, tmp_path):
    query = "select id from sales.orders where amount >= :least and late is true order by id"

    found = Sql(url=database, query=query, parameters={"least": 249.5}).collect(told(tmp_path))

    assert found["id"].tolist() == [1000]
