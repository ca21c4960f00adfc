"""Plugin tables: names, reserved keys, usual plugins, and how steps hang together."""

from __future__ import annotations

import pickle

import pytest

from fourstroke.config import load_config
from fourstroke.errors import ConfigError

HEAD = '[project]\nname = "small"\n[task]\ntarget = "bought"\n'
COLLECT = '[data.collect]\npath = "data.csv"\n'


def load(folder, text: str, *, head: str = HEAD + COLLECT):
    (folder / "fourstroke.toml").write_text(head + text)
    return load_config(folder)


def faults(folder, text: str, *, head: str = HEAD + COLLECT) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, head=head)
    return str(caught.value).splitlines()


def test_stages_without_a_table_get_their_usual_plugin(tmp_path):
    config = load(tmp_path, "")

    found = {stage: [(t.name, t.use) for t in tables] for stage, tables in config.tables.items()}
    one = {
        stage: [(stage, None)]
        for stage in (
            *("collect", "check", "split", "audit", "train", "evaluate", "explain"),
            *("approve", "deploy", "monitor", "alert", "retrain"),
        )
    }
    assert found == one | {
        "validate": [("validate", None), ("unless_worse", "unless_worse")],
        "prepare": [],
        "batch": [],
        "observe": [],
        "render": [("html", "html"), ("markdown", "markdown"), ("json", "json")],
    }
    assert (config.storage.stage, config.storage.use) == ("storage", None)
    assert (config.executor.stage, config.executor.use) == ("executor", None)


def test_project_without_a_target_has_a_data_cycle_only(tmp_path):
    config = load(tmp_path, "", head='[project]\nname = "small"\n' + COLLECT)

    used = [stage for stage, tables in config.tables.items() if tables]
    assert used == ["collect", "check", "split", "render"]


def test_stage_of_the_model_cycle_needs_a_target(tmp_path):
    head = '[project]\nname = "small"\n' + COLLECT

    [only] = faults(tmp_path, '[model.train]\nestimator = "Ridge"\n', head=head)

    assert "model.train: this needs task.target, the column to predict" in only


@pytest.mark.parametrize(
    "task",
    ["[task]\ntarget = 7\n", "[task]\ntraget = 'x'\n", "[[task]]\ntarget = 'x'\n", "task = 'x'\n"],
)
def test_wrong_task_is_one_fault_and_not_also_a_missing_target(tmp_path, task):
    head = f"{task}[project]\nname = 'small'\n{COLLECT}"

    [only] = faults(tmp_path, '[model.train]\nestimator = "Ridge"\n', head=head)

    assert ": task" in only


def test_one_table_and_an_array_with_one_are_alike_but_for_the_place(tmp_path):
    single = load(tmp_path, "[data.split]\ntest = 0.5\n").tables["split"]
    several = load(tmp_path, "[[data.split]]\ntest = 0.5\n").tables["split"]

    assert single[0].settings == several[0].settings == {"test": 0.5}
    assert (single[0].where, several[0].where) == ("data.split", "data.split[0]")


def test_empty_array_leaves_a_stage_out(tmp_path):
    config = load(tmp_path, "[model]\nexplain = []\n", head=f"report = []\n{HEAD}{COLLECT}")

    assert config.tables["explain"] == ()
    assert config.tables["render"] == ()
    assert config.values["model"]["explain"] == []


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("data", "split"),
        ("model", "evaluate"),
        ("development", "approve"),
        ("backends", "storage"),
        ("backends", "runner"),
    ],
)
def test_stage_that_others_need_cannot_be_left_out(tmp_path, table, key):
    [only] = faults(tmp_path, f"[{table}]\n{key} = []\n")

    assert f"{table}.{key}: there has to be one" in only


def test_at_least_one_source_is_required(tmp_path):
    [only] = faults(tmp_path, "[data]\ncollect = []\n", head=HEAD)

    assert only.endswith("data.collect: there has to be one")


@pytest.mark.parametrize("stage", ["data.split", "development.approve", "operations.batch"])
def test_second_table_of_a_single_stage_is_refused(tmp_path, stage):
    [only] = faults(tmp_path, f"[[{stage}]]\n[[{stage}]]\n")

    assert f"{stage}[1]: there can be one {stage} only" in only


