"""The bundled deployment target: one active version a model, switched in one step."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from fourstroke import Context, Deployment, ModelVersion, StoreError, Task
from fourstroke.artifacts.digest import digest_file
from fourstroke_local import LocalTarget

DIGEST = "blake3:" + "0123456789abcdef" * 4


class Files:
    """The part of a project's services that a target needs."""

    def digest(self, path: Path) -> str:
        return digest_file(path)

    def dataset(self, reference: str) -> object:
        raise NotImplementedError(reference)

    def export(self, version: ModelVersion, folder: Path) -> None:
        raise NotImplementedError(version)

    def score(self, deployment: Deployment, folder: Path, data: object) -> object:
        raise NotImplementedError(deployment)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return a_context(tmp_path)


@pytest.fixture
def target(tmp_path: Path) -> LocalTarget:
    return LocalTarget(path=tmp_path / "deployments")


def a_context(root: Path) -> Context:
    return Context(
        run="r",
        step="development.deploy.local",
        project="p",
        root=root,
        scratch=root,
        task=Task(target="y"),
        services=Files(),
    )


def a_version(root: Path, number: int = 1, content: str = "model") -> ModelVersion:
    folder = root / f"files-{number}"
    (folder / "deep").mkdir(parents=True, exist_ok=True)
    (folder / "model.skops").write_text(content)
    (folder / "deep" / "schema.json").write_text("{}")
    return ModelVersion(
        model="income",
        version=number,
        digest=DIGEST.replace("0", str(number)),
        candidate="logistic",
        run="r",
        created=datetime(2026, 1, 2, tzinfo=UTC),
        folder=str(folder),
    )


def active(root: Path) -> dict[str, object]:
    return json.loads((root / "deployments" / "income" / "active.json").read_text())


def files(folder: Path | str) -> list[str]:
    folder = Path(folder)
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def test_deployed_version_is_active_and_whole(target, context, tmp_path: Path):
    version = a_version(tmp_path)

    deployment = target.deploy(version, context)

    assert deployment.target == "local"
    assert deployment.location == "deployments/income/versions/1-1123456789ab"
    folder = tmp_path / deployment.location
    assert files(folder) == ["deep/schema.json", "manifest.json", "model.skops"]
    assert active(tmp_path) == {
        "model": "income",
        "version": 1,
        "digest": version.digest,
        "folder": f"versions/{folder.name}",
    }


def test_deploying_again_changes_nothing(target, context, tmp_path: Path):
    version = a_version(tmp_path)
    target.deploy(version, context)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "deployments").rglob("*")}

    again = target.deploy(version, context)

    assert again.version == 1
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert set((tmp_path / "deployments").rglob("*")) == set(before)


def test_later_version_takes_over_and_the_earlier_one_can_come_back(target, context, tmp_path):
    first, second = a_version(tmp_path, 1), a_version(tmp_path, 2)
    target.deploy(first, context)
    target.deploy(second, context)
    assert active(tmp_path)["version"] == 2

    target.deploy(first, context)

    assert active(tmp_path)["version"] == 1


@pytest.mark.parametrize("harm", ["changed", "missing", "extra", "no manifest"])
def test_deployed_files_that_were_changed_are_replaced(target, context, tmp_path: Path, harm: str):
    version = a_version(tmp_path)
    folder = tmp_path / target.deploy(version, context).location
    if harm == "changed":
        (folder / "model.skops").write_text("other")
    elif harm == "missing":
        (folder / "model.skops").unlink()
    elif harm == "extra":
        (folder / "extra").write_text("x")
    else:
        (folder / "manifest.json").unlink()

    target.deploy(version, context)

    assert files(folder) == ["deep/schema.json", "manifest.json", "model.skops"]
    assert (folder / "model.skops").read_text() == "model"


def forge(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "model.skops").write_text("moddl")
    for entry in manifest["files"]:
        entry["digest"] = digest_file(folder / entry["name"])
    (folder / "manifest.json").write_text(json.dumps(manifest))


