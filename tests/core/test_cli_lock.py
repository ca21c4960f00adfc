"""`fourstroke lock`, `run --frozen`, and what each run records of its plugins."""

from __future__ import annotations

import importlib.metadata
import json
import sqlite3
import subprocess
import sys
import tomllib

import attrs
import pytest
from whole_project import write_project

from fourstroke import __version__
from fourstroke.cli.main import main
from fourstroke.fingerprint import editable, pins
from fourstroke.plugins import discovery
from fourstroke.plugins.discovery import Offer

MODULE = """\
import attrs
from fourstroke import hookimpl, plugin


@plugin
class Keep:
    token: str = ""

    @hookimpl
    def prepare(self, data):
        return data
"""

ENVIRONMENT = """
[[environments.prod.data.prepare]]
name = "number"

[[environments.prod.data.prepare]]
use = "keep"
token = "${NEVER_SET}"
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Installed:
    """A distribution that is said to be installed, with a RECORD of its own."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.monkeypatch = folder, monkeypatch
        (folder / "acme_keep.py").write_text(MODULE)
        # Not by monkeypatch: it would bring back a project that was left meanwhile.
        sys.path.insert(0, str(folder))
        # Each test has a module of its own.
        monkeypatch.delitem(sys.modules, "acme_keep", raising=False)
        self.put()

    def put(self, version="1.2", record="acme_keep.py,sha256=aa,10\n", *, has_codec=False):
        info = self.folder / "acme_keep-1.dist-info"
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Name: acme-keep\nVersion: {version}\n")
        (info / "RECORD").write_text(record)
        found = Offer(
            stage="prepare",
            name="keep",
            distribution="acme-keep",
            version=version,
            value="acme_keep:Keep",
            is_bundled=False,
        )
        codec = attrs.evolve(found, stage="codec", name="acme_keep.Keep")
        offers = (found, codec) if has_codec else (found,)
        others = [each for each in discovery.installed() if each.distribution != "acme-keep"]
        self.monkeypatch.setattr(discovery, "installed", lambda: (*others, *offers))
        pins._record.cache_clear()
        editable.is_editable.cache_clear()


@pytest.fixture
def acme(tmp_path_factory, project, monkeypatch):
    installed = Installed(tmp_path_factory.mktemp("site"), monkeypatch)
    text = (project / "fourstroke.toml").read_text()
    (project / "fourstroke.toml").write_text(
        text.replace("[data.split]", '[[data.prepare]]\nuse = "keep"\n\n[data.split]')
    )
    yield installed
    sys.path.remove(str(installed.folder))
    pins._record.cache_clear()
    editable.is_editable.cache_clear()


def locked(project) -> dict[tuple[str, str], dict[str, str]]:
    values = tomllib.loads((project / "fourstroke.lock").read_text())
    return {(each["kind"], each["name"]): each for each in values["plugin"]}


def refusals(capsys) -> list[str]:
    lines = capsys.readouterr().err.splitlines()
    return [
        line.removeprefix("error: fourstroke.lock: ").removesuffix(
            " (if it is meant: fourstroke lock)"
        )
        for line in lines
    ]


def test_every_plugin_in_use_is_written_down(project, acme, capsys):
    code = main(["lock"])

    text = (project / "fourstroke.lock").read_text()
    found = locked(project)
    assert code == 0
    assert tomllib.loads(text)["fourstroke"] == __version__
    assert list(found) == sorted(found)
    assert ("storage", "default") in found
    assert found["render", "json"]["distribution"] == "fourstroke"
    assert found["prepare", "keep"]["version"] == "1.2"
    assert found["prepare", "keep"]["distribution"] == "acme-keep"
    assert set(found["prepare", "steps.py:add"]) == {"kind", "name", "digest"}
    assert all(each["digest"].startswith("blake3:") for each in found.values())
    assert capsys.readouterr().out == f"wrote  fourstroke.lock: {len(found)} plugins\n"


def test_lock_is_the_same_each_time_and_no_machine_is_in_it(project, acme):
    main(["lock"])
    first = (project / "fourstroke.lock").read_text()
    main(["lock"])

    assert (project / "fourstroke.lock").read_text() == first
    assert str(project) not in first


def test_plugins_of_all_environments_are_in_it_without_their_secrets(project, acme):
    text = (project / "fourstroke.toml").read_text().replace('[[data.prepare]]\nuse = "keep"\n', "")
    (project / "fourstroke.toml").write_text(text + ENVIRONMENT)

    code = main(["lock"])

    assert code == 0
    assert ("prepare", "keep") in locked(project)


