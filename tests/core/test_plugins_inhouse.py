"""Plugins in files of the project: how they are loaded, and what happens when they cannot be."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from fourstroke import PluginError
from fourstroke.plugins.inhouse import load_object


def write(root: Path, **files: str) -> Path:
    """Write files; in their names ``__`` stands for a folder."""
    for name, content in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content))
    return root


def test_function_is_loaded_by_the_path_of_its_file(tmp_path: Path):
    write(tmp_path, steps="def add(data): return data + 1")

    assert load_object(tmp_path, "steps.py:add")(1) == 2


def test_file_may_import_others_of_the_project_absolutely(tmp_path: Path):
    write(tmp_path, steps="from tools.far import AMOUNT", tools__far="AMOUNT = 7")

    assert load_object(tmp_path, "steps.py:AMOUNT") == 7


def test_file_of_a_package_may_import_relatively(tmp_path: Path):
    write(
        tmp_path,
        steps____init__="",
        steps__first="from .far import AMOUNT\nfrom . import far\n",
        steps__far="from ..steps import __name__ as package\nAMOUNT = 3",
    )
    (tmp_path / "steps" / "far.py").write_text("AMOUNT = 3\n")

    assert load_object(tmp_path, "steps/first.py:AMOUNT") == 3


def test_import_inside_a_function_works_when_it_is_called(tmp_path: Path):
    write(
        tmp_path,
        steps="def late():\n    from tools import VALUE\n    return VALUE",
        tools="VALUE = 5",
    )

    assert load_object(tmp_path, "steps.py:late")() == 5


def test_whoever_imports_the_file_gets_the_same_module(tmp_path: Path):
    write(tmp_path, steps="class Known: ...", other="from steps import Known")

    assert load_object(tmp_path, "steps.py:Known") is load_object(tmp_path, "other.py:Known")


def test_class_of_the_project_pickles_by_name(tmp_path: Path):
    write(tmp_path, steps="class Known:\n    size = 4")

    made = load_object(tmp_path, "steps.py:Known")()

    assert pickle.loads(pickle.dumps(made)).size == 4


def test_child_process_of_a_library_finds_the_project(tmp_path: Path):
    write(tmp_path, steps="VALUE = 6")
    load_object(tmp_path, "steps.py:VALUE")
    code = f"import sys; sys.path[:] = {sys.path!r}; import steps; print(steps.VALUE)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "6"


def test_edited_file_is_loaded_anew_within_the_same_second(tmp_path: Path):
    write(tmp_path, steps="VALUE = 1")
    before = load_object(tmp_path, "steps.py:VALUE")
    write(tmp_path, steps="VALUE = 2")

    assert (before, load_object(tmp_path, "steps.py:VALUE")) == (1, 2)


def test_edited_helper_is_seen_through_a_file_that_did_not_change(tmp_path: Path):
    write(
        tmp_path, steps="from middle import VALUE", middle="from far import VALUE", far="VALUE = 1"
    )
    before = load_object(tmp_path, "steps.py:VALUE")
    write(tmp_path, far="VALUE = 2")

    assert (before, load_object(tmp_path, "steps.py:VALUE")) == (1, 2)


def test_unchanged_file_is_loaded_once(tmp_path: Path):
    write(tmp_path, steps="class Known: ...")

    assert load_object(tmp_path, "steps.py:Known") is load_object(tmp_path, "steps.py:Known")


def test_nothing_is_written_beside_the_source(tmp_path: Path):
    write(tmp_path, steps="import tools", tools="VALUE = 1")
    code = (
        "import sys; sys.dont_write_bytecode = False; from pathlib import Path;"
        "from fourstroke.plugins.inhouse import load_object;"
        f"load_object(Path({str(tmp_path)!r}), 'steps.py:tools')"
    )

    subprocess.run([sys.executable, "-c", code], check=True)

    assert not list(tmp_path.rglob("__pycache__"))


def test_two_projects_may_have_files_of_one_name(tmp_path: Path):
    one = write(tmp_path / "one", steps="from tools import VALUE", tools="VALUE = 1")
    two = write(tmp_path / "two", steps="from tools import VALUE", tools="VALUE = 2")

    found = [load_object(root, "steps.py:VALUE") for root in (one, two, one)]

    assert found == [1, 2, 1]


def test_file_may_have_the_name_of_a_standard_module(tmp_path: Path):
    write(
        tmp_path, profile="import statistics\nVALUE = statistics.mean([1, 3])", statistics="1 / 0"
    )

    assert load_object(tmp_path, "profile.py:VALUE") == 2
    assert "cProfile" in __import__("profile").__doc__ or hasattr(__import__("profile"), "Profile")


def test_file_may_have_a_name_that_python_cannot_import(tmp_path: Path):
    write(tmp_path, **{"01-clean steps": "class Known: ..."})

    known = load_object(tmp_path, "01-clean steps.py:Known")

    assert pickle.loads(pickle.dumps(known)) is known


def test_private_name_is_the_same_on_every_machine(tmp_path: Path):
    one = write(tmp_path / "one", **{"my-steps": "class Known: ..."})
    two = write(tmp_path / "two", **{"my-steps": "class Known: ..."})

    names = {load_object(root, "my-steps.py:Known").__module__ for root in (one, two)}

    assert len(names) == 1
    assert str(tmp_path) not in names.pop()


def test_folder_of_data_does_not_hide_an_installed_package(tmp_path: Path):
    (tmp_path / "attrs").mkdir()
    (tmp_path / "attrs" / "data.csv").write_text("a\n1\n")
    write(tmp_path, steps="import importlib\nattrs = importlib.import_module('attrs')")
    kept = {name: sys.modules.pop(name) for name in list(sys.modules) if name == "attrs"}

    found = load_object(tmp_path, "steps.py:attrs")

    sys.modules.update(kept)
    assert hasattr(found, "frozen")


def test_property_of_a_class_is_not_evaluated(tmp_path: Path):
    write(tmp_path, steps="class Odd:\n    @property\n    def fitted(self): 1 / 0")

    assert load_object(tmp_path, "steps.py:Odd")


@pytest.mark.parametrize(
    ("source", "where", "says"),
    [
        pytest.param("x = 1\n1 / 0\n", "steps.py:2", "ZeroDivisionError", id="raises"),
        pytest.param("x = 1\ndef f(:\n", "steps.py:2", "invalid syntax", id="syntax"),
        pytest.param("import sys\nsys.exit(2)\n", "steps.py:2", "SystemExit: 2", id="exits"),
        pytest.param("import nosuch\n", "steps.py:1", "install what brings nosuch", id="missing"),
        pytest.param("import helprs\n", "steps.py:1", "did you mean 'helpers'", id="typo"),
        pytest.param("from .helpers import x\n", "steps.py:1", "without the dot", id="relative"),
        pytest.param("import broken\n", "broken.py:3", "NameError", id="in-a-helper"),
        pytest.param(
            "import json\njson.loads('{')\n", "steps.py:2", "JSONDecodeError", id="library"
        ),
    ],
)
def test_import_error_names_file_and_line(tmp_path: Path, source: str, where: str, says: str):
    write(tmp_path, steps=source, helpers="x = 1", broken="x = 1\n\ny = z\n")

    with pytest.raises(PluginError, match=says) as caught:
        load_object(tmp_path, "steps.py:anything")

    assert str(caught.value).startswith(f"{where}: it did not load")


def test_failed_import_is_tried_again_after_an_edit(tmp_path: Path):
    write(tmp_path, steps="from tools import VALUE", tools="1 / 0")
    with pytest.raises(PluginError):
        load_object(tmp_path, "steps.py:VALUE")
    write(tmp_path, tools="VALUE = 1")

    assert load_object(tmp_path, "steps.py:VALUE") == 1


@pytest.mark.parametrize(
    ("use", "says"),
    [
        pytest.param("steps.py:DropOutlier", "did you mean 'DropOutliers'", id="name"),
        pytest.param("stepz.py:f", "did you mean 'steps.py'", id="file"),
        pytest.param("tools/cleen.py:f", "did you mean 'tools/clean.py'", id="file-in-folder"),
        pytest.param("steps.py", "names a file and nothing in it", id="no-name"),
        pytest.param("../outside.py:f", "outside the project", id="traversal"),
        pytest.param("tools/../../outside.py:f", "outside the project", id="hidden-traversal"),
        pytest.param("link.py:f", "outside the project", id="link"),
        pytest.param("folder.py:f", "no regular file", id="folder"),
    ],
)
def test_wrong_use_is_answered_with_what_is_meant(tmp_path: Path, use: str, says: str):
    root = write(tmp_path / "project", steps="class DropOutliers: ...", tools__clean="")
    write(tmp_path, outside="def f(): ...")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    (root / "folder.py").mkdir()

    with pytest.raises(PluginError, match=says):
        load_object(root, use)


def test_absolute_path_is_refused_even_into_the_project(tmp_path: Path):
    write(tmp_path, steps="x = 1")

    with pytest.raises(PluginError, match="outside the project"):
        load_object(tmp_path, f"{tmp_path}/steps.py:x")


def test_plugin_that_somebody_imported_before_is_loaded_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(tmp_path, ownsteps="VALUE = 1")
    monkeypatch.syspath_prepend(tmp_path)
    __import__("ownsteps")
    write(tmp_path, ownsteps="VALUE = 2")

    assert load_object(tmp_path, "ownsteps.py:VALUE") == 2
