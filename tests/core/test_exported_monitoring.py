"""An exported model brings along what its monitors compare with: elsewhere they see what they see at home."""

from __future__ import annotations

import io
import shutil

import pandas as pd
import pytest
from conftest import SMALL, small_csv

from fourstroke import ExportedModel, Project, StoreError, UsageError

PROJECT = (
    SMALL
    + """
[[operations.monitor]]
use = "drift"

[[operations.monitor]]
use = "quality"

[[operations.monitor]]
use = "monitors.py:Broken"

[operations.log]
mask = ["region"]
"""
)
BROKEN = """
from fourstroke import hookimpl, plugin

@plugin
class Broken:
    @hookimpl
    def monitor(self, window, reference):
        raise OSError("the disk said no")
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Give a folder that was exported, shifted rows, and what monitors saw of them in the project, which is gone."""
    home, place = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("out") / "model"
    (home / "fourstroke.toml").write_text(PROJECT)
    (home / "monitors.py").write_text(BROKEN)
    (home / "data.csv").write_text(small_csv())
    rows = small_csv(300, shift=15, seed=1)
    (home / "new.csv").write_text(rows)
    with Project.open(home) as project:
        project.run()
        project.models["small"].champion.export(place)
        project.predict(home / "new.csv")
        seen = project.monitor().report.observations
    shutil.rmtree(home)
    return place, pd.read_csv(io.StringIO(rows)), seen


def test_monitors_see_elsewhere_what_they_saw_in_the_project(made):
    place, rows, seen = made

    found = ExportedModel.open(place).monitor(rows)

    assert [one for one in found if one.monitor != "Broken"] == [
        one for one in seen if one.monitor != "Broken"
    ]
    assert {one.monitor for one in found if one.status == "alert"} == {
        *("drift", "quality", "Broken")
    }
    assert "age" in {one.column for one in found if one.status == "alert"}
    assert [one.why for one in found if one.monitor == "Broken"] == [
        "the monitor failed: OSError: the disk said no"
    ]


def test_profiles_are_named_and_held_against_their_digests(made, tmp_path):
    place = shutil.copytree(made[0], tmp_path / "model")
    model = ExportedModel.open(place)
    assert sorted(model.manifest["profiles"]) == ["drift", "quality"]
    assert model.profile("drift") is not None
    assert model.profile("Broken") is None
    kept = next(path for path in (place / "profiles" / "drift").rglob("*") if path.is_file())
    assert kept.relative_to(place).as_posix() in model.manifest["files"]
    kept.write_bytes(kept.read_bytes() + b" ")

    with pytest.raises(StoreError, match=r"profiles/drift/.* is not the file that was exported"):
        ExportedModel.open(place)


def test_columns_hashed_with_a_key_that_stayed_at_home_are_refused(made, tmp_path):
    place = shutil.copytree(made[0], tmp_path / "model")
    model = ExportedModel.open(place)
    file = place / "project" / "fourstroke.toml"
    text = file.read_text().replace('mask = ["region"]', "").replace("hash = []", "")
    file.write_text(text.replace("[operations.log]", '[operations.log]\nhash = ["region"]'))

    with pytest.raises(UsageError, match="region: hashed in the profiles with a key"):
        model.monitor(made[1])
