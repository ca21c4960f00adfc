"""`fourstroke ci`: its steps, what they leave alone, and how they fail."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from ci_projects import PROJECT, STEPS, TEST, call, state, write
from conftest import small_csv

from fourstroke import Project
from fourstroke.ci import project_tests
from fourstroke.ci.steps import NAMES
from fourstroke.cli import ci as command
from fourstroke.cli.main import main

pytestmark = pytest.mark.usefixtures("in_one_process")

# No model is as good as that on this table.
TOO_MUCH = PROJECT.replace("roc_auc", "accuracy").replace("min = 0.6", "min = 0.99")
# What a laptop does not have, and the machine of these tests may.
FORGES = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH", "CHANGE_FORK")


@pytest.fixture(autouse=True)
def _on_a_laptop(monkeypatch):
    for name in (*FORGES, "CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def after_a_run(tmp_path_factory):
    """Give a project with a champion, which alerted nobody yet."""
    folder = write(tmp_path_factory.mktemp("ci") / "small", small_csv())
    with Project.open(folder) as project:
        assert project.run().state == "succeeded"
    return folder


@pytest.fixture
def champion(after_a_run, tmp_path, monkeypatch):
    folder = tmp_path / "small"
    shutil.copytree(after_a_run, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(write(tmp_path / "small", small_csv()))
    return tmp_path / "small"


def test_the_command_knows_the_steps_that_there_are():
    assert command.STEPS == NAMES


def test_a_rehearsal_leaves_the_project_as_it_is_and_reaches_nobody(champion, capsys):
    before = state(champion)

    told = call(capsys, "--rows", "300", "--skip", "plugins")

    assert told.code == 0
    assert told.statuses["run"] == told.statuses["verdict"] == "passed"
    assert state(champion) == before
    assert not (champion / "shouted").exists()
    assert told.document["report"]["is_sample"] is True
    assert told.document["report"]["rows"] == 300


def test_the_summary_sets_the_champion_beside_the_candidate(champion, capsys, tmp_path):
    call(capsys, "--rows", "300", "--only", "verdict", "--summary", str(tmp_path / "s.md"))

    text = (tmp_path / "s.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith("| roc_auc | "))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    report = next((champion / ".fourstroke" / "reports").rglob("report.json"))
    metrics = json.loads(report.read_text())["candidates"][0]["evaluation"]["metrics"]
    known = next(each["value"] for each in metrics if each["name"] == "roc_auc")
    assert "| champion v1 | difference |" in text
    assert float(cells[4]) == pytest.approx(known, abs=1e-4)
    assert float(cells[5].split()[0]) == pytest.approx(float(cells[1]) - known, abs=2e-4)
    assert "on a sample of 300 rows" in text


def test_all_independent_steps_run_though_the_project_file_is_wrong(small, capsys):
    (small / "fourstroke.toml").write_text(PROJECT.replace("bound =", "boud ="))
    (small / "test_steps.py").write_text(TEST)

    told = call(capsys, "--skip", "plugins")

    assert told.code == 2
    assert told.statuses == {
        "config": "failed",
        "lock": "skipped",
        "tests": "failed",
        "run": "skipped",
        "verdict": "skipped",
    }
    missed = told.steps["tests"]["findings"][0]
    assert (missed["file"], missed["line"]) == ("test_steps.py", 4)
    assert "test_age_is_divided" in missed["text"]
    assert "1 failed" in told.steps["tests"]["detail"]
    assert not (small / ".pytest_cache").exists()
    finding = told.steps["config"]["findings"][0]
    line = PROJECT.splitlines().index('bound = "interval"') + 1
    assert (finding["file"], finding["line"]) == ("fourstroke.toml", line)
    assert "did you mean 'bound'?" in finding["text"]


def test_what_is_no_toml_is_told_once(small, capsys):
    (small / "fourstroke.toml").write_text("[project\n")

    told = call(capsys)

    assert told.code == 2
    assert [name for name, each in told.statuses.items() if each == "failed"] == ["config"]


def test_failing_step_is_told_with_its_line(small, capsys):
    (small / "steps.py").write_text(STEPS.replace('data["age"] / 10', 'data["aeg"] / 10'))

    told = call(capsys, "--only", "verdict")

    assert told.code == 1
    assert told.statuses == {"run": "failed", "verdict": "skipped"}
    finding = told.steps["run"]["findings"][0]
    assert (finding["file"], finding["line"]) == ("steps.py", 8)
    assert 'data["age"] = data["aeg"] / 10' in told.steps["run"]["detail"]


def test_setting_that_only_the_step_can_judge_is_told_with_its_line(small, capsys):
    wrong = 'estimator = "LogisticRegression"\nparams = { C = 1.0, max_itr = 9 }'
    text = PROJECT.replace('estimator = "LogisticRegression"', wrong)
    (small / "fourstroke.toml").write_text(text)

    told = call(capsys, "--rows", "100", "--only", "verdict", "--annotations")

    finding = told.steps["run"]["findings"][0]
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "max_itr" in each)
    assert (finding["file"], finding["line"]) == ("fourstroke.toml", line)
    assert f"file=fourstroke.toml,line={line}" in told.stderr


def test_run_that_is_skipped_does_not_run_for_the_verdict(small, capsys):
    told = call(capsys, "--only", "run", "--only", "verdict", "--skip", "run")

    assert told.code == 0
    assert told.statuses == {"verdict": "skipped"}
    assert "--skip leaves out" in told.steps["verdict"]["summary"]


def test_tests_that_nobody_can_run_fail_and_no_tests_do_not(small, monkeypatch):
    monkeypatch.setattr(project_tests.importlib.util, "find_spec", lambda name: None)

    without = project_tests.run_tests(small)
    (small / "test_steps.py").write_text(TEST)
    with_tests = project_tests.run_tests(small)

    assert (without.status, without.exit_code) == ("skipped", 0)
    assert (with_tests.status, with_tests.exit_code) == ("failed", 1)
    assert "pip install pytest" in with_tests.summary


def test_what_a_sample_refuses_for_certain_is_asked_of_all_rows(small, capsys):
    (small / "fourstroke.toml").write_text(TOO_MUCH)

    told = call(capsys, "--rows", "300", "--only", "verdict")

    assert told.code == 3
    assert told.document["report"]["is_sample"] is False
    assert told.document["report"]["rows"] == 400
    assert told.checks["accuracy >= 0.99"] == "failed"
    assert "all rows were asked" in told.steps["run"]["findings"][0]["text"]


def test_sample_alone_may_refuse_if_it_is_told_so(small, capsys):
    (small / "fourstroke.toml").write_text(TOO_MUCH)

    told = call(capsys, "--rows", "300", "--only", "verdict", "--sample-only")

    assert told.code == 3
    assert told.document["report"]["is_sample"] is True


def test_what_a_sample_leaves_open_is_a_warning_and_on_all_rows_a_no(small, capsys):
    (small / "fourstroke.toml").write_text(PROJECT.replace("min = 0.6", "min = 0.95"))

    sampled = call(capsys, "--rows", "200", "--only", "verdict")
    whole = call(capsys, "--full", "--only", "verdict")

    assert (sampled.code, sampled.checks["roc_auc >= 0.95"]) == (0, "warned")
    assert sampled.steps["run"]["findings"] == []
    assert "--full asks all rows" in sampled.steps["verdict"]["summary"]
    assert (whole.code, whole.checks["roc_auc >= 0.95"]) == (3, "failed")


def test_kept_home_serves_the_next_call(small, capsys):
    words = ("--rows", "300", "--only", "verdict", "--home", ".fourstroke/ci")
    first, again = call(capsys, *words), call(capsys, *words)

    reports = list((small / ".fourstroke" / "ci" / "reports").rglob("report.json"))
    states = [
        {step["name"]: step["state"] for step in json.loads(path.read_text())["steps"]}
        for path in sorted(reports, key=lambda path: path.stat().st_mtime_ns)
    ]
    assert first.checks == again.checks
    assert [each["model.train.logistic"] for each in states] == ["succeeded", "cached"]
    assert sorted(path.name for path in (small / ".fourstroke").iterdir()) == ["ci"]


def test_contract_that_a_test_names_fails_and_another_only_warns(small, capsys):
    (small / "steps.py").write_text(
        STEPS.replace('    data["age"]', '    print()\n    data["age"]')
    )
    (small / "fourstroke.toml").write_text(PROJECT.replace("steps.py:shout", "loud.py:shout"))
    (small / "loud.py").write_text("def shout(alert):\n    raise OSError\n")
    (small / "test_steps.py").write_text(
        "import pandas as pd\nfrom fourstroke.testing import PrepareContract\n"
        "from steps import tenth\n\n\nclass TestTenth(PrepareContract):\n    plugin = tenth\n"
        "    def sample(self):\n        return pd.DataFrame({'age': range(40)})\n"
    )

    told = call(capsys, "--only", "plugins")

    assert (told.code, told.statuses["plugins"]) == (1, "failed")
    tested, untested = told.steps["plugins"]["findings"]
    assert tested["text"].startswith("steps.py:tenth: test_prints_nothing")
    assert (tested["level"], tested["file"], tested["line"]) == ("error", "steps.py", 6)
    assert untested["text"].startswith("loud.py:shout: no test names its contract")
    assert (untested["level"], untested["file"], untested["line"]) == ("warning", "loud.py", 1)


def test_changed_plugin_is_refused_by_the_lock(small, capsys):
    assert main(["lock"]) == 0
    (small / "steps.py").write_text(STEPS + "\n\nMORE = 1\n")

    told = call(capsys, "--only", "lock")

    assert told.code == 4
    assert "its source has changed" in told.steps["lock"]["findings"][0]["text"]


SECRET = '\n[[environments.prod.data.collect]]\nuse = "sql"\nurl = "sqlite:///${NEVER_SET}"\n'


@pytest.fixture
def guarded(small, monkeypatch):
    monkeypatch.delenv("NEVER_SET", raising=False)
    (small / "fourstroke.toml").write_text(PROJECT + SECRET + 'query = "select 1"\n')
    return small


def test_secret_of_another_environment_is_a_warning(guarded, capsys):
    told = call(capsys, "--only", "config")

    assert (told.code, told.statuses["config"]) == (0, "warned")
    assert "NEVER_SET is not set" in told.steps["config"]["findings"][0]["text"]


def test_secret_of_the_environment_in_force_is_an_error(guarded, capsys):
    told = call(capsys, "--env", "prod", "--only", "config", "--only", "run")

    assert (told.code, told.statuses) == (2, {"config": "failed", "run": "skipped"})


def test_change_of_a_fork_goes_without_secrets(guarded, capsys, tmp_path, monkeypatch):
    event = tmp_path / "event.json"
    repositories = {"head": "someone/small", "base": "team/small"}
    pull = {side: {"repo": {"full_name": name}} for side, name in repositories.items()}
    event.write_text(json.dumps({"pull_request": pull}))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))

    told = call(capsys, "--env", "prod", "--only", "config", "--only", "verdict")

    assert told.code == 0
    assert told.statuses == {"config": "warned", "run": "skipped", "verdict": "skipped"}
    assert "a fork's change gets no secrets" in told.steps["run"]["summary"]
    # Beside JSON the commands of GitHub go to the other stream.
    assert re.search(r"^::warning file=fourstroke.toml,line=\d+,title=", told.stderr, re.MULTILINE)


def test_step_that_there_is_not_is_wrong_usage(small, capsys):
    assert main(["ci", "--only", "deploy"]) == 2
    assert main(["ci", "--full", "--sample-only"]) == 2
    assert main(["ci", *(word for name in NAMES for word in ("--skip", name))]) == 2
