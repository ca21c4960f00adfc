"""The tools that read the code: one command, `pytest`, runs them too (mypy in `test_typing`)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "."], id="ruff-check"),
        pytest.param(["ruff", "format", "--check", "."], id="ruff-format"),
        pytest.param(["lint-imports"], id="import-linter"),
    ],
)
def test_tool_has_nothing_to_say(command: list[str]):
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_longer_than_four_hundred_lines():
    modules = [*(ROOT / "core").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]

    long = {
        path.name: count
        for path in modules
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }

    assert not long
