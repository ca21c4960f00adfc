"""A real `fourstroke run` is killed: nothing announced is lost, and the next run reuses it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from conftest import Shell

from fourstroke import Project

if TYPE_CHECKING:
    from pathlib import Path

SLOW = """\
[project]
name = "slow"

[data.collect]
path = "data.csv"

{steps}
[backends]
runner = "{runner}"
"""


def write(folder: Path, length: int, runner: str = "inline") -> None:
    steps = "\n".join(
        f'[[data.prepare]]\nuse = "steps.py:slow"\nname = "s{n}"\namount = {n}\n'
        for n in range(length)
    )
    (folder / "fourstroke.toml").write_text(SLOW.format(steps=steps, runner=runner))
    (folder / "data.csv").write_text("a,b\n" + "".join(f"{i},{i}\n" for i in range(200)))
    (folder / "steps.py").write_text(
        "import time\n\n\ndef slow(data, amount: int = 0):\n"
        "    time.sleep(0.05)\n    return data.assign(a=data['a'] + amount)\n"
    )


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "fourstroke", "run"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )


def acknowledged(lines: list[str]) -> set[str]:
    return {word for line in lines for word in line.split() if word.startswith("data.")}


@pytest.mark.parametrize("seed", range(4))
def test_killed_run_loses_nothing_that_it_announced(tmp_path: Path, seed: int):
    write(tmp_path, 12)
    process = start(tmp_path)
    lines: list[str] = []
    stop_after = random.Random(seed).randrange(2, 12)
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if len(acknowledged(lines)) >= stop_after:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)

    with Project.open(tmp_path) as project:
        killed = project.runs.list()[0]
        outcome = project.run()

    assert killed.state == "lost"
    assert outcome.state == "succeeded"
    states = {step.name: step.state for step in outcome.report.steps}
    assert all(states[name] == "cached" for name in acknowledged(lines) & set(states))
    assert not list((tmp_path / ".fourstroke" / "tmp").glob("step-*"))
    assert Shell(tmp_path)("store", "verify").code == 0


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("runner", ["inline", "processes"])
def test_interrupted_run_is_cancelled_within_ten_seconds(
    tmp_path: Path, sent: signal.Signals, code: int, runner: str
):
    write(tmp_path, 60, runner)
    process = start(tmp_path)
    assert process.stdout is not None
    for line in process.stdout:
        if "data." in line:
            break
    began = time.monotonic()
    process.send_signal(sent)
    process.communicate(timeout=30)

    assert process.returncode == code
    assert time.monotonic() - began < 10
    listed = json.loads(Shell(tmp_path)("runs", "list", "--json").stdout)
    rows = listed if isinstance(listed, list) else listed["runs"]
    assert rows[0]["state"] == "cancelled"


def test_two_runs_at_once_both_succeed(tmp_path: Path):
    write(tmp_path, 5)

    processes = [start(tmp_path) for _ in range(2)]
    outputs = [process.communicate(timeout=120)[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0], outputs
