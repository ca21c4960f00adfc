"""A small project that goes through all four cycles with stages of its own, so that a run is quick.

Nothing but the standard library is imported by its steps: what a run takes is the framework's time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from fourstroke.artifacts.digest import digest_file
from fourstroke.artifacts.objects import digest_of

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """\
[project]
name = "tiny"

[task]
kind = "binary"
target = "bought"

[data]
check = []
audit = []

[data.collect]
use = "steps.py:Rows"
path = "data.csv"

[[data.prepare]]
use = "steps.py:number"

[[data.prepare]]
use = "steps.py:add"
amount = 2

[[data.prepare]]
use = "steps.py:widen"
times = {times}

[data.split]
use = "steps.py:halves"

[model]
explain = []

[[model.train]]
use = "steps.py:Limit"

[[model.evaluate]]
use = "steps.py:accuracy"

[[development.validate]]
use = "steps.py:is_measured"

[development.approve]
use = "steps.py:accept"

[[operations.monitor]]
use = "steps.py:count"

[[operations.alert]]
use = "steps.py:keep_quiet"

[operations.retrain]
use = "steps.py:never"

[[report]]
use = "json"

[backends]
runner = "{runner}"
"""

STEPS = '''\
"""All stages of the project, on lists of dictionaries."""

import csv
import hashlib
import time
from pathlib import Path

from fourstroke import Check, Decision, Evaluation, Metric, Observation, hookimpl, plugin


@plugin
class Rows:
    path: Path

    @hookimpl
    def source_state(self):
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @hookimpl
    def collect(self):
        with self.path.open(encoding="utf-8") as file:
            return list(csv.DictReader(file))


def number(data):
    return [{**row, "age": int(row["age"])} for row in data]


def add(data, amount: int = 1):
    return [{**row, "age": row["age"] + amount} for row in data]


def widen(data, times: int = 1):
    return [{**row, "text": f"{n:07}" * times} for n, row in enumerate(data)]


def halves(data):
    return {"train": data[::2], "test": data[1::2]}


@plugin
class Limit:
    @hookimpl
    def train(self, data):
        return {"limit": sum(row["age"] for row in data) / len(data)}

    @hookimpl
    def predict(self, model, data):
        return [{"prediction": "yes" if row["age"] > model["limit"] else "no"} for row in data]


def accuracy(data, predictions):
    hits = sum(a["bought"] == b["prediction"] for a, b in zip(data, predictions))
    return Evaluation(metrics=(Metric(name="accuracy", value=hits / len(data), rows=len(data)),))


def is_measured(candidate):
    return [Check(name="measured", status="pass")]


def accept():
    return Decision(answer="yes", why="a test", by="policy")


def count(window, reference):
    return [Observation(name="rows", value=1.0, status="ok")]


def keep_quiet(alert):
    return True


def never():
    return Decision(answer="no", why="a test", by="policy")
'''


def write_project(folder: Path, *, runner: str = "inline", times: int = 1) -> Path:
    """Write the project into a folder, with 60 rows; a row is about ``7 * times`` bytes long."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fourstroke.toml").write_text(PROJECT.format(runner=runner, times=times))
    (folder / "steps.py").write_text(STEPS)
    rows = "".join(f"{age},{'yes' if age > 30 else 'no'}\n" for age in range(60))
    (folder / "data.csv").write_text(f"age,bought\n{rows}")
    return folder


def start(folder: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    """Start `fourstroke` in a session of its own, with its streams in pipes."""
    return subprocess.Popen(
        [sys.executable, "-m", "fourstroke", *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1", **environment},
        start_new_session=True,
    )


def states(document: str) -> dict[str, str]:
    """Read from `run --json` how each step ended."""
    return {step["name"]: step["state"] for step in json.loads(document)["steps"]}


def announced(lines: str) -> set[str]:
    """Read from the lines of `run` which steps it said to have finished."""
    words = [line.split() for line in lines.splitlines() if line.endswith(("ran", "cached"))]
    return {line[1] for line in words}


def listed_runs(document: str) -> dict[str, str]:
    """Read from `runs list --json` the state of each run."""
    found: list[dict[str, Any]] = json.loads(document)["runs"]
    return {row["run"]: row["state"] for row in found}


def damaged_objects(folder: Path) -> list[str]:
    """Hash every file in the store with nothing but its name to compare with."""
    objects = folder / ".fourstroke" / "store" / "objects"
    found = [path for path in objects.rglob("*") if path.is_file()]
    return [
        path.name
        for path in found
        if digest_of(path.relative_to(objects).as_posix()) != digest_file(path)
    ]


def leftovers(folder: Path) -> list[str]:
    """Name what lies in the folder for temporary files."""
    scratch = folder / ".fourstroke" / "tmp"
    return sorted(path.name for path in scratch.iterdir()) if scratch.exists() else []
