"""`fourstroke use`: the project file is edited, checked, and the backend tried before it is written."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest
import sqlalchemy

from fourstroke.cli.invocation import Invocation
from fourstroke.cli.main import main
from fourstroke.cli.names import completed, kinds

PROJECT = """\
# a small project
[project]
name = "small"

[task]
kind = "binary"
target = "bought"

[data.collect]
path = "data.csv"

[data.split]
test = 0.25   # a quarter

[[model.train]]
name = "first"
estimator = "LogisticRegression"

[[model.train]]
name = "second"
estimator = "Ridge"

[[development.validate]]
use = "threshold"   # the bar
metric = "roc_auc"
min = 0.8

# kept where it is
[backends]
storage = "local"   # here

[environments.prod]
run.seed = 5
"""

STEPS = """\
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from fourstroke import Check, StoreError, hookimpl, plugin


@plugin
class Folder:
    folder: Path
    fails_at: str = ""

    def reached(self, point):
        if self.fails_at == point:
            raise StoreError(f"no {point} today")

    @hookimpl
    def write(self, key, path):
        self.reached("write")
        (self.folder / key).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, self.folder / key)
        return True

    @hookimpl
    def read(self, key, path):
        self.reached("read")
        if self.fails_at == "content":
            path.write_text("other")
            return path
        return self.folder / key

    @hookimpl
    def exists(self, key):
        return (self.folder / key).exists()

    @hookimpl
    def keys(self, prefix):
        return []

    @hookimpl
    def delete(self, key):
        (self.folder / key).unlink()
        self.reached("delete")
        return True


@plugin
class Threads:
    breaks: bool = False

    @hookimpl
    def executor(self, context):
        if self.breaks:
            raise ConnectionError("no cluster")
        return ThreadPoolExecutor(1)


