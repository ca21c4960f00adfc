"""What a verdict rests on: how often rows were looked at, the files, the data, a second training."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import attrs
import pytest
from conftest import small_csv
from whole_project import write_project

from fourstroke import Project, RefusedError, UsageError
from fourstroke.approvals import Word
from fourstroke.config import Policy
from fourstroke.entities.model import Decision
from fourstroke.guard import Standing, refuse_unless_allowed

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def run(folder: Path, *overrides: str):
    with Project.open(folder, overrides=overrides) as project:
        return project.run()


def retrain(folder: Path, age: int):
    """Change a row of the training, and none of those that are held out."""
    lines = (folder / "data.csv").read_text().splitlines()
    lines[1] = f"{age},no"
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    return run(folder)


def looks(folder: Path) -> list[int]:
    with Project.open(folder) as project:
        return [row.verdict.look for row in project.records.verdicts("tiny")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project whose validator says which look it takes, and whose version 1 is the champion."""
    write_project(tmp_path)
    steps = tmp_path / "steps.py"
    steps.write_text(
        steps.read_text().replace(
            'def is_measured(candidate):\n    return [Check(name="measured", status="pass")]',
            "def is_measured(context):\n"
            '    return [Check(name="measured", status="pass", observed=context.look)]',
        )
    )
    run(tmp_path)
    return tmp_path


def test_looks_on_the_same_rows_are_counted_and_recorded(folder):
    reports = [retrain(folder, age).report for age in (40, 50)]

    assert [report.verdict.checks[0].observed for report in reports] == [1, 2]
    assert looks(folder) == [0, 1, 2]
    assert len({report.verdict.rows_digest for report in reports}) == 1
    assert len({report.verdict.model_digest for report in reports}) == 2


def test_turn_in_which_nothing_changed_is_no_further_look(folder):
    retrain(folder, 40)

    again = run(folder)

    assert {step.state for step in again.report.steps} == {"cached"}
    assert again.report.verdict.look == 1
    assert looks(folder) == [0, 1]


def test_other_rows_are_looked_at_for_the_first_time(folder):
    retrain(folder, 40)
    retrain(folder, 50)
    with (folder / "data.csv").open("a") as file:
        file.write("100,yes\n110,yes\n")

    assert run(folder).report.verdict.look == 1


def test_refused_candidate_has_been_a_look_too(folder):
    steps = folder / "steps.py"
    passing = steps.read_text()
    steps.write_text(passing.replace('status="pass"', 'status="fail", why="low"'))
    blocked = retrain(folder, 40)
    steps.write_text(passing)

    assert blocked.report.verdict.look == 1
    assert retrain(folder, 50).report.verdict.look == 2


def test_ledger_tells_what_a_verdict_only_warned_of(folder):
    steps = folder / "steps.py"
    steps.write_text(
        steps.read_text().replace('status="pass"', 'status="warn", why="a pickle, and allowed"')
    )

    retrain(folder, 40)

    with Project.open(folder) as project:
        judged = [event for event in project.records.events() if event.what == "validated"]
        assert "warnings" not in judged[0].facts
        assert judged[-1].facts["warnings"] == ["measured: a pickle, and allowed"]
        assert project.records.verify_ledger() == ()


SMALL = """\
[project]
name = "small"

[task]
kind = "binary"
target = "bought"

[data.collect]
path = "data.csv"

[model]
explain = []

[[model.train]]
estimator = "LogisticRegression"

[[development.validate]]
use = "compatible"

[[development.validate]]
use = "safe_files"

[[development.validate]]
use = "reproducible"

[[development.validate]]
use = "data_checks"

[[report]]
use = "json"

[backends]
runner = "inline"
"""


def test_release_validators_judge_real_models_and_what_breaks_clients_is_blocked(tmp_path):
    (tmp_path / "fourstroke.toml").write_text(SMALL)
    (tmp_path / "data.csv").write_text(small_csv(120))
    first = run(tmp_path)
    header, *rows = small_csv(160, seed=1).splitlines()
    wider = [f"{row},{number % 7}" for number, row in enumerate(rows)]
    (tmp_path / "data.csv").write_text("\n".join([f"{header},calls", *wider]) + "\n")

    second = run(tmp_path)

    checks = {check.name: check for check in first.report.verdict.checks}
    assert {check.status for check in checks.values()} == {"pass"}
    assert "gave the same files" in checks["trained again"].why
    assert "data alone" in checks["safe files"].why
    assert "of small@v1 passed" in checks["data checks"].why
    assert first.report.dataset.checks == checks["data checks"].observed
    against = [check for check in second.report.verdict.checks if check.says_no]
    assert second.state == "blocked"
    assert [(check.name, check.why) for check in against] == [
        ("columns that it asks for", "clients of v1 do not send calls")
    ]


# Fresh data, and approvals that end


def standing(**more) -> Standing:
    decision = Decision(answer="yes", why="a test", by="ann")
    return Standing(what="m@v1", author="bob", verdict_passed=True, decision=decision, **more)


@pytest.mark.parametrize(
    ("published", "told"),
    [
        (NOW - dt.timedelta(days=29), ""),
        (NOW - dt.timedelta(days=31), "its data were published on 2026-05-01"),
        (None, "nobody knows when its data were published"),
    ],
)
def test_data_older_than_the_policy_lets_them_be_are_refused(published, told):
    policy, known = Policy(data_age="30d"), standing(data_published=published)

    if not told:
        refuse_unless_allowed(policy, known, NOW)
        return
    with pytest.raises(RefusedError, match=told) as caught:
        refuse_unless_allowed(policy, known, NOW)
    assert "development.policy.data_age is '30d'" in (caught.value.hint or "")


def test_age_of_the_data_is_that_of_their_publication(folder):
    """The data of a run just now are fresh; of an hour they are none once the clock has moved."""
    assert retrain(folder, 40).state == "succeeded"

    with (folder / "fourstroke.toml").open("a") as file:
        file.write('\n[development.policy]\ndata_age = "1h"\n')
    with Project.open(folder) as project:
        project.models["tiny"].deploy(2, why="fresh")
        created = project.records.dataset("tiny").created
    with pytest.raises(RefusedError, match="too long ago"):
        refuse_unless_allowed(
            Policy(data_age="1h"),
            standing(data_published=created),
            created + dt.timedelta(hours=1, seconds=1),
        )


def test_override_that_ends_counts_until_its_day_and_not_after(folder):
    retrain(folder, 40)
    with Project.open(folder) as project:
        model = project.models["tiny"]
        model.rollback(why="it harms")
        with pytest.raises(UsageError, match="2026-01-31 is past"):
            model.deploy(2, why="over", override=True, until="2026-01-31")
        with pytest.raises(UsageError, match="'soon' is no day"):
            model.deploy(2, why="over", override=True, until="soon")

        model.deploy(2, why="for the fair", override=True, until="2199-12-31")

        word = project.records.decisions("tiny", 2)[-1].decision
        assert model.champion.version == 2
        assert (word.until, word.why) == ("2199-12-31", "for the fair")
    ended = standing(words=(Word(attrs.evolve(word, until="2026-05-31"), NOW),))
    with pytest.raises(RefusedError, match="has ended"):
        refuse_unless_allowed(Policy(), ended, NOW)
