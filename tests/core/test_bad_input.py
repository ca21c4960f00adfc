"""Bad input gets one clear line, the right exit code, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import SMALL, Shell, small_csv

from fourstroke import UsageError, load

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("in_one_process")


def only_error(result) -> str:
    lines = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.stderr + result.stdout
    return lines[0]


def nothing_recorded(folder: Path) -> bool:
    return not (folder / ".fourstroke" / "records.sqlite").exists()


CONFIG = {
    "syntax": ("[project\nname = 'x'", ["fourstroke.toml", "1"]),
    "unknown table": (SMALL + "\n[projekt]\nx = 1\n", ["projekt", "project"]),
    "unknown key": (SMALL.replace("kind =", "kinds ="), ["task.kinds", "kind"]),
    "unknown setting": (SMALL.replace("estimator =", "estimater ="), ["estimater", "estimator"]),
    "wrong type": (SMALL.replace('kind = "binary"', "id = 7"), ["task.id"]),
    "text for a number": (SMALL + '\n[run]\nseed = "many"\n', ["run.seed"]),
    "bool for a number": (SMALL + "\n[run]\nseed = true\n", ["run.seed"]),
    "float for an int": (SMALL + "\n[run]\nseed = 1.9\n", ["run.seed"]),
    "nan": (SMALL + "\n[data.split]\ntest = nan\n", ["data.split"]),
    "infinity": (SMALL + "\n[data.split]\ntest = inf\n", ["data.split"]),
    "traversal name": (SMALL.replace('name = "small"', 'name = "../../x"'), ["project.name"]),
    "no such plugin": (SMALL + '\n[data.split]\nuse = "stratfied"\n', ["stratified"]),
    "no such file": (SMALL + '\n[[data.prepare]]\nuse = "step.py:f"\n', ["step.py"]),
    "file outside": (SMALL + '\n[[data.prepare]]\nuse = "../x.py:f"\n', ["../x.py"]),
    "wrong choice": (SMALL.replace('"binary"', '"binery"'), ["task.kind", "binary"]),
    "duplicate table": (SMALL + "\n[task]\ntarget = 'x'\n", ["fourstroke.toml"]),
    "no source": ('[project]\nname = "x"\n', ["data.collect"]),
}


@pytest.mark.parametrize(("text", "says"), CONFIG.values(), ids=CONFIG)
def test_wrong_project_file_is_one_line_and_records_nothing(
    shell: Shell, text: str, says: list[str]
):
    (shell.folder / "fourstroke.toml").write_text(text)
    (shell.folder / "data.csv").write_text(small_csv(60))

    line = only_error(shell("run", code=2))

    assert all(word in line for word in says), line
    assert nothing_recorded(shell.folder)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(SMALL.encode("utf-16"), id="utf-16"),
        pytest.param(SMALL.replace("small", "sm\xe4ll").encode("latin-1"), id="latin-1"),
        pytest.param(SMALL.encode() + b"\x00", id="nul"),
        pytest.param(b"a = " + b"[" * 5000 + b"]" * 5000, id="deep"),
    ],
)
def test_wrong_bytes_in_the_project_file_are_named(shell: Shell, content: bytes):
    (shell.folder / "fourstroke.toml").write_bytes(content)

    assert "fourstroke.toml" in only_error(shell("run", code=2))


def test_all_faults_of_a_project_file_are_told_at_once(shell: Shell):
    text = SMALL.replace("kind =", "kinds =") + "\n[run]\nseed = 1.9\nretry = 2\n"
    (shell.folder / "fourstroke.toml").write_text(text)

    done = shell("config", "check", code=2)

    assert all(name in done.stderr for name in ("task.kinds", "run.seed", "run.retry"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO on this system")
def test_fifo_instead_of_a_file_is_refused_and_not_waited_for(shell: Shell):
    os.mkfifo(shell.folder / "fourstroke.toml")

    assert "fourstroke.toml" in only_error(shell("run", code=2))


def test_folder_without_a_project_says_what_to_do(shell: Shell):
    assert "fourstroke init" in only_error(shell("run", code=2))


DATA = {
    "empty": (b"", ["data.csv"]),
    "header only": (b"age,visits,region,bought\n", ["rows"]),
    "duplicate column": (b"age,age,bought\n1,2,yes\n", ["age"]),
    "unnamed column": (b"age,,bought\n1,2,yes\n", ["data.csv"]),
    "ragged": (small_csv(50).encode() + b"1,2,north,yes,extra\n", ["52"]),
    "unclosed quote": (small_csv(50).encode() + b'1,2,"north,yes\n', ["data.csv"]),
    "latin-1": (small_csv(50).replace("north", "n\xf6rd").encode("latin-1"), ["data.csv", "utf-8"]),
    "utf-16": (small_csv(50).encode("utf-16"), ["data.csv"]),
    "nul": (small_csv(50).encode() + b"1,\x00,north,yes\n", ["data.csv"]),
    "one class": (small_csv(60).replace("yes", "no").encode(), ["bought"]),
    "missing target": (small_csv(60).replace("bought", "sold").encode(), ["bought"]),
}


@pytest.mark.parametrize(("content", "says"), DATA.values(), ids=DATA)
def test_wrong_table_is_one_line_and_publishes_nothing(
    shell: Shell, content: bytes, says: list[str]
):
    (shell.folder / "fourstroke.toml").write_text(SMALL)
    (shell.folder / "data.csv").write_bytes(content)

    done = shell("run", code=None)

    assert done.code in {1, 3}
    line = only_error(done)
    assert all(word.casefold() in line.casefold() for word in says), line
    assert "small" not in shell("data", "list").stdout


def test_missing_data_file_names_the_nearest(shell: Shell):
    (shell.folder / "fourstroke.toml").write_text(SMALL)
    (shell.folder / "date.csv").write_text(small_csv(20))

    line = only_error(shell("run", code=1))

    assert "data.csv" in line
    assert "date.csv" in line


@pytest.mark.parametrize(
    ("name", "says"),
    [("cods.csv", "did you mean 'codes.csv'?"), ("tables", "not a regular file")],
)
def test_wrong_depends_names_the_key_and_not_the_machine(shell: Shell, name: str, says: str):
    (shell.folder / "fourstroke.toml").write_text(f'{SMALL}depends = ["{name}"]\n')
    (shell.folder / "data.csv").write_text(small_csv(60))
    (shell.folder / "codes.csv").write_text("a,b\n")
    (shell.folder / "tables").mkdir()

    line = only_error(shell("config", "check", code=2))

    assert line.startswith("error: model.train[0].depends: ")
    assert says in line
    assert nothing_recorded(shell.folder)


def test_setting_beyond_its_bound_is_told_with_its_line(shell: Shell):
    (shell.folder / "fourstroke.toml").write_text(f"{SMALL}\n[data.split]\ntest = 2.0\n")

    line = only_error(shell("config", "check", code=2))

    number = SMALL.count("\n") + 3
    assert line == f"error: fourstroke.toml:{number}: data.split.test: expected < 1.0, got 2.0"


def test_wrong_setting_that_only_the_step_can_see_ends_with_2(shell: Shell):
    (shell.folder / "fourstroke.toml").write_text(f"{SMALL}params = {{ CC = 1.0 }}\n")
    (shell.folder / "data.csv").write_text(small_csv(60))

    line = only_error(shell("run", code=2))

    assert line.startswith("error: model.train.logistic.params.CC: ")


def test_five_thousand_columns_work(shell: Shell):
    names = [f"c{n}" for n in range(5000)]
    rows = [",".join(str((row * n) % 7) for n in range(5000)) for row in range(30)]
    (shell.folder / "fourstroke.toml").write_text(
        '[project]\nname = "wide"\n\n[data.collect]\npath = "data.csv"\n'
    )
    (shell.folder / "data.csv").write_text("\n".join([",".join(names), *rows]) + "\n")

    done = shell("run")

    assert "wide@v1" in done.stdout


COMMANDS = {
    "typo in a command": (["rnu"], "run"),
    "typo in an option": (["run", "--forse"], "--force"),
    "unknown run": (["runs", "show", "nosuchrun"], "nosuchrun"),
    "unknown data set": (["data", "show", "smal"], "small"),
    "unknown model": (["models", "show", "smal"], "small"),
    "unknown version": (["models", "deploy", "small", "99"], "99"),
    "traversal": (["data", "show", "../../etc/passwd"], "passwd"),
    "control characters": (["runs", "show", "\x1b[2Jx"], "\\x1b"),
    "no such folder": (["-C", "nowhere", "run"], "nowhere"),
    "unknown step": (["run", "--only", "model.trian"], "model"),
    "start after the end": (
        ["run", "--from", "data.split", "--to", "data.collect"],
        "data.split is no part of what is to run",
    ),
    "unknown environment": (["--env", "prod", "run"], "prod"),
    "missing batch": (["predict", "nofile.csv"], "nofile.csv"),
    "batch without a name": (["predict", ""], "expected the name of a file"),
    "output into no folder": (["predict", "data.csv", "-o", "no/x.csv"], "mkdir -p no"),
    "output over the batch": (["predict", "data.csv", "-o", "data.csv"], "overwritten"),
    "output over the records": (
        ["predict", "data.csv", "-o", ".fourstroke/records.sqlite"],
        "belongs to fourstroke",
    ),
    "output over the project": (["predict", "data.csv", "-o", "fourstroke.toml"], "overwritten"),
    "folder without a name": (["-C", "", "run"], "expected a folder"),
    "version that is none": (
        ["models", "deploy", "small", "latest"],
        "no version of small is called",
    ),
    "version beyond all": (["models", "deploy", "small", "9" * 30], "such as 3, v3 or champion"),
    "limit beyond all": (["runs", "list", "--limit", "9" * 30], "1<=x<="),
    "batch at a URL": (["predict", "http://localhost/x.csv"], "x.csv"),
    "version zero": (["models", "deploy", "small", "v0"], "such as 3, v3 or champion"),
    "unknown kind of run": (["runs", "list", "--kind", "rnu"], "predict"),
    "text for a number": (["runs", "list", "--limit", "x"], "whole number"),
}


@pytest.fixture(scope="module")
def ran(turned_once, tmp_path_factory) -> Shell:
    """Give a project that has run, for all that only looks at it."""
    return Shell(shutil.copytree(turned_once, tmp_path_factory.mktemp("ran") / "small"))


@pytest.mark.parametrize(("arguments", "says"), COMMANDS.values(), ids=COMMANDS)
def test_wrong_command_line_is_told_with_the_nearest(ran: Shell, arguments: list[str], says: str):
    done = ran(*arguments, code=None)

    assert done.code in {1, 2}
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr


def test_a_version_is_taken_as_it_is_shown(ran: Shell):
    assert "small@v1" in ran("models", "deploy", "small", "v1").stdout


def test_search_without_a_find_does_not_say_that_nothing_ran(ran: Shell):
    assert ran("runs", "list", "no such word").stdout.startswith("no such run")


def test_search_goes_beyond_the_limit_of_what_is_shown(ran: Shell):
    ran("run", "--only", "data.publish")
    ran("plan")
    ran("run")

    found = ran("runs", "list", "--limit", "1", "data.publish").stdout.splitlines()

    assert len(found) == 2


def test_an_empty_environment_is_none_whatever_the_variable_says(ran: Shell):
    ran("--env", "", "config", "check", FOURSTROKE_ENV="prod")


def test_faults_beyond_fifty_are_counted(ran: Shell):
    settings = "".join(f"k{number} = 1\n" for number in range(70))
    project = ran.folder / "many"
    project.mkdir()
    text = SMALL.replace('path = "data.csv"\n', f'path = "data.csv"\n{settings}')
    (project / "fourstroke.toml").write_text(text)

    lines = ran("-C", "many", "config", "check", code=2).stderr.splitlines()

    assert len(lines) == 51
    assert lines[-1].endswith("data.collect: and 20 more settings that there are not")


def test_file_in_the_place_of_the_projects_own_folder_is_one_line(shell: Shell):
    (shell.folder / "fourstroke.toml").write_text(SMALL)
    (shell.folder / ".fourstroke").write_text("mine")

    done = shell("run", code=1)

    assert "it is a file, and the records need a folder of this name" in only_error(done)
    assert (shell.folder / ".fourstroke").read_text() == "mine"


def test_what_is_no_text_is_no_reference(tmp_path: Path):
    with pytest.raises(UsageError, match="expected a text, got PosixPath"):
        load(tmp_path)