def no_pii(candidate, limit: int = 1):
    return [Check(name="pii", status="pass")]
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "fourstroke.toml").write_text(PROJECT)
    (tmp_path / "steps.py").write_text(STEPS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def text_of(project) -> str:
    return (project / "fourstroke.toml").read_text()


def line_of(text: str, start: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def test_storage_is_changed_in_place_and_tried(project, capsys):
    code = main(["use", "storage", "steps.py:Folder", "--set", "folder=kept"])

    text = text_of(project)
    written = 'storage = { use = "steps.py:Folder", folder = "kept" }   # here'
    at = f"fourstroke.toml:{line_of(text, 'storage')}"
    assert code == 0
    assert text == PROJECT.replace('storage = "local"   # here', written)
    assert capsys.readouterr().out.splitlines() == [
        f'{at}  backends.storage.use  "local" -> "steps.py:Folder"',
        f'{at}  backends.storage.folder  (not there) -> "kept"',
        "probe  wrote, read and deleted a key",
    ]
    assert [path for path in (project / "kept").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("point", "told"),
    [
        ("write", "the probe failed at write: no write today"),
        ("read", "the probe failed at read: no read today"),
        ("delete", "the probe failed at delete: no delete today"),
        ("content", "the probe failed at read: what came back is not what was written"),
    ],
)
def test_storage_that_fails_its_probe_changes_nothing(project, capsys, point, told):
    words = ["--set", "folder=kept", "--set", f"fails_at={point}"]

    code = main(["use", "storage", "steps.py:Folder", *words])

    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert told in err
    assert "fourstroke.toml is as it was" in err
    assert err.count("\n") == 1
    assert text_of(project) == PROJECT
    assert sorted(path.name for path in project.iterdir() if path.name[0] == ".") == []


def test_no_probe_tries_nothing(project, capsys):
    words = ["--set", "folder=kept", "--set", "fails_at=write", "--no-probe"]

    code = main(["use", "storage", "steps.py:Folder", *words])

    assert code == 0
    assert "probe" not in capsys.readouterr().out
    assert "steps.py:Folder" in text_of(project)


def test_secret_need_not_be_set_without_a_probe(project, capsys, monkeypatch):
    monkeypatch.delenv("FOLDER", raising=False)
    words = ["use", "storage", "steps.py:Folder", "--set", "folder=${FOLDER}"]

    refused = main(words)
    done = main([*words, "--no-probe"])

    assert (refused, done) == (2, 0)
    assert "the environment variable FOLDER is not set" in capsys.readouterr().err
    assert 'folder = "${FOLDER}"' in text_of(project)


def test_what_stays_in_the_storage_before_is_counted(project, capsys):
    objects = project / ".fourstroke" / "store" / "objects" / "blake3" / "ab"
    objects.mkdir(parents=True)
    (objects / ("c" * 62)).write_bytes(b"x" * 1500)
    (objects / ("d" * 62)).write_bytes(b"x" * 500)

    main(["use", "storage", "steps.py:Folder", "--set", "folder=kept"])

    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "note   2 objects (2.0 kB) stay in the storage before: nothing is copied"


def test_table_of_an_environment_is_changed(project, capsys):
    code = main(["use", "runner", "steps.py:Threads", "--env", "prod"])

    text = text_of(project)
    block = '[environments.prod.backends]\nrunner = "steps.py:Threads"\n'
    assert code == 0
    assert text == f"{PROJECT}\n{block}"
    assert capsys.readouterr().out.startswith("[environments.prod] fourstroke.toml:")


def test_storage_of_an_environment_needs_records_of_its_own(project, capsys):
    code = main(["use", "storage", "steps.py:Folder", "--set", "folder=kept", "--env", "prod"])

    assert code == 2
    assert "another store needs records of its own" in capsys.readouterr().err
    assert text_of(project) == PROJECT


def test_executor_runs_a_task(project, capsys):
    code = main(["use", "executor", "steps.py:Threads"])

    assert code == 0
    assert 'runner = "steps.py:Threads"' in text_of(project)
    assert "probe  ran a task" in capsys.readouterr().out


def test_executor_that_cannot_be_made_changes_nothing(project, capsys):
    code = main(["use", "runner", "steps.py:Threads", "--set", "breaks=true"])

    assert code == 1
    assert "the probe failed at executor: ConnectionError: no cluster" in capsys.readouterr().err
    assert text_of(project) == PROJECT


def test_database_of_the_records_is_asked_for_its_version(project, capsys):
    code = main(["use", "records", "sqlite:///kept/r.sqlite"])

    assert code == 0
    assert "probe  answered: SQLite 3." in capsys.readouterr().out
    assert 'records = "sqlite:///kept/r.sqlite"' in text_of(project)
    assert not (project / "kept").exists()


def test_server_is_asked_and_gets_no_table(project, server, capsys):
    url = server.new_database()

    code = main(["use", "records", url])

    engine = sqlalchemy.create_engine(url)
    names = sqlalchemy.inspect(engine).get_table_names()
    engine.dispose()
    assert code == 0
    assert "probe  answered: PostgreSQL" in capsys.readouterr().out
    assert names == []


@pytest.mark.parametrize(
    ("url", "code", "told"),
    [
        ("sqlite:///steps.py", 1, "the probe failed at open"),
        ("postgresql://ana@127.0.0.1:1/x", 1, "the probe failed at open"),
        ("oracle://x", 1, "records cannot be kept in oracle"),
        ("postgresql://ana:tiger-7@127.0.0.1:1/x", 2, "a password stands here in clear"),
    ],
)
def test_database_that_does_not_answer_changes_nothing(project, capsys, url, code, told):
    ended = main(["use", "records", url])

    err = capsys.readouterr().err
    assert ended == code
    assert told in err
    assert "tiger-7" not in err
    assert text_of(project) == PROJECT


def test_new_name_of_a_stage_adds_a_table(project, capsys):
    code = main(["use", "validate", "steps.py:no_pii", "--set", "limit=3"])

    block = '\n[[development.validate]]\nuse = "steps.py:no_pii"\nlimit = 3\n'
    assert code == 0
    assert text_of(project) == PROJECT.replace("min = 0.8\n", f"min = 0.8\n{block}")


def test_known_name_of_a_stage_changes_its_table(project, capsys):
    main(["use", "validate", "threshold", "--set", "min=0.9"])

    line = line_of(PROJECT, "min")
    assert text_of(project) == PROJECT.replace("min = 0.8", "min = 0.9")
    assert capsys.readouterr().out.startswith(
        f"fourstroke.toml:{line}  development.validate.threshold.min  0.8 -> 0.9\n"
    )


def test_one_of_several_tables_is_named_after_a_colon(project):
    main(["use", "train:second", "sklearn", "--set", "estimator=Lasso"])

    assert 'name = "second"\nestimator = "Lasso"\nuse = "sklearn"\n' in text_of(project)
    assert 'name = "first"\nestimator = "LogisticRegression"\n' in text_of(project)


def test_name_that_is_not_there_adds_a_table(project):
    main(["use", "train:third", "sklearn", "--set", "estimator=Lasso"])

    assert '[[model.train]]\nname = "third"\nuse = "sklearn"\nestimator = "Lasso"\n' in text_of(
        project
    )


def test_name_that_was_made_of_the_plugin_stays_when_the_plugin_changes(project):
    code = main(["use", "validate:threshold", "steps.py:no_pii"])

    expected = PROJECT.replace(
        'use = "threshold"   # the bar\nmetric = "roc_auc"\nmin = 0.8\n',
        'use = "steps.py:no_pii"   # the bar\nname = "threshold"\n',
    )
    assert code == 0
    assert text_of(project) == expected


def test_usual_plugin_can_be_named_like_it_is_called(project):
    code = main(["use", "render", "html"])

    assert code == 0
    assert '[[report]]\nuse = "html"\n' in text_of(project)


def test_second_table_of_an_environment_is_told_apart(project):
    main(["use", "train:first", "sklearn", "--set", "estimator=Lasso", "--env", "prod"])
    main(["use", "train:second", "sklearn", "--set", "estimator=Ridge", "--env", "prod"])
    main(["use", "train:first", "sklearn", "--set", "estimator=SGDClassifier", "--env", "prod"])

    assert text_of(project).endswith(
        '[[environments.prod.model.train]]\nname = "first"\nuse = "sklearn"\n'
        'estimator = "SGDClassifier"\n\n'
        '[[environments.prod.model.train]]\nname = "second"\nuse = "sklearn"\n'
        'estimator = "Ridge"\n'
    )


def test_only_table_becomes_the_first_of_two(project):
    text = PROJECT.replace("[data.split]", '[data.check]\nuse = "table"  # one\n\n[data.split]')
    (project / "fourstroke.toml").write_text(text)

    code = main(["use", "check", "columns", "--set", "columns.age.min=0"])

    block = '[[data.check]]\nuse = "columns"\ncolumns = { age = { min = 0 } }\n'
    assert code == 0
    assert f'[[data.check]]\nuse = "table"  # one\n\n{block}\n[data.split]' in text_of(project)


def test_other_plugin_does_not_inherit_settings(project, capsys):
    code = main(["use", "split", "random"])

    assert code == 0
    assert '[data.split]\nuse = "random"\n\n[[model.train]]' in text_of(project)
    assert "data.split.test  0.25 -> (not there)" in capsys.readouterr().out


def test_entry_of_the_file_gets_an_overlay_of_its_name(project):
    main(["use", "validate:threshold", "threshold", "--set", "min=0.9", "--env", "prod"])

    assert text_of(project).endswith(
        '[[environments.prod.development.validate]]\nname = "threshold"\nuse = "threshold"\nmin = 0.9\n'
    )


def test_array_of_an_environment_that_would_replace_the_files_is_refused(project, capsys):
    code = main(["use", "validate", "steps.py:no_pii", "--env", "prod"])

    err = capsys.readouterr().err
    assert code == 2
    assert "an array of an environment replaces that of the file" in err
    assert "threshold would be gone" in err
    assert text_of(project) == PROJECT


def test_usual_plugin_that_a_first_table_puts_out_of_force_is_told(project, capsys):
    main(["use", "monitor", "log"])

    assert "warning: monitor was in force as long as the file had no table" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("said", ['"local"', "'local'", '{use="local"}'])
def test_what_stands_there_already_is_said(project, capsys, said):
    text = PROJECT.replace('"local"', said)
    (project / "fourstroke.toml").write_text(text)

    code = main(["use", "storage", "local"])

    assert code == 0
    assert capsys.readouterr().out == "fourstroke.toml says so already: nothing was changed\n"
    assert text_of(project) == text


def test_variable_that_lies_over_the_file_is_told(project, capsys, monkeypatch):
    monkeypatch.setenv("FOURSTROKE_SET__BACKENDS__RUNNER", "inline")

    main(["use", "runner", "steps.py:Threads"])

    err = capsys.readouterr().err
    assert "FOURSTROKE_SET__BACKENDS__RUNNER is set, and lies over what stands in" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["storge", "local"], "there is no stage or service 'storge' (did you mean 'storage'?)"),
        (["storage", "locl"], "did you mean 'local'?"),
        (["validate", "treshold"], "did you mean 'threshold'?"),
        (["validate", "steps.py:no_pi"], "did you mean 'no_pii'?"),
        (["validate", "stps.py:no_pii"], "did you mean 'steps.py'?"),
        (["storage", "local", "--set", "pth=x"], "did you mean 'path'?"),
        (["storage", "local", "--set", "path=3"], "backends.storage.path: expected a path"),
        (["storage", "local", "--set", "use=x"], "the plugin stands after the stage"),
        (["storage", "local", "--env", "prd"], "did you mean 'prod'?"),
        (["split:x", "random"], "there is one split only, without a name"),
        (["records", "sqlite:///x", "--set", "a=1"], "records are one URL"),
        (["train", "sklearn"], "say train:first, train:second"),
    ],
)
def test_wrong_words_are_one_line_and_change_nothing(project, capsys, words, told):
    code = main(["use", *words])

    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert text_of(project) == PROJECT