FAULTS = {
    "nothing": (lambda folder: None, []),
    "a changed byte": (
        lambda folder: (folder / "model.skops").write_text("moddl"),
        ["model.skops was changed"],
    ),
    "a missing file": (
        lambda folder: (folder / "deep" / "schema.json").unlink(),
        ["deep/schema.json is missing"],
    ),
    "one more file": (lambda folder: (folder / "x.py").touch(), ["x.py was added"]),
    "a link": (
        lambda folder: (folder / "x").symlink_to("deep", target_is_directory=True),
        ["x was added"],
    ),
    "no folder": (shutil.rmtree, ["the folder 1-1123456789ab is missing"]),
    "a file and the manifest that tells of it": (
        forge,
        ["model.skops was changed"],
    ),
    "another manifest": (
        lambda folder: (folder / "manifest.json").write_text('{"files": []}'),
        ["manifest.json was changed"],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_not_as_it_was_deployed_is_named_and_mended(target, context, tmp_path: Path, name):
    harm, told = FAULTS[name]
    version = a_version(tmp_path)
    deployment = target.deploy(version, context)
    wanted = {each: digest_file(Path(version.folder) / each) for each in files(version.folder)}
    harm(tmp_path / deployment.location)

    found = target.verify_deployment(deployment, wanted, context)
    target.deploy(version, context)

    assert found == told
    assert target.verify_deployment(deployment, wanted, context) == []


def test_active_version_that_is_another_one_is_named(target, context, tmp_path: Path):
    version = a_version(tmp_path)
    wanted = {each: digest_file(Path(version.folder) / each) for each in files(version.folder)}
    deployment = target.deploy(version, context)
    target.deploy(a_version(tmp_path, 2), context)

    [told] = target.verify_deployment(deployment, wanted, context)
    (tmp_path / "deployments" / "income" / "active.json").unlink()
    [gone] = target.verify_deployment(deployment, wanted, context)

    assert told == "active.json does not name v1"
    assert gone == "active.json is missing, or was changed"


def test_withdrawn_version_is_no_longer_active(target, context, tmp_path: Path):
    deployment = target.deploy(a_version(tmp_path), context)

    assert target.withdraw(deployment) is True
    assert target.withdraw(deployment) is False
    assert files(tmp_path / "deployments") == []


def test_withdrawing_an_earlier_version_leaves_the_active_one(target, context, tmp_path: Path):
    earlier = target.deploy(a_version(tmp_path, 1), context)
    target.deploy(a_version(tmp_path, 2), context)

    assert target.withdraw(earlier) is True
    assert active(tmp_path)["version"] == 2


def test_location_outside_the_project_is_a_url(context, tmp_path: Path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")

    deployment = LocalTarget(path=outside).deploy(a_version(tmp_path), context)

    assert deployment.location.startswith("file://")


def test_models_of_two_names_do_not_meet(target, context, tmp_path: Path):
    version = a_version(tmp_path)
    target.deploy(version, context)
    target.deploy(attrs.evolve(version, model="other"), context)

    assert active(tmp_path)["model"] == "income"


def test_name_that_leads_elsewhere_is_refused(target, context, tmp_path: Path):
    with pytest.raises(StoreError, match="not a name"):
        target.deploy(attrs.evolve(a_version(tmp_path), model="../up"), context)


CHILD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from fourstroke_local import LocalTarget, durable
from test_local_target import a_context, a_version

left = int(sys.argv[1])
root = Path(sys.argv[2])

def reached(point):
    global left
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left -= 1

durable.reached = reached
LocalTarget(path=root / "deployments").deploy(a_version(root, 2), a_context(root))
"""


def test_death_at_any_step_leaves_a_whole_version_at_work(tmp_path: Path):
    for steps in range(20):
        root = tmp_path / str(steps)
        root.mkdir()
        target = LocalTarget(path=root / "deployments")
        target.deploy(a_version(root, 1), a_context(root))
        command = [sys.executable, "-c", CHILD, str(steps), str(root), __file__.rpartition("/")[0]]
        code = subprocess.run(command, check=False).returncode
        assert code in {0, -signal.SIGKILL}

        folder = root / "deployments" / "income" / str(active(root)["folder"])
        assert files(folder) == ["deep/schema.json", "manifest.json", "model.skops"]
        target.deploy(a_version(root, 2), a_context(root))
        assert active(root)["version"] == 2
        if code == 0:
            assert steps >= 4
            return
    pytest.fail("it never came through")
