"""Principals: who shows a token acts by that name, and nobody else does."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from whole_project import write_project

from fourstroke import ConfigError, Project, RefusedError
from fourstroke.approvals import Word, standing
from fourstroke.cli.main import main
from fourstroke.config import Policy, load_config
from fourstroke.engine.provenance import system_user
from fourstroke.entities.model import Decision
from fourstroke.principals import Principal, digest_of, new_token, owner_of_token, proof_of, shown

pytestmark = pytest.mark.usefixtures("in_one_process")

TODAY = dt.date(2026, 6, 1)
ANN, CI = new_token(), new_token()
ANN_SHOWN, CI_SHOWN = shown("ann", proof_of(ANN)), shown("ci", proof_of(CI))
POLICY = f"""
[development.policy]
approvals = 1
approvers = ["ann"]
may = {{ promote = ["ci"], rollback = ["ann"] }}

[[development.policy.principals]]
name = "ann"
token = "{digest_of(ANN)}"

[[development.policy.principals]]
name = "ci"
token = "{digest_of(CI)}"
until = "2999-12-31"
"""


def principal(name: str, token: str, until: str = "") -> Principal:
    return Principal(name=name, token=digest_of(token), until=until)


def test_a_token_proves_one_name_to_its_last_day():
    known = [principal("ann", "old", "2026-05-31"), principal("bob", "b", "2026-06-01")]

    assert owner_of_token(known, "b", TODAY) == "bob"
    assert owner_of_token([*known, principal("ann", "new")], "new", TODAY) == "ann"
    assert owner_of_token([*known, principal("ann", "old")], "old", TODAY) == "ann"
    with pytest.raises(RefusedError, match="the token of ann has ended on 2026-05-31"):
        owner_of_token(known, "old", TODAY)
    for wrong in ("", "B", digest_of("b"), "b "):
        with pytest.raises(RefusedError, match="the token is nobody's here"):
            owner_of_token(known, wrong, TODAY)


def test_a_yes_in_the_name_of_a_principal_counts_with_the_token_alone():
    now = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    policy = Policy(principals=(principal("ann", "a"),))
    said = [
        Word(Decision(answer="yes", why="a test", by=by, proof=proof), now)
        for by, proof in (("ann", proof_of("a")), ("ann", ""), ("bob", ""))
    ]

    counted = [(each.decision.by, each.decision.proof) for each in standing(policy, said, "x", now)]

    # Nor does it take the place of the one that counts.
    assert counted == [("ann", proof_of("a")), ("bob", "")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project whose version 1 waits for ann, and which ci alone may promote."""
    write_project(tmp_path)
    with (tmp_path / "fourstroke.toml").open("a") as file:
        file.write(POLICY)
    with Project.open(tmp_path) as project:
        project.token = CI
        assert project.run().state == "succeeded"
        assert project.records.champion("tiny") is None
    return tmp_path


def act(folder: Path, token: str, verb: str, *arguments: Any, **options: Any) -> Any:
    with Project.open(folder) as project:
        project.token = token
        return getattr(project.models["tiny"], verb)(*arguments, **options)


def events(folder: Path) -> list[tuple[str, str]]:
    with Project.open(folder) as project:
        assert project.audit.verify().problems == ()
        return [(each.shown_who, each.what) for each in project.audit.events()]


def test_each_act_is_in_the_name_of_the_token_that_was_shown(folder: Path):
    with pytest.raises(RefusedError, match="ci is not among those who may approve"):
        act(folder, CI, "approve", 1, why="it is green")
    assert act(folder, ANN, "approve", 1, why="I looked") == ""
    with pytest.raises(RefusedError, match="ann may not promote it; ci may"):
        act(folder, ANN, "promote", 1)
    act(folder, CI, "promote", 1)

    told = events(folder)
    assert (CI_SHOWN, "registered") in told
    assert told[-6:] == [
        (CI_SHOWN, "promotion refused"),
        (ANN_SHOWN, "approved"),
        (ANN_SHOWN, "promotion refused"),
        (CI_SHOWN, "deploying"),
        (CI_SHOWN, "deployed"),
        (CI_SHOWN, "promoted"),
    ]
    with Project.open(folder) as project:
        word = project.records.decisions("tiny", 1, kind="person")[-1].decision
        (run,) = project.records.runs(1)
        facts = project.records.provenance(run.run).facts
    assert (word.by, word.email, word.proof) == ("ann", "", proof_of(ANN))
    # Whose process it was is kept beside who has proved to act.
    assert (run.user, facts["process_user"]) == ("ci", system_user())


