"""`fourstroke config explain`: value, origin, type, meaning, and the variable that would set it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fourstroke.cli.main import main
from fourstroke.config import flat, load_config
from fourstroke.explanation import explain

pytestmark = pytest.mark.usefixtures("in_one_process")

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "income"

PROJECT = """\
[project]
name = "small"

[task]
target = "bought"

[run]
retries = 2

[data.collect]
path = "data.csv"

[[data.prepare]]
use = "steps.py:Clip"
limit = 3.0
rules.age = { least = 1 }

[[data.prepare]]
use = "steps.py:scale"
name = "second"
token = "${SCALE_TOKEN}"

[data.check]
use = "steps.py:Bounded"
column = "age"

[environments.prod.data.check]
column = "visits"
"""

STEPS = '''\
import attrs
from fourstroke import hookimpl, plugin


@attrs.frozen
class Rule:
    # The least value.
    least: int = 0


@plugin
class Clip:
    """Clip cells."""

    # Cells beyond this many standard deviations
    # are clipped.
    limit: float = 4.0
    wide: bool = False  # Whether names are kept.
    rules: dict[str, Rule] = attrs.field(factory=dict)

    @hookimpl
    def prepare(self, data):
        return data


@plugin
class Bounded:
    """Check one column.

    Parameters
    ----------
    column : str
        The column that
        is bounded.
    """

    column: str

    @hookimpl
    def check(self, data):
        return []


def scale(
    data,
    # By how much.
    factor: float = 2.0,
    token: str = "",
):
    """Multiply all cells."""
    return data
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "fourstroke.toml").write_text(PROJECT)
    (tmp_path / "steps.py").write_text(STEPS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def line_of(text: str) -> int:
    return PROJECT.splitlines().index(text) + 1


def explained(capsys, *words: str) -> dict[str, object]:
    assert main(["config", "explain", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_key_is_told_line_by_line(project, capsys):
    line = line_of('column = "age"')

    code = main(["config", "explain", "data.check.column"])

    assert code == 0
    assert capsys.readouterr().out.splitlines() == [
        "data.check.column",
        'value     "age"',
        f"origin    fourstroke.toml:{line}",
        "type      text",
        "help      The column that is bounded.",
        "plugin    steps.py:Bounded",
        "variable  FOURSTROKE_SET__DATA__CHECK__COLUMN",
    ]


def test_environment_in_force_decides(project, capsys):
    found = explained(capsys, "data.check.column", "--env", "prod")

    line = line_of('column = "visits"')
    assert found["value"] == "visits"
    assert found["origin"] == f"[environments.prod] fourstroke.toml:{line}"


def test_variable_in_force_is_the_origin_and_reads_as_set(project, capsys, monkeypatch):
    monkeypatch.setenv("FOURSTROKE_SET__DATA__CHECK__COLUMN", "height")

    found = explained(capsys, "data.check.column", "--env", "prod")

    assert found["value"] == "height"
    assert found["origin"] == found["variable"] == "FOURSTROKE_SET__DATA__CHECK__COLUMN"
    assert found["is_variable_set"] is True


def test_setting_of_the_command_line_is_the_origin(project, capsys):
    found = explained(capsys, "data.check.column", "--set", "data.check.column=x")

    assert (found["value"], found["origin"]) == ("x", "--set")


@pytest.mark.parametrize(
    ("key", "value", "kind", "text"),
    [
        (
            "data.prepare.Clip.limit",
            3.0,
            "a number",
            "Cells beyond this many standard deviations are clipped.",
        ),
        ("data.prepare[0].wide", False, "true or false", "Whether names are kept."),
        ("data.prepare.0.rules", {"age": {"least": 1}}, "a table", "Clip cells."),
        ("data.prepare.Clip.rules.age.least", 1, "a whole number", "The least value."),
        ("data.prepare.second.factor", 2.0, "a number", "By how much."),
        ("data.prepare.second.token", "${SCALE_TOKEN}", "text", "Multiply all cells."),
        (
            "run.seed",
            0,
            "a whole number from 0 to 4294967295",
            "For everything that draws at random.",
        ),
        ("data.prepare.second.depends", [], None, None),
        ("backends.storage.use", "default", None, None),
    ],
)
def test_value_type_and_meaning_are_told(project, capsys, key, value, kind, text):
    found = explained(capsys, key)

    assert found["value"] == value
    assert kind is None or (found["type"], found["help"]) == (kind, text)


def test_what_a_table_takes_from_run_says_so(project, capsys):
    found = explained(capsys, "data.check.retries")

    assert found["value"] == 2
    assert found["origin"] == f"run.retries: fourstroke.toml:{line_of('retries = 2')}"


def test_secret_is_named_and_never_shown(project, capsys, monkeypatch):
    monkeypatch.setenv("SCALE_TOKEN", "tiger-7")

    code = main(["config", "explain", "data.prepare.second.token"])

    out = capsys.readouterr().out
    assert code == 0
    assert '"${SCALE_TOKEN}"' in out
    assert "SCALE_TOKEN (set)" in out
    assert "tiger-7" not in out


def test_default_that_holds_a_secret_is_masked(project, capsys, monkeypatch):
    monkeypatch.setenv("SCALE_TOKEN", "tiger-7")
    steps = STEPS.replace("factor: float = 2.0", 'factor: str = "is tiger-7"')
    (project / "steps.py").write_text(steps)

    found = explained(capsys, "data.prepare.second.factor")

    assert found["value"] == "is ${SCALE_TOKEN}"


def test_setting_that_has_to_be_there_says_so(project, capsys):
    text = PROJECT.replace('column = "age"\n', "").partition("[environments")[0]
    (project / "fourstroke.toml").write_text(text)

    code = main(["config", "explain", "data.check.column"])

    assert code == 0
    assert "(not set, and it has to be)" in capsys.readouterr().out


def test_key_that_no_variable_can_name_has_none(project, capsys):
    text = PROJECT.replace("rules.age", 'rules."my age"')
    (project / "fourstroke.toml").write_text(text)

    found = explained(capsys, 'data.prepare.Clip.rules."my age".least')

    assert (found["value"], found["variable"]) == (1, "")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("data.chek.column", "there is no such key (did you mean 'data.check.column'?)"),
        ("data.check.colum", "there is no such setting (did you mean 'column'?)"),
        ("data.prepare.Clip.limt", "there is no such setting (did you mean 'limit'?)"),
        ("data.prepare.Clip.limit.x", "there is no such key"),
        ("data.prepare.Clip.retries.x", "data.prepare.Clip.retries is no table"),
        ("data.prepare.secnd.factor", "2 tables: name the one (did you mean 'data.prepare.second'"),
        ("data.check", "this is a table (there are: data.check.column"),
        ("run", "this is a table (there are: run.retries, run.seed"),
        ("operations.batch.use", "there is no table operations.batch"),
        ("", "this is not a key"),
        ("a = 1\nb", "this is not a key"),
    ],
)
def test_wrong_key_is_one_line_with_the_nearest(project, capsys, key, message):
    code = main(["config", "explain", key])

    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err


def test_plugin_that_does_not_load_is_one_line(project, capsys):
    (project / "steps.py").write_text("import no_such_module\n")

    code = main(["config", "explain", "data.check.column"])

    assert code == 2
    assert "steps.py:1: it did not load" in capsys.readouterr().err


@pytest.mark.parametrize("environment", ["", "prod"])
def test_every_key_that_is_shown_can_be_explained(project, environment):
    for folder in (project, EXAMPLE) if not environment else (project,):
        config = load_config(folder, environment=environment)

        found = {entry.path: explain(config, entry.path) for entry in flat(config)}

        told = {key: (each.key, each.value, each.origin) for key, each in found.items()}
        assert told == {
            entry.path: (entry.path, entry.value, entry.origin) for entry in flat(config)
        }


def test_every_setting_of_a_bundled_plugin_says_what_it_is_for():
    config = load_config(EXAMPLE)

    silent = [
        entry.path
        for entry in flat(config)
        if not (found := explain(config, entry.path)).help or not found.type
    ]

    assert not silent
