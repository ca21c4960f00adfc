"""A whole turn through all four cycles, and what stops it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from conftest import SMALL, Shell, small_csv

from fourstroke import Project, RefusedError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("in_one_process")


def test_whole_turn_ends_with_a_champion_that_predicts(small: Path):
    with Project.open(small) as project:
        outcome = project.run()
        champion = project.models["small"].champion
        table = project.datasets["small"].load()
        predictions = champion.predict(table.head(5))

    assert outcome.state == "succeeded"
    assert outcome.report.verdict.passed
    assert champion.version == 1
    assert list(predictions["prediction"].isin(["yes", "no"])) == [True] * 5


def test_second_turn_is_cached_whole_and_registers_nothing_new(small: Path):
    with Project.open(small) as project:
        project.run()
        again = project.run()
        versions = project.models["small"].versions()

    assert {step.state for step in again.report.steps} == {"cached"}
    assert len(versions) == 1


def test_failed_bound_blocks_with_exit_3_and_registers_nothing(shell: Shell, small: Path):
    text = (
        SMALL + '\n[[development.validate]]\nuse = "threshold"\nmetric = "roc_auc"\nmin = 0.9999\n'
    )
    (small / "fourstroke.toml").write_text(text)

    done = shell("run", code=3)

    assert "roc_auc" in done.stderr
    assert json.loads(shell("models", "list", "--json").stdout) in ([], {"models": []})
    assert json.loads(shell("runs", "list", "--json").stdout)
    assert list((small / ".fourstroke" / "reports").rglob("*.html"))


def test_new_data_makes_a_version_that_is_compared_with_the_champion(turned: Path):
    with Project.open(turned) as project:
        (turned / "data.csv").write_text(small_csv(500, seed=1))
        second = project.run()
        numbers = [row.version for row in project.models["small"].versions()]

    assert second.state in {"succeeded", "blocked"}
    assert second.report.champion is not None
    assert second.report.champion.version == 1
    assert numbers == ([1, 2] if second.state == "succeeded" else [1])


def test_rollback_goes_back_to_the_version_before(turned: Path):
    with Project.open(turned) as project:
        (turned / "data.csv").write_text(small_csv(2000, seed=1))
        project.run()
        model = project.models["small"]
        now = model.champion.version
        model.rollback(why="test")

        assert (now, model.champion.version) == (2, 1)


def test_author_may_not_approve_where_the_policy_says_so(small: Path):
    text = SMALL + "\n[development.approve]\nuse = 'people'\n"
    text += "\n[development.policy]\nauthor_may_approve = false\n"
    (small / "fourstroke.toml").write_text(text)

    with Project.open(small) as project:
        outcome = project.run()
        with pytest.raises(RefusedError, match="may not approve"):
            project.models["small"].deploy(1, why="I say so")

    assert outcome.report.decision.answer == "waiting"


def test_person_approves_by_deploying(small: Path):
    (small / "fourstroke.toml").write_text(SMALL + "\n[development.approve]\nuse = 'people'\n")

    with Project.open(small) as project:
        project.run()
        project.models["small"].deploy(1, why="looked at the report")

        assert project.models["small"].champion.version == 1


def test_shifted_batch_raises_an_alert_and_asks_for_retraining(turned: Path):
    (turned / "usual.csv").write_text(small_csv(1000, seed=2))
    (turned / "shifted.csv").write_text(small_csv(1000, shift=15, seed=3))

    with Project.open(turned) as project:
        project.predict(turned / "usual.csv")
        quiet = project.monitor()
        project.predict(turned / "shifted.csv")
        loud = project.monitor()

    assert not quiet.report.alerts
    assert quiet.decision.answer == "no"
    assert [item.column for alert in loud.report.alerts for item in alert.observations][:1] == [
        "age"
    ]
    assert loud.decision.answer == "yes"


def test_rows_that_were_looked_at_are_not_looked_at_again(shell: Shell, turned: Path):
    (turned / "shifted.csv").write_text(small_csv(1000, shift=15, seed=3))
    shell("predict", "shifted.csv")
    first = json.loads(shell("monitor", "--json").stdout)

    again = json.loads(shell("monitor", "--json").stdout)

    assert first["report"]["alerts"]
    assert again["report"]["rows"] == 0
    assert again["report"]["alerts"] == []
    assert "no rows were scored since the last look" in shell("monitor").stdout


def test_clearly_worse_candidate_is_refused_without_any_validator_of_its_own(small: Path):
    (small / "data.csv").write_text(small_csv(2000))
    with Project.open(small) as project:
        project.run()
    text = (small / "fourstroke.toml").read_text()
    # A model that may use the text alone knows next to nothing.
    (small / "fourstroke.toml").write_text(
        text.replace('target = "bought"', 'target = "bought"\nignore = ["age", "visits"]')
    )

    with Project.open(small) as project:
        outcome = project.run()
        champion = project.models["small"].champion

    assert outcome.state == "blocked"
    assert champion.version == 1


def test_removed_deployment_is_put_back(turned: Path):
    with Project.open(turned) as project:
        shutil.rmtree(turned / ".fourstroke" / "deployments")

        outcome = project.run()

    states = {step.name: step.state for step in outcome.report.steps}
    assert states["development.deploy.deploy"] == "succeeded"
    assert list((turned / ".fourstroke" / "deployments").rglob("*.skops"))


def test_scored_file_names_its_rows(small: Path):
    rows = small_csv(60).splitlines()
    numbered = [f"customer,{rows[0]}", *(f"c{n},{row}" for n, row in enumerate(rows[1:]))]
    (small / "data.csv").write_text("\n".join(numbered) + "\n")
    (small / "fourstroke.toml").write_text(SMALL.replace("[task]", '[task]\nid = "customer"'))

    with Project.open(small) as project:
        project.run()
        project.predict(small / "data.csv", output=small / "scored.csv")

    written = (small / "scored.csv").read_text().splitlines()
    assert written[0] == "customer,prediction,probability_no,probability_yes"
    assert [line.partition(",")[0] for line in written[1:]] == [f"c{n}" for n in range(60)]


def test_monitor_that_came_later_gets_its_reference_in_the_next_turn(shell: Shell, small: Path):
    file = small / "fourstroke.toml"
    file.write_text(SMALL + "\n[[operations.monitor]]\nuse = 'log'\n")
    (small / "usual.csv").write_text(small_csv(1000, seed=2))
    shell("run")
    file.write_text(SMALL + "\n[[operations.monitor]]\nuse = 'drift'\nname = 'later'\n")

    shell("predict", "usual.csv")
    before = json.loads(shell("monitor", "--json").stdout)["report"]["observations"]
    again = shell("run").stdout
    shell("predict", "usual.csv")
    after = json.loads(shell("monitor", "--json").stdout)["report"]["observations"]

    assert [item["status"] for item in before] == ["unknown"]
    assert "small@v1, unchanged" in again
    assert {item["status"] for item in after} == {"ok"}


def test_preparation_that_drops_rows_of_a_batch_is_refused_with_the_way_out(
    shell: Shell, small: Path
):
    (small / "fourstroke.toml").write_text(SMALL + "\n[[data.prepare]]\nuse = 'deduplicate'\n")
    rows = small_csv(20).splitlines()
    (small / "batch.csv").write_text("\n".join([*rows, rows[-1]]) + "\n")
    shell("run")

    done = shell("predict", "batch.csv", code=1)

    assert "training_only = true" in done.stderr


def test_report_has_every_format_and_no_outside_address(small: Path):
    with Project.open(small) as project:
        outcome = project.run()

    names = {path.suffix: path for path in outcome.files}
    assert set(names) == {".html", ".md", ".json"}
    html = names[".html"].read_text()
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html
    assert len(html) < 300_000
