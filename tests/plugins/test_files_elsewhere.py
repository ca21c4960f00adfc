"""Files of places that fsspec knows: listed, asked, fetched once, and told without secrets."""

from __future__ import annotations

import zipfile
from typing import Any

import attrs
import pandas as pd
import pytest

from fourstroke import ConfigError, Context, DataError, Task
from fourstroke_files import Remote, place

fsspec = pytest.importorskip("fsspec")
ROWS = b"id,amount\n1,2.5\n2,3.5\n"


@attrs.define
class Remembered:
    """A memory that counts what is asked of it."""

    values: dict[str, Any] = attrs.field(factory=dict)
    made: int = 0

    def recall(self, key):
        return (self.values[key], ()) if key in self.values else None

    def keep(self, key, value, said):
        assert not list(said)
        self.values[key] = value
        self.made += 1


@pytest.fixture
def context(tmp_path) -> Context:
    return Context(
        run="r",
        step="data.collect.fsspec",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(),
        memory=Remembered(),
    )


@pytest.fixture
def bucket(monkeypatch):
    monkeypatch.setattr(place, "_FIRST_WAIT", 0.01)
    system = fsspec.filesystem("memory")
    system.store.clear()
    for month in ("01", "02"):
        system.pipe(f"/shop/month={month}/rows.csv", ROWS)
    yield system
    system.store.clear()


def test_a_file_is_read_with_all_settings_of_files(bucket, context):
    bucket.pipe("/shop/odd.txt", b"id;amount\n01;2,5\n")

    table = Remote(
        url="memory://shop/odd.txt", format="csv", delimiter=";", decimal=",", text=("id",)
    ).collect(context)

    assert table.to_dict("list") == {"id": ["01"], "amount": [2.5]}


def test_a_new_file_alone_is_fetched(bucket, context):
    source = Remote(url="memory://shop/**/*.csv", partitions=("month",))
    first = source.collect(context)
    before = source.source_state(context)
    bucket.pipe("/shop/month=03/rows.csv", ROWS.replace(b"2.5", b"9.5"))

    second = source.collect(context)

    assert source.source_state(context) != before
    assert context.memory.made == 3
    assert (len(first), len(second)) == (4, 6)
    assert second["month"].tolist() == ["01"] * 2 + ["02"] * 2 + ["03"] * 2
    assert second["amount"].iloc[4] == 9.5


def test_state_changes_with_the_content_and_is_the_same_without(bucket, context):
    source = Remote(url="memory://shop/month=01/rows.csv")
    before = source.source_state(context)

    assert source.source_state(context) == before
    bucket.pipe("/shop/month=01/rows.csv", ROWS.replace(b"2.5", b"2.6"))

    assert source.source_state(context) != before


def test_a_place_that_says_nothing_is_known_by_content(bucket, context, monkeypatch):
    monkeypatch.setattr(place, "_MARKS", ())
    source = Remote(url="memory://shop/month=01/rows.csv")
    before = source.source_state(context)
    bucket.pipe("/shop/month=01/rows.csv", ROWS.replace(b"2.5", b"2.6"))

    assert before.startswith("/shop/month=01/rows.csv sha256:")
    assert source.source_state(context) != before


def test_addresses_may_be_chained(tmp_path, context):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a.csv", ROWS)
        archive.writestr("b.csv", ROWS)

    table = Remote(url=f"zip://*.csv::file://{tmp_path}/all.zip").collect(context)

    assert table["id"].tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("memory://shop/nothing.csv", "there is no such file"),
        ("memory://shop/*.parquet", "no file matches"),
        ("memory://shop", "this is a folder"),
    ],
)
@pytest.mark.parametrize("ask", ["source_state", "collect"])
def test_what_is_not_there_is_told(bucket, context, url, says, ask):
    with pytest.raises(DataError, match=says):
        getattr(Remote(url=url), ask)(context)


def test_unknown_places_and_plain_paths_are_told(context):
    with pytest.raises(ConfigError, match="no place"):
        Remote(url="data/rows.csv")
    with pytest.raises(ConfigError, match="nowhere"):
        Remote(url="nowhere://a/b.csv").collect(context)


def test_faults_are_tried_again_and_told_in_the_end(bucket, context, monkeypatch):
    faults = [TimeoutError("slow"), ConnectionError("gone")]
    plain = type(bucket).open

    def falters(self, *given, **more):
        if faults:
            raise faults.pop()
        return plain(self, *given, **more)

    monkeypatch.setattr(type(bucket), "open", falters)
    source = Remote(url="memory://shop/month=01/rows.csv", tries=3)
    assert len(source.collect(context)) == 2
    faults.extend([TimeoutError("slow")] * 9)
    context.memory.values.clear()

    with pytest.raises(DataError, match="it cannot be reached: TimeoutError: slow"):
        source.collect(context)
    assert len(faults) == 6


@pytest.mark.parametrize("tells_its_size", [True, False])
def test_large_files_are_refused(bucket, context, monkeypatch, tells_its_size):
    if not tells_its_size:
        plain = type(bucket).info
        monkeypatch.setattr(
            type(bucket), "info", lambda self, path: {**plain(self, path), "size": None}
        )

    with pytest.raises(DataError, match="most_megabytes, which is 1e-05"):
        Remote(url="memory://shop/month=01/rows.csv", most_megabytes=0.00001).collect(context)


def test_secrets_of_an_address_are_in_no_message_and_no_state(context):
    source = Remote(
        url=f"file://ann:s3cret@{context.root}/no.csv?token=s3cret",
        storage_options={"auto_mkdir": False},
    )
    assert "s3cret" not in repr(source)
    with pytest.raises(DataError) as caught:
        source.collect(context)
    assert "s3cret" not in str(caught.value.where).replace(str(context.root), "")


def test_folders_become_columns_of_one_type():
    from fourstroke_files.partitions import with_folders

    tables = [pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [3]})]
    names = ["x/day=1/place=a%20b/f.csv", "x/day=__HIVE_DEFAULT_PARTITION__/place=c/f.csv"]

    first, second = with_folders(tables, names, ["day", "place"])

    assert first.to_dict("list") == {"a": [1, 2], "day": [1, 1], "place": ["a b", "a b"]}
    assert second["day"].isna().all()
    assert first["day"].dtype == second["day"].dtype == "Int64"
    assert list(tables[0].columns) == ["a"]


@pytest.mark.parametrize(
    ("name", "column", "says"),
    [("x/f.csv", "day", "no folder tells 'day'"), ("x/a=1/f.csv", "a", "in the file already")],
)
def test_folders_that_do_not_tell_are_errors(name, column, says):
    from fourstroke_files.partitions import with_folders

    with pytest.raises(DataError, match=says) as caught:
        with_folders([pd.DataFrame({"a": [1]})], [name], [column])
    assert caught.value.where == name
