"""Death within a promotion, a roll-back or a deployment by a run: one champion, and targets that come to it.

The points are enumerated by a first call: before and after each commit, fsync, link and rename. Of
them every `STRIDE`-th is taken, and the last; ``CRASH_STRIDE=1`` takes all. The two targets keep no
secret of what they serve, and score rows by it.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import attrs
import pytest
from nursery import Nursery
from test_deploy_returned import grow, run, served, with_targets

from fourstroke import Project

if TYPE_CHECKING:
    from pathlib import Path

# Shares no factor with the number of points that one deployment has.
STRIDE = int(os.environ.get("CRASH_STRIDE", "17"))
# How long a run goes on before it deploys: its earlier points are those of test_run_crash_points.
SHARE_BEFORE = 0.6
NO = ('Decision(answer="yes", why="a test", by="policy")', 'Decision(answer="no", why="n", by="b")')


@attrs.frozen
class Case:
    """A command that dies, from which champion to which, and what is called next.

    ``is_refused`` if the next run finds that the version must not be deployed.
    """

    name: str
    words: tuple[str, ...]
    before: int
    after: int
    following: tuple[str, ...]
    is_refused: bool = False


CASES = [
    Case("run", ("run",), 1, 2, ("run",)),
    Case("run, then refused", ("run",), 1, 2, ("run",), is_refused=True),
    Case("promote", ("models", "promote", "tiny", "1"), 2, 1, ("models", "promote", "tiny", "1")),
    Case("rollback", ("models", "rollback", "tiny"), 2, 1, ("models", "rollback", "tiny")),
    Case("rollback, then run", ("models", "rollback", "tiny"), 2, 1, ("run",)),
]


@attrs.frozen
class Death:
    """What was found after a death, and after the command that came next."""

    point: int
    last: str
    champions: list[int]
    problems: tuple[str, ...]
    code: int
    said: str
    then: list[int]
    served: list[str | None]


@pytest.fixture(scope="module")
def templates(tmp_path_factory) -> dict[int, Path]:
    """Give a project before and after its version 2 became the champion."""
    base = tmp_path_factory.mktemp("templates")
    first = with_targets(base / "one")
    assert run(first).state == "succeeded"
    grow(first)
    second = shutil.copytree(first, base / "two")
    assert run(second).state == "succeeded"
    return {1: first, 2: second}


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    scratch = tmp_path_factory.mktemp("nursery")
    with Nursery(scratch) as nursery:
        yield nursery


def champions(folder: Path) -> list[int]:
    with Project.open(folder) as project:
        return [row.version for row in project.records.model_versions("tiny") if row.is_champion]


def die(call: Nursery, case: Case, folder: Path, template: Path, point: int) -> Death:
    shutil.copytree(template, folder)
    killed = call(folder, *case.words, kill_at=point)
    assert killed.was_killed
    found = champions(folder)
    with Project.open(folder) as project:
        problems = project.records.verify_ledger()
    if case.is_refused:
        steps = folder / "steps.py"
        steps.write_text(steps.read_text().replace(*NO))
    next_ = call(folder, *case.following)
    death = Death(
        point=point,
        last=killed.points[-1],
        champions=found,
        problems=problems,
        code=next_.code,
        said=next_.stderr,
        then=champions(folder),
        served=served(folder),
    )
    shutil.rmtree(folder)
    return death


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_death_leaves_one_champion_and_the_next_command_works(case, call, templates, tmp_path):
    whole = call(shutil.copytree(templates[case.before], tmp_path / "whole"), *case.words)
    assert whole.code == 0, whole.stderr
    assert served(tmp_path / "whole") == [str(case.after)] * 2
    last = len(whole.points) - 1
    is_run = case.words == ("run",)
    first, stride = (int(last * SHARE_BEFORE), 2 * STRIDE - 1) if is_run else (0, STRIDE)
    points = sorted({*range(first, last, stride), last - 2})

    deaths = [die(call, case, tmp_path / "dies", templates[case.before], point) for point in points]

    for death in deaths:
        assert death.champions in ([case.before], [case.after]), death
        assert death.problems == (), death
        assert death.served == [str(number) for number in death.then * 2], death
        is_over = death.champions == [case.after]
        if case.is_refused:
            # What is the champion already stays it.
            assert death.then == death.champions, death
            assert death.code == 3, death
        elif case.following == ("run",) and case.words != ("run",):
            assert death.then == death.champions, death
            assert death.code == (3 if is_over else 0), death
        elif case.name == "rollback" and is_over:
            assert (death.code, "no version of tiny to go back to" in death.said) == (2, True), (
                death
            )
        else:
            assert (death.code, death.then) == (0, [case.after]), death
    assert {*map(tuple, (death.champions for death in deaths))} == {(case.before,), (case.after,)}
