"""An audit pack holds all about a version, is the same each time, and shows whatever was changed in it."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from whole_project import write_project

from fourstroke import Alert, DataError, Decision, Observation, Project, StoreError, UsageError
from fourstroke.audit_pack import archive
from fourstroke.audit_pack.agreement import TellingRow, disagreements
from fourstroke.audit_pack.verifying import verify
from fourstroke.bill_of_materials import bill_of_materials
from fourstroke.cli.main import main
from fourstroke.plain_json import plain

pytestmark = pytest.mark.usefixtures("in_one_process")

POLICY = """
[development.policy]
roles = {lead = ["ann"]}

[[development.policy.waive]]
check = "fair"
by = "ann"
why = "12 rows"
until = "2999-12-31"

[[development.validate]]
use = "steps.py:fair"

[data.catalog]
owner = "sue"
licence = "CC-BY-4.0"
sensitivity = "internal"
"""


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=ana", "-c", "user.email=ana@example.org")
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project in git with a change, a waiver and an approval by hand; its model is at work."""
    folder = write_project(tmp_path_factory.mktemp("packed"))
    with (folder / "steps.py").open("a") as file:
        file.write('\n\ndef fair():\n    return [Check(name="fair", status="fail", why="few")]\n')
    with (folder / "fourstroke.toml").open("a") as file:
        file.write('[[report]]\nuse = "html"\n' + POLICY)
    (folder / ".gitignore").write_text(".fourstroke/\n__pycache__/\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    with (folder / "steps.py").open("a") as file:
        file.write("\n\n# not committed\n")
    with Project.open(folder) as project:
        assert project.run().state == "succeeded"
        project.predict(folder / "data.csv")
        project.monitor()
        project.models["tiny"].approve(1, why="seen <b>& signed</b>", evidence="ticket 7")
    return folder


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private, public = (tmp_path_factory.mktemp("keys") / name for name in ("private", "public"))
    key = Ed25519PrivateKey.generate()
    plain = (form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    private.write_bytes(key.private_bytes(*plain))
    public.write_bytes(
        key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


@pytest.fixture(scope="module")
def packed(folder: Path, keys: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack") / "tiny.zip"
    with Project.open(folder) as project:
        return project.audit.pack("tiny", path=path, with_data=True, with_model=True, key=keys[0])


def content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as found:
        return {name: found.read(name) for name in found.namelist()}


def rewritten(path: Path, files: dict[str, bytes]) -> Path:
    """Write a pack with other files, as somebody would who has nothing but a ZIP program."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in files.items():
            made.writestr(name, part)
    return path


def test_everything_about_the_version_is_in_it(packed: Path, folder: Path):
    files = content(packed)
    told = {name: json.loads(part) for name, part in files.items() if name.endswith(".json")}

    assert told["version.json"]["labels"]["aliases"] == ["champion"]
    assert told["run.json"]["run"]["commit"]
    assert b"# not committed" in files["code/changes.patch"]
    assert files["code/project/steps.py"] == (folder / "steps.py").read_bytes()
    data = told["data/tiny@v1.json"]
    assert (data["card"]["owner"], data["layer"]) == ("sue", "prepared")
    assert any(name.startswith("data/tiny@v1/") for name in files)
    assert any(name.startswith("model/") for name in files)
    assert told["environment.json"]["distributions"]["fourstroke"]
    assert [each["by"] for each in told["verdicts.json"][-1]["verdict"]["waivers"]] == ["ann"]
    assert told["decisions.json"][-1]["decision"]["evidence"] == "ticket 7"
    assert [each["target"] for each in told["deployments.json"]] == ["deploy"]
    assert [each["observation"]["name"] for each in told["observations.json"]] == ["rows"]
    assert b"Model card" in files["card.md"] or b"# tiny" in files["card.md"]
    assert b"<html" in files["report.html"]
    assert set(told["manifest.json"]["files"]) == files.keys() - {"manifest.json", "signature.json"}


def test_its_page_links_every_file_and_takes_no_text_for_markup(packed: Path):
    files = content(packed)
    page = files["index.html"].decode()

    assert "seen &lt;b&gt;&amp; signed&lt;/b&gt;" in page
    assert "the last word of people on it is yes; its latest verdict is pass" in page
    assert 'class="head good"' in page
    assert "nobody has proved them" in page
    assert "waiver" in page
    for name in files.keys() - {"index.html", "manifest.json", "signature.json"}:
        assert f'href="{name.replace("@", "%40")}"' in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_facts_give_the_same_bytes(packed: Path, folder: Path, keys, tmp_path: Path):
    with Project.open(folder) as project:
        again = project.audit.pack(
            "tiny", "v1", path=tmp_path / "b.zip", with_data=True, with_model=True, key=keys[0]
        )

    assert again.read_bytes() == packed.read_bytes()


def test_it_is_verified_without_the_project(packed: Path, keys):
    found = verify(packed, keys[1])

    assert found.problems == ()
    assert (found.project, found.model, found.version, found.is_signed) == ("tiny", "tiny", 1, True)
    assert found.events == 7


@pytest.mark.parametrize(
    "name", ["verdicts.json", "index.html", "code/changes.patch", "ledger/events.jsonl"]
)
def test_a_changed_missing_or_added_file_is_named(packed: Path, tmp_path: Path, name: str):
    files = content(packed)
    changed = rewritten(tmp_path / "a.zip", {**files, name: files[name] + b" "})
    missing = rewritten(tmp_path / "b.zip", {key: files[key] for key in files if key != name})
    added = rewritten(tmp_path / "c.zip", {**files, f"{name}.2": b"x"})

    assert f"{name}: it was changed" in verify(changed).problems
    assert f"{name}: it is missing" in verify(missing).problems
    assert verify(added).problems == (f"{name}.2: it was added",)


def forged(path: Path, packed: Path, name: str, old: bytes, new: bytes) -> Path:
    """Change a file, and the manifest with it: whoever can write the pack can do that."""
    files = content(packed)
    assert old in files[name]
    files[name] = files[name].replace(old, new)
    manifest = json.loads(files["manifest.json"])
    manifest["files"][name] = archive.fact_of(io.BytesIO(files[name]))
    files["manifest.json"] = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    return rewritten(path, files)


def test_a_manifest_written_anew_is_found_by_its_signature(packed: Path, keys, tmp_path: Path):
    made = forged(tmp_path / "a.zip", packed, "run.json", b'"tiny"', b'"teeny"')

    assert verify(made).problems == ()
    (problem,) = verify(made, keys[1]).problems
    assert problem.startswith("manifest.json: it is not signed by")
    files = content(packed)
    del files["signature.json"]
    (problem,) = verify(rewritten(tmp_path / "b.zip", files), keys[1]).problems
    assert "not signed" in problem


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("ledger/events.jsonl", b"seen", b"sawn", "event 7 was changed"),
        ("ledger/rows.jsonl", b"ticket 7", b"ticket 8", "the row of event 7 was changed"),
        ("ledger/rows.jsonl", b'"event":6', b'"event":5', "the row of event 6 is missing"),
    ],
)
def test_ledger_and_rows_hold_each_other(packed: Path, tmp_path: Path, name, old, new, problem):
    made = forged(tmp_path / "a.zip", packed, name, old, new)

    assert any(problem in each for each in verify(made).problems)


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("verdicts.json", b'"outcome": "pass"', b'"outcome": "fail"', 'outcome is "fail", and the'),
        ("verdicts.json", b"12 rows", b"90 rows", "waived by ann until 2999-12-31: 90 rows"),
        (
            "decisions.json",
            b"ticket 7",
            b"ticket 8",
            'evidence is "ticket 8", and the row of event 7',
        ),
        (
            "decisions.json",
            b'"kind": "person"',
            b'"kind": "retrain"',
            "row of event 7 (ledger/rows",
        ),
        ("deployments.json", b'"kind": "deployed"', b'"kind": "deploying"', "kind is"),
        ("version.json", b'"is_champion": true', b'"is_champion": false', "is_champion is false"),
        ("version.json", b'"candidate": "', b'"candidate": "x', "candidate is"),
        ("labels.json", b"[]", b'[{"kind": "stage"}]', "entry 1: the ledger tells no such row"),
        (
            "data/tiny@v1.json",
            b'"layer": "prepared"',
            b'"layer": "raw"',
            'layer is "raw", and no row says so',
        ),
    ],
)
def test_a_file_that_contradicts_the_ledger_is_named(
    packed: Path, tmp_path: Path, name, old, new, problem
):
    made = forged(tmp_path / "a.zip", packed, name, old, new)

    found = verify(made).problems

    assert found
    assert all(each.startswith(name) and "row" in each for each in found)
    assert any(problem in each for each in found)


def test_an_observation_is_held_against_the_alert_that_rests_on_it():
    def seen(value: float) -> Observation:
        return Observation(name="drift", column="age", value=value, status="alert", why="moved")

    at = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    alert = Alert(
        key="tiny/drift", severity="error", title="drift", text="", at=at, model="tiny", version=1,
        observations=(seen(0.3),),
    )  # fmt: skip
    told = telling("alerts", alert, at)

    def problems(value: float) -> list[str]:
        entry = {"version": 1, "observation": plain(seen(value))}
        return said_wrongly("observations.json", [entry], told)

    assert problems(0.3) == []
    wanted = "observations.json: drift of age is not in it as in the row of event 4 (rows:1)"
    assert problems(0.1) == [wanted]


def test_a_turn_that_the_ledger_tells_is_held_against_it_and_no_other():
    at = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    told = telling("decisions", Decision(answer="yes", why="drift", by="rule"), at, kind="turn")
    body = plain(Decision(answer="yes", why="drift", by="rule"))
    entry = {"model": "tiny", "version": 1, "kind": "turn", "decision": body, "run": "r"}
    right = {**entry, "at": at.isoformat()}
    untold = {**entry, "at": "2026-04-01T00:00:00+00:00", "kind": "retrain"}

    assert said_wrongly("decisions.json", [untold, right], told) == []
    (changed,) = said_wrongly(
        "decisions.json", [{**right, "decision": {**body, "answer": "no"}}], told
    )
    assert 'decision.answer is "no", and the row of event 4 (rows:1) says otherwise' in changed
    (missing,) = said_wrongly("decisions.json", [untold], told)
    assert "the row of event 4 (rows:1) is not in it" in missing


def telling(table: str, body: object, at: dt.datetime, **more: str) -> TellingRow:
    row = {"model": "tiny", "version": 1, "run_number": 1, "body": body, "at": at, **more}
    return TellingRow(where="rows:1", event=4, run="r", table=table, row=row)


def said_wrongly(name: str, entries: list[dict], row: TellingRow) -> list[str]:
    """Hold one file of a pack against one row."""
    parts = {name: json.dumps(entries).encode()}
    pack = SimpleNamespace(names=frozenset(parts), content=parts.__getitem__)
    return [each for each in disagreements(pack, [row], "tiny", 1) if each.startswith(name)]


def test_what_the_ledger_does_not_tell_is_named(packed: Path):
    unsealed = verify(packed).unsealed

    assert {"index.html", "card.md", "observations.json", "code/changes.patch"} <= set(unsealed)
    assert not {"verdicts.json", "decisions.json", "version.json"} & set(unsealed)


def test_a_ledger_that_ends_early_is_found(packed: Path, folder: Path, tmp_path: Path):
    files = content(packed)
    lines = files["ledger/events.jsonl"].splitlines(keepends=True)
    made = forged(tmp_path / "a.zip", packed, "ledger/events.jsonl", lines[-1], b"")
    with Project.open(folder) as project:
        anchor = project.audit.anchor()

    assert any("ends with event 6" in each for each in verify(made).problems)
    assert any("its end was cut off" in each for each in verify(made, anchor=anchor).problems)
    assert verify(packed, anchor=anchor).problems == ()


def entry(name: str, **facts: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    for key, value in facts.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    ("info", "why"),
    [
        (entry("/etc/passwd"), "no name within the pack"),
        (entry("a/../../b"), "no name within the pack"),
        (entry("a//b"), "no name within the pack"),
        (entry("C:b"), "no name within the pack"),
        (entry("a\nb"), "no name within the pack"),
        (entry("folder/"), "no name within the pack"),
        (entry("link", external_attr=(stat.S_IFLNK | 0o777) << 16), "no regular file"),
        (entry("pipe", external_attr=(stat.S_IFIFO | 0o644) << 16), "no regular file"),
        (entry("bomb", compress_type=zipfile.ZIP_DEFLATED), "more than 200 times its size"),
        (entry("index.html"), "there twice"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archives_that_lead_astray_are_refused(packed: Path, tmp_path: Path, info, why):
    made = tmp_path / "a.zip"
    shutil.copy(packed, made)
    with zipfile.ZipFile(made, "a") as into:
        into.writestr(info, b"\0" * 1_000_000)

    with pytest.raises(DataError, match=why):
        verify(made)


@pytest.mark.parametrize("cap", ["MOST_FILES", "MOST_BYTES"])
def test_an_archive_has_a_largest_size(packed: Path, monkeypatch, cap):
    monkeypatch.setattr(archive, cap, 3)

    with pytest.raises(DataError, match=r"more than"):
        verify(packed)


@pytest.mark.parametrize("made", [b"", b"PK", b"x" * 100])
def test_what_is_no_pack_is_told(tmp_path: Path, made: bytes):
    (tmp_path / "a.zip").write_bytes(made)
    with pytest.raises(DataError, match="cannot be read"):
        verify(tmp_path / "a.zip")
    with pytest.raises(DataError, match="no audit pack"):
        verify(rewritten(tmp_path / "b.zip", {"manifest.json": made, "x": b""}))


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_flipped_bit_in_the_archive_is_found(packed: Path, tmp_path: Path, place: float):
    damaged = bytearray(packed.read_bytes())
    damaged[int(len(damaged) * place)] ^= 4
    (tmp_path / "a.zip").write_bytes(damaged)

    try:
        assert verify(tmp_path / "a.zip").problems
    except DataError as error:
        assert "a.zip" in str(error)  # noqa: PT017 - where the bit lies decides which it is


def test_a_secret_in_the_ledger_does_not_leave_the_project(folder: Path, tmp_path, monkeypatch):
    place = shutil.copytree(folder, tmp_path / "project")
    file = place / "fourstroke.toml"
    file.write_text(file.read_text().replace('path = "data.csv"', 'path = "${PLANTED}"'))
    monkeypatch.setenv("PLANTED", "ticket 7")

    with (
        Project.open(place) as project,
        pytest.raises(StoreError, match=r"ledger/rows.jsonl:\d+: it tells the value of a secret"),
    ):
        project.audit.pack("tiny", path=tmp_path / "a.zip")

    assert not (tmp_path / "a.zip").exists()


def test_nothing_is_overwritten_and_no_version_invented(packed: Path, folder: Path, tmp_path):
    with Project.open(folder) as project:
        with pytest.raises(UsageError, match="there is a file already"):
            project.audit.pack("tiny", path=packed)
        with pytest.raises(UsageError, match="there is no such folder"):
            project.audit.pack("tiny", path=tmp_path / "none" / "a.zip")
        with pytest.raises(UsageError, match="has no version 9"):
            project.audit.pack("tiny", 9, path=tmp_path / "a.zip")
        with pytest.raises(UsageError, match="did you mean 'tiny'"):
            project.audit.pack("tinny", path=tmp_path / "a.zip")


def test_commands_write_and_verify(folder: Path, packed: Path, keys, tmp_path: Path, capsys):
    def told(*words: object, code: int = 0) -> str:
        assert main([str(word) for word in words]) == code
        return capsys.readouterr().out

    made = tmp_path / "out.zip"

    assert "not signed" in told("-C", folder, "audit", "pack", "tiny", "-o", made)
    sound = told("audit", "verify", "--pack", made)
    assert "sound  tiny@v1 of tiny" in sound
    assert "it is not signed" in sound
    assert "signed for" in told("audit", "verify", "--pack", packed, "--public-key", keys[1])
    rewritten(made, {**content(made), "card.md": b"better"})
    changed = told("--json", "audit", "verify", "--pack", made, code=3)
    assert json.loads(changed)["problems"] == ["card.md: it was changed"]
    bill = json.loads(told("-C", folder, "models", "sbom", "tiny"))
    assert bill["bomFormat"] == "CycloneDX"
    told("-C", folder, "models", "sbom", "tiny", "v1", "-o", tmp_path / "bill.json")
    assert json.loads((tmp_path / "bill.json").read_text()) == bill


# The bill of materials


@pytest.fixture(scope="module")
def bill(folder: Path) -> dict:
    with Project.open(folder) as project:
        return project.models["tiny"].champion.sbom()


def test_the_bill_is_cyclonedx_by_the_official_schema(bill: dict):
    pytest.importorskip("cyclonedx", reason="cyclonedx-python-lib is not installed")
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    validator = JsonStrictValidator(SchemaVersion.V1_6)

    assert validator.validate_str(json.dumps(bill)) is None
    # The validator does find faults.
    assert validator.validate_str(json.dumps({**bill, "specVersion": 1.6})) is not None


def test_the_bill_names_model_data_and_the_recorded_environment(bill: dict, folder: Path):
    with Project.open(folder) as project:
        row = project.models["tiny"].champion.row
        known = project.runs.provenance(row.run).facts["distributions"]
        assert bill_of_materials(project, row) == bill
    model = bill["metadata"]["component"]
    libraries = {each["name"]: each for each in bill["components"] if each["type"] == "library"}

    assert (model["type"], model["name"], model["version"]) == (
        "machine-learning-model",
        "tiny",
        "1",
    )
    (file,) = model["components"]
    assert file["hashes"] == [
        {"alg": "BLAKE3", "content": row.artifact.files[0].digest.partition(":")[2]}
    ]
    assert model["modelCard"]["modelParameters"]["datasets"] == [{"ref": "data:tiny@v1"}]
    (metric,) = model["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    assert metric["type"] == "accuracy"
    (data,) = [each for each in bill["components"] if each["type"] == "data"]
    assert data["licenses"] == [{"license": {"name": "CC-BY-4.0"}}]
    assert data["data"][0]["classification"] == "internal"
    assert {name: each["version"] for name, each in libraries.items()} == known
    assert libraries["attrs"]["purl"] == f"pkg:pypi/attrs@{known['attrs']}"
    assert libraries["attrs"]["licenses"]


def test_a_local_version_is_quoted_in_its_address(folder: Path):
    from fourstroke.bill_of_materials import _distributions

    (found,) = _distributions({"torch": "2.9.0+cpu"})

    assert found["purl"] == "pkg:pypi/torch@2.9.0%2Bcpu"
