"""`fourstroke config check`: plugins, settings and secrets are resolved, quickly and without data."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from fourstroke.cli.main import main

PROJECT = """\
[project]
name = "small"

[task]
kind = "binary"
target = "bought"

[data.collect]
path = "data/rows.csv"

[[data.prepare]]
use = "steps.py:Fetch"
url = "https://ana:${FETCH_PASSWORD}@${FETCH_HOST}/x"
limits = { most = "${FETCH_MOST}" }

[environments.prod.backends]
records = "postgresql+psycopg://ana:${RECORDS_PASSWORD}@db.invalid/x"
"""

STEPS = """\
from fourstroke import hookimpl, plugin


@plugin
class Fetch:
    url: str
    limits: dict[str, str]

    @hookimpl
    def prepare(self, data):
        raise AssertionError("no step runs")
"""

SLICED = """\
[project]
name = "sliced"

[task]
kind = "binary"
target = "bought"

[data.collect]
path = "rows.csv"

[[model.train]]
estimator = "LogisticRegression"

[[model.evaluate]]
use = "quality"
slices = ["sex"]

[[development.validate]]
use = "threshold"
min = 0.5
slice = "SLICE"
metric = "METRIC"
"""

SECRETS = ("FETCH_PASSWORD", "FETCH_HOST", "FETCH_MOST", "RECORDS_PASSWORD")

# Which files below the current folder are opened, told by the interpreter itself, and the cost.
WATCHED = """
import os, sys, time
opened = []
def hook(event, arguments):
    if event in {"open", "os.listdir", "os.scandir"} and isinstance(arguments[0], str):
        opened.append(os.path.relpath(arguments[0]))
    elif event.startswith(("socket.connect", "sqlite3.connect")):
        opened.append(event)
sys.addaudithook(hook)
from fourstroke.cli.main import main
code = main(["config", "check", "--env", "prod"])
seconds = time.process_time()
below = sorted({path for path in opened if not path.startswith("..")} - {"."})
print(code, seconds, below, file=sys.stderr)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "fourstroke.toml").write_text(PROJECT)
    (tmp_path / "steps.py").write_text(STEPS)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("age,bought\n1,yes\n")
    for name in SECRETS:
        monkeypatch.setenv(name, "tiger-7")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def line_of(start: str) -> int:
    return next(n for n, line in enumerate(PROJECT.splitlines(), 1) if line.startswith(start))


def watched(folder) -> tuple[int, float, str]:
    done = subprocess.run(
        [sys.executable, "-B", "-c", WATCHED],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        timeout=60,
    )
    code, seconds, opened = done.stderr.strip().split(" ", 2)
    return int(code), float(seconds), opened


def test_nothing_but_the_project_file_and_its_code_is_opened(project):
    code, _, opened = watched(project)

    assert code == 0
    assert opened == "['fourstroke.toml', 'steps.py']"


def test_it_takes_less_than_a_second_of_processor_time(project):
    watched(project)  # warms the disk

    assert min(watched(project)[1] for _ in range(3)) < 1.0


def test_all_secrets_set_is_said(project, capsys):
    code = main(["config", "check", "--env", "prod"])

    assert code == 0
    assert capsys.readouterr().out.endswith("plugin tables, 4 secrets set\n")


def test_secrets_are_listed_with_their_keys_and_not_their_values(project, capsys):
    main(["config", "check", "--env", "prod", "--json"])

    out = capsys.readouterr().out
    assert "tiger-7" not in out
    assert json.loads(out)["environment"] == "prod"
    assert json.loads(out)["secrets"][-1] == {
        "variable": "RECORDS_PASSWORD",
        "key": "backends.records",
        "is_set": True,
    }


def test_every_missing_secret_is_a_line_with_variable_place_and_key(project, monkeypatch, capsys):
    for name in SECRETS:
        monkeypatch.delenv(name)

    code = main(["config", "check", "--env", "prod"])

    out, err = capsys.readouterr()
    url, limits = line_of("url"), line_of("limits")
    records = f"[environments.prod] fourstroke.toml:{line_of('records')}"
    assert (code, out) == (2, "")
    assert [line.partition(" (")[0] for line in err.splitlines()] == [
        f"error: {where}: the environment variable {name} is not set"
        for where, name in (
            (f"fourstroke.toml:{url}: data.prepare[0].url", "FETCH_PASSWORD"),
            (f"fourstroke.toml:{url}: data.prepare[0].url", "FETCH_HOST"),
            (f"fourstroke.toml:{limits}: data.prepare[0].limits.most", "FETCH_MOST"),
            (f"{records}: backends.records", "RECORDS_PASSWORD"),
        )
    ]


def test_missing_secret_of_another_environment_is_none(project, monkeypatch, capsys):
    monkeypatch.delenv("RECORDS_PASSWORD")

    assert main(["config", "check"]) == 0


def test_missing_secret_does_not_hide_a_fault_of_another_table(project, monkeypatch, capsys):
    monkeypatch.delenv("FETCH_HOST")

    code = main(["config", "check", "--set", "data.split.test=much"])

    err = capsys.readouterr().err
    assert code == 2
    assert "FETCH_HOST is not set" in err
    assert "--set: data.split.test: expected a number" in err


@pytest.mark.parametrize(
    ("column", "metric", "why"),
    [
        ("sex", "", ""),
        ("sex", "roc_auc", ""),
        ("education", "", "'education' is not among the slices of [[model.evaluate]]: sex"),
        ("sex", "accuracy", 'slice_metrics = ["accuracy"] stands in [[model.evaluate]]'),
    ],
)
def test_slices_that_nothing_will_measure_are_refused_before_the_training(
    tmp_path, monkeypatch, capsys, column, metric, why
):
    (tmp_path / "fourstroke.toml").write_text(
        SLICED.replace("SLICE", column).replace("METRIC", metric)
    )
    monkeypatch.chdir(tmp_path)

    code = main(["config", "check"])

    assert code == (2 if why else 0)
    assert why in capsys.readouterr().err


def test_column_that_is_hashed_and_may_be_a_feature_is_named(project, capsys):
    more = '[operations.log]\nhash = ["email", "note"]\n'
    text = 'target = "bought"\nignore = ["note"]'
    file = project / "fourstroke.toml"
    file.write_text(file.read_text().replace('target = "bought"', text) + more)

    assert main(["-C", str(project), "config", "check"]) == 0

    told = capsys.readouterr().err
    assert "operations.log: 'email' will not be in the log as it was sent" in told
    assert "note'" not in told
