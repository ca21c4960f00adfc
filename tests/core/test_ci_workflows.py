"""`fourstroke ci init`: workflows that forges accept, and whose commands work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ci_projects import PROJECT, write
from conftest import small_csv
from hypothesis import example, given
from hypothesis import strategies as st
from junitparser import JUnitXml

from fourstroke.ci.workflows import workflow_of
from fourstroke.cli.main import main
from fourstroke.errors import UsageError

pytestmark = pytest.mark.usefixtures("in_one_process")

PROD = """
[environments.prod.backends]
records = "postgresql://ci:${RECORDS_PASSWORD}@db/models"
storage = { use = "local", path = "/srv/models" }
"""
SCHEMAS = {
    "github": ["--builtin-schema", "vendor.github-workflows"],
    "gitlab": ["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
}


@pytest.fixture
def repository(tmp_path):
    """Give the top of a checkout whose project lies in a folder."""
    (tmp_path / ".git").mkdir()
    write(tmp_path / "models" / "small", small_csv(), project=PROJECT + PROD)
    return tmp_path


def made(repository: Path, forge: str, environment: str | None = None, **options: str):
    values = {"branch": "main", "python": "3.12", **options}
    root = repository / "models" / "small"
    return workflow_of(forge, root, environment=environment, rows=500, **values)


@pytest.mark.parametrize("environment", [None, "prod"])
@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_workflow_keeps_to_the_schema_of_its_forge(repository, forge, environment):
    workflow = made(repository, forge, environment)
    workflow.write(force=False)

    done = subprocess.run(
        [Path(sys.executable).with_name("check-jsonschema"), *SCHEMAS[forge], workflow.file],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_nothing_is_promoted_without_an_environment_that_names_records(repository):
    alone, prod = made(repository, "github"), made(repository, "github", "prod")

    assert set(yaml.safe_load(alone.text)["jobs"]) == {"ci"}
    assert "nothing is promoted" in alone.steps[1]
    assert set(yaml.safe_load(prod.text)["jobs"]) == {"ci", "promote"}
    assert alone.secrets == ()
    assert prod.secrets == ("RECORDS_PASSWORD",)


def test_what_the_project_file_makes_use_of_is_installed(repository):
    alone, prod = made(repository, "github"), made(repository, "github", "prod")

    assert "pip install fourstroke pytest" in alone.text
    assert prod.text.count("pip install 'fourstroke[postgres]' pytest") == 2


def test_promotion_waits_for_its_turn_and_secrets_reach_it_alone(repository):
    jobs = yaml.safe_load(made(repository, "github", "prod").text)

    promote = jobs["jobs"]["promote"]
    assert jobs["permissions"] == {"contents": "read"}
    assert promote["needs"] == "ci"
    assert promote["if"] == "github.event_name == 'push' && github.ref == 'refs/heads/main'"
    assert promote["concurrency"] == {"group": "fourstroke-promote", "cancel-in-progress": False}
    assert promote["environment"] == promote["env"]["FOURSTROKE_ENV"] == "prod"
    assert promote["env"]["RECORDS_PASSWORD"] == "${{ secrets.RECORDS_PASSWORD }}"
    assert "secrets." not in json.dumps(jobs["jobs"]["ci"])


def test_who_promotes_may_be_a_principal(repository):
    with (repository / "models" / "small" / "fourstroke.toml").open("a") as file:
        file.write("\n[[development.policy.principals]]\n")
        file.write(f'name = "ci"\ntoken = "sha256:{"0" * 64}"\n')

    workflow = made(repository, "github", "prod")

    assert workflow.secrets == ("FOURSTROKE_TOKEN", "RECORDS_PASSWORD")
    job = yaml.safe_load(workflow.text)["jobs"]["promote"]
    assert "FOURSTROKE_TOKEN" not in job["env"]
    # Whatever installs packages does not see it.
    shown = [step["name"] for step in job["steps"] if "FOURSTROKE_TOKEN" in step.get("env", {})]
    assert shown == ["Run and promote"]
    assert "FOURSTROKE_TOKEN = credentials" in made(repository, "jenkins", "prod").text


def test_no_expression_of_the_forge_stands_within_a_command(repository):
    for job in yaml.safe_load(made(repository, "github", "prod").text)["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_lock_that_is_there_is_held_to(repository):
    (repository / "models" / "small" / "fourstroke.lock").touch()

    assert "fourstroke run --frozen --tag" in made(repository, "github", "prod").text


@given(st.text(max_size=40))
@example('main"; touch owned; "')
@example("${{ secrets.X }}")
@example("a\nb")
@example("main\n")
@example("../x")
@example("@BRANCH@")
def test_branch_cannot_bring_anything_along(tmp_path_factory, branch):
    root = tmp_path_factory.getbasetemp() / "branches"
    if not root.exists():
        write(root, "")

    try:
        text = workflow_of(
            "github", root, environment=None, branch=branch, python="3.12", rows=1
        ).text
    except UsageError:
        return

    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", branch)
    assert yaml.safe_load(text)[True]["push"]["branches"] == [branch]


@pytest.mark.parametrize("folder", ["my models", "a'b", "$(id)", "-rf"])
def test_folder_that_may_not_stand_in_a_workflow_is_told(tmp_path, folder):
    (tmp_path / ".git").mkdir()
    root = write(tmp_path / folder, "")

    with pytest.raises(UsageError, match="may not stand in a workflow"):
        workflow_of("jenkins", root, environment=None, branch="main", python="3.12", rows=1)


def test_workflow_that_is_there_is_kept(repository, monkeypatch, capsys):
    monkeypatch.chdir(repository / "models" / "small")
    assert main(["ci", "init", "gitlab"]) == 0
    (repository / ".gitlab-ci.yml").write_text("mine")

    assert main(["ci", "init", "gitlab"]) == 2

    assert (repository / ".gitlab-ci.yml").read_text() == "mine"
    assert "it exists already and is not overwritten (--force)" in capsys.readouterr().err
    assert main(["ci", "init", "gitlab", "--force"]) == 0
    assert "fourstroke ci" in (repository / ".gitlab-ci.yml").read_text()


def blocks(text: str) -> list[str]:
    """List the blocks of a Jenkinsfile with their depth, and see that every one is closed."""
    code = re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE)
    code = re.sub(r"'''.*?'''|'[^'\n]*'", "''", code, flags=re.DOTALL)
    assert "'" not in code.replace("''", "")
    found, depth = [], 0
    for line in map(str.strip, code.splitlines()):
        if line.endswith("{"):
            found.append(f"{depth} {line.removesuffix('{').strip()}")
        depth += line.count("{") - line.count("}")
        assert depth >= 0
    assert depth == 0
    return found


def test_jenkinsfile_has_the_sections_of_a_declarative_pipeline(repository):
    text = made(repository, "jenkins", "prod").text

    outline = blocks(text)
    assert outline[0] == "0 pipeline"
    assert [each for each in outline if each[0] == "1"] == ["1 options", "1 stages", "1 post"]
    assert [each for each in outline if each[0] == "2"] == ["2 stage('')"] * 3 + ["2 always"]
    assert {each[2:] for each in outline if each[0] == "3"} == {"steps", "when", "environment"}
    assert "RECORDS_PASSWORD = credentials('RECORDS_PASSWORD')" in text
    # Groovy puts nothing into texts in single quotes: what the shell reads are variables.
    assert '"' not in re.sub(r"'[^'\n]*'", "", text)


@pytest.fixture
def clone(tmp_path):
    """Give a git clone of a repository with the workflow, as a job finds it."""
    origin = tmp_path / "origin"
    write(origin / "models" / "small", small_csv())
    project = PROJECT.replace("roc_auc", "accuracy").replace("min = 0.6", "min = 0.99")
    quiet = project.replace('[[operations.alert]]\nuse = "steps.py:shout"\n', "")
    (origin / "models" / "small" / "fourstroke.toml").write_text(quiet)
    git(origin, "init", "-q")
    made(origin, "github").write(force=False)
    git(origin, "add", ".")
    git(origin, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first")
    git(tmp_path, "clone", "-q", str(origin), "clone")
    return tmp_path / "clone"


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)


def test_commands_of_the_workflow_work_in_a_clone(clone, tmp_path):
    workflow = yaml.safe_load((clone / ".github/workflows/fourstroke.yml").read_text())
    job = workflow["jobs"]["ci"]
    variables = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(clone),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }

    steps = [step for step in job["steps"] if "run" in step]
    # `bash -e` is what GitHub runs a step with; what it installs is installed here.
    done = [
        subprocess.run(
            ["bash", "-e", "-c", re.sub(r"^python -m pip install", "true", step["run"])],
            cwd=clone / job["defaults"]["run"]["working-directory"],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        for step in steps
    ]

    assert [step["name"] for step in steps] == ["Install", "Check"]
    assert [each.returncode for each in done] == [0, 3], done[1].stderr
    assert re.search(
        r"^::error title=fourstroke ci%3A verdict::accuracy >= 0.99: ", done[1].stdout, re.MULTILINE
    )
    project = clone / "models" / "small"
    assert (tmp_path / "summary.md").read_text() == (project / "fourstroke-summary.md").read_text()
    assert "❌ | verdict |" in (tmp_path / "summary.md").read_text()
    verdict = list(JUnitXml.fromfile(str(project / "fourstroke-junit.xml")))[1]
    assert (verdict.tests, verdict.failures) == (2, 1)
    kept = next(step for step in job["steps"] if "upload-artifact" in step.get("uses", ""))
    for place in kept["with"]["path"].split():
        assert (clone / place).exists(), place
