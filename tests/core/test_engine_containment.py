"""A step that hangs, exits, is killed or gives the wrong thing is named and contained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shell

PROJECT = """\
[project]
name = "odd"

[data.collect]
path = "data.csv"

[[data.prepare]]
use = "steps.py:odd"
{options}
"""


def write(folder: Path, body: str, options: str = "") -> None:
    (folder / "fourstroke.toml").write_text(PROJECT.format(options=options))
    (folder / "data.csv").write_text("a,b\n1,2\n3,4\n")
    (folder / "steps.py").write_text(
        f"import os, sys, time, signal\n\n\ndef odd(data):\n    {body}\n    return data\n"
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param("raise ValueError('no such thing')", "ValueError: no such thing", id="raises"),
        pytest.param("sys.exit(7)", "it called exit(7)", id="exits"),
        pytest.param("os._exit(9)", "worker", id="leaves"),
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL", id="is-killed"),
        pytest.param("return None", "nothing", id="gives-nothing"),
        pytest.param("1 / 0", "steps.py:5", id="names-the-line"),
    ],
)
def test_odd_step_fails_the_run_by_name(shell: Shell, body: str, says: str):
    write(shell.folder, body)

    done = shell("run", code=1)

    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert "data.prepare.odd" in lines[0]
    assert says in lines[0]
    assert "Traceback" not in done.stdout + done.stderr


def test_hanging_step_is_ended_after_its_time(shell: Shell):
    write(shell.folder, "time.sleep(120)", "timeout_seconds = 3")

    done = shell("run", code=1)

    assert "longer than 3 s" in done.stderr
    assert "steps.py" in done.stderr


def test_printed_rubbish_does_not_reach_stdout(shell: Shell):
    write(shell.folder, r"print('\x1b[2J RUBBISH'); os.write(1, b'DIRECT RUBBISH')")

    done = shell("run")

    assert "RUBBISH" not in done.stdout


def test_flaky_step_passes_at_its_second_attempt(shell: Shell):
    body = (
        "flag = 'tried'\n"
        "    if not os.path.exists(flag):\n"
        "        open(flag, 'w').close()\n"
        "        raise OSError('not yet')"
    )
    write(shell.folder, body, "retries = 1")

    shell("run")

    assert (shell.folder / "tried").exists()


ORDER = """\
[project]
name = "order"

[[data.collect]]
name = "a"
path = "data.csv"

[[data.collect]]
name = "b"
path = "data.csv"

[[data.prepare]]
use = "steps.py:flaky"
from = ["a"]
retries = 2

[[data.prepare]]
use = "steps.py:first"
from = ["b"]

[[data.prepare]]
use = "steps.py:second"
from = ["first"]

[[data.prepare]]
use = "steps.py:both"
from = ["flaky", "second"]

[backends]
runner = "inline"
"""

ORDERED = """\
def began(name):
    with open("order", "a") as file:
        file.write(name + "\\n")


def flaky(data):
    began("flaky")
    with open("order") as file:
        if file.read().split().count("flaky") < 3:
            raise OSError("not yet")
    return data


def first(data):
    began("first")
    return data


def second(data):
    began("second")
    return data


def both(data, inputs):
    return data
"""


def test_other_steps_go_on_while_one_waits_to_be_tried_again(shell: Shell):
    (shell.folder / "fourstroke.toml").write_text(ORDER)
    (shell.folder / "data.csv").write_text("a,b\n1,2\n3,4\n")
    (shell.folder / "steps.py").write_text(ORDERED)

    shell("run")

    order = (shell.folder / "order").read_text().split()
    assert order == ["flaky", "first", "second", "flaky", "flaky"]
