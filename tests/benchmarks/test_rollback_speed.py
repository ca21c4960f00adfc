"""How long a roll-back takes, as a command and within a process; it has to be less than a second."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from conftest import SMALL, small_csv

from fourstroke import Project

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.benchmark

ROUNDS = 5
MOST_SECONDS = 1.0
# What a roll-back needs no library of.
HEAVY = ("pandas", "sklearn", "numpy", "pyarrow")
WITHIN = """\
import sys, time
from fourstroke import Project
with Project.open(".") as project:
    project.records  # opened, as in a service or notebook
    begun = time.perf_counter()
    project.models["small"].rollback(why="measured")
    print(time.perf_counter() - begun)
print([name for name in sys.argv[1:] if name in sys.modules])
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Give a project of scikit-learn with two champions, one after the other."""
    folder = tmp_path_factory.mktemp("rollback") / "small"
    folder.mkdir()
    (folder / "fourstroke.toml").write_text(SMALL)
    for seed in (0, 1):
        (folder / "data.csv").write_text(small_csv(seed=seed))
        with Project.open(folder) as opened:
            assert opened.run().state == "succeeded"
    return folder


def measured(project: Path, tmp_path: Path, *words: str) -> tuple[float, list[str]]:
    """Call a command in fresh copies; gives the best time and what each wrote last."""
    best, said = float("inf"), []
    for number in range(ROUNDS):
        folder = shutil.copytree(project, tmp_path / str(number))
        begun = time.perf_counter()
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
        best = min(best, time.perf_counter() - begun)
        said.append(done.stdout)
    return best, said


def test_command_rolls_back_within_a_second(project, tmp_path):
    seconds, said = measured(
        project, tmp_path, sys.executable, "-m", "fourstroke", "models", "rollback", "small"
    )

    print(f"\n  fourstroke models rollback: {seconds:.2f} s from start to end")
    assert all("rolled back  small@v1" in text for text in said)
    assert seconds < MOST_SECONDS


def test_process_rolls_back_without_a_library_for_models(project, tmp_path):
    _, said = measured(project, tmp_path, sys.executable, "-c", WITHIN, *HEAVY)

    seconds = min(float(text.splitlines()[0]) for text in said)
    print(f"\n  in a process that has the records open: {seconds:.2f} s")
    assert {text.splitlines()[1] for text in said} == {"[]"}
    assert seconds < MOST_SECONDS
