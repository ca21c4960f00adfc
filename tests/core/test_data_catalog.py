"""The catalog for people: cards, layers, search over projects, and its page."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest
from whole_project import write_project

import fourstroke
from fourstroke import CatalogEntry, CatalogVersion, DataCard, Project
from fourstroke.cli.main import main
from fourstroke.data_catalog import Wanted, found

pytestmark = pytest.mark.usefixtures("in_one_process")

CARD = """
[data.catalog]
owner = "ann@example.org"
description = "Who bought <b>what</b>."
tags = ["sales", "eu"]
sensitivity = "personal"
licence = "internal"
fresh = "7d"

[data.catalog.columns]
age = "in years"
"""
NOW = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Write a project with a card, and run its data cycle."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FOURSTROKE_PROJECTS", raising=False)
    place = write_project(tmp_path / "shop")
    (place / "fourstroke.toml").write_text((place / "fourstroke.toml").read_text() + CARD)
    monkeypatch.chdir(place)
    with Project.open(place) as project:
        assert project.run(stop="data.publish").state == "succeeded"
    return place


def facts(capsys, *words: str, code: int = 0):
    assert main([*words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_describe_tells_all_that_people_say(folder, capsys):
    found = facts(capsys, "data", "describe", "tiny")

    assert found["card"]["owner"] == "ann@example.org"
    assert found["card"]["columns"] == {"age": "in years"}
    assert (found["versions"][0]["layer"], found["is_stale"]) == ("prepared", False)
    assert len(eval(found["load"], {"fourstroke": fourstroke})) == 60  # the line works as it stands


def test_changed_card_is_recorded_though_the_data_did_not_change(folder):
    toml = folder / "fourstroke.toml"
    toml.write_text(toml.read_text().replace("ann@example.org", "bob@example.org"))
    with Project.open(folder) as project:
        project.run(stop="data.publish")

        (row,) = project.datasets["tiny"].versions()

    assert row.card == DataCard(
        owner="bob@example.org",
        description="Who bought <b>what</b>.",
        tags=("sales", "eu"),
        sensitivity="personal",
        licence="internal",
        fresh="7d",
        columns={"age": "in years"},
    )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('onwer = "x"', "did you mean 'owner'"),
        ('sensitivity = "secret"', "expected one of public, internal"),
        ('fresh = "a week"', "expected an age such as"),
        ("columns = { age = 3 }", "expected a table of texts"),
    ],
)
def test_card_is_read_strictly(folder, capsys, line, told):
    toml = folder / "fourstroke.toml"
    toml.write_text(toml.read_text().replace(CARD, f"\n[data.catalog]\n{line}\n"))

    assert main(["config", "check"]) == 2

    assert told in capsys.readouterr().err


# Layers


def test_layers_are_climbed_in_order_and_stand_in_the_ledger(folder, capsys):
    assert main(["data", "promote", "tiny@1", "published", "--why", "for all"]) == 2
    assert "only what is curated can be published" in capsys.readouterr().err

    assert main(["data", "promote", "tiny@1", "--why", "looked at"]) == 0
    assert main(["data", "promote", "tiny@1", "published", "--why", "for all"]) == 0

    with Project.open(folder) as project:
        told = [(event.what, event.subject, event.why) for event in project.records.events()]
        assert told == [
            ("curated", "data tiny@v1", "looked at"),
            ("published", "data tiny@v1", "for all"),
        ]
        assert not project.store.verify()


def test_layer_loads_the_latest_version_that_has_come_so_far(folder, capsys):
    main(["data", "promote", "tiny@1", "--why", "looked at"])
    (folder / "data.csv").write_text("age,bought\n40,yes\n20,no\n")
    with Project.open(folder) as project:
        project.run(stop="data.publish")

    assert len(fourstroke.load("tiny@curated")) == 60
    assert len(fourstroke.load("tiny@latest")) == 2
    assert fourstroke.load("tiny@raw")[0] == {"age": "40", "bought": "yes"}

    main(["data", "demote", "tiny@1", "--why", "wrong"])
    with pytest.raises(fourstroke.UsageError, match="no version of tiny is curated"):
        fourstroke.load("tiny@curated")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["tiny", "--why", "x"], "say which version"),
        (["tiny@7", "--why", "x"], "there is no data set 'tiny@7'"),
        (["tiny@1", "--why", " "], "say why"),
        (["tiny@1"], "--why"),
    ],
)
def test_promotion_without_version_or_reason_is_refused(folder, capsys, words, told):
    assert main(["data", "promote", *words]) == 2

    assert told in capsys.readouterr().err


# Search


def entry(name: str, columns: tuple[str, ...] = (), **card: object) -> CatalogEntry:
    version = CatalogVersion(version=1, layer="prepared", rows=1, created=NOW, who="ann")
    return CatalogEntry(
        name=name,
        project="p",
        folder="/p",
        card=DataCard(**card),
        columns=columns,
        versions=(version,),
    )


ENTRIES = (
    entry("churn", description="Who left."),
    entry("customers", columns=("churn_date",), tags=("crm",), owner="Ann"),
    entry("orders", description="Before churn.", tags=("Finance",)),
)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Wanted(words=["CHURN"]), ["churn", "orders", "customers"]),
        (Wanted(words=["churn", "left"]), ["churn"]),
        (Wanted(tags=["finance"]), ["orders"]),
        (Wanted(columns=["churn_date"]), ["customers"]),
        (Wanted(owner="ann"), ["customers"]),
        (Wanted(words=["nowhere"]), []),
        (Wanted(), ["churn", "customers", "orders"]),
    ],
)
def test_search_finds_the_likeliest_first(wanted, names):
    assert [each.name for each in found(ENTRIES, wanted)] == names


def test_search_goes_over_several_projects(folder, tmp_path, monkeypatch, capsys):
    other = write_project(tmp_path / "other")
    toml = other / "fourstroke.toml"
    toml.write_text(toml.read_text().replace('name = "tiny"', 'name = "second"'))
    with Project.open(other) as project:
        project.run(stop="data.publish")

    by_option = facts(capsys, "data", "search", "--in", str(other))
    monkeypatch.setenv("FOURSTROKE_PROJECTS", os.pathsep.join([str(other), str(folder)]))
    by_variable = facts(capsys, "data", "search")

    assert [each["name"] for each in by_option["datasets"]] == ["second", "tiny"]
    assert [each["name"] for each in by_variable["datasets"]] == ["second", "tiny"]


def test_page_has_every_data_set_and_no_markup_of_strangers(folder, capsys):
    assert main(["data", "site", "-o", "c.html"]) == 0

    page = Path("c.html").read_text()
    assert "Who bought &lt;b&gt;what&lt;/b&gt;." in page
    assert "<script" not in page
    assert "http:" not in page
    assert "https:" not in page