def test_whoever_only_has_the_name_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("fourstroke.engine.provenance.system_user", lambda: "ann")
    with pytest.raises(RefusedError, match="ann proves by a token who they are") as caught:
        act(folder, "", "approve", 1, why="I am ann")
    assert "FOURSTROKE_TOKEN" in (caught.value.hint or "")
    with pytest.raises(RefusedError, match="ann proves by a token"):
        act(folder, "", "reject", 1, why="I am ann")
    monkeypatch.setattr("fourstroke.engine.provenance.system_user", lambda: "ci")
    with pytest.raises(RefusedError, match="ci proves by a token"):
        act(folder, "", "promote", 1)

    with pytest.raises(RefusedError, match="ci proves by a token"):
        act(folder, "", "tag", 1, "risk", "low")

    assert events(folder)[-4:] == [
        ("ann", "token refused"),
        ("ann", "token refused"),
        ("ci", "token refused"),
        ("ci", "token refused"),
    ]


def test_an_approval_of_before_the_token_was_asked_for_is_asked_for_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    file = folder / "fourstroke.toml"
    asked = file.read_text()
    monkeypatch.setattr("fourstroke.engine.provenance.system_user", lambda: "ann")
    file.write_text(asked.partition("[[development.policy.principals]]")[0])
    act(folder, "", "approve", 1, why="I am ann")
    file.write_text(asked)

    with pytest.raises(RefusedError, match="it has 0 of 1 approvals"):
        act(folder, CI, "promote", 1)


@pytest.mark.parametrize("token", ["wrong", digest_of(ANN)], ids=["wrong", "a digest"])
def test_a_token_that_nobody_knows_does_nothing_and_is_told(
    folder: Path, token: str, monkeypatch: pytest.MonkeyPatch, capsys
):
    monkeypatch.setenv("FOURSTROKE_TOKEN", token)

    assert main(["-C", str(folder), "models", "reject", "tiny", "1", "--why", "no"]) == 4

    error = capsys.readouterr().err
    assert error.startswith("error: FOURSTROKE_TOKEN: the token is nobody's here")
    assert token not in error
    assert events(folder)[-1] == (system_user(), "token refused")
    with Project.open(folder) as project:
        assert project.records.decisions("tiny", 1, kind="person") == ()
        (run,) = project.records.runs(1)
    assert (run.state, token in run.message) == ("failed", False)


