"""What may be put to work: the verdict, the last word of people, the champion of the moment."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from pathlib import Path

import pytest
from whole_project import write_project

from fourstroke import Project, RefusedError, UsageError

pytestmark = pytest.mark.usefixtures("in_one_process")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project whose version 1 is the champion."""
    write_project(tmp_path)
    run(tmp_path)
    return tmp_path


def run(folder: Path, *overrides: str):
    with Project.open(folder, overrides=overrides) as project:
        return project.run()


def grow(folder: Path, *rows: str) -> None:
    """Change the data, so that the next turn makes another model."""
    with (folder / "data.csv").open("a") as file:
        file.writelines(f"{row}\n" for row in rows)


def champion(folder: Path, name: str = "tiny") -> int:
    with Project.open(folder) as project:
        return project.models[name].champion.version


def deploy(folder: Path, version: int, *overrides: str, **options):
    with Project.open(folder, overrides=overrides) as project:
        return project.models["tiny"].deploy(version, **options)


def refuse_authors(folder: Path) -> None:
    with (folder / "fourstroke.toml").open("a") as file:
        file.write("\n[development.policy]\nauthor_may_approve = false\n")


def roll_back(folder: Path, why: str = "it harms"):
    with Project.open(folder) as project:
        return project.models["tiny"].rollback(why=why)


def told(folder: Path, subject: str) -> list[str]:
    with Project.open(folder) as project:
        return [event.what for event in project.records.events() if event.subject == subject]


def replace(folder: Path, old: str, new: str, file: str = "steps.py") -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def test_version_that_was_rolled_back_stays_back(folder):
    grow(folder, "100,yes", "110,yes")
    run(folder)
    assert champion(folder) == 2

    roll_back(folder)
    again = run(folder)

    assert champion(folder) == 1
    assert again.state == "blocked"
    assert "rolled back: it harms" in str(again.errors[0])
    assert "rolled back" in told(folder, "tiny@v2")


def test_second_rollback_goes_further_back(folder):
    for rows in (("100,yes",), ("120,yes", "130,yes")):
        grow(folder, *rows)
        run(folder)
    assert champion(folder) == 3

    roll_back(folder)
    roll_back(folder)

    assert champion(folder) == 1
    with pytest.raises(UsageError, match="no version of tiny to go back to before v1"):
        roll_back(folder)


def test_new_data_after_a_rollback_is_deployed_again(folder):
    grow(folder, "100,yes")
    run(folder)
    roll_back(folder)
    grow(folder, "120,yes", "130,yes")

    outcome = run(folder)

    assert outcome.state == "succeeded"
    assert champion(folder) == 3


def test_no_is_overridden_with_a_reason_only_and_told(folder):
    grow(folder, "100,yes")
    run(folder)
    roll_back(folder)

    with pytest.raises(RefusedError, match="rolled back: it harms"):
        deploy(folder, 2, why="now")
    with pytest.raises(UsageError, match="without a reason"):
        deploy(folder, 2, override=True)
    deploy(folder, 2, why="it was the data", override=True)

    assert champion(folder) == 2
    assert told(folder, "tiny@v2")[-4:] == ["overridden", "deploying", "deployed", "promoted"]
    assert run(folder).state == "succeeded"


def test_approvers_no_is_not_passed_over_by_deploying(folder):
    replace(
        folder,
        'Decision(answer="yes", why="a test", by="policy")',
        'Decision(answer="no", why="unfair", by="board")',
    )
    grow(folder, "100,yes")
    assert run(folder).state == "blocked"

    with pytest.raises(RefusedError, match="board said no: unfair"):
        deploy(folder, 2, why="I want it")

    assert champion(folder) == 1
    assert "approved" not in told(folder, "tiny@v2")


def test_waiting_does_not_take_back_what_a_person_approved(folder):
    replace(
        folder,
        'Decision(answer="yes", why="a test", by="policy")',
        'Decision(answer="waiting", why="look")',
    )
    grow(folder, "100,yes")
    run(folder)
    deploy(folder, 2, why="seen")
    grow(folder, "120,yes", "130,yes")
    run(folder)
    deploy(folder, 3, why="seen")

    roll_back(folder)

    assert champion(folder) == 2


def test_persons_approval_holds_in_later_turns(folder):
    replace(
        folder,
        'Decision(answer="yes", why="a test", by="policy")',
        'Decision(answer="waiting", why="look")',
    )
    grow(folder, "100,yes")
    first = run(folder)
    assert champion(folder) == 1
    deploy(folder, 2, why="seen")

    again = run(folder)

    assert any("waits for approval" in message for message in first.report.messages)
    assert not any("waits for approval" in message for message in again.report.messages)
    assert champion(folder) == 2


def test_files_whose_latest_verdict_is_no_are_not_deployed(folder):
    replace(folder, 'status="pass"', 'status="fail", why="too low"')
    assert run(folder).state == "blocked"

    with pytest.raises(RefusedError, match=r"latest verdict on it, of run .*, is not a pass; "):
        deploy(folder, 1, why="x")


def test_verdict_that_is_a_pass_again_lets_it_through(folder):
    replace(folder, 'status="pass"', 'status="fail", why="too low"')
    run(folder)
    replace(folder, 'status="fail", why="too low"', 'status="pass"')

    outcome = run(folder)

    assert outcome.state == "succeeded"
    assert deploy(folder, 1, why="x")


def test_other_model_is_not_what_is_deployed(folder):
    run(folder, "model.name=other")

    with (
        Project.open(folder) as project,
        pytest.raises(UsageError, match="serve tiny, not other"),
    ):
        project.models["other"].rollback()
    with (
        Project.open(folder) as project,
        pytest.raises(UsageError, match="serve tiny, not other"),
    ):
        project.models["other"].deploy(1)

    assert told(folder, "tiny@v1").count("approved") == 1


