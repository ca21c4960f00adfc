"""Tables and queries of databases: the rows as they are, nothing written, no password told."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from fourstroke import ConfigError, Context, DataError, Task
from fourstroke_sql import Sql

ROWS = [(1, "ann", 1.5, "2024-01-01"), (2, None, None, None), (3, "céline", 2.5, "2024-02-01")]


@pytest.fixture
def told(tmp_path) -> Context:
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute(
            "create table orders (id integer primary key, name text, amount real, day text)"
        )
        connection.executemany("insert into orders values (?, ?, ?, ?)", ROWS)
        connection.execute("create view large as select * from orders where amount > 2")
    connection.close()
    return Context(
        run="r",
        step="data.collect.sql",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(),
        services=Digests(),  # type: ignore[arg-type]
    )


class Digests:
    def digest(self, path: Path) -> str:
        return path.read_bytes().hex()[:4_000]


def source(**settings: Any) -> Sql:
    return Sql(**{"url": "sqlite:///shop.db", **settings})


@pytest.mark.parametrize("chunk", [1, 2, 100])
def test_table_is_read_the_same_in_chunks_of_any_size(told, chunk):
    found = source(table="orders", chunk=chunk).collect(told)

    assert found["id"].tolist() == [1, 2, 3]
    assert found["name"].isna().tolist() == [False, True, False]
    assert [str(dtype) for dtype in found[["id", "amount"]].dtypes] == ["int64", "float64"]
    assert found["day"].tolist()[0] == "2024-01-01"


def test_view_and_query_are_read(told):
    view = source(table="large").collect(told)
    query = source(
        query="select id, amount from orders where name = :who", parameters={"who": "x' or '1'='1"}
    ).collect(told)

    assert view["id"].tolist() == [3]
    assert (list(query.columns), len(query)) == (["id", "amount"], 0)


def test_state_is_that_of_the_file_or_of_a_query(told, tmp_path):
    by_file, by_query = (
        source(table="orders"),
        source(table="orders", state="select max(id) from orders"),
    )
    before = by_file.source_state(told), by_query.source_state(told)
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("update orders set amount = 9 where id = 1")
    connection.close()

    after = by_file.source_state(told), by_query.source_state(told)

    assert before[0] != after[0]
    assert before[1] == after[1] == "state (3,)"


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({}, ConfigError, "a table or a query"),
        ({"table": "orders", "query": "select 1"}, ConfigError, "a table or a query"),
        ({"table": "ordres"}, DataError, "did you mean 'orders'?"),
        ({"url": "sqlite:///no.db", "table": "x"}, DataError, "there is no such database"),
        ({"url": "shop.db", "table": "x"}, ConfigError, "no URL of a database"),
        (
            {"url": "nosuch://x/y", "table": "x"},
            ConfigError,
            "the driver of nosuch is not installed",
        ),
        ({"query": "select 1; drop table orders"}, ConfigError, "several statements"),
        ({"query": "select * from nowhere"}, DataError, "no such table: nowhere"),
        ({"query": "select :who"}, ConfigError, "parameters.who: has no value"),
        ({"query": "select 1", "parameters": {"who": 1}}, ConfigError, "is not in the query"),
        ({"query": "select id, id from orders"}, DataError, "two columns are named 'id'"),
        ({"query": "delete from orders"}, DataError, "readonly"),
    ],
)
def test_what_cannot_be_read_is_named_in_one_line(told, settings, error, message):
    with pytest.raises(error) as found:
        source(**settings).collect(told)

    assert message in str(found.value)
    assert "\n" not in str(found.value)


def test_semicolons_within_text_are_no_statements(told):
    found = source(query="select ';' as a -- ; not here\n;").collect(told)

    assert found["a"].tolist() == [";"]


def test_password_is_not_told(told):
    url = "postgresql+psycopg://ann:hunter2@127.0.0.1:1/shop"

    with pytest.raises(DataError) as found:
        source(url=url, table="orders").collect(told)

    assert "hunter2" not in f"{found.value}{source(url=url, table='orders')}"
