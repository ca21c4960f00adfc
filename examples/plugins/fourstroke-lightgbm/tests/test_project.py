"""A whole turn of a project that names the plugin, as it is installed."""

from __future__ import annotations

import pytest
from conftest import houses

PROJECT = """
[task]
kind = "binary"
target = "dear"
positive = "yes"
id = "id"
ignore = ["price", "class"]

[data.collect]
path = "houses.csv"

[[model.train]]
name = "trees"
use = "lightgbm"
rounds = 30

[backends]
runner = "inline"
"""


@pytest.fixture
def project(fourstroke_project):
    return fourstroke_project(PROJECT, files={"houses.csv": houses().to_csv(index=False)})


def test_model_is_trained_explained_validated_and_deployed(project):
    outcome = project.run()

    assert outcome.state == "succeeded"
    assert outcome.report.version.version == 1
    assert outcome.report.explanations


@pytest.mark.parametrize(("kind", "target"), [("multiclass", "class"), ("regression", "price")])
def test_other_tasks_go_all_the_way_too(fourstroke_project, kind, target):
    ignored = sorted({"price", "class", "dear"} - {target})
    text = PROJECT.replace('"binary"', f'"{kind}"').replace(
        'target = "dear"', f'target = "{target}"'
    )
    text = text.replace('positive = "yes"\n', "").replace('["price", "class"]', f"{ignored}")
    project = fourstroke_project(text, files={"houses.csv": houses().to_csv(index=False)})

    outcome = project.run()

    assert outcome.state == "succeeded"
    assert outcome.report.version is not None


def test_second_run_trains_nothing(project):
    project.run()

    report = project.run().report

    states = {step.name: step.state for step in report.steps}
    assert states["model.train.trees"] == "cached"


def test_deployed_model_scores_a_file(project):
    project.run()

    outcome = project.predict(project.root / "houses.csv")

    assert outcome.rows == 300