def test_mode_link_mark_and_line_ends_of_the_file_stay(project):
    real = project / "real.toml"
    real.write_bytes(b"\xef\xbb\xbf" + PROJECT.replace("\n", "\r\n").encode())
    real.chmod(0o640)
    (project / "fourstroke.toml").unlink()
    (project / "fourstroke.toml").symlink_to(real)

    code = main(["use", "runner", "inline"])

    expected = PROJECT.replace("# here\n", '# here\nrunner = "inline"\n').replace("\n", "\r\n")
    assert code == 0
    assert (project / "fourstroke.toml").is_symlink()
    assert real.read_bytes() == b"\xef\xbb\xbf" + expected.encode()
    assert real.stat().st_mode & 0o777 == 0o640


def test_file_that_somebody_else_changed_meanwhile_is_left_to_them(project, capsys):
    words = ["--set", "folder=kept", "--set", "fails_at=content"]
    # Changes the file while it is tried, as an editor would that is open beside.
    steps = STEPS.replace(
        'path.write_text("other")\n            return path',
        'Path("fourstroke.toml").write_text("# theirs")',
    )
    (project / "steps.py").write_text(steps)

    code = main(["use", "storage", "steps.py:Folder", *words])

    assert code == 1
    assert "it was changed meanwhile (do it again)" in capsys.readouterr().err
    assert text_of(project) == "# theirs"


def test_change_comes_as_json(project, capsys):
    main(["use", "runner", "inline", "--json"])

    facts = json.loads(capsys.readouterr().out)
    assert facts["changes"][0]["key"] == "backends.runner.use"
    assert facts["probe"] == "ran a task"


@pytest.mark.parametrize("words", [["--help"], ["config", "check"], ["plugins", "list"]])
def test_no_other_command_imports_the_editor(project, words):
    script = (
        "import sys; from fourstroke.cli.main import main; main(sys.argv[1:]);"
        "print('tomlkit' in sys.modules, file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True
    )

    assert done.stderr.strip() == "False"


def test_shell_completes_stages_and_services():
    context = click.Context(click.Command("probe"), obj=Invocation())

    assert completed(kinds)(context, None, "r") == [
        "records",
        "render",
        "report",
        "retrain",
        "runner",
    ]
