"""Who may do what: the policy names people by action, and refuses all others, in every way to act."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conftest import Shell
from whole_project import write_project

from fourstroke import ConfigError, Project, RefusedError
from fourstroke.approvals import may
from fourstroke.config import Policy

pytestmark = pytest.mark.usefixtures("in_one_process")

POLICY = """
[development.policy]
roles = {lead = ["ann", "lea@example.org"]}
may = {promote = ["lead"], rollback = ["lead"], retire = ["lead"], override = ["ann"], stage = ["sue"], \
alias = ["lead"], waive = ["ann"]}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run a project whose policy names nobody, in the name of whoever runs the tests: two versions."""
    folder = write_project(tmp_path_factory.mktemp("roles"))
    for rows in ("", "100,yes\n110,yes\n"):
        with (folder / "data.csv").open("a") as file:
            file.write(rows)
        with Project.open(folder) as project:
            assert project.run().state == "succeeded"
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Give a copy of it with roles; version 2 is the champion."""
    place = shutil.copytree(made, tmp_path / "project")
    with (place / "fourstroke.toml").open("a") as file:
        file.write(POLICY)
    return place


@pytest.fixture
def act_as(monkeypatch: pytest.MonkeyPatch, folder: Path):
    """Give a function that acts through the Python API in the name of somebody."""

    def act(name: str, verb: str, *arguments, email: str = "", **options):
        monkeypatch.setattr("fourstroke.engine.provenance.system_user", lambda: name)
        monkeypatch.setattr("fourstroke.cycles.acting.email_of", lambda _: email)
        with Project.open(folder) as project:
            return getattr(project.models["tiny"], verb)(*arguments, **options)

    return act


def events(folder: Path) -> list[tuple[str, str, str]]:
    with Project.open(folder) as project:
        return [(each.who, each.what, each.subject) for each in project.audit.events()]


def champion(folder: Path) -> int:
    with Project.open(folder) as project:
        return project.models["tiny"].champion.version


def test_an_action_that_nobody_is_named_for_is_anybodys():
    policy = Policy(roles={"lead": ("ann",)}, may={"promote": ("lead", "sue")})

    allowed = {
        name: may(policy, "promote", frozenset({name})) for name in ("ann", "sue", "lead", "bob")
    }

    # The name of a role is no name of a person.
    assert allowed == {"ann": True, "sue": True, "lead": False, "bob": False}
    assert may(policy, "retire", frozenset({"bob"}))


@pytest.mark.parametrize(
    ("verb", "arguments", "options", "what"),
    [
        ("promote", (1,), {"why": "x"}, "promotion refused"),
        ("deploy", (1,), {"why": "x"}, "promotion refused"),
        ("rollback", (), {}, "rollback refused"),
        ("retire", (1,), {"why": "x"}, "retire refused"),
        ("move", (1, "staging"), {}, "stage refused"),
        ("alias", ("blue", 1), {}, "alias refused"),
        ("approve", (1,), {"why": "x", "override": True}, "override refused"),
    ],
)
def test_who_is_not_named_is_refused_and_told(folder, act_as, verb, arguments, options, what):
    before = events(folder)

    with pytest.raises(RefusedError, match=r"eve may not .*; .* may"):
        act_as("eve", verb, *arguments, **options)

    subject = "tiny@v2" if verb == "rollback" else "tiny@v1"
    assert events(folder) == [*before, ("eve", what, subject)]
    assert champion(folder) == 2


def test_who_is_named_acts_by_name_role_or_address(folder, act_as):
    act_as("ann", "alias", "blue", 1)
    act_as("l", "rollback", email="lea@example.org", why="it harms")
    act_as("sue", "move", 1, "staging")

    assert champion(folder) == 1
    with Project.open(folder) as project:
        assert project.models["tiny"]["blue"].labels.stage == "staging"


def test_a_waiver_counts_only_by_who_may_waive(folder, act_as):
    with (folder / "steps.py").open("a") as file:
        file.write(
            '\n\ndef fair():\n    return [Check(name="fair", status="fail", why="12 rows")]\n'
        )
    waiver = (
        '\n[[development.policy.waive]]\ncheck = "fair"\nby = "BY"\nwhy = "few"\n'
        'until = "2999-12-31"\n\n[[development.validate]]\nuse = "steps.py:fair"\n'
    )
    file = folder / "fourstroke.toml"
    plain = file.read_text().replace('promote = ["lead"], ', "")
    file.write_text(plain + waiver.replace("BY", "bob"))
    with (folder / "data.csv").open("a") as data:
        data.write("120,yes\n130,yes\n")

    with Project.open(folder) as project:
        refused = project.run()
    file.write_text(plain + waiver.replace("BY", "ann"))
    with Project.open(folder) as project:
        passed = project.run()

    assert "the waiver of fair by bob, who may not waive" in str(refused.errors[0])
    assert (refused.state, passed.state) == ("failed", "succeeded")


def test_a_run_of_who_may_not_promote_waits_and_ends_well(folder, act_as, monkeypatch):
    monkeypatch.setattr("fourstroke.engine.provenance.system_user", lambda: "eve")
    monkeypatch.setattr("fourstroke.cycles.acting.email_of", lambda _: "")
    with (folder / "data.csv").open("a") as file:
        file.write("120,yes\n130,yes\n")

    with Project.open(folder) as project:
        outcome = project.run()

    assert outcome.state == "succeeded"
    (said,) = [each for each in outcome.report.messages if "waits" in each]
    assert "eve may not promote it; lead may: fourstroke models promote tiny 3" in said
    assert champion(folder) == 2
    act_as("ann", "promote", 3)
    assert champion(folder) == 3


def test_a_run_cannot_put_back_what_its_user_may_not_promote(folder, monkeypatch):
    """The approval of an earlier run is known, its deployment is gone: the guard stands behind."""
    shutil.rmtree(folder / ".fourstroke" / "deployments")

    done = Shell(folder)("run", code=4)

    assert "may not promote it; lead may" in done.stderr
    assert events(folder)[-1][1] == "promotion refused"


def test_commands_end_with_4(folder):
    shell = Shell(folder)

    done = shell("models", "retire", "tiny", "1", "--why", "old", code=4)

    assert "may not retire it; lead may (development.policy.may.retire says so)" in done.stderr
    told = json.loads(shell("--json", "audit", "list", "--what", "retire refused").stdout)
    assert [each["subject"] for each in told["events"]] == ["tiny@v1"]


@pytest.mark.parametrize(
    ("may_", "message"),
    [
        ('{promot = ["ann"]}', r"may\.promot: there is no such action \(did you mean 'promote'"),
        ('{approve = ["ann"]}', r"approvers says who may approve"),
        ('{promote = "ann"}', r"expected a table of arrays of texts"),
        ("{promote = []}", r"expected a table of arrays of texts"),
    ],
)
def test_wrong_policies_are_faults_of_the_file(small, may_, message):
    with (small / "fourstroke.toml").open("a") as file:
        file.write(f"\n[development.policy]\nmay = {may_}\n")

    with pytest.raises(ConfigError, match=message):
        Project.open(small)