@pytest.mark.parametrize(
    ("use", "name"),
    [
        ("drop", "drop"),
        ("acme/drop", "drop"),
        ("steps.py:add_ratios", "add_ratios"),
        ("steps/clean.py:DropOutliers", "DropOutliers"),
        ("steps.py:Outer.inner", "inner"),
        ("steps.py:_private", "private"),
        ("steps.py:größe", "gr_e"),
        ("default", "prepare"),
        ("42", "prepare"),
        (f"steps.py:{'a' * 80}", "a" * 64),
    ],
)
def test_name_is_made_of_use(tmp_path, use, name):
    config = load(tmp_path, f'[[data.prepare]]\nuse = "{use}"\n')

    assert config.tables["prepare"][0].name == name


def test_repeated_names_are_counted_and_spare_those_that_are_given(tmp_path):
    text = '[[data.prepare]]\nuse = "drop"\n' * 3 + '[[data.prepare]]\nname = "drop_2"\nuse = "x"\n'

    config = load(tmp_path, text)

    assert [t.name for t in config.tables["prepare"]] == ["drop", "drop_3", "drop_4", "drop_2"]


def test_long_repeated_name_stays_within_the_limit(tmp_path):
    config = load(tmp_path, f'[[data.prepare]]\nuse = "{"a" * 70}"\n' * 2)

    assert [len(t.name) for t in config.tables["prepare"]] == [64, 64]
    assert config.tables["prepare"][1].name.endswith("a_2")


def test_name_that_is_written_twice_is_refused(tmp_path):
    [only] = faults(tmp_path, '[[model.train]]\nname = "a"\n' * 2)

    assert only.endswith("model.train[1].name: model.train[0] has the name 'a' too")


def test_use_of_the_word_default_is_the_usual_plugin(tmp_path):
    config = load(tmp_path, '[model.train]\nuse = "default"\n')

    assert (config.tables["train"][0].use, config.tables["train"][0].name) == (None, "train")


@pytest.mark.parametrize("table", ["[[data.prepare]]", "[[observe]]", "[[report]]"])
def test_stage_without_a_usual_plugin_needs_use(tmp_path, table):
    [only] = faults(tmp_path, f"{table}\nx = 1\n")

    assert 'it does not say which plugin to use (write use = "...")' in only


@pytest.mark.parametrize(
    "use",
    ["../steps.py:f", "/etc/steps.py:f", "a/../../b.py:f", "C:/steps.py:f", "a\\\\b.py:f", "", " "],
)
def test_use_cannot_leave_the_project(tmp_path, use):
    [only] = faults(tmp_path, f'[[data.prepare]]\nuse = "{use}"\n')

    assert "data.prepare[0].use: expected the name of a plugin" in only


def test_reserved_keys_are_not_settings(tmp_path):
    config = load(
        tmp_path,
        """\
[run]
retries = 1
timeout_seconds = 60
[[data.prepare]]
use = "steps.py:join"
name = "joined"
from = "collect"
retries = 3
timeout_seconds = 2.5
depends = ["data/codes.csv"]
training_only = true
column = "age"
""",
    )

    [table] = config.tables["prepare"]
    assert dict(table.settings) == {"column": "age"}
    assert (table.name, table.inputs, table.depends) == (
        "joined",
        ("collect",),
        ("data/codes.csv",),
    )
    assert (table.retries, table.timeout_seconds, table.training_only) == (3, 2.5, True)
    assert config.tables["check"][0].retries == 1
    assert config.tables["check"][0].timeout_seconds == 60.0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("retries = true", "expected a whole number from 0 to 100, got true"),
        ("timeout_seconds = '9'", "expected a number of seconds above 0, got the text '9'"),
        ("depends = 'x.csv'", "expected an array of paths in the project"),
        ("depends = ['../x.csv']", "expected an array of paths in the project"),
        ("depends = ['/etc/passwd']", "expected an array of paths in the project"),
        ("training_only = 'no'", "expected true or false, got the text 'no'"),
        ("name = '../x'", "expected a name"),
        ("name = 5", "expected a name"),
        ("from = 5", "expected a name, or an array of different names, got the number 5"),
        ("use = 5", "expected the name of a plugin"),
    ],
)
def test_reserved_keys_are_strict(tmp_path, line, message):
    start = "" if line.startswith("use") else 'use = "drop"\n'

    [only] = faults(tmp_path, f"[[data.prepare]]\n{start}{line}\n")

    assert f"data.prepare[0].{line.partition(' ')[0]}: {message}" in only


