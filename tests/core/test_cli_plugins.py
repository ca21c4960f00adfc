"""`fourstroke plugins` and `fourstroke config`: what is there, what is in force, and from where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

import attrs
import click
import pytest

from fourstroke.cli.invocation import Invocation
from fourstroke.cli.main import main
from fourstroke.cli.names import completed, environments, models, plugins
from fourstroke.plugins import discovery
from fourstroke.plugins.discovery import Offer

PROJECT = """\
[project]
name = "small"

[task]
target = "bought"

[data.collect]
path = "data.csv"

[[data.prepare]]
use = "steps.py:add"

[[model.train]]
name = "logistic"
use = "acme/boost"

[environments.prod.data.split]
test = 0.4
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "fourstroke.toml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def offer(**changes):
    facts = {
        "stage": "train",
        "name": "boost",
        "distribution": "acme",
        "version": "1.2",
        "value": f"{__name__}:Boost",
        "is_bundled": False,
    }
    return Offer(**(facts | changes))


@attrs.frozen
class Limit:
    """Where to stop."""

    # After so many seconds.
    seconds: float | None = None


@attrs.frozen
class Boost:
    """Boost trees."""

    # How many trees.
    rounds: int
    # How far each goes.
    rate: float = 0.1

    names: list[str] = attrs.field(factory=list)
    limits: Mapping[str, Limit] = attrs.field(factory=dict)
    loss: Literal["log", "square"] = "log"


@pytest.fixture
def shelf(monkeypatch):
    """Put plugins on the shelf besides the bundled ones."""
    bundled = discovery.installed()

    def put(*offers):
        everything = (*bundled, *offers)
        monkeypatch.setattr(discovery, "installed", lambda: everything)
        monkeypatch.setattr("fourstroke.cli.plugins.installed", lambda: everything)

    return put


def rows(capsys):
    return {
        tuple(line.split()[:2]): " ".join(line.split()[2:])
        for line in capsys.readouterr().out.splitlines()
    }


def test_what_is_installed_is_listed_with_its_distribution(tmp_path, monkeypatch, shelf, capsys):
    monkeypatch.chdir(tmp_path)
    shelf(offer())

    code = main(["plugins", "list"])

    listed = rows(capsys)
    assert code == 0
    assert listed["train", "boost"] == "[[model.train]] acme 1.2 installed"
    assert listed["split", "time"].endswith("(bundled) installed")
    assert not any(name == "default" for _, name in listed)


@pytest.mark.parametrize(
    ("kind", "name", "table"),
    [
        ("render", "html", "[[report]]"),
        ("runner", "inline", "[backends.runner]"),
        ("codec", "pandas.DataFrame", ""),
    ],
)
def test_a_plugin_is_listed_with_the_table_that_names_it(kind, name, table, project, capsys):
    main(["plugins", "list"])

    assert rows(capsys)[kind, name].startswith(f"{table} fourstroke ".lstrip())


def test_a_plugin_is_shown_with_the_table_that_names_it(project, capsys):
    main(["plugins", "show", "render/html"])

    assert ["table", "[[report]]"] in [
        line.split() for line in capsys.readouterr().out.splitlines()
    ]


def test_what_a_project_uses_is_marked(project, shelf, capsys):
    shelf(offer(), offer(distribution="beta"))

    main(["plugins", "list"])

    out = capsys.readouterr().out
    assert "acme 1.2" in out
    assert [line.split()[-2:] for line in out.splitlines() if "acme" in line] == [["in", "use"]]
    assert [line.split()[-1] for line in out.splitlines() if "beta" in line] == ["installed"]
    assert [line.split() for line in out.splitlines() if "steps.py" in line] == [
        ["prepare", "add", "[[data.prepare]]", "./steps.py", "in", "use"]
    ]


def test_a_default_that_is_not_named_is_in_use_too(project, capsys):
    main(["plugins", "list"])

    listed = rows(capsys)
    assert listed["split", "automatic"].endswith("in use")
    assert listed["storage", "local"].endswith("in use")
    assert listed["runner", "inline"].endswith("installed")


def test_a_broken_plugin_is_one_line(tmp_path, monkeypatch, shelf, capsys):
    monkeypatch.chdir(tmp_path)
    shelf(offer(problem="it needs fourstroke>=2, and this is fourstroke 0.1.0"))

    code = main(["plugins", "list"])

    assert code == 0
    assert "broken: it needs fourstroke>=2" in rows(capsys)["train", "boost"]


def test_a_faulty_project_file_does_not_hide_what_is_installed(project, capsys):
    (project / "fourstroke.toml").write_text("[projekt]\n")

    code = main(["plugins", "list"])

    out, err = capsys.readouterr()
    assert code == 0
    assert "stratified" in out
    assert err.startswith("warning: ")


def test_a_list_from_below_a_project_names_the_project(project, monkeypatch, capsys):
    (project / "data").mkdir()
    monkeypatch.chdir(project / "data")

    code = main(["plugins", "list"])

    assert code == 0
    assert "the project of this folder is in ..: -C .." in capsys.readouterr().err


