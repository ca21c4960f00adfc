"""Every console and Python block of the documents runs, in a copy of the repository's examples."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import INLINE, READY

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(console|python|toml)(?: ([^\n]*))?\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOCUMENTS = sorted(
    path
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if "reference" not in path.parts
)
# Installing and testing is what .ci/run does around this test; doing it inside again would never
# end.
NOT_HERE = re.compile(r"^(python3? -m venv|pip install|pytest|\. )")


# Workers would import for each command what is imported already; these documents run as they stand.
WITH_WORKERS = ("README.md", "backends.md")
# Long tables are thinned to about as many rows: what a command does with all is tested elsewhere.
ROWS = 8_000
# What it asks of a model is kept by one that learnt from all of them.
WHOLE = ("validate.md",)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the examples as they are in the repository."""
    folder = tmp_path_factory.mktemp("whole") / "examples"
    shutil.copytree(ROOT / "examples", folder, ignore=shutil.ignore_patterns(".fourstroke"))
    return folder


@pytest.fixture(scope="module")
def fresh(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the examples with fewer rows."""
    folder = tmp_path_factory.mktemp("fresh") / "examples"
    shutil.copytree(whole, folder)
    for table in folder.glob("*/data/*.csv"):
        head, *rows = table.read_text(encoding="utf-8").splitlines(keepends=True)
        thinned = rows[:: max(1, len(rows) // ROWS)]
        table.write_text(head + "".join(thinned), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def after_a_turn(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the examples after the first turn of `income`: a store may be copied anywhere."""
    folder = tmp_path_factory.mktemp("warm") / "examples"
    shutil.copytree(fresh, folder)
    _check(_call(["fourstroke", "run"], folder / "income"), 0, "fourstroke run")
    return folder


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_blocks_of_the_document_run(
    document: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
):
    """A block's info line may say ``file=NAME``, ``run=no``, or ``exit=N``, its last command's code.

    How-tos begin where the tutorial ends: what they run first is known already.
    """
    if document.name not in WITH_WORKERS:
        monkeypatch.setenv(*INLINE)
    begin = "after_a_turn" if document.parent.name == "how-to" else "fresh"
    begin = "whole" if document.name in WHOLE else begin
    shutil.copytree(request.getfixturevalue(begin), tmp_path / "examples")
    folder = tmp_path
    for kind, info, body in BLOCK.findall(document.read_text(encoding="utf-8")):
        options = dict(part.split("=", 1) for part in (info or "").split() if "=" in part)
        if "file" in options:
            target = folder / options["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(body, encoding="utf-8")
        elif options.get("run") == "no":
            continue
        elif kind == "console":
            folder = _run_console(body, folder, int(options.get("exit", 0)))
        elif kind == "python":
            _check(READY.call([], folder, dict(os.environ), 240, body), 0, body)


def _run_console(body: str, folder: Path, code: int) -> Path:
    commands = [line[2:].strip() for line in body.splitlines() if line.startswith("$ ")]
    for index, command in enumerate(commands):
        if command.startswith("cd "):
            folder = folder / command[3:]
            continue
        parts = [part for part in command.split(" && ") if not NOT_HERE.match(part)]
        if parts:
            expected = code if index == len(commands) - 1 else 0
            _check(_call(["bash", "-c", " && ".join(parts)], folder), expected, command)
    return folder


def _call(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    programs = (READY.programs(), Path(sys.executable).parent, os.environ["PATH"])
    path = os.pathsep.join(map(str, programs))
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        check=False,
    )


def _check(done: subprocess.CompletedProcess[str], code: int, what: str) -> None:
    assert done.returncode == code, f"{what}\n{done.stdout}\n{done.stderr}"
