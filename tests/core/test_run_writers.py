"""Many processes run one project at once: every run succeeds, and the records stay sound."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import attrs
import pytest
from conftest import Shell
from whole_project import damaged_objects, leftovers, listed_runs, write_project

from fourstroke import Project

if TYPE_CHECKING:
    from pathlib import Path

WRITERS, RUNS = 8, 12

# The first step gives each run a content of its own, the second one gives all of them the same.
SHORT = """\
[project]
name = "short"

[data]
check = []
audit = []

[data.collect]
use = "steps.py:Numbers"

[[data.prepare]]
use = "steps.py:double"

[[data.prepare]]
use = "steps.py:size"

[data.split]
use = "steps.py:halves"

[backends]
runner = "inline"
"""
STEPS = """\
from fourstroke import hookimpl, plugin


@plugin
class Numbers:
    first: int = 0

    @hookimpl
    def collect(self):
        return [{"n": self.first + n} for n in range(20)]


def double(data):
    return [{"n": 2 * row["n"]} for row in data]


def size(data):
    return [{"n": len(data)}]


def halves(data):
    return {"train": data, "test": data}
"""
WRITER = """\
import sys
from pathlib import Path
from fourstroke import Project

number, runs = map(int, sys.argv[1:])
print("ready", flush=True)
sys.stdin.readline()
for turn in range(runs):
    with Project.open(".", overrides=[f"data.collect.first={1000 * number + turn}"]) as project:
        outcome = project.run(force=turn % 2 == 0)
        assert outcome.state == "succeeded", outcome.errors
        print(outcome.run, flush=True)
"""


@attrs.frozen
class Written:
    """What the writers left behind."""

    folder: Path
    runs: tuple[str, ...]
    faults: tuple[str, ...]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Let all writers loose at one moment, on a project that has no records yet."""
    folder = tmp_path_factory.mktemp("writers")
    (folder / "fourstroke.toml").write_text(SHORT)
    (folder / "steps.py").write_text(STEPS)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(number), str(RUNS)],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    ends = [writer.communicate(timeout=200) for writer in writers]
    return Written(
        folder,
        tuple(line for stdout, _ in ends for line in stdout.split()),
        tuple(stderr for _, stderr in ends if stderr),
    )


def test_no_writer_meets_an_error(written: Written):
    assert written.faults == ()
    assert len(written.runs) == WRITERS * RUNS


def test_every_run_is_recorded_once_and_succeeded(written: Written):
    with Project.open(written.folder) as project:
        rows = project.runs.list(limit=1000)

    assert len(set(written.runs)) == WRITERS * RUNS
    assert sorted(row.run for row in rows) == sorted(written.runs)
    assert {row.state for row in rows} == {"succeeded"}


def test_every_step_of_every_run_is_recorded(written: Written):
    with Project.open(written.folder) as project:
        steps = [
            sorted(row.fact.name for row in project.records.steps(run)) for run in written.runs
        ]

    assert {len(names) for names in steps} == {len(set(steps[0]))}
    assert all(names == steps[0] for names in steps)


def test_equal_content_is_published_once(written: Written):
    with Project.open(written.folder) as project:
        versions = project.datasets["short"].versions()

    assert [fact.version for fact in versions] == [1]


def test_objects_records_and_ledger_are_sound(written: Written):
    assert Shell(written.folder)("store", "verify").stdout.startswith("sound")
    assert damaged_objects(written.folder) == []


def test_no_writer_leaves_a_temporary_file(written: Written):
    assert leftovers(written.folder) == []


def test_command_lines_at_once_register_and_deploy_one_version(tmp_path: Path):
    folder = write_project(tmp_path)
    shell = Shell(folder)
    with ThreadPoolExecutor(4) as at_once:
        for _ in range(3):
            tuple(at_once.map(lambda _: shell("run", "--force", "--json"), range(4)))
    models = json.loads(shell("models", "list", "--json").stdout)["models"]

    assert list(listed_runs(shell("runs", "list", "--json").stdout).values()) == ["succeeded"] * 12
    assert [row["is_champion"] for row in models[0]["versions"]] == [True]
    assert shell("store", "verify").code == 0
    assert leftovers(folder) == []
