"""What people call versions: aliases, tags, descriptions, stages; retirement."""

from __future__ import annotations

from pathlib import Path

import pytest
from whole_project import write_project

from fourstroke import Project, RefusedError, UsageError
from fourstroke.artifacts.digest import digest_json
from fourstroke.artifacts.plain import to_plain
from fourstroke.entities.model import Decision


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project with two versions; the second is the champion."""
    write_project(tmp_path)
    for row in ("", "100,yes\n110,yes\n"):
        with (tmp_path / "data.csv").open("a") as file:
            file.write(row)
        with Project.open(tmp_path) as project:
            project.run()
    return tmp_path


@pytest.fixture
def project(folder: Path):
    with Project.open(folder) as found:
        yield found


def test_alias_is_moved_and_taken_away_and_stands_for_a_version(project):
    model = project.models["tiny"]
    model.alias("challenger", 1)
    assert model["challenger"].version == 1
    model.alias("challenger", 2, why="better")
    assert model["challenger"].version == 2
    assert model[2].labels.aliases == ("champion", "challenger")
    model.alias("challenger", None)

    with pytest.raises(UsageError, match="no version of tiny is called 'challenger'"):
        model["challenger"]
    told = [event.what for event in model.history()]
    assert told[-3:] == ["alias set", "alias set", "alias removed"]
    removed = model.history()[-1]
    assert (removed.subject, removed.reason) == ("tiny@v2", "challenger")
    assert project.audit.verify().problems == ()


@pytest.mark.parametrize("name", ["champion", "3", "v3", "a b", ""])
def test_names_that_mean_something_else_are_no_aliases(project, name):
    with pytest.raises(UsageError):
        project.models["tiny"].alias(name, 1)


def test_champion_is_an_alias_that_promotion_moves(project):
    assert project.models["tiny"]["champion"].version == 2
    project.models["tiny"].rollback(why="it harms")
    assert project.models["tiny"]["champion"].version == 1


def test_latest_word_counts(project):
    model = project.models["tiny"]
    model.tag(1, "team", "risk")
    model.tag(1, "team", "science")
    model.tag(1, "draft", "yes")
    model.tag(1, "draft", "")
    model.describe(1, "the first")
    model.describe(1, "the very first")
    model.move(1, "staging")

    labels = model[1].labels
    assert labels.tags == {"team": "science"}
    assert (labels.description, labels.stage) == ("the very first", "staging")
    assert model[2].labels.tags == {}


def test_retired_version_is_never_promoted_again(project):
    model = project.models["tiny"]
    with pytest.raises(UsageError, match="tiny@v2 is the champion"):
        model.retire(2, why="old")
    model.retire(1, why="old")

    with pytest.raises(RefusedError, match="it was retired"):
        model.deploy(1, why="back")
    with pytest.raises(UsageError, match="no version of tiny to go back to"):
        model.rollback()
    assert model[1].labels.is_retired


def test_withdrawn_champion_is_taken_down(project, folder):
    model = project.models["tiny"]
    [before] = project.records.deployments("tiny", active_only=True)
    assert (folder / before.location).exists()

    [down] = model.retire(2, why="it harms", withdraw=True)

    assert down.version == 2
    assert not (folder / before.location).exists()
    assert project.records.champion("tiny") is None
    assert project.records.deployments("tiny", active_only=True) == ()
    assert [event.what for event in model.history()][-3:] == ["withdrawn", "withdrawn", "retired"]
    assert project.audit.verify().problems == ()


def test_diff_tells_in_what_the_runs_of_two_versions_differ(project):
    found = project.models["tiny"].diff(1, 2)

    assert {"data", "metric"} <= {each.kind for each in found}
    assert project.models["tiny"].diff(1, 1) == ()


def test_digest_of_an_older_decision_is_what_it_was():
    """Records that know nothing of evidence and expiry keep their seals."""
    old = {"$Decision": {"answer": "yes", "why": "w", "by": "ann"}}

    assert to_plain(Decision(answer="yes", why="w", by="ann")) == old
    later = to_plain(Decision(answer="yes", why="w", by="ann", evidence="ticket 7"))
    assert digest_json(later) != digest_json(old)