def test_commands_make_a_token_and_say_who_acts(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys
):
    here = ["-C", str(folder), "principals"]
    assert main([*here, "token", 'Eve "x"', "--until", "2999-01-01", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    with (folder / "fourstroke.toml").open("a") as file:
        file.write("\n" + "\n".join(made["lines"]) + "\n")
    monkeypatch.setenv("FOURSTROKE_TOKEN", made["token"])

    assert main([*here, "list"]) == 0

    shown = capsys.readouterr().out
    assert 'you are Eve "x", by a token' in shown
    assert "2999-01-01" in shown
    assert load_config(folder).policy.principals[-1] == Principal(
        name='Eve "x"', token=made["digest"], until="2999-01-01"
    )
    assert main([*here, "token", "eve", "--until", "2020-01-01"]) == 2
    assert "2020-01-01 is past" in capsys.readouterr().err


def test_check_of_the_file_tells_of_tokens_that_ended_and_names_without_one(folder: Path, capsys):
    file = folder / "fourstroke.toml"
    text = file.read_text().replace("2999-12-31", "2020-12-31")
    file.write_text(text.replace('approvers = ["ann"]', 'approvers = ["ann", "bob"]'))

    assert main(["-C", str(folder), "config", "check"]) == 0

    told = capsys.readouterr().err
    assert "the token of ci ended on 2020-12-31" in told
    assert "bob may act without a token" in told
    assert "ann may act" not in told
    assert "anybody without a token may alias" in told


def test_who_trained_without_a_token_is_not_told_from_who_approves_by_one(folder: Path):
    file = folder / "fourstroke.toml"
    asked = file.read_text().replace("approvals = 1", "approvals = 1\nauthor_may_approve = false")
    file.write_text(asked)
    with (folder / "data.csv").open("a") as data:
        data.write("60,yes\n")
    with Project.open(folder) as project:
        project.token = ""
        project.run()

    # Version 1 was trained by the token of ci.
    assert act(folder, ANN, "approve", 1, why="I looked") == ""
    with pytest.raises(RefusedError, match="trained it without a token, and may be anybody"):
        act(folder, ANN, "approve", 2, why="I looked")


def test_a_token_of_another_project_is_no_matter_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FOURSTROKE_TOKEN", ANN)
    write_project(tmp_path)

    with Project.open(tmp_path) as project:
        assert project.run().state == "succeeded"
        assert project.audit.events()[-1].shown_who == system_user()


def test_what_a_rule_says_of_itself_proves_nothing(folder: Path):
    steps = folder / "steps.py"
    steps.write_text(steps.read_text().replace("Decision(", 'Decision(proof="token", ', 1))
    with Project.open(folder) as project:
        project.token = CI
        project.run()
        decided = project.records.decisions("tiny", 1, kind="approve")

    assert [each.decision.proof for each in decided] == [""] * len(decided)


def test_a_verdict_by_settings_of_one_call_promotes_nobody(folder: Path):
    file = folder / "fourstroke.toml"
    file.write_text(
        file.read_text()
        .partition("[development.policy]")[0]
        .replace(
            'use = "steps.py:is_measured"',
            'use = "steps.py:is_measured"\nname = "least"\nleast = 1.5',
        )
    )
    steps = folder / "steps.py"
    steps.write_text(
        steps.read_text() + "\n\ndef is_measured(candidate, least: float = 0.0):\n"
        "    value = candidate.evaluation.metrics[0].value\n"
        '    status = "pass" if value >= least else "fail"\n'
        '    return [Check(name="least", status=status, observed=value, why="a test")]\n'
    )

    def run(*overrides: str):
        with Project.open(folder, overrides=overrides) as project:
            return project.run(), project.records.champion("tiny")

    refused, _ = run()
    tried, champion = run("development.validate.least.least=0.0")

    assert refused.state == "blocked"
    assert (tried.state, tried.report.verdict.passed, champion) == ("succeeded", True, None)
    with pytest.raises(RefusedError, match=r"settings of a single call: development\.validate"):
        act(folder, "", "promote", 1)
    # As soon as the file says so, it holds.
    file.write_text(file.read_text().replace("1.5", "0.0"))
    _, champion = run()
    assert champion is not None


def test_a_token_in_the_file_is_refused_and_not_shown(folder: Path):
    file = folder / "fourstroke.toml"
    file.write_text(file.read_text().replace(digest_of(CI), CI))

    with pytest.raises(ConfigError) as caught:
        load_config(folder)

    assert "principal [1]: token is no digest" in str(caught.value)
    assert CI not in str(caught.value)


def test_one_token_is_of_one_name(folder: Path):
    file = folder / "fourstroke.toml"
    file.write_text(file.read_text().replace(digest_of(CI), digest_of(ANN)))

    with pytest.raises(ConfigError, match="ci and ann have one token"):
        load_config(folder)


@pytest.mark.parametrize(
    ("rule", "what"),
    [("policy]\napprovals = 0", "policy"), ("approve]\nuse = 'automatic'", "approver")],
)
def test_an_environment_with_rules_of_its_own_has_records_of_its_own(
    folder: Path, rule: str, what: str
):
    with (folder / "fourstroke.toml").open("a") as file:
        file.write(f"\n[environments.dev.development.{rule}\n")
    with pytest.raises(ConfigError, match=f"another {what} needs records of its own"):
        load_config(folder)

    with (folder / "fourstroke.toml").open("a") as file:
        file.write('[environments.dev.backends]\nrecords = "sqlite:///dev.sqlite"\n')
    config = load_config(folder, environment="dev")
    assert config.policy.approvals == (
        0 if what == "policy" else load_config(folder).policy.approvals
    )


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ("development.policy.approvals=0", "policy"),
        ("development={policy={approvals=0}}", "policy"),
        ("development.approve.use=automatic", "approver"),
        ("development.approve=automatic", "approver"),
        ("development={approve='automatic'}", "approver"),
    ],
)
def test_no_call_says_what_it_needs_to_be_allowed(folder: Path, setting: str, what: str, capsys):
    assert main(["-C", str(folder), "models", "promote", "tiny", "1", "--set", setting]) == 2
    assert f"the {what} is no matter of a single call" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["POLICY__APPROVALS", "APPROVE__USE"])
def test_nor_does_a_variable(folder: Path, monkeypatch: pytest.MonkeyPatch, key: str):
    variable = f"FOURSTROKE_SET__DEVELOPMENT__{key}"
    monkeypatch.setenv(variable, "0")

    with pytest.raises(ConfigError, match="no matter of a single call") as caught:
        Project.open(folder)
    assert caught.value.where == variable
