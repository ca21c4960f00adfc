"""`fourstroke diff-env`: in what two environments differ, and where each value comes from."""

from __future__ import annotations

import json

import pytest

from fourstroke.cli.main import main

pytestmark = pytest.mark.usefixtures("in_one_process")

PROJECT = """\
[project]
name = "small"

[task]
target = "bought"

[data.collect]
path = "data.csv"

[data.split]
test = 1

[environments.dev]
run.seed = 5
[environments.dev.data.split]
test = 1.0

[environments.prod]
run.seed = 6
[environments.prod.backends]
records = "postgresql://ana:${DB_PASSWORD}@db/x"
[environments.prod.data.collect]
path = "/srv/data.csv"
format = "csv"

[environments.same.data.split]
test = 1
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "fourstroke.toml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def differences(capsys, *words: str) -> dict[str, tuple[object, object]]:
    assert main(["diff-env", *words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["differences"]
    return {each["key"]: (each["first"]["value"], each["second"]["value"]) for each in found}


def test_each_key_that_differs_has_both_values_and_origins(project, capsys):
    code = main(["diff-env", "dev", "prod"])

    out = capsys.readouterr().out
    seed = next(line.split() for line in out.splitlines() if line.startswith("run.seed"))
    assert code == 0
    assert seed == [
        *("run.seed", "5", "[environments.dev]", "fourstroke.toml:14"),
        *("6", "[environments.prod]", "fourstroke.toml:19"),
    ]


def test_keys_come_in_the_order_of_the_cycles_and_equal_ones_not_at_all(project, capsys):
    found = differences(capsys, "dev", "prod")

    assert list(found) == [
        "run.seed",
        "data.collect.path",
        "data.collect.format",
        "data.split.test",
        "backends.records",
    ]
    assert found["data.collect.format"] == (None, "csv")
    assert found["data.split.test"] == (1.0, 1)


def test_key_that_one_has_not_reads_so(project, capsys):
    main(["diff-env", "prod", "-"])

    out = capsys.readouterr().out
    line = next(line for line in out.splitlines() if line.startswith("data.collect.format"))
    assert line.endswith("(not there)")


@pytest.mark.parametrize("none", ["-", "default"])
def test_file_without_an_environment_has_two_names(project, capsys, none):
    assert differences(capsys, none, "dev") == {
        "run.seed": (0, 5),
        "data.split.test": (1, 1.0),
    }


def test_environment_of_the_name_default_is_meant_by_it(project, capsys):
    (project / "fourstroke.toml").write_text(PROJECT + "[environments.default.run]\nseed = 9\n")

    assert differences(capsys, "-", "default") == {"run.seed": (0, 9)}


@pytest.mark.parametrize("words", [["dev", "dev"], ["same", "-"]])
def test_equal_environments_are_said_to_be(project, capsys, words):
    code = main(["diff-env", *words])

    assert code == 0
    assert capsys.readouterr().out == f"{words[0]} and {words[1]} are equal\n"


def test_secret_is_not_shown(project, capsys, monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "tiger-7")

    main(["diff-env", "dev", "prod"])
    main(["diff-env", "dev", "prod", "--json"])

    out = capsys.readouterr().out
    assert "${DB_PASSWORD}" in out
    assert "tiger-7" not in out


def test_setting_of_the_command_line_lies_over_both(project, capsys):
    found = differences(capsys, "dev", "prod", "--set", "run.seed=1")

    assert "run.seed" not in found


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["dev", "prdo"], "there is no environment 'prdo' (did you mean 'prod'?)"),
        (["dev"], "missing argument 'SECOND'"),
        (["dev", "prod", "--env", "dev"], "--env: diff-env takes both environments as words"),
    ],
)
def test_wrong_words_are_one_line(project, capsys, words, message):
    code = main(["diff-env", *words])

    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_folder_without_a_project_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    code = main(["diff-env", "-", "prod"])

    assert code == 2
    assert "there is no project here (fourstroke init)" in capsys.readouterr().err
