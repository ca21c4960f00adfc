"""Small projects for the tests of continuous integration, and what a forge tells its jobs."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import attrs

from fourstroke.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """\
[project]
name = "small"

[task]
kind = "binary"
target = "bought"

[data.collect]
path = "data.csv"

[[data.prepare]]
use = "steps.py:tenth"

[model]
explain = []

[[model.train]]
name = "logistic"
estimator = "LogisticRegression"

[[development.validate]]
use = "threshold"
metric = "roc_auc"
min = 0.6
bound = "interval"

[[development.validate]]
use = "baseline"

[operations.batch]
path = "data.csv"

[[operations.alert]]
use = "steps.py:shout"

[[observe]]
use = "log"

[[report]]
use = "json"

[backends]
runner = "inline"
"""

STEPS = '''\
"""A step, and a channel that nobody wants to hear in a test."""

from pathlib import Path


def tenth(data):
    """Divide the age by ten."""
    data["age"] = data["age"] / 10
    return data


def shout(alert):
    Path("shouted").write_text("to everybody")
    return True
'''

TEST = """\
from steps import tenth


def test_age_is_divided():
    assert tenth({"age": 35}) == {"age": 3.6}
"""


def write(folder: Path, table: str, *, project: str = PROJECT, steps: str = STEPS) -> Path:
    """Write a project that has not run."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fourstroke.toml").write_text(project)
    (folder / "steps.py").write_text(steps)
    (folder / "data.csv").write_text(table)
    return folder


def state(folder: Path) -> dict[str, str]:
    """Give every file of a folder with the digest of its content."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


@attrs.frozen
class Told:
    """What one call of `fourstroke ci` came to."""

    code: int
    document: dict
    stderr: str

    @property
    def steps(self) -> dict[str, dict]:
        return {step["name"]: step for step in self.document["report"]["steps"]}

    @property
    def statuses(self) -> dict[str, str]:
        return {name: step["status"] for name, step in self.steps.items()}

    @property
    def checks(self) -> dict[str, str]:
        report = self.document["report"]
        return {each["check"]["name"]: each["status"] for each in report["checks"]}


def call(capsys, *words: str) -> Told:
    """Run `fourstroke ci --json` in this process, in the current folder."""
    capsys.readouterr()
    code = main(["ci", "--json", *words])
    said = capsys.readouterr()
    return Told(code, json.loads(said.out), said.err)