def test_plugin_of_an_environment_that_is_not_installed_is_named(project, capsys):
    (project / "fourstroke.toml").write_text(
        (project / "fourstroke.toml").read_text() + ENVIRONMENT
    )

    code = main(["lock"])

    err = capsys.readouterr().err
    assert code == 2
    assert "[environments.prod] data.prepare[3]: no prepare plugin 'keep' is installed" in err
    assert err.count("\n") == 1
    assert not (project / "fourstroke.lock").exists()


def test_lock_that_holds_is_in_force(project, acme, capsys):
    main(["lock"])
    before = (project / "fourstroke.lock").stat().st_mtime_ns

    assert main(["lock", "--check"]) == 0
    assert main(["run", "--frozen"]) == 0
    assert (project / "fourstroke.lock").stat().st_mtime_ns == before


@pytest.mark.parametrize("words", [["run", "--frozen"], ["lock", "--check"]])
def test_other_version_is_refused_in_one_line(project, acme, capsys, words):
    main(["lock"])
    acme.put(version="1.3")

    code = main(words)

    assert code == 4
    assert refusals(capsys) == ["prepare/keep: acme-keep 1.2 -> acme-keep 1.3"]


@pytest.mark.parametrize("words", [["run", "--frozen"], ["lock", "--check"]])
def test_other_files_of_the_same_version_are_refused(project, acme, capsys, words):
    main(["lock"])
    acme.put(record="acme_keep.py,sha256=bb,10\n")

    code = main(words)

    assert code == 4
    assert refusals(capsys) == ["prepare/keep: the code of acme-keep 1.2 is another one"]


def test_nothing_has_run_when_a_plugin_is_refused(project, acme, capsys):
    main(["lock"])
    acme.put(version="1.3")

    main(["run", "--frozen"])

    assert not (project / ".fourstroke").exists()


def test_changed_source_of_the_project_is_refused(project, capsys):
    main(["lock"])
    (project / "steps.py").write_text((project / "steps.py").read_text() + "# changed\n")

    done = subprocess.run(
        [sys.executable, "-m", "fourstroke", "run", "--frozen"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 4
    assert "prepare/steps.py:add: its source has changed (if it is meant: fourstroke lock)" in (
        done.stderr
    )


def test_module_that_a_file_of_the_project_imports_counts(project):
    (project / "more.py").write_text("LIMIT = 1\n")
    (project / "steps.py").write_text("import more\n" + (project / "steps.py").read_text())
    main(["lock"])
    before = locked(project)["prepare", "steps.py:add"]
    (project / "more.py").write_text("LIMIT = 2\n")
    main(["lock"])

    assert locked(project)["prepare", "steps.py:add"] != before


def test_plugin_that_is_not_in_the_lock_is_refused(project, capsys):
    main(["lock"])

    code = main(["run", "--frozen", "--set", "backends.runner=processes"])

    assert code == 4
    assert refusals(capsys) == ["executor/processes is not in it"]


def test_plugin_that_is_not_in_use_any_more_is_a_difference_for_the_check_alone(project, capsys):
    main(["lock"])
    text = (project / "fourstroke.toml").read_text()
    (project / "fourstroke.toml").write_text(
        text.replace('[[data.prepare]]\nuse = "steps.py:add"\namount = 2\n', "")
    )

    ran = main(["run", "--frozen"])
    capsys.readouterr()
    checked = main(["lock", "--check"])

    assert (ran, checked) == (0, 4)
    assert refusals(capsys) == ["prepare/steps.py:add is not in use any more"]


def test_other_fourstroke_is_one_line_for_all_that_is_bundled(project, capsys):
    main(["lock"])
    text = (project / "fourstroke.lock").read_text().replace(__version__, "0.0.9")
    (project / "fourstroke.lock").write_text(text)

    code = main(["run", "--frozen"])

    assert code == 4
    assert refusals(capsys) == [f"fourstroke 0.0.9 -> {__version__}"]


@pytest.mark.parametrize("words", [["run", "--frozen"], ["lock", "--check"]])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "fourstroke.lock: there is none (fourstroke lock)"),
        ("format = [", "fourstroke.lock: it cannot be read"),
        ("format = 2\n", "its format is 2, and 1 is what is known here"),
        ("format = 1\n", "it is no lock file"),
        ('format = 1\nfourstroke = "1"\n[[plugin]]\nodd = 1\n', "it is no lock file"),
    ],
)
def test_missing_or_spoilt_lock_is_wrong_usage(project, capsys, words, text, told):
    if text is not None:
        (project / "fourstroke.lock").write_text(text)

    code = main(words)

    assert code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--env", "prod"], ["--set", "run.seed=1"]])
