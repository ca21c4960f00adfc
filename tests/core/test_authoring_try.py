"""`plugins try`: a plugin on real data, without a run."""

from __future__ import annotations

import json
import shutil

import pytest
from conftest import Shell

from fourstroke.cli.main import main

pytestmark = pytest.mark.usefixtures("in_one_process")

STEPS = '''\
from fourstroke import Check


def doubled(data, column: str, times: int = 2) -> "DataFrame":
    """Double a column."""
    return data.assign(**{column: data[column] * times})


def grown_ups(data, context, least: int = 18) -> list[Check]:
    """Ask for grown-ups."""
    context.say("looked at ages")
    young = int((data["age"] < least).sum())
    return [Check(name="age", status="fail" if young else "pass", observed=young)]


def seen(candidate) -> list[Check]:
    """Tell what a validator is given."""
    rows = len(candidate.data)
    scored = 0 if candidate.predictions is None else len(candidate.predictions)
    return [Check(name=candidate.name, status="pass", observed=rows, why=f"{scored} scored")]


def breaks(data) -> list[Check]:
    """Fail."""
    raise KeyError("age")


def silent(data) -> "DataFrame":
    """Give nothing."""
'''


@pytest.fixture(scope="module")
def project(turned_once, tmp_path_factory):
    """Give a project that has run once."""
    folder = shutil.copytree(turned_once, tmp_path_factory.mktemp("tried") / "small")
    (folder / "steps.py").write_text(STEPS)
    return folder


@pytest.fixture
def attempt(project, monkeypatch, capsys):
    monkeypatch.chdir(project)

    def call(*words):
        code = main(["plugins", "try", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_preparation_shows_its_table(attempt):
    code, out, _ = attempt("steps.py:doubled", "--setting", "column=visits")

    assert code == 0
    assert out.splitlines()[0].startswith("prepare doubled on small@latest (400 rows)")
    assert "400 rows x 4 columns" in out
    assert "and 392 more rows" in out


def test_check_that_says_no_has_the_exit_code_of_a_no(attempt):
    code, out, err = attempt("steps.py:grown_ups", "--stage", "check", "--setting", "least=90")

    assert code == 3
    assert "fail" in out
    assert "note: looked at ages" in err


def test_validator_is_given_the_champion_on_the_data(attempt):
    code, out, _ = attempt("steps.py:seen")

    assert code == 0
    assert "small@v1" in out
    assert "400 scored" in out


def test_file_may_stand_for_a_data_set(attempt, project):
    (project / "few.csv").write_text("age,visits,region,bought\n20,1,north,yes\n")

    code, out, _ = attempt("steps.py:doubled", "--setting", "column=age", "--data", "few.csv")

    assert code == 0
    assert "on few.csv (1 rows)" in out
    assert " 40 " in out


@pytest.mark.parametrize(
    "words",
    [
        ("check/table",),
        ("split/random",),
        ("train/sklearn", "--setting", 'estimator="LogisticRegression"'),
        ("evaluate/quality",),
        ("explain/inspection",),
        ("validate/baseline",),
        ("approve/automatic",),
        ("monitor/drift",),
        ("alert/log",),
        ("retrain/on_alert",),
        ("collect/files", "--setting", "path=data.csv"),
    ],
)
def test_bundled_plugin_of_each_stage_can_be_tried(attempt, words):
    code, out, err = attempt(*words)

    assert code == 0, err
    assert len(out.splitlines()) >= 2


def test_json_holds_what_was_given(attempt):
    _, out, _ = attempt("steps.py:seen", "--json")

    told = json.loads(out)

    assert told["stage"] == "validate"
    assert told["rows"] == 400
    assert told["given"][0]["name"] == "small@v1"


def test_nothing_is_recorded(attempt, project):
    before = {path: path.stat().st_mtime_ns for path in (project / ".fourstroke").rglob("*.json")}
    shell = Shell(project)
    runs = shell("runs", "list", "--json").stdout

    attempt("steps.py:seen")

    assert shell("runs", "list", "--json").stdout == runs
    assert {p: p.stat().st_mtime_ns for p in (project / ".fourstroke").rglob("*.json")} == before


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("steps.py:doubled",), 2, "steps.py:doubled.column: it is missing"),
        (("steps.py:doubled", "--setting", "colum=age"), 2, "did you mean 'column'?"),
        (("steps.py:duobled",), 2, "did you mean 'doubled'?"),
        (("steps.py",), 2, "it holds several"),
        (("stepz.py:doubled",), 2, "did you mean 'steps.py'?"),
        (("steps.py:breaks", "--stage", "check"), 1, "KeyError"),
        (("steps.py:silent",), 1, "prepare of silent gave nothing"),
        (("steps.py:seen", "--data", "smal"), 2, "did you mean 'small'?"),
        (("steps.py:seen", "--data", "small@9"), 2, "there is no data set 'small@9'"),
        (("storage/local",), 2, "plugins check"),
        (("tabel",), 2, "there is no plugin 'tabel'"),
        (("fourstroke/table",), 0, ""),
    ],
)
def test_wrong_call_is_one_line(attempt, words, code, says):
    got, _, err = attempt(*words)

    assert got == code, err
    assert says in err
    assert "Traceback" not in err
