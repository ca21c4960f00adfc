"""Keys of fourstroke itself: strict types, all faults at once, the nearest right key."""

from __future__ import annotations

import attrs
import pytest

from fourstroke import Task
from fourstroke.config import Policy, load_config
from fourstroke.config.keys import KEYS
from fourstroke.errors import ConfigError

BASE = {
    "project": ['name = "small"'],
    "task": ['target = "bought"'],
    "data.collect": ['path = "data.csv"'],
}


def write(folder, **tables: str):
    """Write a valid project with lines added to its tables; `__` stands for a dot."""
    text = {name: list(lines) for name, lines in BASE.items()}
    for name, lines in tables.items():
        text.setdefault(name.replace("__", "."), []).append(lines)
    (folder / "fourstroke.toml").write_text(
        "\n".join("\n".join([f"[{name}]", *lines]) for name, lines in text.items())
    )
    return folder


def faults(folder, **tables: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(write(folder, **tables))
    return str(caught.value).splitlines()


def test_every_key_is_read(tmp_path):
    (tmp_path / "fourstroke.toml").write_text("""\
[project]
name = "churn"
description = "Who leaves"
allow_pickle = true
[task]
target = "left"
kind = "multiclass"
id = "customer"
time = "at"
group = "home"
sensitive = ["sex", "age"]
ignore = ["note"]
[run]
seed = 7
retries = 2
timeout_seconds = 30
[data]
name = "customers"
[data.collect]
path = "data.csv"
[model]
name = "leavers"
select = "f1_macro"
[development.policy]
author_may_approve = false
clean_tree = true
[backends]
records = "postgresql://ana:${PASSWORD}@db/x"
""")

    config = load_config(tmp_path)

    assert config.description == "Who leaves"
    assert config.allow_pickle is True
    assert config.task == Task(
        target="left",
        kind="multiclass",
        id="customer",
        time="at",
        group="home",
        sensitive=("sex", "age"),
        ignore=("note",),
    )
    assert (config.seed, config.dataset, config.model) == (7, "customers", "leavers")
    assert config.select == "f1_macro"
    assert config.policy == Policy(author_may_approve=False, clean_tree=True)
    assert config.records_url == "postgresql://ana:${PASSWORD}@db/x"
    assert config.tables["train"][0].retries == 2
    assert config.tables["train"][0].timeout_seconds == 30.0


def test_keys_cover_all_fields_of_task_and_policy():
    known = {key.path for key in KEYS}

    assert {("task", field.name) for field in attrs.fields(Task)} <= known
    assert {("development", "policy", field.name) for field in attrs.fields(Policy)} <= known


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ("project", 'allow_pickle = "no"', "expected true or false, got the text 'no'"),
        ("project", "allow_pickle = 0", "expected true or false, got the number 0"),
        ("project", "description = 5", "expected text, got the number 5"),
        ("run", "seed = true", "expected a whole number from 0 to 4294967295, got true"),
        ("run", "seed = 1.0", "expected a whole number from 0 to 4294967295, got the number 1.0"),
        ("run", 'seed = "1"', "got the text '1'"),
        ("run", "seed = -1", "got the number -1"),
        ("run", "seed = 4294967296", "got the number 4294967296"),
        ("run", "retries = 1.9", "expected a whole number from 0 to 100, got the number 1.9"),
        ("run", "timeout_seconds = 0", "expected a number of seconds above 0, got the number 0"),
        ("run", "timeout_seconds = true", "expected a number of seconds above 0, got true"),
        ("run", "timeout_seconds = inf", "inf is no value of a setting"),
        ("run", "timeout_seconds = nan", "nan is no value of a setting"),
        ("run", "seed = 99999999999999999999", "this number has more than 64 bits"),
        ("task", 'kind = "binry"', "got the text 'binry' (did you mean 'binary'?)"),
        ("task", "kind = 2", "expected one of binary, multiclass, regression, got the number 2"),
        ("task", 'sensitive = "sex"', "expected an array of different texts, got the text 'sex'"),
        (
            "task",
            'sensitive = ["a", 1]',
            "expected an array of different texts, got the array ['a', 1]",
        ),
        ("task", 'sensitive = ["a", "a"]', "expected an array of different texts"),
        ("task", "positive = nan", "nan is no value of a setting"),
        ("task", "positive = 1979-05-27", 'dates and times are written as text here ("1979-05-27"'),
        (
            "task",
            'positive = ["yes"]',
            "expected text, a number, or true or false, got the array ['yes']",
        ),
        ("data", 'name = "../up"', "expected a name: a letter, then letters, digits, _ or -"),
        ("data", 'name = ""', "expected a name"),
        ("model", 'name = "a/b"', "expected a name"),
        ("model", 'name = "1st"', "expected a name"),
        ("model", f'name = "{"a" * 65}"', "expected a name"),
        ("model", 'name = "a\\n"', "expected a name"),
        ("model", 'name = "${HOME}"', "no variable is replaced here"),
        ("task", 'id = "a\\u0000b"', "there is a NUL character"),
    ],
)
def test_wrong_value_names_its_line_its_key_and_what_is_expected(tmp_path, table, line, message):
    [only] = faults(tmp_path, **{table: line})

    key = line.partition(" = ")[0]
    assert only.startswith("fourstroke.toml:")
    assert f": {table}.{key}: " in only
    assert message in only


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ("task", 'targt = "x"', "task.targt: there is no such key (did you mean 'target'?)"),
        ("run", "sed = 1", "run.sed: there is no such key (did you mean 'seed'?)"),
        ("project", "seed = 1", "project.seed: there is no such key (did you mean 'run.seed'?)"),
        ("task", 'retries = "x"', "did you mean 'run.retries'?"),
        ("modle.train", "x = 1", "modle: there is no such key (did you mean 'model'?)"),
        ("model.trian", "x = 1", "model.trian: there is no such key (did you mean 'train'?)"),
        ("split", "test = 1", "split: there is no such key (did you mean 'data.split'?)"),
        ("development.policy", "clean = true", "(did you mean 'clean_tree'?)"),
        ("backends", 'storge = "x"', "(did you mean 'storage'?)"),
        ("run", '"a b" = 1', 'run."a b": there is no such key (there are: '),
    ],
)
def test_unknown_key_gets_the_nearest_right_one(tmp_path, table, line, message):
    [only] = faults(tmp_path, **{table.replace(".", "__"): line})

    assert message in only