def test_champion_that_came_meanwhile_is_not_replaced_unseen(folder):
    """While version 2 is approved, somebody else puts version 3 to work."""
    replace(
        folder,
        "def accept():\n",
        "def accept(context):\n"
        "    flag = context.root / 'meanwhile'\n"
        "    if flag.exists():\n"
        "        flag.unlink()\n"
        "        from fourstroke import Project\n"
        "        with (context.root / 'data.csv').open('a') as file:\n"
        "            file.write('120,yes\\n130,yes\\n')\n"
        "        with Project.open(context.root) as project:\n"
        "            assert project.run().state == 'succeeded'\n",
    )
    run(folder)
    grow(folder, "100,yes")
    (folder / "meanwhile").touch()

    outcome = run(folder)

    assert outcome.state == "failed"
    assert "has become the champion since" in str(outcome.errors[0])
    with Project.open(folder) as project:
        at_work = project.records.deployments("tiny", active_only=True)
        assert [row.version for row in at_work] == [project.models["tiny"].champion.version]


def test_champion_is_what_all_targets_have(folder):
    (folder / "targets.py").write_text(
        "from fourstroke import Deployment\n\n\n"
        "def broken(version, context, fails: bool = True):\n"
        "    if fails and (context.root / 'broken').exists():\n"
        "        raise OSError('unreachable')\n"
        "    return Deployment(target='x', model=version.model, version=version.version,"
        " digest=version.digest, location='here')\n"
    )
    with (folder / "fourstroke.toml").open("a") as file:
        file.write(
            '\n[[development.deploy]]\nname = "one"\nuse = "targets.py:broken"\nfails = false\n'
            '[[development.deploy]]\nname = "two"\nuse = "targets.py:broken"\n'
        )
    run(folder)
    grow(folder, "100,yes")
    (folder / "broken").touch()

    assert run(folder).state == "failed"

    assert champion(folder) == 1
    (folder / "broken").unlink()
    assert run(folder).state == "succeeded"
    assert champion(folder) == 2


CLEAN = "\n[development.policy]\nclean_tree = true\n"


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=ana", "-c", "user.email=ana@example.org")
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write_project(tmp_path)
    with (tmp_path / "fourstroke.toml").open("a") as file:
        file.write(CLEAN)
    (tmp_path / ".gitignore").write_text(".fourstroke/\n__pycache__/\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def test_committed_tree_is_let_through(repository):
    assert run(repository).state == "succeeded"


def refused_for_the_tree(outcome) -> bool:
    return outcome.state == "failed" and "from a commit without changes" in str(outcome.errors[0])


def test_changed_tree_is_refused_and_a_commit_and_another_run_help(repository):
    grow(repository, "100,yes")
    assert refused_for_the_tree(run(repository))
    git(repository, "commit", "-qam", "more rows")

    assert run(repository).state == "succeeded"

    assert deploy(repository, 1, why="by hand")


def test_code_that_git_does_not_know_is_a_change(repository):
    (repository / "more.py").write_text("X = 1\n")

    assert refused_for_the_tree(run(repository))


def test_no_repository_is_no_clean_tree(tmp_path):
    write_project(tmp_path)
    with (tmp_path / "fourstroke.toml").open("a") as file:
        file.write(CLEAN)

    assert refused_for_the_tree(run(tmp_path))


def test_damaged_repository_is_no_clean_tree(repository):
    (repository / ".git" / "index").write_bytes(b"junk")

    assert refused_for_the_tree(run(repository))


def test_refused_attempt_is_not_recorded_as_an_approval(folder):
    refuse_authors(folder)

    with pytest.raises(RefusedError, match="trained it and may not approve it"):
        deploy(folder, 1, why="mine")

    assert told(folder, "tiny@v1").count("approved") == 1


def test_name_of_the_approver_is_not_what_the_environment_says(folder, monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")

    refuse_authors(folder)

    with pytest.raises(RefusedError, match="trained it and may not approve it"):
        deploy(folder, 1, why="mine")


def test_command_line_overrides_with_a_reason(folder, capsys):
    from fourstroke.cli.main import main

    grow(folder, "100,yes")
    run(folder)
    roll_back(folder)

    refused = main(["-C", str(folder), "models", "deploy", "tiny", "2", "--why", "again"])
    said = capsys.readouterr().err
    done = main(
        ["-C", str(folder), "models", "deploy", "tiny", "2", "--override", "--why", "again"]
    )

    assert refused == 4
    assert "--override" in said
    assert done == 0


def test_champion_of_any_moment_is_told(folder, shell):
    """Before the first turn there was none; a roll-back puts the earlier version back in force."""
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    grow(folder, "100,yes", "110,yes")
    first = dt.datetime.now(dt.UTC)
    run(folder)
    second = dt.datetime.now(dt.UTC)
    roll_back(folder)

    with Project.open(folder) as project:
        found = [
            [event.subject for event in project.models.champions_at(moment)]
            for moment in (before, first, second, dt.datetime.now(dt.UTC))
        ]
    assert found == [[], ["tiny@v1"], ["tiny@v2"], ["tiny@v1"]]

    assert "tiny@v2" in shell("models", "at", second.isoformat()).stdout
    today = json.loads(shell("--json", "models", "at", f"{second:%Y-%m-%d}").stdout)
    assert [event["subject"] for event in today["champions"]][-1:] == ["tiny@v1"]
    assert "no model had a champion" in shell("models", "at", "2020-01-01").stdout
    assert "WHEN: expected a day" in shell("models", "at", "never", code=2).stderr
