"""Labels that come later, and the windows in which monitors see them."""

from __future__ import annotations

import pandas as pd
import pytest
from logistic_shop import begun, shop

from fourstroke import DataError, Project
from fourstroke.cli.labels import show_labels
from fourstroke.cli.main import main
from fourstroke.cli.output import Output

MONITORED = """
[[development.validate]]
use = "baseline"

[[operations.monitor]]
use = "steps.py:counting"

"""
STEPS = '''
from fourstroke import Observation


def counting(window, reference):
    """Say what a window holds."""
    rows = labelled = right = 0
    for batch in window.batches:
        rows += len(batch.data)
        if batch.labels is not None:
            known = batch.labels.notna()
            labelled += int(known.sum())
            right += int((batch.predictions["prediction"][known] == batch.labels[known]).sum())
    told = {"rows": rows, "labelled": labelled, "right": right, "mature": int(window.is_mature)}
    return [Observation(name=name, status="ok", value=float(n)) for name, n in told.items()]
'''


def project_in(folder, window=""):
    begun(folder, MONITORED + window, STEPS)
    project = Project.open(folder)
    assert project.run().state == "succeeded"
    return project


def score(project, name, first, rows=30):
    table = shop(rows, first, first)
    table.drop(columns="bought").to_csv(project.root / f"{name}.csv", index=False)
    return table, project.predict(project.root / f"{name}.csv").predictions


def told(outcome):
    return {each.name: each.value for each in outcome.report.observations}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    with project_in(tmp_path_factory.mktemp("labels")) as project:
        yield project


def bring(project, table):
    table.to_csv(project.root / "labels.csv", index=False)
    return project.labels.add(project.root / "labels.csv")


def test_labels_that_come_late_and_corrected_are_seen_in_the_window_of_their_rows(project, capsys):
    table, said = score(project, "first", 1000)
    before = project.monitor()
    brought = bring(project, table.head(20)[["order", "bought"]])
    assert main(["-C", str(project.root), "labels", "coverage"]) == 0
    assert "labels of 1 of these came since" in capsys.readouterr().out
    late = project.monitor()
    other = table.head(20)["bought"].map({"yes": "no", "no": "yes"})
    bring(project, table.head(20)[["order"]].assign(bought=other))
    corrected = project.monitor()

    right = int((said["prediction"].head(20) == table["bought"].head(20)).sum())
    assert (brought.labels, brought.column) == (20, "order")
    assert told(before) == {"rows": 30, "labelled": 0, "right": 0, "mature": 1}
    assert told(late) == {"rows": 30, "labelled": 20, "right": right, "mature": 1}
    assert told(corrected)["right"] == 20 - right
    assert late.report.labelled == pytest.approx(20 / 30)
    assert before.report.window == late.report.window == corrected.report.window
    [window] = project.labels.coverage()
    assert (window.rows, window.labelled, window.is_behind) == (30, 20, False)
    assert not project.monitor().report.observations
    # A look is spared where labels belong to rows of other windows, or to none yet.
    bring(project, shop(5, 9, 9000)[["order", "bought"]])
    assert not project.monitor().report.observations


def test_twice_brought_counts_the_lower_row_and_a_missing_label_takes_one_back(project):
    table, _ = score(project, "second", 2000)
    twice = pd.concat([table.assign(bought="no"), table.assign(bought="yes")])
    brought = bring(project, twice[["order", "bought"]])
    all_known = told(project.monitor())
    bring(project, table[["order"]].assign(bought=None))
    none_known = told(project.monitor())

    assert (brought.rows, brought.labels) == (60, 30)
    assert all_known["labelled"] == 30
    assert none_known["labelled"] == 0


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"order": [1]}), "no column 'bought'"),
        (pd.DataFrame({"number": [1], "bought": ["no"]}), "no column 'order'"),
        (pd.DataFrame({"order": [1, None], "bought": ["no", "no"]}), "row 1 has no order"),
    ],
)
def test_file_that_holds_no_labels_is_refused(project, table, message):
    count = len(project.labels.batches())

    with pytest.raises(DataError, match=message):
        bring(project, table)

    assert len(project.labels.batches()) == count


def test_windows_by_rows_are_cut_within_batches_and_each_is_a_run(tmp_path):
    with project_in(tmp_path, "[operations.window]\nby = 'rows'\nrows = 40\n") as project:
        tables = [score(project, name, first)[0] for name, first in (("a", 1000), ("b", 2000))]
        score(project, "c", 3000, 70)
        bring(project, tables[1][["order", "bought"]])
        last = project.monitor()

        windows = [*last.earlier, last]
        assert [each.report.window for each in windows] == [
            "rows 0-39",
            "rows 40-79",
            "rows 80-119",
        ]
        assert [told(each)["rows"] for each in windows] == [40, 40, 40]
        assert [told(each)["labelled"] for each in windows] == [10, 20, 0]
        assert len({each.run for each in windows}) == 3


def test_batch_without_ids_has_no_labels_and_takes_none_from_others(tmp_path):
    with project_in(tmp_path) as project:
        (tmp_path / "bare.csv").write_text("visits\n1\n2\n")
        project.predict(tmp_path / "bare.csv")
        table, _ = score(project, "a", 1000)
        bring(project, table[["order", "bought"]])

        seen = project.monitor()

        assert (told(seen)["rows"], told(seen)["labelled"]) == (32, 30)
        said = [text for step in project.records.steps(seen.run) for text in step.messages]
        assert any("a batch has no labels" in text for text in said)


def test_immature_window_says_so(tmp_path):
    window = "[operations.labels]\nmature = '30d'\n"
    with project_in(tmp_path, window) as project:
        score(project, "a", 1000)

        assert told(project.monitor())["mature"] == 0


def test_commands_tell_what_was_brought(project, capsys):
    from fourstroke.cli.main import main

    score(project, "third", 5000)[0].to_csv(project.root / "third.csv", index=False)
    here = ["-C", str(project.root)]

    assert main([*here, "labels", "add", str(project.root / "third.csv")]) == 0
    assert "30 of shop, by order" in capsys.readouterr().out
    assert main([*here, "labels", "list"]) == 0
    assert main([*here, "labels", "coverage"]) == 0
    assert main([*here, "labels", "add", str(project.root / "none.csv")]) != 0
    assert "none.csv" in capsys.readouterr().err


def test_labels_that_are_no_class_are_told_at_once(project, capsys):
    table, _ = score(project, "typos", 5000)
    table.loc[:2, "bought"] = ["maybe", "maybe", "Yse"]
    table[["order", "bought"]].to_csv(project.root / "typos.csv", index=False)

    found = project.labels.add(project.root / "typos.csv")
    show_labels(Output.standard(), found)

    assert dict(found.strange) == {"maybe": 2, "Yse": 1}
    assert "3 labels are no class that shop knows: 'maybe', 'Yse'" in capsys.readouterr().err