def test_all_faults_are_told_at_once(tmp_path):
    (tmp_path / "fourstroke.toml").write_text("""\
[project]
nam = "x"
[task]
kind = "many"
[run]
seed = "one"
[data.split]
retries = -1
""")

    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)

    lines = str(caught.value).splitlines()
    keys = {line.removeprefix("fourstroke.toml").split(": ")[1] for line in lines}
    assert keys == {
        "project.nam",
        "project.name",
        "task.kind",
        "run.seed",
        "data.split.retries",
        "data.collect",
    }
    assert caught.value.exit_code == 2


def test_empty_file_is_told_what_it_needs(tmp_path):
    (tmp_path / "fourstroke.toml").touch()

    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)

    assert str(caught.value).splitlines() == [
        'fourstroke.toml: project.name: this is missing (write name = "..." under [project])',
        'fourstroke.toml: data.collect: this is missing (write path = "..." under [data.collect])',
    ]


@pytest.mark.parametrize("text", ["task = 1\n", "[[task]]\ntarget = 'x'\n", "model = 'x'\n"])
def test_value_in_the_place_of_a_table_is_refused(tmp_path, text):
    (tmp_path / "fourstroke.toml").write_text(
        f"{text}[project]\nname = 'x'\n[data.collect]\npath = 'x'\n"
    )

    with pytest.raises(ConfigError, match="expected a table, got "):
        load_config(tmp_path)


@pytest.mark.parametrize("key", ["id", "time", "group"])
def test_target_is_nothing_else_beside(tmp_path, key):
    [only] = faults(tmp_path, task=f'{key} = "bought"')

    assert f"task.{key}: 'bought' is the target, and cannot be this too" in only


@pytest.mark.parametrize("key", ["sensitive", "ignore"])
def test_target_is_not_among_other_columns(tmp_path, key):
    [only] = faults(tmp_path, task=f'{key} = ["age", "bought"]')

    assert f"task.{key}: 'bought' is the target" in only


def test_positive_class_belongs_to_binary_tasks(tmp_path):
    [only] = faults(tmp_path, task='kind = "regression"\npositive = 1')

    assert "task.positive: a regression task has no positive class (leave it out)" in only


@pytest.mark.parametrize("positive", ['">50K"', "1", "0.5", "true"])
def test_positive_class_keeps_its_type(tmp_path, positive):
    config = load_config(write(tmp_path, task=f"positive = {positive}"))

    expected = {'">50K"': ">50K", "1": 1, "0.5": 0.5, "true": True}[positive]
    assert config.task.positive == expected
    assert type(config.task.positive) is type(expected)