def test_the_list_comes_as_json(project, shelf, capsys):
    shelf(offer())

    main(["plugins", "list", "--json"])

    facts = json.loads(capsys.readouterr().out)
    boost = next(each for each in facts["plugins"] if each["name"] == "boost")
    assert boost == {
        "kind": "train",
        "table": "[[model.train]]",
        "name": "boost",
        "distribution": "acme",
        "version": "1.2",
        "class": f"{__name__}:Boost",
        "is_bundled": False,
        "status": "in use",
    }
    assert facts["files"] == [{"kind": "prepare", "use": "steps.py:add"}]


@pytest.mark.parametrize("name", ["boost", "train/boost", "acme/boost"])
def test_a_plugin_is_shown_with_its_settings(name, project, shelf, capsys):
    shelf(offer())

    code = main(["plugins", "show", name])

    out = capsys.readouterr().out
    assert code == 0
    assert "Boost trees." in out
    assert ["rounds", "int", "required"] in [line.split() for line in out.splitlines()]
    assert ["rate", "float", "0.1"] in [line.split() for line in out.splitlines()]
    assert "[]" in out


def test_settings_come_as_json(project, shelf, capsys):
    shelf(offer())

    main(["plugins", "show", "boost", "--json"])

    (shown,) = json.loads(capsys.readouterr().out)["plugins"]
    assert shown["settings"][0] == {
        "name": "rounds",
        "type": "int",
        "default": "required",
        "meaning": "How many trees.",
    }


def test_a_setting_is_shown_with_what_it_means(project, shelf, capsys):
    shelf(offer())

    main(["plugins", "show", "boost"])

    assert "\nrounds   int  required\n         How many trees.\n" in capsys.readouterr().out


def test_a_closed_choice_is_shown_with_its_values(project, shelf, capsys):
    shelf(offer())

    main(["plugins", "show", "boost"])

    assert "loss     'log' | 'square'  'log'" in capsys.readouterr().out


def test_a_table_in_a_setting_is_shown_with_its_own_settings(project, shelf, capsys):
    shelf(offer())

    main(["plugins", "show", "boost"])

    out = capsys.readouterr().out
    assert "\nLimit\n\n  Where to stop.\n" in out
    assert "seconds  float | None  None\n         After so many seconds." in out


def test_rules_of_columns_are_told_in_full(project, capsys):
    main(["plugins", "show", "check/columns", "--json"])

    (shown,) = json.loads(capsys.readouterr().out)["plugins"]
    (rule,) = shown["tables"]
    assert [each["name"] for each in rule["settings"]][:4] == ["type", "nulls", "min", "max"]
    assert all(each["meaning"] for each in rule["settings"])


def test_a_plugin_that_does_not_load_is_one_line(project, shelf, capsys):
    shelf(offer(value="no_such_module:Boost"))

    assert main(["plugins", "show", "boost"]) == 2
    assert "plugin boost (acme 1.2): it did not load" in capsys.readouterr().err


def test_an_unknown_plugin_gets_the_nearest(project, capsys):
    assert main(["plugins", "show", "stratfied"]) == 2
    assert "did you mean 'stratified'?" in capsys.readouterr().err


def test_config_shows_each_value_with_its_origin(project, capsys):
    words = ["--env", "prod", "--set", "task.target=sold", "config", "show", "--origin"]

    code = main(words)

    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert ["project.name", '"small"', "fourstroke.toml:2"] in lines
    assert ["data.split.test", "0.4", "[environments.prod] fourstroke.toml:18"] in lines
    assert ["task.target", '"sold"', "--set"] in lines
    assert ["run.seed", "0", "default"] in lines


def test_the_runner_has_one_name(project, capsys):
    main(["config", "show"])
    main(["plugins", "show", "runner/processes"])

    out = capsys.readouterr().out
    assert 'backends.runner.name = "runner"' in out
    assert "\nrunner/processes\n" in out


def test_an_unknown_runner_is_told_so(project, capsys):
    assert main(["config", "check", "--set", "backends.runner=processs"]) == 2
    assert "no runner plugin 'processs' is installed" in capsys.readouterr().err


def test_config_shows_values_as_they_would_be_set(project, capsys):
    main(["config", "show"])

    assert 'model.train.logistic.use = "acme/boost"' in capsys.readouterr().out


def test_config_comes_as_json(project, capsys):
    main(["config", "show", "--json"])

    entries = json.loads(capsys.readouterr().out)["entries"]
    assert {"path": "project.name", "value": "small", "origin": "fourstroke.toml:2"} in entries


def test_a_secret_is_not_shown(project, capsys, monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "hunter2")
    text = PROJECT + '[backends]\nrecords = "postgresql://ana:${DB_PASSWORD}@db/x"\n'
    (project / "fourstroke.toml").write_text(text)

    main(["config", "show"])
    main(["config", "show", "--json"])

    assert "hunter2" not in capsys.readouterr().out


def test_a_schema_for_editors_is_printed(capsys):
    code = main(["config", "schema"])

    schema = json.loads(capsys.readouterr().out)
    assert code == 0
    assert {"project", "task", "data"} <= schema["properties"].keys()


def test_a_shell_completes_names(project, shelf):
    shelf(offer())

    assert completed(plugins)(context(), None, "train/b") == ["train/boost"]
    assert completed(environments)(context(), None, "") == ["prod"]


def test_a_shell_that_completes_never_shows_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert completed(models)(context(), None, "") == []


def context():
    return click.Context(click.Command("probe"), obj=Invocation())