def test_keys_of_steps_are_settings_of_a_service(tmp_path):
    config = load(tmp_path, '[backends.runner]\nuse = "cluster"\ntimeout_seconds = 5\n')

    assert config.executor.settings == {"timeout_seconds": 5}
    assert config.executor.timeout_seconds is None


def test_training_only_is_a_setting_outside_preparation(tmp_path):
    config = load(tmp_path, "[data.check]\ntraining_only = true\n")

    assert config.tables["check"][0].settings == {"training_only": True}


def test_backends_may_be_text(tmp_path):
    config = load(tmp_path, '[backends]\nstorage = "s3"\nrunner = "inline"\n')

    assert (config.storage.use, config.storage.name) == ("s3", "s3")
    assert (config.executor.use, config.executor.stage) == ("inline", "executor")
    assert "storage" not in config.tables


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[data]\ncheck = 5\n", "data.check: expected a table or an array of tables, got the num"),
        ("[data]\ncheck = 'x'\n", "data.check: expected a table or an array of tables, got the te"),
        ("[data]\ncheck = [{}, 'x']\n", "data.check[1]: expected a table, got the text 'x'"),
        ("[backends]\nrunner = 5\n", "backends.runner: expected text or a table, got the number 5"),
        ("[model]\ntrain = [[]]\n", "model.train[0]: expected a table, got an array"),
    ],
)
def test_stage_is_a_table_or_an_array_of_tables(tmp_path, text, message):
    [only] = faults(tmp_path, text)

    assert message in only


# From one step to the next

SOURCES = """\
[[data.collect]]
name = "people"
path = "people.csv"
[[data.collect]]
name = "homes"
path = "homes.csv"
"""


def test_steps_take_what_from_names(tmp_path):
    config = load(
        tmp_path,
        '[[data.prepare]]\nuse = "join"\nfrom = ["people", "homes"]\n',
        head=HEAD + SOURCES,
    )

    assert config.tables["prepare"][0].inputs == ("people", "homes")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            '[[data.prepare]]\nuse = "join"\nfrom = ["people", "hones"]\n'
            '[[data.prepare]]\nuse = "join"\nfrom = ["join", "homes"]\n',
            "data.prepare[0].from: there is no source or step 'hones' (did you mean 'homes'?)",
            id="unknown",
        ),
        pytest.param(
            '[[data.prepare]]\nuse = "join"\nfrom = ["people", "homes", "drop"]\n'
            '[[data.prepare]]\nuse = "drop"\n',
            "data.prepare[0].from: the step 'drop' does not come before (move it up)",
            id="later",
        ),
        pytest.param(
            '[[data.prepare]]\nuse = "join"\nfrom = ["join", "people", "homes"]\n',
            "data.prepare[0].from: the step 'join' does not come before",
            id="itself",
        ),
        pytest.param(
            '[[data.prepare]]\nuse = "drop"\n',
            "data.collect[1]: no step takes the result of 'homes'",
            id="unused-source",
        ),
        pytest.param(
            '[[data.prepare]]\nuse = "drop"\n'
            '[[data.prepare]]\nuse = "join"\nfrom = ["people", "homes"]\n',
            "data.prepare[0]: no step takes the result of 'drop'",
            id="unused-step",
        ),
        pytest.param(
            '[[data.prepare]]\nuse = "join"\nname = "homes"\nfrom = ["people", "homes"]\n',
            "data.prepare[0].name: a source has the name 'homes' too",
            id="name-of-a-source",
        ),
    ],
)
def test_steps_that_do_not_hang_together_are_refused(tmp_path, text, message):
    lines = faults(tmp_path, text, head=HEAD + SOURCES)

    assert any(message in line for line in lines)


def test_only_preparations_take_from(tmp_path):
    [only] = faults(tmp_path, '[data.check]\nfrom = "collect"\n')

    assert "data.check.from: only a table of [[data.prepare]] takes `from`" in only


def test_config_travels_between_processes(tmp_path):
    config = load(tmp_path, '[backends]\nrunner = "inline"\n')

    assert pickle.loads(pickle.dumps(config)) == config
