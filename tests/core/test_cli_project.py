"""The commands on a project that turns in milliseconds: everything of its own, rows are plain lists."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from fourstroke import Project, UsageError
from fourstroke.cli.main import main

STEPS = '''\
"""All stages of a project without pandas and scikit-learn: it predicts the mean."""

import csv

from fourstroke import Check, Decision, Deployment, Evaluation, Metric, Observation
from fourstroke import hookimpl, plugin


@plugin
class Rows:
    path: str

    @hookimpl
    def collect(self, context):
        with open(context.path(self.path), newline="") as file:
            return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


@plugin
class Enough:
    least: int = 3

    @hookimpl
    def check(self, data, context):
        status = "pass" if len(data) >= self.least else "fail"
        return [Check(name="rows", status=status, observed=len(data), required=f">= {self.least}")]


@plugin
class Halves:
    @hookimpl
    def split(self, data, context):
        return {"train": data[::2], "test": data[1::2]}


@plugin
class Mean:
    offset: float = 0.0
    gives_up: bool = False

    @hookimpl
    def train(self, data, context):
        if self.gives_up:
            raise ValueError("the weather is bad")
        return {"mean": sum(row["y"] for row in data) / len(data) + self.offset}

    @hookimpl
    def predict(self, model, data, context):
        return [model["mean"] for _ in data]


@plugin
class Error:
    @hookimpl
    def evaluate(self, model, data, predictions, context):
        errors = [abs(row["y"] - said) for row, said in zip(data, predictions)]
        mean = sum(errors) / len(errors)
        context.log_metric("worst", max(errors))
        return Evaluation(metrics=(Metric(name="mae", value=mean, higher_is_better=False),))


@plugin
class Told:
    @hookimpl
    def explain(self, model, data, context):
        return []


@plugin
class Below:
    limit: float = 10.0

    @hookimpl
    def validate(self, candidate, champion, context):
        error = candidate.evaluation.metric("mae").value
        status = "pass" if error < self.limit else "fail"
        return [Check(name="mae", status=status, observed=error, required=f"< {self.limit}")]


@plugin
class Asks:
    answer: str = "yes"

    @hookimpl
    def approve(self, candidate, verdict, context):
        return Decision(answer=self.answer, why="a rule of the tests", by="rule")


@plugin
class Nowhere:
    @hookimpl
    def deploy(self, version, context):
        return Deployment(
            target="nowhere",
            model=version.model,
            version=version.version,
            digest=version.digest,
            location="nowhere",
        )

    @hookimpl
    def withdraw(self, deployment, context):
        return True


@plugin
class Range:
    @hookimpl
    def profile(self, data, predictions, context):
        return {"high": max(row["y"] for row in data)}

    @hookimpl
    def monitor(self, window, reference, context):
        rows = [row for batch in window.batches for row in batch.data]
        high = max(row["y"] for row in rows)
        status = "unknown" if len(rows) < 2 else "alert" if high > reference["high"] else "ok"
        return [Observation(name="range", status=status, column="y", value=high, why="y is high")]


@plugin
class Quiet:
    @hookimpl
    def alert(self, alert, context):
        return True


@plugin
class Turn:
    @hookimpl
    def retrain(self, report, context):
        answer = "yes" if report.alerts else "no"
        return Decision(answer=answer, why=f"{len(report.alerts)} alerts", by="rule")
'''

PROJECT = """\
report = []

[project]
name = "tiny"

[task]
target = "y"
kind = "regression"

[data.collect]
use = "steps.py:Rows"
path = "data.csv"

[[data.check]]
use = "steps.py:Enough"
name = "enough"

[data.split]
use = "steps.py:Halves"

[[model.train]]
name = "mean"
use = "steps.py:Mean"

[[model.evaluate]]
use = "steps.py:Error"

[[model.explain]]
use = "steps.py:Told"

[[development.validate]]
use = "steps.py:Below"
name = "below"

