"""A registered model of which one bit was flipped is not used by anything: its digest is checked first."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fourstroke import Project, StoreError
from fourstroke.cli.main import main
from fourstroke.registry import Model

pytestmark = pytest.mark.usefixtures("in_one_process")

USES: dict[str, Callable[[Model, Path], Any]] = {
    "load": lambda model, _: model.champion.load(),
    "predict rows": lambda model, _: model.champion.predict(model.champion.held_out()[0]),
    "predict a file": lambda model, folder: model.project.predict(folder / "data.csv"),
    "serve": lambda model, _: model.champion.predictor(),
    "explain": lambda model, _: model.champion.explain(model.champion.held_out()[0].head(1)),
    "deploy": lambda model, _: model.deploy(1, why="a test"),
    "promote": lambda model, _: model.promote(1),
    "export": lambda model, folder: model.champion.export(folder / "exported"),
    "pack": lambda model, folder: model.project.audit.pack(
        "small", path=folder / "a.zip", with_model=True
    ),
}


@pytest.fixture(scope="module")
def folder(explained_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(explained_once, tmp_path_factory.mktemp("flipped") / "small")


@pytest.fixture
def flipped(folder: Path):
    """Flip one bit of the champion's file, and set it right again: what is damaged is set aside."""
    with Project.open(folder) as project:
        digest = project.models["small"].champion.row.artifact.files[0].digest.partition(":")[2]
    objects = folder / ".fourstroke" / "store" / "objects"
    (path,) = (each for each in objects.rglob("*") if each.is_file() and digest.endswith(each.name))
    sound = path.read_bytes()
    damaged = bytearray(sound)
    damaged[len(damaged) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(damaged)
    yield digest
    path.unlink(missing_ok=True)
    path.write_bytes(sound)


@pytest.mark.parametrize("use", USES)
def test_every_use_refuses_it_by_name(folder: Path, flipped: str, use: str):
    with Project.open(folder) as project:
        model = project.models["small"]
        deployed = project.records.deployments("small")
        with pytest.raises(StoreError) as caught:
            USES[use](model, folder)
        said = str(caught.value)

        assert project.records.deployments("small") == deployed
    assert flipped in said
    assert "a stored object is damaged" in said
    assert not (folder / "exported").exists()
    assert not (folder / "a.zip").exists()


def test_a_command_tells_it_in_one_line(folder: Path, flipped: str, capsys):
    code = main(["-C", str(folder), "models", "deploy", "small", "1", "--why", "a test"])

    (line,) = capsys.readouterr().err.splitlines()
    assert code == 1
    assert flipped in line
