"""Versions of data from the command line: what is in them, in what they differ, files of them."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from fourstroke import Project
from fourstroke.cli.main import main

pytestmark = pytest.mark.usefixtures("in_one_process")

PROJECT = """
[project]
name = "shop"

[task]
id = "id"
target = "late"
kind = "binary"

[data.collect]
path = "orders.csv"

[[model.train]]
use = "sklearn"
estimator = "LogisticRegression"
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Publish two versions: rows were added and removed, one cell changed, a column came."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "fourstroke.toml").write_text(PROJECT)
    first = pd.DataFrame({"id": range(80), "amount": [n * 1.5 for n in range(80)]})
    first["late"] = (first["amount"] > 50) ^ (first["id"] % 7 == 0)
    for data, note in ((first, "the first"), (_changed(first), "March, as agreed")):
        data.to_csv(folder / "orders.csv", index=False)
        with Project.open(folder) as project:
            assert project.run(stop="model.select", note=note).state == "succeeded"
    return folder


def _changed(data: pd.DataFrame) -> pd.DataFrame:
    later = data.drop(index=[3, 4]).assign(country="<b>ch</b>")
    later.loc[7, "amount"] = 1_000.0
    more = pd.DataFrame({"id": [100], "amount": [1.0], "late": [True], "country": ["de"]})
    return pd.concat([later, more])


@pytest.fixture
def shop(made: Path, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return made


def facts(capsys, shop: Path, *words: str, code: int = 0):
    assert main(["-C", str(shop), *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_diff_counts_rows_by_the_id_and_names_cells(shop, capsys):
    found = facts(capsys, shop, "data", "diff", "shop@1", "shop@2")

    assert (found["key"], found["added"], found["removed"], found["changed"]) == (["id"], 1, 2, 1)
    columns = {each["name"]: each for each in found["columns"]}
    assert columns["country"]["what"] == "added"
    assert columns["amount"]["examples"] == [["7", "10.5", "1000"]]


def test_diff_of_a_version_and_itself_is_empty(shop, capsys):
    assert main(["-C", str(shop), "data", "diff", "shop@2", "2"]) == 0

    assert capsys.readouterr().out.strip() == "shop v2 -> v2  no difference"


def test_history_says_who_when_and_why(shop, capsys):
    assert main(["-C", str(shop), "data", "history", "shop"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert re.search(r"v1 .* 80 .* the first$", lines[1])
    assert re.search(r"v2 .* 79 +-1 rows, \+country .* March, as agreed$", lines[2])


def test_where_names_versions_rows_and_models(shop, capsys):
    main(["-C", str(shop), "run"])
    capsys.readouterr()

    found = facts(capsys, shop, "data", "where", "shop", "--key", "id=3")

    assert [(each["version"], each["rows"]) for each in found["versions"]] == [(1, [3])]
    new = facts(capsys, shop, "data", "where", "shop", "--key", "id=100")
    assert [each["models"] for each in new["versions"]] == [["shop@v1"]]
    assert (
        facts(capsys, shop, "data", "where", "shop", "--key", "id=9999", code=1)["versions"] == []
    )


def test_get_gives_the_same_bytes_each_time(shop, capsys):
    one = facts(capsys, shop, "data", "get", "shop@1", "-o", "a.parquet")
    two = facts(capsys, shop, "data", "get", "shop@v1", "-o", "b.parquet")

    digests = {
        hashlib.sha256(Path(name).read_bytes()).hexdigest() for name in ("a.parquet", "b.parquet")
    }
    assert len(digests) == 1
    assert one["digest"] == two["digest"]


@pytest.mark.parametrize("suffix", ["csv", "tsv", "jsonl", "parquet", "xlsx"])
def test_export_writes_the_format_of_the_suffix(shop, capsys, suffix):
    found = facts(capsys, shop, "data", "export", "shop@2", "-o", f"x.{suffix}")

    assert found["rows"] == 79
    assert Path(f"x.{suffix}").stat().st_size > 500


def test_file_that_is_there_is_not_replaced(shop, capsys):
    Path("x.csv").write_text("mine")

    assert main(["-C", str(shop), "data", "export", "shop", "-o", "x.csv"]) == 2
    assert "--force replaces it" in capsys.readouterr().err
    assert Path("x.csv").read_text() == "mine"

    assert main(["-C", str(shop), "data", "export", "shop", "-o", "x.csv", "--force"]) == 0
    assert Path("x.csv").read_text().startswith("id,")


def test_format_that_nobody_knows_leaves_no_file(shop, capsys):
    assert main(["-C", str(shop), "data", "export", "shop", "-o", "x.doc"]) == 2

    assert "one of .csv, .tsv" in capsys.readouterr().err
    assert not list(Path.cwd().iterdir())


def test_profile_is_there_as_table_and_as_page(shop, capsys):
    found = facts(capsys, shop, "data", "profile", "shop@2")
    assert main(["-C", str(shop), "data", "profile", "shop@2", "--html", "p.html"]) == 0

    assert found["format"] == "fourstroke.profile/1"
    assert {each["name"]: each["family"] for each in found["columns"]}["amount"] == "number"
    page = Path("p.html").read_text()
    assert "&lt;b&gt;ch&lt;/b&gt;" in page
    assert "<b>ch" not in page
    assert "<script" not in page
    assert not re.search(r"(src|href)=.?http", page)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["data", "profile", "shop@9"], "there is no data set 'shop@9'"),
        (["data", "profile", "shop", "--column", "amuont"], "there is no column 'amuont'"),
        (["data", "diff", "shop", "2"], "shop@1"),
        (["data", "diff", "shop@1", "2", "--key", "amuont"], "did you mean 'amount'?"),
        (["data", "where", "shop", "--key", "id"], "such as id=42"),
        (["data", "where", "shop", "--key", "idd=3"], "did you mean 'id'?"),
        (["data", "get", "shop", "-o", "no/such/x"], "there is no such folder"),
        (["data", "get", "shop", "-o", "x.csv"], "data export shop@"),
    ],
)
def test_what_is_not_there_is_named(shop, capsys, words, told):
    assert main(["-C", str(shop), *words]) in {1, 2}

    assert told in capsys.readouterr().err


def test_pinned_version_is_used_whatever_the_sources_hold(shop):
    (source := shop / "orders.csv").rename(shop / "away.csv")
    try:
        with Project.open(shop, overrides=["data.pin=v1"]) as project:
            outcome = project.run(stop="data.split")
            (row,) = project.runs.search("params.data.pin = v1", limit=1)
    finally:
        (shop / "away.csv").rename(source)

    assert outcome.state == "succeeded"
    assert outcome.report.dataset.version == 1
    assert row.data == ("shop@v1",)


def test_pin_to_a_version_that_is_not_there_is_refused(shop, capsys):
    assert main(["-C", str(shop), "run", "--set", "data.pin=v7"]) == 2

    assert "data.pin: there is no version 'v7' (there are: v1, v2)" in capsys.readouterr().err
