"""`models explain`: what a run found out, and single rows from wherever they are."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from fourstroke import Project


@pytest.fixture
def explained(explained_once, tmp_path):
    shutil.copytree(explained_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_without_a_row_it_tells_what_the_run_found_out(explained, shell):
    done = shell("models", "explain", "small")

    assert "Which columns the model goes by" in done.stdout
    assert "How the prediction goes with a column" in done.stdout


def test_held_out_rows_are_named_by_number_and_by_cell(explained, shell):
    by_number = json.loads(shell("models", "explain", "small", "--row", "2", "--json").stdout)
    with Project.open(explained) as project:
        version = project.models["small"].champion
        row = version.rows(numbers=[2])
        said = float(version.predict(row).iloc[0, -1])

    (section,) = by_number["sections"]
    assert section["tables"][0]["rows"][-1][2] == pytest.approx(said, rel=1e-3)
    column = next(name for name in row.columns if name != "bought")
    shown = shell("models", "explain", "small", "--key", f"{column}={row[column].iloc[0]}")
    assert "Why the model says so of a row" in shown.stdout


def test_rows_of_a_file_are_prepared_and_nothing_is_recorded(explained, shell):
    rows = pd.read_csv(explained / "data.csv").head(2).drop(columns="bought")
    rows.to_csv(explained / "new.csv", index=False)
    before = shell("runs", "list", "--json").stdout

    done = json.loads(
        shell("models", "explain", "small", "--data", "new.csv", "--row", "1", "--json").stdout
    )

    assert len(done["sections"][0]["tables"]) == 1
    assert shell("runs", "list", "--json").stdout == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--key", "visits"), "names no row"),
        (("--key", "visit=1"), "did you mean 'visits'?"),
        (("--key", "visits=-7"), "neither the held-out rows of small@v1 nor what it scored"),
        (("--row", "999999"), "there is no row 999,999"),
        (("--row", "1", "--key", "visits=1"), "in two ways"),
    ],
)
def test_row_that_is_not_there_is_told(turned, shell, words, told):
    done = shell("models", "explain", "small", *words, code=2)

    assert told in done.stderr
