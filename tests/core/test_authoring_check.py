"""`plugins check`: a plugin held to its contract without a test."""

from __future__ import annotations

import json
import multiprocessing

import pytest

from fourstroke.cli.main import main

pytestmark = pytest.mark.usefixtures("in_one_process")

APPROVER = '''\
from fourstroke import hookimpl, plugin


@plugin
class Eager:
    """Say yes in a form of its own."""

    @hookimpl
    def approve(self, candidate, verdict):
        return "yes"
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "fourstroke.toml").write_text(
        '[project]\nname = "p"\n\n[data.collect]\npath = "x.csv"\n'
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_bundled_storage_keeps_its_contract(project, capsys):
    code = main(["plugins", "check", "storage/local"])

    summary = capsys.readouterr().out.splitlines()[-1]
    assert code == 0
    assert summary.endswith("0 not applicable, 0 waived, 0 failed")


def test_wrong_plugin_fails_and_says_why(project, capsys):
    (project / "own.py").write_text(APPROVER)

    code = main(["plugins", "check", "own.py"])

    out = capsys.readouterr().out
    assert code == 1
    assert (
        "test_answer_has_a_reason  StepError: own: approve of Eager gave str, not Decision" in out
    )
    assert " failed" in out.splitlines()[-1]


def test_json_tells_every_check(project, capsys):
    main(["plugins", "check", "approve/automatic", "--json"])

    [told] = json.loads(capsys.readouterr().out)["contracts"]

    assert told["is_kept"] is True
    assert told["checks"] == told["ran"] + told["not_applicable"] + told["waived"]
    assert all(each["says"] and each["state"] for each in told["results"])


def test_scaffold_of_a_distribution_is_checked_from_its_folder(project, capsys):
    main(["plugins", "new", "approve", "mine"])
    capsys.readouterr()

    code = main(["plugins", "check", "fourstroke-mine"])

    assert code == 0
    assert capsys.readouterr().out.startswith("TestMine  ")


@pytest.mark.parametrize("stage", ["codec", "prepare", "validate", "monitor", "observe"])
def test_scaffolds_keep_their_contracts_from_their_folders(project, capsys, stage):
    main(["plugins", "new", stage, f"whole-{stage}"])
    capsys.readouterr()

    code = main(["plugins", "check", f"fourstroke-whole-{stage}"])

    out = capsys.readouterr().out
    assert code == 0, out
    assert out.rstrip().endswith("0 failed")


def test_plugin_that_the_tests_leave_out_is_checked_all_the_same(project, capsys):
    main(["plugins", "new", "approve", "untested"])
    (project / "fourstroke-untested" / "tests" / "test_contract.py").unlink()
    capsys.readouterr()

    main(["plugins", "check", "fourstroke-untested"])

    assert capsys.readouterr().out.startswith("approve Untested  ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("storage/locl",), "did you mean 'local'?"),
        ((".",), "there is no pyproject.toml"),
        (("own.py",), "there is no such file"),
        (("storage/local", "--data", "x"), "this contract takes no table"),
    ],
)
def test_what_is_not_there_is_one_line(project, capsys, words, says):
    code = main(["plugins", "check", *words])

    assert code == 2
    assert says in capsys.readouterr().err


CHECK = """\
import os
import time

from fourstroke import Check


def own(data, words: tuple[str, ...] = ()) -> list[Check]:
    {trouble}
    return [Check(name="own", status="pass")]
"""


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("if data.empty: time.sleep(600)", "it took longer than 4 s"),
        ("if data.empty: os._exit(3)", "it ended the process with exit code 3"),
        ("if data.empty: os.abort()", "it ended the process by signal SIGABRT"),
    ],
)
def test_plugin_that_hangs_or_crashes_fails_the_check_where_it_does(project, capsys, trouble, told):
    (project / "own.py").write_text(CHECK.format(trouble=trouble))

    code = main(["plugins", "check", "own.py:own", "--stage", "check", "--timeout", "4", "--json"])

    (contract,) = json.loads(capsys.readouterr().out)["contracts"]
    by_name = {each["check"]: each for each in contract["results"]}
    assert code == 1
    assert by_name["test_empty_table_is_checked"]["why"] == told
    assert by_name["test_good_table_passes"]["state"] == "passed"
    assert len(by_name) == contract["checks"]
    assert not multiprocessing.active_children()


def test_plugin_that_ends_the_process_when_it_is_imported_is_one_line(project, capsys):
    (project / "own.py").write_text("import os\nos._exit(5)\n")

    code = main(["plugins", "check", "own.py:own", "--stage", "check"])

    assert code != 0
    assert "it ended the process with exit code 5" in capsys.readouterr().err


def test_settings_that_do_not_fit_are_told_once(project, capsys):
    (project / "own.py").write_text(CHECK.format(trouble="pass"))
    (project / "test_own.py").write_text(
        "from own import own\nfrom fourstroke.testing import CheckContract\n"
        'class TestOwn(CheckContract):\n    plugin = own\n    settings = {"column": "age"}\n'
    )

    code = main(["plugins", "check", "own.py:own"])

    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert err.startswith("error: TestOwn: settings.column: there is no such setting")
