"""The example project turns through all four cycles, and a second turn finds all of it done."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from conftest import ROOT

from fourstroke import Project

if TYPE_CHECKING:
    from pathlib import Path


def test_second_turn_of_the_example_is_cached_whole(tmp_path: Path):
    folder = tmp_path / "income"
    shutil.copytree(ROOT / "examples" / "income", folder, ignore=shutil.ignore_patterns(".*"))
    with Project.open(folder) as project:
        first = project.run()
        second = project.run()

    assert first.state == "succeeded"
    assert {step.state for step in second.report.steps} == {"cached"}
