"""`plugins new` and `plugins package`: what they write, and what they refuse."""

from __future__ import annotations

import ast
import json
import tomllib

import pytest

from fourstroke.authoring.kinds import is_function_enough, stage_of
from fourstroke.authoring.naming import Name
from fourstroke.authoring.target import Target
from fourstroke.cli.main import main
from fourstroke.errors import UsageError
from fourstroke.plugins.admission import admit
from fourstroke.plugins.functions import plugin_of_function
from fourstroke.plugins.offers import STAGES
from fourstroke.plugins.requirement import canonical

pytestmark = pytest.mark.usefixtures("in_one_process")

PROJECT = '[project]\nname = "p"\n\n[data.collect]\npath = "data.csv"\n'


@pytest.fixture
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "fourstroke.toml").write_text(PROJECT)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage != "codec"])
def test_local_plugin_of_each_stage_is_found_and_admitted(project, stage):
    assert main(["plugins", "new", stage, "own_part", "--local"]) == 0

    target = Target.in_file(project, "steps/own_part.py", stage="", config=None)

    assert target.stage == stage
    kind = target.found
    if is_function_enough(stage):
        kind = plugin_of_function(kind, stage, where="own")
    assert admit(kind, stage, where="own")


@pytest.mark.parametrize("stage", [stage for stage in STAGES if is_function_enough(stage)])
def test_local_function_has_ten_lines_at_most(project, stage):
    main(["plugins", "new", stage, "own", "--local"])

    lines = (project / "steps" / "own.py").read_text().split("def own", 1)[1].strip().splitlines()

    assert len(lines) <= 10


@pytest.mark.parametrize("stage", STAGES)
def test_distribution_of_each_stage_has_all_that_one_needs(project, stage):
    assert main(["plugins", "new", stage, "my-part"]) == 0

    folder = project / "fourstroke-my-part"
    metadata = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    [(group, points)] = metadata["entry-points"].items()
    assert group == f"fourstroke.{stage}"
    assert len(points) == 1
    assert "fourstroke-plugin" in metadata["keywords"]
    assert any(canonical(each.split(">")[0]) == "fourstroke" for each in metadata["dependencies"])
    for name in ("README.md", "LICENSE", "CHANGELOG.md", ".github/workflows/test.yml"):
        assert (folder / name).read_text().strip()
    assert (folder / "src" / "fourstroke_my_part" / "py.typed").exists()
    sources = [*folder.glob("src/**/*.py"), *folder.glob("tests/*.py")]
    assert len(sources) == 3
    for source in sources:
        text = source.read_text()
        ast.parse(text)
        assert "emplate" not in text
        assert "fourstroke.authoring" not in text


def test_what_is_there_is_not_overwritten(project, capsys):
    main(["plugins", "new", "validate", "own", "--local"])
    (project / "steps" / "own.py").write_text("mine")

    code = main(["plugins", "new", "validate", "own", "--local"])

    assert code == 2
    assert "exists already" in capsys.readouterr().err
    assert (project / "steps" / "own.py").read_text() == "mine"


def test_folder_of_a_distribution_that_is_there_is_not_touched(project, capsys):
    (project / "fourstroke-own").mkdir()
    (project / "fourstroke-own" / "mine").write_text("mine")

    code = main(["plugins", "new", "validate", "own"])

    assert code == 2
    assert "exists already" in capsys.readouterr().err
    assert [each.name for each in (project / "fourstroke-own").iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["validat", "x"], "did you mean 'validate'?"),
        (["codec", "x"], "a codec is found by the type of a value"),
        (["validate", "No PII"], "cannot be the name of a plugin"),
        (["validate", "../x"], "cannot be the name of a plugin"),
        (["validate", "class"], "a word of Python"),
        (["validate", ""], "cannot be the name of a plugin"),
        (["validate", "x" * 80], "cannot be the name of a plugin"),
    ],
)
def test_wrong_stage_or_name_is_refused(project, capsys, words, says):
    code = main(["plugins", "new", *words, "--local"])

    assert code == 2
    assert says in capsys.readouterr().err
    assert not (project / "steps").exists()


def test_local_plugin_needs_a_project(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    code = main(["plugins", "new", "validate", "own", "--local"])

    assert code == 2
    assert "there is no fourstroke.toml" in capsys.readouterr().err


def test_json_tells_what_was_written(project, capsys):
    main(["plugins", "new", "validate", "own", "--local", "--json"])

    told = json.loads(capsys.readouterr().out)

    assert told["use"] == "steps/own.py:own"
    assert told["files"] == ["steps/own.py", "steps/test_own.py"]


def test_file_of_the_project_may_share_its_name_with_the_folder(project):
    (project / "steps.py").write_text("def other(data):\n    return data\n")
    main(["plugins", "new", "validate", "own", "--local"])

    target = Target.in_file(project, "steps/own.py", stage="", config=None)

    assert target.called == "own"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def own(data):\n    return data\n", "it may serve"),
        ("def own(nothing):\n    return nothing\n", "it serves no stage"),
    ],
)
def test_function_that_may_serve_several_stages_asks_which(source, says):
    namespace: dict = {}
    exec(source, namespace)

    with pytest.raises(UsageError, match=says) as caught:
        stage_of(namespace["own"], use="steps.py:own", config=None)

    assert "--stage" in caught.value.hint


def test_package_takes_the_code_unchanged_and_its_test_along(project, capsys):
    main(["plugins", "new", "validate", "no_pii", "--local"])
    before = (project / "steps" / "no_pii.py").read_text()

    code = main(["plugins", "package", "steps/no_pii.py"])

    folder = project / "fourstroke-no-pii"
    assert code == 0
    assert (folder / "src" / "fourstroke_no_pii" / "no_pii.py").read_text() == before
    test = (folder / "tests" / "test_contract.py").read_text()
    assert "from fourstroke_no_pii.no_pii import no_pii" in test
    points = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]
    assert points == {"fourstroke.validate": {"no_pii": "fourstroke_no_pii:no_pii"}}


def test_package_without_a_test_gets_one(project):
    main(["plugins", "new", "validate", "own", "--local"])
    (project / "steps" / "test_own.py").unlink()

    main(["plugins", "package", "steps/own.py"])

    test = (project / "fourstroke-own" / "tests" / "test_contract.py").read_text()
    assert "class TestOwn(ValidateContract):" in test


def test_file_that_needs_others_of_the_project_is_not_packaged(project, capsys):
    (project / "words.py").write_text("LEAST = 1\n")
    (project / "own.py").write_text(
        "import words\n\n\ndef own(candidate) -> list:\n    return []\n"
    )

    code = main(["plugins", "package", "own.py", "--stage", "validate"])

    assert code == 2
    assert "it imports words.py of the project" in capsys.readouterr().err
    assert not (project / "fourstroke-own").exists()


def test_file_with_several_plugins_asks_which(project, capsys):
    (project / "own.py").write_text("def one(data):\n    ...\n\n\ndef two(data):\n    ...\n")

    code = main(["plugins", "package", "own.py"])

    assert code == 2
    assert "it holds several: one, two (name one: own.py:one)" in capsys.readouterr().err


def test_name_takes_each_form():
    name = Name.of("no-pii")

    assert (name.entry, name.camel, name.distribution) == ("no_pii", "NoPii", "fourstroke-no-pii")