def test_lock_takes_no_overlay(project, capsys, words):
    assert main(["lock", *words]) == 2
    assert "a lock is of the file with all its environments" in capsys.readouterr().err


def test_run_records_distribution_version_and_digest_of_every_plugin(project, acme, capsys):
    main(["lock"])
    main(["run"])
    capsys.readouterr()
    main(["runs", "list", "--json"])
    run = json.loads(capsys.readouterr().out)["runs"][0]["run"]

    main(["runs", "show", run, "--json"])

    shown = json.loads(capsys.readouterr().out)["run"]
    recorded = {(each["kind"], each["name"]): each for each in shown["plugins"]}
    written = locked(project)
    assert recorded.keys() == written.keys()
    for key, fact in recorded.items():
        assert {name: value for name, value in fact.items() if value} == written[key]
    assert shown["versions"]["acme-keep"] == "1.2"
    assert all(isinstance(value, str) for value in shown["versions"].values())


def test_run_of_before_there_were_locks_can_be_shown(project, capsys):
    main(["run"])
    with sqlite3.connect(project / ".fourstroke" / "records.sqlite") as database:
        database.execute('UPDATE runs SET versions = \'{"python":"3.11"}\'')
    database.close()
    capsys.readouterr()

    main(["runs", "list", "--json"])

    row = json.loads(capsys.readouterr().out)["runs"][0]
    assert row["versions"] == {"python": "3.11"}
    assert row["plugins"] == []


RECORD = """\
acme/__init__.py,sha256=aa,10
acme/data.json,sha256=bb,10
acme-1.0.dist-info/METADATA,sha256=cc,10
acme-1.0.dist-info/RECORD,,
"""


@attrs.frozen
class Distribution:
    record: str | None

    def read_text(self, name):
        return self.record if name == "RECORD" else None


@pytest.fixture
def digest_of_record(monkeypatch):
    def give(record):
        monkeypatch.setattr(importlib.metadata, "distribution", lambda _: Distribution(record))
        pins._record.cache_clear()
        return pins._record("acme")

    yield give
    pins._record.cache_clear()


@pytest.mark.parametrize(
    "line",
    [
        "../../../bin/acme,sha256=dd,200\n",  # names this machine's interpreter
        "acme/__pycache__/__init__.cpython-311.pyc,,\n",
        "acme-1.0.dist-info/INSTALLER,sha256=dd,4\n",
        "acme-1.0.dist-info/REQUESTED,sha256=dd,0\n",
        "acme-1.0.dist-info/direct_url.json,sha256=dd,100\n",
    ],
)
def test_what_differs_between_machines_does_not_count(digest_of_record, line):
    assert digest_of_record(RECORD + line) == digest_of_record(RECORD)


def test_order_of_the_list_does_not_count(digest_of_record):
    turned = "".join(reversed(RECORD.splitlines(keepends=True)))

    assert digest_of_record(turned) == digest_of_record(RECORD)


@pytest.mark.parametrize(("before", "after"), [("aa", "ab"), ("bb", "ba"), ("cc", "ca")])
def test_other_content_of_a_file_counts(digest_of_record, before, after):
    changed = RECORD.replace(f"={before}", f"={after}")

    assert digest_of_record(changed) != digest_of_record(RECORD)


def test_distribution_without_a_list_has_no_digest(digest_of_record):
    assert digest_of_record(None) == ""


def test_real_distribution_has_a_digest_and_not_that_of_another():
    pins._record.cache_clear()

    digests = [pins._record(name) for name in ("attrs", "click", "attrs")]

    assert digests[0] == digests[2] != digests[1]
    assert all(digest.startswith("blake3:") for digest in digests)


def test_codecs_that_others_installed_are_in_use_as_soon_as_they_are_installed(
    project, acme, capsys
):
    main(["lock"])
    acme.put(has_codec=True)
    capsys.readouterr()

    assert main(["run", "--frozen"]) == 4
    assert refusals(capsys) == ["codec/acme_keep.Keep is not in it"]
    assert main(["lock"]) == 0
    assert locked(project)["codec", "acme_keep.Keep"]["distribution"] == "acme-keep"
    assert main(["run", "--frozen"]) == 0


def test_lock_says_what_the_file_says_whatever_the_shell_does(project, acme, monkeypatch):
    main(["lock"])
    before = (project / "fourstroke.lock").read_text()
    monkeypatch.setenv("FOURSTROKE_SET__DATA__SPLIT__USE", "random")

    assert main(["lock", "--check"]) == 0
    main(["lock"])
    assert (project / "fourstroke.lock").read_text() == before
