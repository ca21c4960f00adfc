"""A deployment that fails, or does not say what its model said, is returned by itself and told."""

from __future__ import annotations

from pathlib import Path

import pytest
from whole_project import write_project

from fourstroke import Project, StepError
from fourstroke.cli.main import main

pytestmark = pytest.mark.usefixtures("in_one_process")

# Each keeps in a file which version it serves, and scores by the files of it; a file of the project
# breaks one of them.
TARGETS = """
import shutil
from pathlib import Path

from fourstroke import Context, Deployment, hookimpl, plugin


@plugin
class Shelf:
    shelf: str

    def broken(self, context, how):
        place = Path(context.root) / f"{self.shelf}-{how}"
        return place.exists()

    @hookimpl
    def deploy(self, version, context: Context):
        if self.broken(context, "unreachable"):
            raise OSError("no route")
        place = Path(context.root) / "shelves" / self.shelf / f"v{version.version}"
        if not place.exists():
            shutil.copytree(version.folder, place)
        (place.parent / "now").write_text(str(version.version))
        return Deployment(target="x", model=version.model, version=version.version,
                          digest=version.digest, location=f"shelves/{self.shelf}/v{version.version}")

    @hookimpl
    def probe_deployment(self, deployment, data, context: Context):
        if self.broken(context, "lacking"):
            import module_that_is_not_here
        said = context.score(deployment, Path(context.root) / deployment.location, data)
        return [{"prediction": "yes"} for _ in said] if self.broken(context, "lying") else said

    @hookimpl
    def withdraw(self, deployment, context: Context):
        (Path(context.root) / "shelves" / self.shelf / "now").unlink()
        return True
"""
TABLES = """
[[development.deploy]]
name = "one"
use = "targets.py:Shelf"
shelf = "one"

[[development.deploy]]
name = "two"
use = "targets.py:Shelf"
shelf = "two"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project with two targets that has not run yet."""
    return with_targets(tmp_path)


@pytest.fixture
def deployed(folder: Path) -> Path:
    """Give one whose version 1 is at work, and whose data would make a version 2."""
    assert run(folder).state == "succeeded"
    grow(folder)
    return folder


def with_targets(folder: Path) -> Path:
    write_project(folder)
    (folder / "targets.py").write_text(TARGETS)
    with (folder / "fourstroke.toml").open("a") as file:
        file.write(TABLES)
    return folder


def grow(folder: Path, row: str = "100,yes") -> None:
    with (folder / "data.csv").open("a") as file:
        file.write(f"{row}\n")


def run(folder: Path, **how):
    with Project.open(folder) as project:
        return project.run(**how)


def champion(folder: Path) -> int | None:
    with Project.open(folder) as project:
        found = project.records.champion("tiny")
    return None if found is None else found.version


def served(folder: Path) -> list[str | None]:
    """Read what each shelf serves."""
    places = [folder / "shelves" / name / "now" for name in ("one", "two")]
    return [place.read_text() if place.exists() else None for place in places]


def told(folder: Path, what: str) -> list[tuple[str, str, str]]:
    with Project.open(folder) as project:
        found = [event for event in project.records.events() if event.what == what]
    return [(each.subject, str(each.facts["target"]), each.why) for each in found]


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        ("lacking", "the smoke test failed: ModuleNotFoundError: No module named 'module_that"),
        ("lying", "the smoke test failed: row 0, prediction: 'yes', and not 'no' as when it was"),
    ],
)
def test_target_that_does_not_do_what_the_model_does_keeps_the_version_before(deployed, harm, why):
    (deployed / f"two-{harm}").touch()

    outcome = run(deployed)

    assert outcome.state == "failed"
    [error] = outcome.errors
    assert error.message.startswith(why)
    assert error.message.endswith("; one has v1 again; two has v1 again")
    assert served(deployed) == ["1", "1"]
    assert champion(deployed) == 1
    returned = told(deployed, "returned by itself")
    assert [row[:2] for row in returned] == [("tiny@v2", "one"), ("tiny@v2", "two")]
    assert all(row[2].startswith(why) for row in returned)


def test_targets_after_the_one_that_fails_are_not_touched(deployed):
    (deployed / "one-lying").touch()

    outcome = run(deployed)

    assert outcome.errors[0].message.endswith("when it was measured; one has v1 again")
    assert served(deployed) == ["1", "1"]
    assert not (deployed / "shelves" / "two" / "v2").exists()


def test_what_was_mended_is_deployed_by_the_next_run(deployed):
    (deployed / "two-lying").touch()
    run(deployed)
    (deployed / "two-lying").unlink()

    assert run(deployed).state == "succeeded"

    assert served(deployed) == ["2", "2"]
    assert champion(deployed) == 2
    assert run(deployed).state == "succeeded"  # and it stays so
    assert told(deployed, "returned by itself")[2:] == []


def test_unreachable_target_is_told_and_the_others_go_back(deployed):
    (deployed / "two-unreachable").touch()

    outcome = run(deployed)

    assert "no route; one has v1 again; two did not go back: OSError: no route" in str(
        outcome.errors[0]
    )
    assert served(deployed) == ["1", "1"]
    assert [row[:2] for row in told(deployed, "return failed")] == [("tiny@v2", "two")]
    (deployed / "two-unreachable").unlink()
    assert run(deployed).state == "succeeded"
    assert served(deployed) == ["2", "2"]


def test_first_version_that_fails_is_withdrawn(folder):
    (folder / "two-lying").touch()

    outcome = run(folder)

    assert outcome.errors[0].message.endswith("; one has none, as before; two has none, as before")
    assert served(folder) == [None, None]
    assert champion(folder) is None


def test_by_hand_it_is_returned_as_well(deployed):
    run(deployed)
    with Project.open(deployed) as project:
        project.models["tiny"].rollback()
    (deployed / "two-lying").touch()

    with (
        Project.open(deployed) as project,
        pytest.raises(StepError, match=r"the smoke test failed.*two has v1 again"),
    ):
        project.models["tiny"].deploy(2, why="again", override=True)

    assert served(deployed) == ["1", "1"]
    assert champion(deployed) == 1


def test_what_broke_later_is_found_by_trying_it_again(deployed, capsys, monkeypatch):
    monkeypatch.chdir(deployed)
    assert main(["models", "probe", "tiny"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [f"works  tiny@v1 at {name}: shelves/{name}/v1" for name in ("one", "two")]
    (deployed / "shelves" / "two" / "v1" / "value.json").write_text('{"limit":0}')

    assert main(["models", "probe", "tiny"]) == 1

    assert "value.json is not the file that was registered" in capsys.readouterr().err
    assert [row[:2] for row in told(deployed, "smoke test failed")] == [("tiny@v1", "two")]
    assert served(deployed) == ["1", "1"]


def test_rows_that_were_swept_test_nothing(deployed):
    run(deployed)
    with Project.open(deployed) as project:
        version = project.models["tiny"][1]
        steps = project.records.steps(version.row.run)
        rows = next(step.outputs["test"] for step in steps if step.fact.stage == "split")
        for file in rows.files:
            next(deployed.glob(f".fourstroke/store/**/*{file.digest[-32:]}*")).unlink()
        assert version.held_out() is None

        project.models["tiny"].promote(1)

    assert champion(deployed) == 1


def test_target_that_was_switched_on_purpose_is_left_alone(deployed):
    run(deployed, stop="development.deploy.one")
    assert served(deployed) == ["2", "1"]
    assert champion(deployed) == 1

    run(deployed, stop="development.champion")

    assert served(deployed) == ["2", "1"]
    assert run(deployed).state == "succeeded"
    assert champion(deployed) == 2
