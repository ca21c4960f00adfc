"""A whole turn, with its worker processes, uses no network: no socket, and no question for a name."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import attrs
import pytest
from conftest import Shell
from whole_project import write_project

if TYPE_CHECKING:
    from pathlib import Path

# Python imports a module of this name before anything else, in worker processes too.
GUARD = """\
import os
import socket
import sys

QUESTIONS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
USES = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}


def note(text):
    handle = os.open(os.environ["NETWORK_NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{os.getpid()} {text}\\n".encode())
    os.close(handle)


def watch(event, arguments):
    if event in QUESTIONS:
        note(f"{event} {arguments[0]!r}")
    elif event in USES and arguments[0].family != socket.AF_UNIX:
        note(f"{event} {arguments[1]!r}")


note("started")
sys.addaudithook(watch)
"""
TURN = (("run",), ("predict", "data.csv"), ("monitor",), ("doctor",))


@attrs.frozen
class Guarded:
    """Runs commands under the guard."""

    folder: Path

    def environment(self) -> dict[str, str]:
        path = os.pathsep.join([str(self.folder / "guard"), os.environ.get("PYTHONPATH", "")])
        return {"PYTHONPATH": path, "NETWORK_NOTES": str(self.folder / "notes")}

    def notes(self) -> list[tuple[int, str]]:
        lines = (self.folder / "notes").read_text().splitlines()
        return [(int(pid), text) for pid, _, text in (line.partition(" ") for line in lines)]


@pytest.fixture
def guarded(tmp_path: Path) -> Guarded:
    """Give a guard that is in force for whoever gets its environment."""
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
    return Guarded(tmp_path)


def test_guard_notices_a_connection(guarded: Guarded):
    program = "import socket; socket.socket().connect_ex(('127.0.0.1', 9))"
    subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **guarded.environment()}, check=True
    )

    assert [text for _, text in guarded.notes()] == [
        "started",
        "socket.connect ('127.0.0.1', 9)",
    ]


def test_whole_turn_with_workers_uses_no_network(guarded: Guarded):
    shell = Shell(write_project(guarded.folder / "project", runner="processes"))

    for words in TURN:
        shell(*words, **guarded.environment())
    notes = guarded.notes()

    assert [text for _, text in notes if text != "started"] == []
    # The commands, and a worker at least for each of those that run steps.
    assert len({pid for pid, _ in notes}) >= len(TURN) + 3


def test_bundled_stages_use_no_network(guarded: Guarded, small: Path):
    shell = Shell(small)

    shell("run", **guarded.environment())
    shell("predict", "data.csv", **guarded.environment())

    assert [text for _, text in guarded.notes() if text != "started"] == []
