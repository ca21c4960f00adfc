"""Runs are compared by all that they were made from, and executed again as they were recorded."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from whole_project import write_project

from fourstroke import Project
from fourstroke.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("in_one_process")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_project(tmp_path)


def first_run(folder: Path, **options) -> str:
    with Project.open(folder) as project:
        outcome = project.run(**options)
        assert outcome.state == "succeeded", outcome.errors
        return outcome.run


def kinds(folder: Path, one: str, two: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    with Project.open(folder) as project:
        for each in project.runs.compare(one, two):
            found.setdefault(each.kind, set()).add(each.name)
    return found


# Compare


def test_changed_code_is_told_by_file_and_shown_by_line(folder, capsys):
    one = first_run(folder)
    steps = folder / "steps.py"
    steps.write_text(steps.read_text().replace('row["age"] + amount', 'row["age"] + 2 * amount'))
    two = first_run(folder)

    found = kinds(folder, one, two)
    assert main(["runs", "compare", one, two, "--code"]) == 0

    diff = capsys.readouterr().out
    assert found["code"] == {"project/steps.py"}
    assert '-    return [{**row, "age": row["age"] + amount} for row in data]' in diff
    assert '+    return [{**row, "age": row["age"] + 2 * amount} for row in data]' in diff


def test_changed_data_is_told_by_version_and_rows(folder):
    one = first_run(folder)
    (folder / "data.csv").write_text((folder / "data.csv").read_text() + "70,yes\n71,yes\n")
    two = first_run(folder)

    assert kinds(folder, one, two)["data"] == {"tiny", "tiny.rows"}


def test_run_has_no_difference_from_itself(folder, capsys):
    one = first_run(folder)

    assert main(["runs", "compare", one, one]) == 0

    assert capsys.readouterr().out.strip() == "no difference"


def test_chosen_candidates_of_other_rows_are_told_without_an_interval(folder):
    one = first_run(folder)
    (folder / "data.csv").write_text("age,bought\n" + "20,no\n60,no\n40,yes\n50,yes\n" * 5)
    two = first_run(folder)

    with Project.open(folder) as project:
        (found,) = [each for each in project.runs.compare(one, two) if each.kind == "chosen"]

    assert (found.name, found.low, found.method) == ("accuracy", None, "measured on other rows")


# Where it comes from


def test_secrets_are_hidden_in_the_code_that_is_kept(folder, monkeypatch):
    monkeypatch.setenv("TOKEN", "hunter2-secret")
    toml, steps = folder / "fourstroke.toml", folder / "steps.py"
    toml.write_text(
        toml.read_text().replace('"steps.py:is_measured"', '"steps.py:tell"\ntoken = "${TOKEN}"')
    )
    steps.write_text(
        steps.read_text()
        + "\n# hunter2-secret\ndef tell(candidate, token: str):\n    return is_measured(candidate)\n"
    )

    run = first_run(folder)

    with Project.open(folder) as project:
        source = project.runs.source(run)
    assert "# ${TOKEN}" in source["project/steps.py"]
    assert "hunter2" not in json.dumps(source)


def test_what_git_did_not_have_is_kept(folder, capsys):
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    clean = first_run(folder)
    (folder / "steps.py").write_text((folder / "steps.py").read_text() + "# later\n")
    dirty = first_run(folder)

    main(["runs", "show", dirty, "--patch"])
    patch = capsys.readouterr().out
    main(["runs", "show", clean, "--patch"])

    assert "+# later" in patch
    assert capsys.readouterr().out.strip() == ""


def test_environment_names_python_and_distributions(folder, capsys):
    run = first_run(folder)

    assert main(["runs", "show", run, "--environment", "--json"]) == 0

    facts = json.loads(capsys.readouterr().out)
    assert facts["python"].count(".") == 2
    assert "pluggy" in facts["distributions"]


# Reproduce


def test_run_is_reproduced_whatever_its_files_look_like_by_now(folder, capsys):
    run = first_run(folder, tags={"team": "a"})
    (folder / "data.csv").write_text("age,bought\n1,no\n")
    (folder / "fourstroke.toml").write_text(
        "[project]\nname = 'tiny'\n[task]\n[data.collect]\npath = 'x.csv'\n"
    )
    (folder / "steps.py").write_text("raise ImportError('broken')\n")

    assert main(["runs", "reproduce", run]) == 0

    assert "identical: 15 results of 10 steps" in capsys.readouterr().out


def test_reproducing_leaves_the_project_as_it_was(folder):
    run = first_run(folder)
    with Project.open(folder) as project:
        before = [row.run for row in project.runs.list()], project.datasets["tiny"].versions()
        project.runs.reproduce(run)

        assert (
            [row.run for row in project.runs.list()],
            project.datasets["tiny"].versions(),
        ) == before
    assert not list((folder / ".fourstroke" / "tmp").iterdir())


def test_result_that_differs_is_named(folder, capsys):
    steps = folder / "steps.py"
    steps.write_text(
        steps.read_text().replace(
            '{"limit": sum(row["age"] for row in data) / len(data)}',
            '{"limit": 30 + time.time_ns() % 1000 / 1000}',
        )
    )
    run = first_run(folder)

    assert main(["runs", "reproduce", run]) == 1

    told = capsys.readouterr().out
    assert "model.train.Limit" in told
    assert "2 of 15 results of 10 steps differ" in told


def test_run_without_results_cannot_be_reproduced(folder, capsys):
    (folder / "data.csv").unlink()
    main(["run"])
    capsys.readouterr()
    with Project.open(folder) as project:
        run = project.runs.list()[0].run

    assert main(["runs", "reproduce", run]) == 2

    assert "has no results to compare" in capsys.readouterr().err
