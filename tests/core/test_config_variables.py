"""Variables of the environment that stand for keys: FOURSTROKE_SET__DATA__SPLIT__TEST=0.3."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourstroke.config import flat, load_config
from fourstroke.config.node import grow
from fourstroke.config.variables import stands_for, variable_of
from fourstroke.errors import ConfigError

TEXT = """\
[project]
name = "small"

[task]
target = "bought"

[data.collect]
path = "data.csv"
max-rows = 10

[[model.train]]
name = "Logistic-one"
params = { C = 1.0, max_iter = 100 }

[[model.train]]
name = "boosting"

[environments.prod.run]
seed = 5
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(TEXT)
    return tmp_path


def one_fault(folder, **arguments) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(folder, **arguments)
    [line] = str(caught.value).splitlines()
    return line


@pytest.mark.parametrize(
    ("said", "path", "value"),
    [
        ("3", ("run", "seed"), 3),
        ("true", ("task", "positive"), True),
        ('"1"', ("task", "positive"), "1"),
        (">50K", ("task", "positive"), ">50K"),
        ("", ("task", "positive"), ""),
        ("2024-01-01", ("task", "positive"), "2024-01-01"),
        ('["sex"]', ("task", "sensitive"), ["sex"]),
        ("{ test = 0.5 }", ("data", "split"), {"test": 0.5}),
    ],
)
def test_value_is_read_as_that_of_a_setting(project, monkeypatch, said, path, value):
    monkeypatch.setenv(variable_of(path), said)

    found = load_config(project).values
    by_setting = load_config(project, overrides=[f"{'.'.join(path)}={said}"]).values
    for part in path:
        found, by_setting = found[part], by_setting[part]

    assert found == by_setting
    assert found == value or value.items() <= found.items()


@pytest.mark.parametrize("entry", ["LOGISTIC_ONE", "0"])
def test_part_means_what_is_there_whatever_its_case_and_hyphens(project, monkeypatch, entry):
    monkeypatch.setenv(f"FOURSTROKE_SET__MODEL__TRAIN__{entry}__PARAMS__C", "9.0")
    monkeypatch.setenv("FOURSTROKE_SET__DATA__COLLECT__MAX_ROWS", "20")

    config = load_config(project)

    assert config.tables["train"][0].settings["params"] == {"C": 9.0, "max_iter": 100}
    assert config.tables["collect"][0].settings == {"path": "data.csv", "max-rows": 20}


def test_key_that_is_not_there_yet_is_taken_in_small_letters(project, monkeypatch):
    monkeypatch.setenv("FOURSTROKE_SET__DATA__COLLECT__FORMAT", "csv")

    assert load_config(project).tables["collect"][0].settings["format"] == "csv"


def test_single_table_of_a_stage_can_be_named_too(project, monkeypatch):
    monkeypatch.setenv("FOURSTROKE_SET__DATA__COLLECT__COLLECT__MAX_ROWS", "20")

    assert load_config(project).tables["collect"][0].settings["max-rows"] == 20


def test_variable_lies_between_the_environment_and_the_command_line(project, monkeypatch):
    monkeypatch.setenv("FOURSTROKE_SET__RUN__SEED", "6")

    by_variable = load_config(project, environment="prod")
    by_setting = load_config(project, environment="prod", overrides=["run.seed=7"])

    assert by_variable.seed == 6
    assert by_setting.seed == 7


def test_origin_is_the_name_of_the_variable(project, monkeypatch):
    monkeypatch.setenv("FOURSTROKE_SET__RUN__SEED", "6")

    origins = {entry.path: entry.origin for entry in flat(load_config(project))}

    assert origins["run.seed"] == "FOURSTROKE_SET__RUN__SEED"
    assert origins["project.name"] == "fourstroke.toml:2"


def test_variable_with_another_beginning_is_none_of_ours(project, monkeypatch):
    monkeypatch.setenv("FOURSTROKE_SETTING", "6")
    monkeypatch.setenv("FOURSTROKE_SET_RUN_SEED", "6")

    assert load_config(project).seed == 0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("RUN__SED", "1", "run.sed: there is no such key (did you mean 'seed'?)"),
        ("RUN__SEED", "many", "run.seed: expected a whole number from 0 to 4294967295"),
        ("RUN__SEED", "1.0", "run.seed: expected a whole number"),
        ("RUN__SEED", "[" * 50, "this is too long or nests too deep"),
        ("RUN__SEED__X", "1", "run.seed: expected a whole number"),
        ("", "1", "this names no key (FOURSTROKE_SET__RUN__SEED)"),
        ("RUN____SEED", "1", "this names no key"),
        ("PROJECT__NAME__X", "1", "project.name is not a table"),
        ("MODEL__TRAIN__BOSTING__C", "1", "has no 'bosting' (did you mean 'boosting'?)"),
        ("BACKENDS__RECORDS", "db://ana:tiger-7@db/x", "a password stands here in clear"),
    ],
)
def test_wrong_variable_is_one_line_that_names_it(project, monkeypatch, name, value, message):
    monkeypatch.setenv(f"FOURSTROKE_SET__{name}", value)

    told = one_fault(project)

    assert told.startswith(f"FOURSTROKE_SET__{name}")
    assert message in told
    assert "tiger-7" not in told


def test_part_that_may_mean_two_keys_is_refused(project, monkeypatch):
    text = TEXT.replace("max-rows = 10", "max-rows = 10\nmax_rows = 20")
    (project / "fourstroke.toml").write_text(text)
    monkeypatch.setenv("FOURSTROKE_SET__DATA__COLLECT__MAX_ROWS", "1")

    told = one_fault(project)

    assert "MAX_ROWS may mean 'max-rows' and 'max_rows' (use --set)" in told


@pytest.mark.parametrize("part", ["new column", "a__b", "_a", "a_", "ä", ""])
def test_key_that_no_variable_can_name_has_none(part):
    assert variable_of(["data", "check", part]) == ""


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4))
def test_variable_of_a_key_that_is_there_stands_for_that_key(parts):
    parts = [f"x{part}" for part in parts]  # no key of fourstroke's own begins so
    nested: object = 1
    for part in reversed(parts):
        nested = {part: nested}
    name = variable_of(parts)

    found = stands_for(name, grow(nested)) if name else parts

    assert found == parts
