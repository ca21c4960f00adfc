"""The third parties of `examples/plugins`: built, installed, used, swapped back and uninstalled for real.

All of it happens in one fresh environment without access to the one that the tests run in, so that
nothing is found but what pip has put there.
"""

from __future__ import annotations

import ast
import os
import re
from typing import TYPE_CHECKING

import pytest
from third_parties import THIRD_PARTIES, Environment, Journey, ThirdParty, row_of, travel

from fourstroke.plugins.offers import STAGES

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Result

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Make an environment; a machine without a package index skips, but not in CI."""
    environment = Environment.make(tmp_path_factory.mktemp("fresh") / "environment")
    if not os.environ.get("CI") and not environment.reaches_the_index():
        pytest.skip("no package index can be reached")
    return environment


@pytest.fixture(scope="module")
def wheels(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build all wheels, and install that of fourstroke."""
    wheels = environment.build(tmp_path_factory.mktemp("wheels"))
    environment.install(str(wheels["fourstroke"]), "pytest")
    return wheels


@pytest.fixture(scope="module", params=THIRD_PARTIES, ids=lambda party: party.name)
def party(request: pytest.FixtureRequest) -> ThirdParty:
    return request.param


@pytest.fixture(scope="module")
def journey(
    party: ThirdParty,
    environment: Environment,
    wheels: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Journey:
    folder = tmp_path_factory.mktemp("journey") / "project"
    return travel(party, environment, wheels[party.name], folder)


@pytest.mark.parametrize("theirs", THIRD_PARTIES, ids=lambda theirs: theirs.name)
def test_source_imports_the_public_api_alone(theirs: ThirdParty):
    trees = [ast.parse(file.read_text()) for file in (theirs.folder / "src").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]

    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}

    assert "fourstroke" in modules
    assert not {name for name in modules if str(name).startswith("fourstroke.")}


def test_environment_sees_nothing_of_this_one(environment: Environment, wheels):
    program = (
        "import fourstroke, importlib.util as u; print(fourstroke.__file__, u.find_spec('ruff'))"
    )

    found = environment("python", "-c", program)

    assert found.stdout.startswith(str(environment.folder))
    assert found.stdout.endswith(" None\n")


def test_project_is_told_what_is_missing_before_it_is_installed(journey: Journey, party):
    assert_tells_that_it_is_missing(journey.before, party)


def test_list_tells_of_it_while_it_is_installed(journey: Journey, party):
    row = row_of(journey.listed, party)

    assert f"{party.name} 0.1.0" in row
    assert row.endswith("in use")


def test_project_runs_with_it(journey: Journey):
    assert journey.ran.code == 0, f"{journey.ran.stdout}\n{journey.ran.stderr}"


def test_alert_reaches_the_receiver(journey: Journey, party):
    expected = 1 if party.stage == "alert" else 0

    assert len([message for message in journey.received if "age has moved" in message]) == expected


def test_configuration_swaps_it_back(journey: Journey):
    assert journey.swapped.code == 0, f"{journey.swapped.stdout}\n{journey.swapped.stderr}"


def test_list_forgets_it_when_it_is_uninstalled(journey: Journey, party):
    assert row_of(journey.listed_after, party) == ""


def test_project_that_was_swapped_back_runs_without_it(journey: Journey):
    done = journey.swapped_after

    assert done.code == 0, f"{done.stdout}\n{done.stderr}"


def test_project_that_names_it_is_told_that_it_is_gone(journey: Journey, party):
    assert_tells_that_it_is_missing(journey.after, party)


def test_its_own_tests_pass_as_it_is_installed(journey: Journey):
    assert journey.tests.code == 0, journey.tests.stdout
    files = set(re.findall(r"^PASSED (tests/\w+\.py)::", journey.tests.stdout, re.MULTILINE))
    assert files > {"tests/test_contract.py"}


def test_it_keeps_the_contracts_of_its_stages(journey: Journey, party):
    assert journey.tests.code == 0, journey.tests.stdout
    assert len(re.findall(" 0 failed", journey.tests.stdout)) >= len(party.contracts)


@pytest.fixture(scope="module")
def scaffolds(
    environment: Environment, wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Begin a distribution of every stage and service, and install all of them by pip."""
    folder = tmp_path_factory.mktemp("scaffolds")
    for stage in STAGES:
        done = environment("fourstroke", "plugins", "new", stage, f"my-{stage}", cwd=folder)
        assert done.code == 0, done.stderr
    # What they need for their build is there: an isolated environment each would cost minutes.
    environment.install("--no-deps", "--no-build-isolation", *map(str, folder.iterdir()))
    return folder


@pytest.fixture(scope="module")
def tested(environment: Environment, scaffolds: Path) -> dict[str, Result]:
    """Give what the tests of each scaffold said, as they were written."""
    folders = [scaffolds / f"fourstroke-my-{stage}" for stage in STAGES]
    return dict(zip(STAGES, environment.tests_of_each(folders), strict=True))


@pytest.mark.parametrize("stage", STAGES)
def test_scaffold_keeps_its_contract_unedited(tested: dict[str, Result], stage):
    done = tested[stage]

    assert done.code == 0, done.stdout
    assert " 0 waived, 0 failed" in done.stdout


def test_scaffolds_are_listed_and_sound(environment: Environment, scaffolds: Path):
    listed = environment("fourstroke", "plugins", "list", cwd=scaffolds).stdout

    rows = [line for line in listed.splitlines() if "fourstroke-my-" in line]
    assert len(rows) == len(STAGES)
    assert all(row.endswith("installed") for row in rows)


def assert_tells_that_it_is_missing(done, party: ThirdParty):
    assert done.code == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert repr(party.use) in done.stderr
