"""Ctrl-C and SIGTERM while a step hangs in a worker process: cancelled soon, and nobody survives."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from conftest import Shell
from whole_project import announced, listed_runs, start, states, write_project

from fourstroke.cli.signals import Ending, Terminated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A step that waits, with a child of its own, and one that does not listen to Ctrl-C either.
HANGING = """

import os
import signal
import subprocess
import sys


def hang(data, is_deaf: bool = False):
    if is_deaf:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    Path("hanging.new").write_text(f"{os.getpid()} {child.pid}")
    os.replace("hanging.new", "hanging")
    time.sleep(300)
"""


@pytest.fixture
def hanging(tmp_path: Path) -> Path:
    """Give a project whose second preparation hangs until somebody ends it."""
    write_project(tmp_path, runner="processes")
    with (tmp_path / "steps.py").open("a") as file:
        file.write(HANGING)
    text = (tmp_path / "fourstroke.toml").read_text()
    (tmp_path / "fourstroke.toml").write_text(
        text.replace('use = "steps.py:add"\namount = 2', 'use = "steps.py:hang"')
    )
    return tmp_path


@contextlib.contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Start a run and wait until its step hangs; gives the processes that must not survive."""
    process = start(folder, "run")
    try:
        deadline = time.monotonic() + 60
        while not (folder / "hanging").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process, [int(word) for word in (folder / "hanging").read_text().split()]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def ended(process: subprocess.Popen[str]) -> tuple[int, float, str, str]:
    """Wait for the end; gives the exit code, how many seconds it took, and the streams."""
    began = time.monotonic()
    stdout, stderr = process.communicate(timeout=30)
    return process.returncode, time.monotonic() - began, stdout, stderr


def survivors(process: subprocess.Popen[str], others: list[int]) -> list[str]:
    """Name the processes of the run that are still there two seconds after its end."""
    deadline = time.monotonic() + 2
    while alive := [pid for pid in [*members(process.pid), *others] if is_alive(pid)]:
        if time.monotonic() > deadline:
            return [f"{pid}: {status(pid)[:60]}" for pid in alive]
        time.sleep(0.05)
    return []


def members(session: int) -> list[int]:
    """List the processes of a session, whoever their parents are by now."""
    listed = subprocess.run(
        ["ps", "-o", "pid=", "-s", str(session)], capture_output=True, text=True, check=False
    )
    return [int(word) for word in listed.stdout.split()]


def status(pid: int) -> str:
    listed = subprocess.run(
        ["ps", "-o", "stat=,args=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that only waits to be noticed does not."""
    return bool(found := status(pid)) and not found.startswith("Z")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_run_with_a_hanging_step_ends_soon_and_leaves_no_process(
    hanging: Path, sent: signal.Signals, code: int
):
    with started(hanging) as (process, others):
        process.send_signal(sent)
        found, seconds, _, stderr = ended(process)
        left = survivors(process, others)

    assert found == code, stderr
    assert seconds < 10
    assert left == []
    assert "Traceback" not in stderr


def test_ctrl_c_in_a_terminal_reaches_all_and_says_one_line(hanging: Path):
    with started(hanging) as (process, others):
        os.killpg(process.pid, signal.SIGINT)
        code, _, _, stderr = ended(process)
        left = survivors(process, others)

    assert code == 130
    assert stderr.splitlines() == ["error: interrupted"]
    assert left == []


def test_interrupted_run_is_cancelled_and_what_it_finished_is_reused(hanging: Path):
    with started(hanging) as (process, _):
        process.send_signal(signal.SIGINT)
        _, _, stdout, _ = ended(process)
    shell = Shell(hanging)
    listed = listed_runs(shell("runs", "list", "--json").stdout)
    text = (hanging / "fourstroke.toml").read_text()
    (hanging / "fourstroke.toml").write_text(text.replace(":hang", ":add"))
    again = states(shell("run", "--json").stdout)

    assert list(listed.values()) == ["cancelled"]
    assert announced(stdout) == {"data.collect.Rows", "data.prepare.number"}
    assert all(again[name] == "cached" for name in announced(stdout))


@pytest.mark.parametrize("pause_seconds", [0.0, 0.05])
def test_ctrl_c_that_arrives_twice_is_one(hanging: Path, pause_seconds: float):
    with started(hanging) as (process, others):
        process.send_signal(signal.SIGINT)
        time.sleep(pause_seconds)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        code, seconds, _, stderr = ended(process)
        left = survivors(process, others)
    listed = listed_runs(Shell(hanging)("runs", "list", "--json").stdout)

    assert code == 130
    assert seconds < 10
    assert left == []
    assert stderr.splitlines() == ["error: interrupted"]
    assert list(listed.values()) == ["cancelled"]
    assert Shell(hanging)("store", "verify").code == 0


def test_second_ctrl_c_ends_at_once_and_says_what_that_means(monkeypatch, capfd):
    monkeypatch.setattr("os._exit", lambda code: (_ for _ in ()).throw(SystemExit(code)))
    monkeypatch.setattr("fourstroke.cli.signals.SAME_SECONDS", 0.0)
    ending = Ending()
    with pytest.raises(Terminated):
        ending.on_signal(signal.SIGTERM, None)

    with pytest.raises(SystemExit) as end:
        ending.on_signal(signal.SIGINT, None)

    ending.stop_waiting()
    assert end.value.code == 130
    assert "a run that was going on reads 'lost'" in capfd.readouterr().err


def test_step_that_ignores_signals_is_ended_too(hanging: Path):
    with (hanging / "fourstroke.toml").open() as file:
        text = file.read()
    (hanging / "fourstroke.toml").write_text(text.replace(':hang"', ':hang"\nis_deaf = true'))

    with started(hanging) as (process, others):
        process.send_signal(signal.SIGINT)
        code, seconds, _, stderr = ended(process)
        left = survivors(process, others)

    assert code == 130, stderr
    assert seconds < 10
    assert left == []
