"""The audit trail: filtered, exported, anchored, signed; whatever is changed is found and named."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records_sample import begin

from fourstroke import DataError, Project
from fourstroke.anchors import Anchor
from fourstroke.audit_trail import verify_file

pytestmark = pytest.mark.usefixtures("in_one_process")

EVENTS = 7
PROJECT = """\
[project]
name = "told"

[task]

[data.collect]
path = "data.csv"
"""


@pytest.fixture
def project(tmp_path):
    """Give a project whose ledger tells of decisions of two people."""
    (tmp_path / "fourstroke.toml").write_text(PROJECT)
    with Project.open(tmp_path) as opened:
        for number in range(EVENTS):
            writer = begin(opened.records, user="ann" if number % 2 else "bob")
            writer.note_event("overridden", f"income@v{number % 3}", f"reason {number}")
            writer.finish("succeeded")
        yield opened


@pytest.fixture
def keys(tmp_path) -> tuple[Path, Path]:
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    key = Ed25519PrivateKey.generate()
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


def exported(project, folder: Path) -> Path:
    path = folder / "ledger.jsonl"
    assert project.audit.export(path) == EVENTS
    return path


def test_events_are_found_by_subject_person_and_time(project):
    audit = project.audit
    everything = audit.events()

    assert [event.sequence for event in everything] == list(range(1, EVENTS + 1))
    assert {event.subject for event in audit.events(subject="income@v1")} == {"income@v1"}
    assert len(audit.events(subject="income")) == EVENTS
    assert {event.who for event in audit.events(who="AN")} == {"ann"}
    assert audit.events(what="promoted") == ()
    middle = everything[3].at
    assert len(audit.events(since=middle)) == EVENTS - 3
    assert audit.events(since=dt.datetime.now(dt.UTC) + dt.timedelta(days=1)) == ()


def test_an_export_is_verified_without_the_project(project, tmp_path):
    path = exported(project, tmp_path)

    assert verify_file(path).problems == ()
    assert verify_file(path, project.audit.anchor()).problems == ()


@pytest.fixture(scope="module")
def lines(tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("told")
    (folder / "fourstroke.toml").write_text(PROJECT)
    with Project.open(folder) as opened:
        for number in range(EVENTS):
            writer = begin(opened.records)
            writer.note_event("overridden", "income@v1", f"reason {number}", {"number": number})
            writer.finish("succeeded")
        opened.audit.export(folder / "ledger.jsonl")
    return (folder / "ledger.jsonl").read_text().splitlines()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_is_done_to_an_export_is_found(lines, tmp_path_factory, data):
    """Changed, removed, repeated or moved: every event but the last can be missed, the end cannot."""
    harmed, at = list(lines), data.draw(st.integers(0, EVENTS - 1))
    match data.draw(st.sampled_from(["change", "remove", "repeat", "move", "forge"])):
        case "change":
            event = json.loads(harmed[at])
            event[data.draw(st.sampled_from(["who", "what", "subject", "why", "run"]))] += "x"
            harmed[at] = json.dumps(event)
        case "remove":
            del harmed[min(at, EVENTS - 2)]
        case "repeat":
            harmed.insert(at, harmed[at])
        case "move":
            to = data.draw(st.integers(0, EVENTS - 1).filter(lambda to: to != at))
            harmed.insert(to, harmed.pop(at))
        case "forge":
            event = json.loads(harmed[at])
            event["previous"] = "blake3:" + "0" * 64
            harmed[at] = json.dumps(event)
    path = tmp_path_factory.mktemp("harmed") / "ledger.jsonl"
    path.write_text("\n".join(harmed) + "\n")

    assert verify_file(path).problems


def test_a_cut_end_and_a_ledger_written_anew_are_found_by_an_anchor(project, tmp_path):
    anchor, path = project.audit.anchor(), exported(project, tmp_path)
    cut = tmp_path / "cut.jsonl"
    cut.write_text("".join(path.read_text().splitlines(keepends=True)[:-2]))

    assert verify_file(cut).problems == ()
    (problem,) = verify_file(cut, anchor).problems
    assert "its end was cut off" in problem
    assert f"had {EVENTS} events; now it ends with {EVENTS - 2}" in problem
    other = Anchor(project="told", sequence=2, hash=anchor.hash, at=anchor.at)
    assert "written anew" in project.audit.verify(other).problems[0]
    assert (
        "of the project 'other'"
        in project.audit.verify(Anchor(project="other", sequence=0, hash="", at="")).problems[0]
    )


def test_the_database_is_held_against_the_anchor_too(project):
    anchor = project.audit.anchor()
    project.close()
    database = project.root / ".fourstroke" / "records.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("DELETE FROM events WHERE sequence = ?", (EVENTS,))
        last = connection.execute("SELECT hash FROM events ORDER BY sequence DESC").fetchone()[0]
        connection.execute("UPDATE ledger_head SET sequence = ?, hash = ?", (EVENTS - 1, last))
    connection.close()
    with Project.open(project.root) as opened:
        assert (
            opened.audit.verify().problems == ()
        )  # whoever cuts the end with care is not seen by the chain
        assert "cut off" in opened.audit.verify(anchor).problems[0]


def test_event_that_cannot_be_read_is_named_and_the_others_are_counted(project, shell, tmp_path):
    project.close()
    with sqlite3.connect(tmp_path / ".fourstroke" / "records.sqlite") as connection:
        connection.execute("UPDATE events SET facts = 'no JSON' WHERE sequence = 2")
    connection.close()

    told = json.loads(shell("--json", "audit", "verify", code=3).stdout)

    assert told["events"] == EVENTS
    assert told["problems"] == ["ledger: event 2 (overridden income@v1) was changed"]


def test_a_file_says_how_much_was_seen_and_what_only_an_anchor_shows(lines, shell, tmp_path):
    (tmp_path / "cut.jsonl").write_text("\n".join(lines[:2]) + "\n")
    (tmp_path / "none.jsonl").write_text("")

    cut = shell("audit", "verify", "--file", "cut.jsonl").stdout
    none = shell("audit", "verify", "--file", "none.jsonl", code=3).stdout

    assert "2 events, and nothing was changed" in cut
    assert "only an anchor shows" in cut
    assert "none.jsonl: there is no event in it" in none


def test_a_signature_holds_for_its_key_and_its_anchor_alone(project, keys, tmp_path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private, public = keys
    signed = project.audit.anchor().signed(private)
    file = tmp_path / "anchor.json"
    file.write_text(signed.text())
    stranger = tmp_path / "stranger.pem"
    stranger.write_bytes(
        Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )

    assert Anchor.read(file) == signed
    assert signed.is_signed_by(public)
    assert not signed.is_signed_by(stranger)
    assert (
        not Anchor.read(file)
        .__class__(
            project="told", sequence=1, hash=signed.hash, at=signed.at, signature=signed.signature
        )
        .is_signed_by(public)
    )
    assert not project.audit.anchor().is_signed_by(public)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"form": "x"}', '{"form": 7, "a": 1}', "\x00"]
)
def test_what_is_no_anchor_is_told(tmp_path, content):
    (tmp_path / "a.json").write_text(content)

    with pytest.raises(DataError, match="anchor"):
        Anchor.read(tmp_path / "a.json")


def test_commands_tell_and_refuse(project, keys, shell, tmp_path):
    private, public = keys
    project.close()
    assert "overridden" in shell("audit", "list", "--who", "ann").stdout
    assert len(json.loads(shell("--json", "audit", "list", "--limit", "2").stdout)["events"]) == 2
    shell("audit", "anchor", "a.json", "--key", str(private))
    shell("audit", "export", "l.jsonl")

    sound = shell("audit", "verify", "--anchor", "a.json", "--public-key", str(public))
    assert "through the anchor" in sound.stdout
    assert "is signed for" in sound.stdout
    unchecked = shell("audit", "verify", "--anchor", "a.json").stdout
    assert "--public-key says whether by whom you think" in unchecked
    assert shell("audit", "export", "l.jsonl", code=2).stderr
    assert "private key" in shell("audit", "anchor", "b.json", "--key", str(public), code=2).stderr
    (tmp_path / "l.jsonl").write_text((tmp_path / "l.jsonl").read_text().replace("reason 3", "r"))
    changed = shell("audit", "verify", "--file", "l.jsonl", code=3)
    assert "l.jsonl:4: event 4 was changed" in changed.stdout
    with sqlite3.connect(tmp_path / ".fourstroke" / "records.sqlite") as connection:
        connection.execute("UPDATE events SET who = 'eve' WHERE sequence = 2")
    connection.close()
    assert "event 2 (overridden income@v1) was changed" in shell("audit", "verify", code=3).stdout


def test_openssl_makes_keys_that_are_taken(project, tmp_path):
    pytest.importorskip("cryptography")
    private, public = tmp_path / "k.pem", tmp_path / "p.pem"
    try:
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(private)], check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return  # a machine without openssl; other keys are tried above
    subprocess.run(
        ["openssl", "pkey", "-in", str(private), "-pubout", "-out", str(public)], check=True
    )

    assert project.audit.anchor().signed(private).is_signed_by(public)
