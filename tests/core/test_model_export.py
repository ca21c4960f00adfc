"""An exported model predicts the same elsewhere, and a folder that was changed is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from fourstroke import DataError, ExportedModel, Project, StoreError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("in_one_process")

WITH_OWN_STEP = """
[[data.prepare]]
use = "steps.py:doubled"
"""


@pytest.fixture
def exported(small, shell, tmp_path) -> Path:
    with (small / "fourstroke.toml").open("a") as file:
        file.write(WITH_OWN_STEP)
    (small / "steps.py").write_text(
        "def doubled(data):\n    return data.assign(visits=data.visits * 2)\n"
    )
    shell("run")
    shell("models", "export", "small", "-o", "out/model")
    return tmp_path / "out" / "model"


def test_it_predicts_the_same_without_its_project(exported, tmp_path):
    rows = pd.read_csv(exported / "input_example.csv")
    with Project.open(tmp_path) as project:
        wanted = project.models["small"].champion.predict(rows)
    place = tmp_path / "elsewhere"
    shutil.copytree(exported, place)
    for gone in ("fourstroke.toml", "steps.py", "data.csv", ".fourstroke", "out"):
        path = tmp_path / gone
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    done = subprocess.run(
        [sys.executable, str(place / "predict.py"), str(place / "input_example.csv")],
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )

    assert done.stdout == (place / "expected_output.csv").read_text()
    model = ExportedModel.open(place)
    pd.testing.assert_frame_equal(model.predict(rows), wanted)
    assert model.manifest["model"] == "small"
    assert 0.5 < model.manifest["metrics"]["roc_auc"] <= 1
    assert {path.name for path in place.iterdir()} == {
        *("card.md", "manifest.json", "model", "project", "predict.py", "requirements.txt"),
        *("expected_output.csv", "input_example.csv", "profiles"),
    }


def test_script_says_how_it_is_called_and_what_is_wrong(exported):
    def said(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, str(exported / "predict.py"), *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        return done.returncode, done.stdout + done.stderr

    assert said("--help")[0] == 0
    assert "input_example.csv" in said("--help")[1]
    assert said()[0] == 2
    code, told = said("no.csv")
    assert (code, told.splitlines()) == (
        1,
        ["error: [Errno 2] No such file or directory: 'no.csv'"],
    )


def test_rows_that_do_not_fit_are_refused_by_name(exported):
    model = ExportedModel.open(exported)

    with pytest.raises(DataError, match="visits"):
        model.predict(pd.read_csv(exported / "input_example.csv").drop(columns="visits"))


@pytest.mark.parametrize("name", ["model/model.skops", "project/steps.py", "predict.py"])
def test_a_changed_or_missing_file_is_refused(exported, name):
    path = exported / name
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(StoreError, match=f"{name} is not the file that was exported"):
        ExportedModel.open(exported)

    path.unlink()
    with pytest.raises(StoreError, match=f"{name} is missing"):
        ExportedModel.open(exported)


def test_a_file_that_was_put_there_is_refused(exported):
    (exported / "project" / "pandas.py").write_text("raise SystemExit\n")

    with pytest.raises(StoreError, match=r"project/pandas\.py was not exported"):
        ExportedModel.open(exported)


def test_a_manifest_that_leads_out_is_refused(exported):
    manifest = json.loads((exported / "manifest.json").read_text())
    manifest["files"]["../secret"] = {"sha256": "", "size_bytes": 0}
    (exported / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(StoreError, match="leads out of the folder"):
        ExportedModel.open(exported)


def test_another_folder_is_no_model(tmp_path):
    with pytest.raises(UsageError, match="no exported model"):
        ExportedModel.open(tmp_path)


def test_what_is_there_is_not_overwritten(exported, shell):
    before = (exported / "manifest.json").read_bytes()

    refused = shell("models", "export", "small", "1", "-o", "out/model", code=2)

    assert "it is there already" in refused.stderr
    assert (exported / "manifest.json").read_bytes() == before


def test_a_failed_export_leaves_nothing(exported, shell, tmp_path):
    kept = (path for path in (tmp_path / ".fourstroke" / "store").rglob("*") if path.is_file())
    damaged = next(path for path in kept if path.read_bytes()[:2] == b"PK")
    damaged.chmod(0o644)
    with damaged.open("r+b") as file:
        file.write(b"\0\0\0\0")

    shell("models", "export", "small", "-o", "out/second", code=1)

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["model"]