[development.approve]
use = "steps.py:Asks"

[[development.deploy]]
use = "steps.py:Nowhere"

[[operations.monitor]]
use = "steps.py:Range"

[[operations.alert]]
use = "steps.py:Quiet"

[operations.retrain]
use = "steps.py:Turn"

[backends]
runner = "inline"
"""


def write(folder):
    (folder / "steps.py").write_text(STEPS)
    (folder / "fourstroke.toml").write_text(PROJECT)
    (folder / "data.csv").write_text("x,y\n1,1\n2,2\n3,3\n4,4\n")
    (folder / "high.csv").write_text("x,y\n1,100\n2,100\n")
    return folder


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write(tmp_path)


@pytest.fixture(scope="module")
def turned(tmp_path_factory):
    """Run twice: version 2 is the champion, version 1 was."""
    folder = write(tmp_path_factory.mktemp("turned"))
    assert main(["-C", str(folder), "run"]) == 0
    assert main(["-C", str(folder), "run", "--set", "model.train.mean.offset=0.5"]) == 0
    return folder


@pytest.fixture
def ran(turned, tmp_path, monkeypatch):
    """Give a copy of a project that has run: a project may be moved about."""
    folder = tmp_path / "ran"
    shutil.copytree(turned, folder)
    monkeypatch.chdir(folder)
    return folder


def facts(capsys, *words):
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_run_prints_its_steps_the_verdict_and_the_next_command(tiny, capsys):
    code = main(["run"])

    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert re.fullmatch(r"run \w{12}  up to 19 steps", lines[0])
    published = next(line for line in lines if "data.publish" in line)
    assert re.fullmatch(r"✓ data\.publish +tiny@v1, 4 rows +\d\.\d\d s  ran", published)
    assert lines[-2:] == [
        "verdict  tiny@v1 passed and is deployed, mae 1.000",
        "next     fourstroke predict FILE",
    ]


def test_a_second_run_reuses_everything(tiny, capsys):
    main(["run"])
    capsys.readouterr()

    main(["run"])

    steps = [line for line in capsys.readouterr().out.splitlines() if line[:2] in {"✓ ", "= "}]
    assert [line.split()[1] for line in steps if not line.endswith("cached")] == [
        "data.collect.Rows"  # its source does not tell whether it changed
    ]


def test_next_commands_carry_the_folder(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path.parent)

    main(["-C", tmp_path.name, "run"])

    assert f"next     fourstroke -C {tmp_path.name} predict FILE" in capsys.readouterr().out


def test_next_commands_carry_every_global_option(tiny, capsys):
    (tiny / "fourstroke.toml").write_text(PROJECT + "\n[environments.far.run]\nseed = 3\n")
    words = ["--set", "model.train.mean.offset=0.5", "--env", "far", "--set", "run.retries=1"]

    main([*words, "plan"])

    again = "fourstroke --env far --set model.train.mean.offset=0.5 --set run.retries=1 run"
    assert f"next: {again}\n" in capsys.readouterr().out


def test_an_override_that_a_shell_would_change_is_quoted(tiny, capsys):
    main(["--set", "project.description=a b", "plan"])

    assert "next: fourstroke --set 'project.description=a b' run\n" in capsys.readouterr().out


def test_no_environment_is_carried_too(tiny, capsys, monkeypatch):
    monkeypatch.setenv("FOURSTROKE_ENV", "nowhere")

    main(["--env", "", "plan"])

    assert "next: fourstroke --env '' run\n" in capsys.readouterr().out


def test_a_plan_of_some_steps_is_followed_by_a_run_of_them(tiny, capsys):
    main(["plan", "--force", "--to", "data.split", "--only", "data.check"])

    assert (
        "next: fourstroke run --force --to data.split --only data.check\n"
        in capsys.readouterr().out
    )


def test_the_next_command_after_json_gives_json_too(tiny, capsys):
    assert facts(capsys, "run")["next"] == "fourstroke --json predict FILE"


def test_a_run_comes_as_json_alone(tiny, capsys):
    told = facts(capsys, "run")

    assert told["state"] == "succeeded"
    assert told["verdict"] == "tiny@v1 passed and is deployed, mae 1.000"
    assert {step["name"] for step in told["steps"]} >= {"model.train.mean", "data.publish"}


def test_a_failed_step_is_told_on_stderr_and_ends_with_1(tiny, capsys):
    code = main(["run", "--set", "model.train.mean.gives_up=true"])

    out, err = capsys.readouterr()
    assert code == 1
    assert err.startswith("error: model.train.mean: ValueError: the weather is bad (steps.py:")
    assert err.count("error:") == 1
    assert "verdict  failed at model.train.mean" in out


def test_a_check_that_says_no_ends_with_3(tiny, capsys):
    code = main(["run", "--set", "data.check.enough.least=100"])

    out, _ = capsys.readouterr()
    assert code == 3
    assert "verdict  the data was refused: rows: fail, 4, required >= 100" in out


def test_a_verdict_that_says_no_ends_with_3(tiny, capsys):
    code = main(["run", "--set", "development.validate.below.limit=0.1"])

    out, _ = capsys.readouterr()
    assert code == 3
    assert "candidate mean was refused: mae: fail, 1.000, required < 0.1" in out


def test_a_wrong_setting_records_nothing(tiny, capsys):
    code = main(["run", "--set", "model.train.mean.ofset=1"])

    assert code == 2
    assert "did you mean 'offset'?" in capsys.readouterr().err
    assert not (tiny / ".fourstroke" / "records.sqlite").exists()


def test_an_unknown_step_gets_the_nearest(tiny, capsys):
    assert main(["run", "--only", "model.train.maen"]) == 2
    assert "did you mean 'model.train.mean'?" in capsys.readouterr().err


def test_the_plan_names_what_would_run_and_why(ran, capsys):
    steps = facts(capsys, "plan", "--from", "model.select")["steps"]

    by_name = {step["name"]: step for step in steps}
    assert by_name["data.collect.Rows"]["action"] == "run"
    assert main(["plan"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0].split() == ["STEP", "PLUGIN", "WOULD", "WHY"]
    assert "to run" in out.splitlines()[-1]


def test_runs_are_listed_shown_and_compared(ran, capsys):
    newest, oldest = facts(capsys, "runs", "list")["runs"]

    assert main(["runs", "show", newest["run"][:10]]) == 0
    shown = capsys.readouterr().out
    assert "run --set model.train.mean.offset=0.5" in shown
    assert "worst" in shown
    differences = facts(capsys, "runs", "compare", oldest["run"], newest["run"])["differences"]
    named = {each["name"]: (each["first"], each["second"]) for each in differences}
    assert named["model.train.mean.offset"] == (None, 0.5)


@pytest.fixture
def compared(ran, capsys):
    """Turn once more, with a model that is worse."""
    assert main(["run", "--set", "model.train.mean.offset=-1.0"]) in {0, 3}
    capsys.readouterr()
    newest, _, oldest = (run["run"] for run in facts(capsys, "runs", "list")["runs"])
    return oldest, newest


def test_what_was_changed_and_what_came_of_it_are_told_first(compared, capsys):
    oldest, newest = compared

    main(["runs", "compare", oldest, newest])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["SETTING", oldest, newest]
    assert lines[1].split() == ["model.train.mean.offset", "-1"]
    assert lines[3].split()[:4] == ["CHOSEN", oldest, newest, "CHANGE"]
    assert lines[4].split()[:5] == ["mae", "1", "2", "+1", "worse"]
    assert lines[6].split() == ["METRIC", oldest, newest, "CHANGE"]
    assert lines[7].split()[0] == "model.evaluate.mean.Error.worst"
    assert "blake3" not in "".join(lines)


def test_a_metric_that_no_evaluator_judged_has_a_change_and_no_direction(compared, capsys):
    oldest, newest = compared

    found = facts(capsys, "runs", "compare", oldest, newest)["differences"]

    (worst,) = [each for each in found if each["name"].endswith(".worst")]
    assert (worst["change"], worst["is_better"]) == (1.0, None)


def test_a_lower_error_is_better(compared, capsys):
    oldest, newest = compared

    found = facts(capsys, "runs", "compare", newest, oldest)["differences"]

    (error,) = [each for each in found if each["name"].endswith("Error.mae")]
    assert (error["change"], error["is_better"]) == (-1.0, True)


def test_an_evaluation_that_is_damaged_costs_the_direction_alone(ran, compared, capsys):
    oldest, newest = compared
    for path in (ran / ".fourstroke" / "store").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"damaged")

    found = facts(capsys, "runs", "compare", newest, oldest)["differences"]

    (error,) = [each for each in found if each["name"].endswith("Error.mae")]
    assert (error["change"], error["is_better"]) == (-1.0, None)


def test_digests_of_results_are_told_when_asked_for(compared, capsys):
    oldest, newest = compared

    main(["runs", "compare", oldest, newest])
    hint = capsys.readouterr().out.splitlines()[-1]
    main(hint.partition("fourstroke ")[2].split())

    assert re.search(r"\d results differ, too", hint)
    assert re.search(r"model\.train\.mean\.value +blake3:", capsys.readouterr().out)


def test_runs_are_searched(ran, capsys):
    assert len(facts(capsys, "runs", "list", "offset")["runs"]) == 1
    assert facts(capsys, "runs", "list", "--state", "failed")["runs"] == []


@pytest.mark.parametrize("wrong", [{"state": "succeded"}, {"kind": "deply"}])
def test_a_state_or_kind_that_no_run_has_gets_the_nearest(wrong, ran):
    with Project.open() as project, pytest.raises(UsageError, match="did you mean"):
        project.runs.search(**wrong)


def test_an_unknown_run_is_one_line(ran, capsys):
    assert main(["runs", "show", "\x1b[2Jx"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_data_sets_are_listed_and_shown(ran, capsys):
    assert main(["data", "list"]) == 0
    assert main(["data", "show", "tiny"]) == 0
    assert 'fourstroke.load("tiny@1")' in capsys.readouterr().out
    assert main(["data", "show", "tinny"]) == 2
    assert "did you mean 'tiny'?" in capsys.readouterr().err


def test_models_are_shown_with_what_happened_to_them(ran, capsys):
    shown = facts(capsys, "models", "show", "tiny")

    assert [row["version"] for row in shown["versions"] if row["is_champion"]] == [2]
    assert {"registered", "promoted", "deployed"} <= {event["what"] for event in shown["events"]}
    assert main(["models", "list"]) == 0
    assert main(["models", "show", "tiny"]) == 0
    assert "champion" in capsys.readouterr().out


def test_a_model_is_rolled_back_and_deployed_again(ran, capsys):
    assert main(["models", "rollback", "tiny", "--why", "it smells"]) == 0
    assert "rolled back  tiny@v1 at Nowhere: nowhere" in capsys.readouterr().out
    assert main(["models", "deploy", "tiny", "2", "--override", "--why", "mended"]) == 0
    assert "deployed  tiny@v2 at Nowhere: nowhere" in capsys.readouterr().out
    events = facts(capsys, "models", "show", "tiny")["events"]
    assert "rolled back: it smells" in {event["why"] for event in events}


def test_an_unknown_version_is_one_line(ran, capsys):
    assert main(["models", "deploy", "tiny", "9"]) == 2
    assert "9" in capsys.readouterr().err
    assert main(["models", "deploy", "tiny", "two"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_usual_batch_is_scored_and_raises_no_alert(ran, capsys):
    assert main(["predict", "data.csv"]) == 0
    assert "verdict  4 rows scored by tiny@v2" in capsys.readouterr().out
    assert main(["monitor"]) == 0
    out = capsys.readouterr().out
    assert "no alert: 4 rows look like what tiny@v2 was made for" in out
    assert "decision do not turn: 0 alerts" in out


def test_an_unusual_batch_raises_an_alert_and_says_to_turn_again(ran, capsys):
    main(["predict", "high.csv"])

    code = main(["monitor"])

    out = capsys.readouterr().out
    assert code == 0
    assert "alert    Range: y" in out
    assert "decision turn again: 1 alerts\nthen     bring new rows with known outcomes" in out
    assert out.endswith("next     fourstroke loop\n")


def test_what_could_not_be_told_is_no_all_clear(ran, capsys):
    (ran / "one.csv").write_text("x,y\n1,1\n")
    main(["predict", "one.csv"])

    main(["monitor"])

    out = capsys.readouterr().out
    assert "unknown  1 of 1 observations could not be made" in out
    assert "no alert" not in out.splitlines()[-4:]


def test_monitoring_comes_as_json(ran, capsys):
    main(["predict", "high.csv"])
    capsys.readouterr()

    told = facts(capsys, "monitor")

    assert told["decision"]["answer"] == "yes"
    assert told["report"]["alerts"][0]["title"] == "Range: y"


def test_a_batch_that_is_not_there_gets_the_nearest_and_records_nothing(ran, capsys):
    before = len(facts(capsys, "runs", "list")["runs"])

    assert main(["predict", "hihg.csv"]) == 2
    assert "did you mean 'high.csv'?" in capsys.readouterr().err
    assert len(facts(capsys, "runs", "list")["runs"]) == before


def test_nothing_can_be_scored_before_there_is_a_model(tiny, capsys):
    assert main(["predict", "data.csv"]) == 2
    assert "fourstroke run" in capsys.readouterr().err


def test_an_empty_project_says_what_fills_it(tiny, capsys):
    for words in (["runs", "list"], ["data", "list"], ["models", "list"]):
        assert main(words) == 0
        assert capsys.readouterr().out.rstrip().endswith("next: fourstroke run")


def test_the_store_is_verified_cleaned_backed_up_and_restored(ran, capsys):
    assert main(["store", "verify"]) == 0
    assert main(["store", "gc", "--grace-hours", "0"]) == 0
    assert main(["store", "backup", "tiny.tar"]) == 0
    copy = ran / "copy"
    copy.mkdir()
    for name in ("fourstroke.toml", "steps.py", "data.csv"):
        (copy / name).write_text((ran / name).read_text())

    code = main(["-C", "copy", "store", "restore", "tiny.tar"])

    assert code == 0
    capsys.readouterr()
    assert len(facts(capsys, "-C", "copy", "runs", "list")["runs"]) == 2
    assert main(["-C", "copy", "store", "verify"]) == 0


def test_a_damaged_object_is_found(ran, capsys):
    objects = ran / ".fourstroke" / "store"
    victim = max((path for path in objects.rglob("*") if path.is_file()), key=lambda p: p.name)
    victim.chmod(0o644)
    victim.write_bytes(b"damaged")

    assert main(["store", "verify"]) == 1
    assert "damaged  " in capsys.readouterr().out
    assert main(["doctor"]) == 1


def test_a_sound_project_passes_the_doctor(ran, capsys):
    assert main(["doctor"]) == 0

    out = capsys.readouterr().out
    assert "records" in out
    assert "all as they were written" in out


def test_the_doctor_changes_nothing_in_a_project_that_has_not_run(tiny, capsys):
    before = sorted(path.name for path in tiny.iterdir())

    assert main(["doctor"]) == 0
    assert sorted(path.name for path in tiny.iterdir() if path.name != "__pycache__") == before


def test_a_project_is_checked_without_being_run(tiny, capsys):
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out.startswith("valid  tiny: ")
    assert not (tiny / ".fourstroke" / "records.sqlite").exists()
