"""`fourstroke demo`: the whole loop, offline, to the alert, the new champion and the audit trail."""

from __future__ import annotations

import csv
import io
import json
import os
import socket

import pytest

from fourstroke.cli.main import main
from fourstroke.cli.templates.census import CHANGED, COLUMNS, HIGH, USUAL, table


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Play it once, with sockets shut: nothing may be asked of a network."""

    def refuse(*_):
        raise AssertionError("the demo opened a connection")

    folder = tmp_path_factory.mktemp("demo")
    output, began = io.StringIO(), sum(os.times()[:4])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "create_connection", refuse)
        patch.setattr("sys.stdout", output)
        code = main(["-C", str(folder), "demo", "--json"])
    return code, json.loads(output.getvalue()), folder, sum(os.times()[:4]) - began


def test_the_demo_ends_with_a_new_champion(played):
    code, facts, _, _ = played

    assert code == 0
    assert facts["succeeded"] is True
    assert facts["end"].endswith("census@v2 is the new champion, after v1.")
    assert facts["loop"]["end"] == "champion"
    assert facts["loop"]["decision"]["trigger"] == "performance drop"


def test_a_usual_week_is_quiet_and_the_change_is_seen(played):
    _, facts, _, _ = played

    assert facts["quiet loop"]["end"] == "quiet"
    assert facts["quiet loop"]["alerts"] == []
    assert facts["quiet loop"]["run"] is None
    assert "age" in facts["changed window"]["alerts"][0]
    assert facts["changed window"]["decision"]["answer"] == "yes"


def test_outcomes_that_come_by_id_tell_how_right_the_model_was(played):
    _, facts, _, _ = played

    assert facts["usual outcomes"] == {"labels": 800, "column": "person"}
    assert facts["changed outcomes"] == {"labels": 3000, "column": "person"}
    assert facts["judged window"]["alerts"] == ["performance: roc_auc"]
    assert "performance" in facts["judged window"]["decision"]["why"]


def test_the_ledger_tells_all_of_it(played):
    trail = played[1]["audit"]

    assert trail["problems"] == []
    alerted = ["alerted", "alert told"]
    promoted = ["validated", "registered", "approved", "deploying", "deployed", "promoted"]
    assert trail["events"] == [
        *(*promoted, *alerted, *alerted, "turn begun", *promoted),
        *("alert resolved", "alert resolved"),  # both were about the version before
    ]


def test_the_demo_takes_less_than_a_minute(played):
    processor_seconds = played[3]  # of this process and its workers: other load does not count

    assert processor_seconds < 60


def test_the_demo_leaves_a_project_that_can_be_looked_at(played, capsys):
    folder = played[2] / "fourstroke-demo"

    assert main(["-C", str(folder), "models", "show", "census"]) == 0
    assert "census@v2" in capsys.readouterr().out
    assert main(["-C", str(folder), "doctor"]) == 0


def test_the_demo_overwrites_nothing(tmp_path, capsys):
    (tmp_path / "fourstroke-demo").mkdir()
    (tmp_path / "fourstroke-demo" / "mine.txt").write_text("mine")

    code = main(["-C", str(tmp_path), "demo"])

    assert code == 2
    assert "it exists already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "fourstroke-demo").iterdir()] == ["mine.txt"]


def test_the_same_seed_gives_the_same_people():
    assert table(USUAL, 50, seed=3) == table(USUAL, 50, seed=3)
    assert table(USUAL, 50, seed=3) != table(USUAL, 50, seed=4)


def test_the_changed_world_differs_as_it_says():
    def read(world):
        return list(csv.DictReader(io.StringIO(table(world, 3000, seed=5))))

    def mean(rows, name):
        return sum(float(row[name]) for row in rows) / len(rows)

    usual, changed = read(USUAL), read(CHANGED)

    assert tuple(usual[0]) == COLUMNS
    assert 0.15 < sum(row["income"] == HIGH for row in usual) / len(usual) < 0.35
    assert mean(changed, "age") - mean(usual, "age") > 5
    assert mean(changed, "hours_per_week") < mean(usual, "hours_per_week")
    assert "platform" in {row["workclass"] for row in changed}
    assert "platform" not in {row["workclass"] for row in usual}
