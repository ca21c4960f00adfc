"""What lies over the project file: environments, then settings of the command line; and origins."""

from __future__ import annotations

import pytest

from fourstroke.config import flat, load_config
from fourstroke.errors import ConfigError

TEXT = """\
[project]
name = "small"

[task]
target = "bought"

[data.collect]
path = "data.csv"

[[model.train]]
name = "logistic"
estimator = "LogisticRegression"
params = { C = 1.0, max_iter = 100 }

[[model.train]]
name = "boosting"
estimator = "HistGradientBoostingClassifier"

[[development.validate]]
use = "threshold"
metric = "roc_auc"
min = 0.8

[[development.validate]]
use = "baseline"

[backends]
storage = { use = "local", path = "store" }

[environments.prod]
run.seed = 5

[environments.prod.data.collect]
path = "/srv/data.csv"

[[environments.prod.model.train]]
name = "logistic"
params.C = 9.0

[[environments.prod.model.train]]
name = "forest"
estimator = "RandomForestClassifier"

[[environments.prod.development.validate]]
name = "threshold"
min = 0.95

[environments.prod.backends]
storage = { use = "s3", bucket = "models" }
records = "sqlite:///prod.sqlite"

[environments.small]
[[environments.small.model.train]]
name = "dummy"
estimator = "DummyClassifier"
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(TEXT)
    return tmp_path


def line_of(text: str, nth: int = 0) -> int:
    return [n for n, line in enumerate(TEXT.splitlines(), 1) if line == text][nth]


def one_fault(folder, **arguments) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(folder, **arguments)
    [line] = str(caught.value).splitlines()
    return line


# Environments


def test_environment_overlays_tables_key_by_key(project):
    config = load_config(project, environment="prod")

    assert config.environment == "prod"
    assert config.seed == 5
    assert config.tables["collect"][0].settings == {"path": "/srv/data.csv"}
    assert config.name == "small"


def test_entries_of_an_array_are_merged_by_name_and_new_ones_follow(project):
    train = load_config(project, environment="prod").tables["train"]

    assert [table.name for table in train] == ["logistic", "boosting", "forest"]
    assert train[0].settings == {
        "estimator": "LogisticRegression",
        "params": {"C": 9.0, "max_iter": 100},
    }


def test_entry_is_found_by_the_name_that_its_use_gives_it(project):
    threshold, baseline = load_config(project, environment="prod").tables["validate"]

    assert threshold.settings == {"metric": "roc_auc", "min": 0.95}
    assert baseline.use == "baseline"


def test_array_without_a_common_name_is_replaced_whole(project):
    [only] = load_config(project, environment="small").tables["train"]

    assert only.name == "dummy"


def test_other_plugin_does_not_inherit_settings(project):
    storage = load_config(project, environment="prod").storage

    assert (storage.use, storage.settings) == ("s3", {"bucket": "models"})


def test_without_an_environment_none_is_in_force(project):
    config = load_config(project)

    assert (config.environment, config.seed) == ("", 0)
    assert "environments" not in config.values


def test_environment_comes_from_the_variable(project, monkeypatch):
    monkeypatch.setenv("FOURSTROKE_ENV", "prod")

    assert load_config(project).environment == "prod"
    assert load_config(project, environment="small").environment == "small"
    assert load_config(project, environment="").environment == ""


def test_unknown_environment_gets_the_nearest(project, monkeypatch):
    told = one_fault(project, environment="prd")
    monkeypatch.setenv("FOURSTROKE_ENV", "smal")
    by_variable = one_fault(project)

    assert told == "--env: there is no environment 'prd' (did you mean 'prod'?)"
    assert by_variable == "FOURSTROKE_ENV: there is no environment 'smal' (did you mean 'small'?)"


def test_project_without_environments_says_so(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(TEXT.partition("[environments")[0])

    told = one_fault(tmp_path, environment="prod")

    assert "the project file has none: write a table [environments.NAME]" in told


def test_fault_of_an_environment_that_is_not_in_force_is_told(project):
    text = TEXT.replace("run.seed = 5", "run.sed = 5")
    (project / "fourstroke.toml").write_text(text)
    line = line_of("run.seed = 5")

    expected = (
        f"[environments.prod] fourstroke.toml:{line}: run.sed: there is no such key "
        "(did you mean 'seed'?)"
    )
    assert one_fault(project) == expected
    assert one_fault(project, environment="prod") == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[environments]\nprod = 1\n", "environments.prod: expected a table, got the number 1"),
        ("[environments.'../x']\n", "expected a name"),
        ("[environments.a.environments.b]\n", "an environment holds no other environments"),
        ("[environments.a.project]\nname = 5\n", "project.name: expected a name"),
        ("[[environments.a]]\n", "environments.a: expected a table, got an array"),
    ],
)
def test_environments_are_strict_as_well(tmp_path, text, message):
    (tmp_path / "fourstroke.toml").write_text(TEXT.partition("[environments")[0] + text)

    assert message in one_fault(tmp_path)


def test_table_overlays_the_only_entry_of_an_array(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(
        "[project]\nname = 'x'\n[[data.collect]]\npath = 'a.csv'\nformat = 'csv'\n"
        "[environments.prod.data.collect]\npath = 'b.csv'\n"
    )

    [only] = load_config(tmp_path, environment="prod").tables["collect"]

    assert only.settings == {"path": "b.csv", "format": "csv"}


# Settings of the command line


@pytest.mark.parametrize(
    ("override", "path", "value"),
    [
        ("run.seed=3", ("run", "seed"), 3),
        ("data.split.test=0.3", ("data", "split", "test"), 0.3),
        ("task.positive=>50K", ("task", "positive"), ">50K"),
        ("task.positive=true", ("task", "positive"), True),
        ('task.positive="1"', ("task", "positive"), "1"),
        ("task.positive=", ("task", "positive"), ""),
        ("task.positive=a=b", ("task", "positive"), "a=b"),
        ("task.positive=2024-01-01", ("task", "positive"), "2024-01-01"),
        ("project.description=two words", ("project", "description"), "two words"),
        ('task.sensitive=["sex"]', ("task", "sensitive"), ["sex"]),
        ("data.split={ test = 0.5 }", ("data", "split", "test"), 0.5),
        ('data.collect."odd = key"=1', ("data", "collect", "odd = key"), 1),
        ("project.description=1\nb = 2", ("project", "description"), "1\nb = 2"),
    ],
)
def test_setting_is_toml_or_else_text(project, override, path, value):
    found = load_config(project, overrides=[override]).values
    for part in path:
        found = found[part]

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("key", ["logistic", "0"])
def test_entry_is_set_by_name_or_index(project, key):
    config = load_config(project, overrides=[f"model.train.{key}.params.C=0.1"])

    assert config.tables["train"][0].settings["params"] == {"C": 0.1, "max_iter": 100}


def test_entry_is_set_by_the_name_that_its_use_gives_it(project):
    config = load_config(project, overrides=["development.validate.threshold.min=0.5"])

    assert config.tables["validate"][0].settings["min"] == 0.5


def test_single_table_can_be_named_too(project):
    config = load_config(project, overrides=["data.collect.collect.path=new.csv"])

    assert config.tables["collect"][0].settings == {"path": "new.csv"}


def test_settings_lie_over_the_environment_and_the_last_one_wins(project):
    overrides = ["run.seed=6", "run.seed=7", "backends.storage.bucket=other"]

    config = load_config(project, environment="prod", overrides=overrides)

    assert config.seed == 7
    assert config.storage.settings == {"bucket": "other"}


@pytest.mark.parametrize("override", ["backends.storage=gcs", "backends.storage.use=gcs"])
def test_other_plugin_by_setting_does_not_inherit_settings(project, override):
    storage = load_config(project, overrides=[override]).storage

    assert (storage.use, storage.settings) == ("gcs", {})


def test_other_plugin_of_an_entry_keeps_its_name(project):
    train = load_config(project, overrides=["model.train.logistic.use=boost"]).tables["train"]

    assert (train[0].name, train[0].use, train[0].settings) == ("logistic", "boost", {})


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("run.seed", "--set: expected KEY=VALUE, got 'run.seed' (--set run.seed=1)"),
        ("=3", "--set: expected KEY=VALUE"),
        ("run..seed=3", "--set run..seed: this is not a key"),
        ("run]\n[x=3", "this is not a key"),
        ("a=1\nb=3", "--set: a: there is no such key"),
        ("run.sed=3", "--set: run.sed: there is no such key (did you mean 'seed'?)"),
        ("run.seed=many", "--set: run.seed: expected a whole number"),
        ("run.seed=nan", "--set: run.seed: nan is no value of a setting"),
        ("run.seed.x=1", "--set: run.seed: expected a whole number"),
        ("project.name.x=1", "--set project.name.x: project.name is not a table"),
        ("model.train.logistc.C=1", "model.train has no 'logistc' (did you mean 'logistic'?)"),
        ("model.train.7.C=1", "model.train has no '7' (there are: boosting, logistic)"),
        ("model.train.logistic=1", "model.train[0]: expected a table, got the number 1"),
        ("environments.x.run.seed=1", "environments: there is no such key"),
        ("run.seed=" + "[" * 50, "this is too long or nests too deep"),
        (".".join("a" * 50) + "=1", "this is too long or nests too deep"),
        ("project.description=" + "x" * 20_000, "this is too long or nests too deep"),
    ],
)
def test_wrong_setting_is_one_clear_line(project, override, message):
    assert message in one_fault(project, overrides=[override])


# Origins


def test_every_value_says_where_it_comes_from(project):
    config = load_config(project, environment="prod", overrides=["model.train.boosting.seed=3"])

    found = {entry.path: (entry.value, entry.origin) for entry in flat(config)}
    collect = line_of('path = "/srv/data.csv"')
    assert found["project.name"] == ("small", "fourstroke.toml:2")
    assert found["data.collect.path"] == (
        "/srv/data.csv",
        f"[environments.prod] fourstroke.toml:{collect}",
    )
    assert found["model.train.logistic.params.C"] == (
        9.0,
        f"[environments.prod] fourstroke.toml:{line_of('params.C = 9.0')}",
    )
    assert found["model.train.logistic.params.max_iter"][1] == "fourstroke.toml:13"
    assert found["model.train.boosting.seed"] == (3, "--set")
    assert found["run.retries"] == (0, "default")
    assert found["operations.retrain.use"] == ("default", "default")
    assert found["report.html.use"] == ("html", "default")


def test_values_are_listed_in_the_order_of_the_cycles(project):
    tables = [entry.path.partition(".")[0] for entry in flat(load_config(project))]

    assert list(dict.fromkeys(tables)) == [
        "project",
        "task",
        "run",
        "data",
        "model",
        "development",
        "operations",
        "report",
        "backends",
    ]


def test_settings_shown_can_be_given_back(project):
    config = load_config(project, environment="prod")

    overrides = [
        f"{entry.path}={entry.value}"
        for entry in flat(config)
        if isinstance(entry.value, int | float)
        and not isinstance(entry.value, bool)
        # Which no call may say.
        and not entry.path.startswith("development.policy.")
    ]
    again = load_config(project, environment="prod", overrides=overrides)

    assert again.values == config.values
    assert again.tables == config.tables


def test_lines_are_found_in_every_form_that_toml_has(tmp_path):
    text = '''\
# "a comment" = [ {
title.unknown = 1   # a comment

[ project ]   # [[ not a header ]]
name = "x"
description = """
one = 1
[run]
seed = 7 """
[data]
collect = { path = 'a # b', nested = { "odd ] key" = [1,
    2, # two
    { deep = """]""" },
] } }
[[data."prepare"]]
use = "a"
[data.prepare.params]
x = 1
[[data.prepare]]
'use' = "b"
  [data.prepare.params]
  y.z = \'\'\'it's ""\'\'\'
[[data.prepare.rules]]
column = "c"
[[data.prepare.rules]]
column = "d"
[run]
"seed" = 1979
'''
    (tmp_path / "fourstroke.toml").write_text(text.replace("title.unknown = 1 ", "# "))

    origins = load_config(tmp_path).origins

    lines = {path: int(o.rpartition(":")[2]) for path, o in origins.items() if ":" in o}
    assert lines == {
        "project.name": 5,
        "project.description": 6,
        "run.seed": 28,
        "data.collect.path": 11,
        'data.collect.nested."odd ] key"': 11,
        "data.prepare.a.use": 16,
        "data.prepare.a.params.x": 18,
        "data.prepare.b.use": 20,
        "data.prepare.b.params.y.z": 22,
        "data.prepare.b.rules.0.column": 24,
        "data.prepare.b.rules.1.column": 26,
    }


def test_fault_that_an_environment_makes_in_the_base_is_told(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(
        "[project]\nname = 'x'\n[data.collect]\npath = 'a'\n"
        "[[data.prepare]]\nuse = 'drop'\nfrom = 'collect'\n"
        "[environments.prod.data.collect]\nname = 'other'\n"
    )

    place = "[environments.prod] fourstroke.toml:7: data.prepare[0].from"
    assert (
        one_fault(tmp_path) == f"{place}: there is no source or step 'collect' (there are: other)"
    )


def test_environment_with_a_store_of_its_own_needs_records_of_its_own(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(
        '[project]\nname = "p"\n[data.collect]\npath = "x.csv"\n'
        '[environments.prod.backends]\nstorage = { use = "local", path = "other" }\n'
    )

    with pytest.raises(ConfigError, match="another store needs records of its own"):
        load_config(tmp_path)
