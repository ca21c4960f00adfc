"""`fourstroke doctor`: what it finds, that each fault has a fix, and that none hides another."""

from __future__ import annotations

import json
import os
import shutil
import socket
from types import SimpleNamespace

import pytest

from fourstroke.cli import diagnosis
from fourstroke.cli.diagnosis import Finding, diagnose
from fourstroke.cli.main import main
from fourstroke.errors import ConfigError, FourstrokeError


def found(findings, name):
    return [finding for finding in findings if finding.name == name]


def test_a_sound_installation_has_no_fault(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)

    code = main(["doctor"])

    out = capsys.readouterr().out
    assert code == 0
    assert "there is no project here" in out
    assert out.endswith("\nno fault\n")
    assert list(tmp_path.iterdir()) == []


def test_the_project_of_a_folder_above_is_named(tmp_path, capsys, monkeypatch):
    (tmp_path / "fourstroke.toml").write_text("[project]\n")
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path / "data")

    main(["doctor"])

    assert "the project of this folder is in ..: -C .." in capsys.readouterr().out


def test_the_findings_come_as_json(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)

    main(["doctor", "--json"])

    facts = json.loads(capsys.readouterr().out)
    assert facts["is_sound"] is True
    assert {"python", "dependencies", "folder", "disk", "clock"} <= {
        finding["name"] for finding in facts["findings"]
    }


def test_an_old_dependency_is_named_with_its_fix(monkeypatch):
    monkeypatch.setattr("importlib.metadata.requires", lambda _: ["click>=99.1", "attrs>=1"])

    findings = list(diagnosis._dependencies())

    assert [finding.status for finding in findings] == ["bad"]
    assert findings[0].what.startswith("click 8")
    assert findings[0].fix == "pip install 'click>=99.1'"


def test_a_missing_dependency_is_named(monkeypatch):
    monkeypatch.setattr("importlib.metadata.requires", lambda _: ["no-such-thing>=1.0"])

    assert "no-such-thing is missing" in next(diagnosis._dependencies()).what


def test_an_extra_is_not_needed(monkeypatch):
    monkeypatch.setattr(
        "importlib.metadata.requires", lambda _: ['no-such-thing>=1.0; extra == "postgres"']
    )

    assert next(diagnosis._dependencies()).status == "ok"


def test_a_folder_that_cannot_be_written_is_a_fault(tmp_path, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(diagnosis.tempfile, "NamedTemporaryFile", refuse)

    finding = found(diagnose(tmp_path), "folder")[0]

    assert finding.status == "bad"
    assert finding.what.endswith("cannot be written: Permission denied")
    assert finding.fix


def test_a_file_in_the_place_of_the_own_folder_is_a_fault(tmp_path):
    (tmp_path / ".fourstroke").write_text("")

    finding = found(diagnose(tmp_path), "folder")[0]

    assert finding.status == "bad"
    assert finding.fix == "move it away"


@pytest.mark.parametrize(
    ("free", "status"), [(5_000_000_000, "ok"), (500_000_000, "warn"), (1_000_000, "bad")]
)
def test_little_disk_is_told_before_there_is_none(free, status, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))

    assert found(diagnose(tmp_path), "disk")[0].status == status


def test_a_clock_that_differs_from_the_file_systems_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(diagnosis.time, "time", lambda: 0.0)

    assert found(diagnose(tmp_path), "clock")[0].status == "warn"


def test_a_fault_of_a_question_does_not_hide_the_others(tmp_path, monkeypatch):
    def broken():
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(diagnosis, "_python", broken)

    findings = list(diagnose(tmp_path))

    assert found(findings, "python") == [
        Finding(name="python", status="bad", what="ZeroDivisionError: oh")
    ]
    assert found(findings, "disk")


def test_every_fault_of_a_project_file_is_a_finding(tmp_path, monkeypatch, capsys):
    (tmp_path / "fourstroke.toml").touch()
    faults = [ConfigError("first", where="a", hint="mend a"), ConfigError("second", where="b")]

    def opened(*_):
        raise FourstrokeError.join(faults)

    monkeypatch.setattr(diagnosis, "_opened", opened)

    code = main(["-C", str(tmp_path), "doctor"])

    out = capsys.readouterr().out
    assert code == 1
    assert "a: first" in out
    assert "fix: mend a" in out
    assert "b: second" in out
    assert out.endswith("2 faults\n")


MOUNTS = r"""
/dev/vda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/vdb1 /home/ana\040b ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"), [("/srv/x", "ext4"), ("/home/eve/x", "nfs4"), ("/home/ana b/x", "ext4")]
)
def test_the_file_system_is_that_of_the_nearest_mount(path, kind, tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS.lstrip())

    assert diagnosis._file_system_type(diagnosis.Path(path), mounts) == kind


def test_a_system_that_does_not_tell_its_mounts_is_no_fault(tmp_path):
    assert diagnosis._file_system_type(tmp_path, tmp_path / "none") == ""


@pytest.mark.parametrize(("url", "status"), [(None, "warn"), ("postgresql://db/x", "ok")])
def test_sqlite_on_a_network_file_system_is_told(url, status, tmp_path, monkeypatch):
    monkeypatch.setattr(diagnosis, "_file_system_type", lambda _: "nfs4")
    project = SimpleNamespace(root=tmp_path, config=SimpleNamespace(records_url=url))

    assert [finding.status for finding in diagnosis._file_system(project)] == [status]


def harmed(folder) -> list[Finding]:
    return [each for each in diagnose(folder) if each.name == "deployed"]


def test_a_changed_byte_and_a_missing_folder_of_what_is_deployed_are_faults(turned, capsys):
    copies = turned / ".fourstroke" / "deployments" / "small" / "versions"
    [version] = copies.iterdir()
    model = version / "model.skops"
    content, times = model.read_bytes(), model.stat()
    deploy = ["-C", str(turned), "models", "deploy", "small", "1"]

    [whole] = harmed(turned)
    model.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(model, ns=(times.st_atime_ns, times.st_mtime_ns))
    [changed] = harmed(turned)
    assert main(deploy) == 0
    [mended] = harmed(turned)
    shutil.rmtree(version)
    [missing] = harmed(turned)
    assert main(["-C", str(turned), "doctor"]) == 1

    at = f"small@v1 at deploy, {version.relative_to(turned).as_posix()}"
    assert whole == mended
    assert (whole.status, whole.fix) == ("ok", "")
    assert (changed.status, changed.what) == ("bad", f"{at}: model.skops was changed")
    assert (missing.status, missing.what) == ("bad", f"{at}: the folder {version.name} is missing")
    assert changed.fix == missing.fix == "fourstroke models deploy small 1 deploys it again"
    assert "1 fault\n" in capsys.readouterr().out


def test_files_that_another_machine_has_are_a_warning(turned, monkeypatch):
    host = socket.gethostname()
    monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
    shutil.rmtree(turned / ".fourstroke" / "deployments")

    found = harmed(turned)

    assert {each.status for each in found} == {"warn"}
    assert {each.fix for each in found} == {f"fourstroke doctor on {host}, where it was deployed"}
