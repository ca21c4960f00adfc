"""What comes from what: both ways, by every name, as text, picture and events."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whole_project import write_project

from fourstroke import Lineage, LineageEdge, LineageNode, Project
from fourstroke.cli.main import main

pytestmark = pytest.mark.usefixtures("in_one_process")


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Make two versions of data and of a model, and score a batch with each."""
    folder = write_project(tmp_path_factory.mktemp("lineage") / "shop")
    for more in ("", "70,yes\n"):
        (folder / "data.csv").write_text((folder / "data.csv").read_text() + more)
        with Project.open(folder) as project:
            assert project.run().state == "succeeded"
    return folder


@pytest.fixture
def shop(made, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return made


def ids(capsys, shop: Path, *words: str) -> set[str]:
    assert main(["-C", str(shop), "lineage", *words, "--json"]) == 0
    return {
        f"{node['kind']}:{node['name']}" for node in json.loads(capsys.readouterr().out)["nodes"]
    }


def test_data_lead_up_to_their_source_and_down_to_their_model(shop, capsys):
    assert ids(capsys, shop, "data:tiny@v1", "--up") == {"data:tiny@v1", "source:data.csv"}
    down = ids(capsys, shop, "data:tiny@1", "--down")
    assert {"data:tiny@v1", "model:tiny@v1"} <= down
    assert "model:tiny@v2" not in down


def test_model_leads_to_the_data_that_it_was_trained_on(shop, capsys):
    assert ids(capsys, shop, "model:tiny@v2", "--up") == {
        "model:tiny@v2",
        "data:tiny@v2",
        "source:data.csv",
    }


def test_name_without_a_version_is_the_latest(shop, capsys):
    assert "data:tiny@v2" in ids(capsys, shop, "model:tiny", "--up")


def test_run_stands_for_what_it_made(shop, capsys):
    with Project.open(shop) as project:
        run = project.runs.list()[-1].run

    assert main(["-C", str(shop), "lineage", f"run:{run}", "--up"]) == 0

    assert capsys.readouterr().out.splitlines()[:2] == ["┌─ source:data.csv", _line(shop)]


def _line(shop: Path) -> str:
    with Project.open(shop) as project:
        (row,) = [row for row in project.datasets["tiny"].versions() if row.version == 1]
    return f"data:tiny@v1  {row.rows} rows, {row.created:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("tiny@v1", "data:NAME@1, model:NAME@1 or run:ID"),
        ("dta:tiny@v1", "did you mean 'data'?"),
        ("data:tiny@v9", "there is no data 'tiny@v9'"),
        ("model:tyny", "there is no model 'tyny'"),
        ("run:zzz", "zzz"),
    ],
)
def test_what_is_not_there_is_named(shop, capsys, what, told):
    assert main(["-C", str(shop), "lineage", what]) == 2

    assert told in capsys.readouterr().err


def test_picture_is_xml_with_a_box_a_thing(shop):
    assert main(["-C", str(shop), "lineage", "data:tiny@v1", "--svg", "l.svg"]) == 0

    root = ET.fromstring(Path("l.svg").read_text())
    titles = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}title")]
    assert any(title.startswith("data:tiny@v1") for title in titles)
    assert "http" not in Path("l.svg").read_text().replace("http://www.w3.org/2000/svg", "")


def test_events_have_the_fields_that_open_lineage_asks_for(shop):
    assert main(["-C", str(shop), "lineage", "model:tiny@v1", "--openlineage", "ol.ndjson"]) == 0

    events = [json.loads(line) for line in Path("ol.ndjson").read_text().splitlines()]
    assert events
    for event in events:
        assert event["eventType"] in {"START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"}
        assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
        assert str(uuid.UUID(event["run"]["runId"])) == event["run"]["runId"]
        assert {"namespace", "name"} <= set(event["job"])
        for dataset in (*event["inputs"], *event["outputs"]):
            assert {"namespace", "name"} <= set(dataset)
            for facet in dataset["facets"].values():
                assert {"_producer", "_schemaURL"} <= set(facet)
    assert [each["name"] for each in events[0]["inputs"]] == ["source/data.csv"]


def test_report_has_the_picture(shop):
    pages = sorted((shop / ".fourstroke" / "reports").glob("*/report.json"))

    nodes = json.loads(pages[0].read_text())["lineage"]["nodes"]
    assert [node["kind"] for node in nodes] == ["source", "data", "model"]


# Graphs

GRAPHS = st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=15).map(
    lambda pairs: Lineage(
        nodes=tuple(LineageNode(kind="data", name=str(n)) for n in range(7)),
        edges=tuple(LineageEdge(f"data:{a}", f"data:{b}") for a, b in sorted(pairs) if a < b),
    )
)


@given(graph=GRAPHS, one=st.integers(0, 6), other=st.integers(0, 6))
def test_up_from_one_is_down_from_the_other(graph, one, other):
    above = {node.name for node in graph.around(f"data:{one}", down=False).nodes}
    below = {node.name for node in graph.around(f"data:{other}", up=False).nodes}

    assert (str(other) in above) is (str(one) in below)


@given(graph=GRAPHS, one=st.integers(0, 6))
def test_both_ways_are_the_two_together(graph, one):
    id_ = f"data:{one}"
    both = {node.id for node in graph.around(id_).nodes}

    parts = (graph.around(id_, up=False), graph.around(id_, down=False))
    assert both == {node.id for part in parts for node in part.nodes}
