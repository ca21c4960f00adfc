"""What is installed, and what a name in the project file means."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from plugins_fixtures import Install

from fourstroke import PluginError
from fourstroke.plugins.discovery import STAGES, find, installed
from fourstroke.stages import STAGES as CONFIGURED

BOOST = "[fourstroke.train]\nboost = fourstroke_boost:Boost\n"


def offered(distribution: str) -> list:
    return [offer for offer in installed() if offer.distribution == distribution]


def test_listing_imports_no_plugin_and_no_heavy_library():
    heavy = "pandas", "sklearn", "sqlalchemy", "cattrs", "fourstroke_files", "fourstroke_sklearn"
    code = (
        "import sys; from fourstroke.plugins.discovery import installed; assert installed(); "
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_listing_names_stage_distribution_and_class_of_a_third_party(install: Install):
    install("fourstroke-boost", BOOST, version="2.1")

    (offer,) = offered("fourstroke-boost")

    assert (offer.stage, offer.name, offer.version) == ("train", "boost", "2.1")
    assert offer.value == "fourstroke_boost:Boost"
    assert not offer.is_bundled
    assert not offer.problem


def test_every_stage_of_the_project_file_has_a_group():
    named = {stage.name for stage in CONFIGURED} - {"batch"}

    assert named <= set(STAGES)


def test_no_use_means_the_bundled_default_and_never_a_third_party_s(install: Install):
    install("fourstroke-aaa", "[fourstroke.train]\ndefault = aaa:Trainer\n")

    assert find("train", None).distribution == "fourstroke"


def test_third_party_default_does_not_fill_a_stage_without_one(install: Install):
    install("fourstroke-aaa", "[fourstroke.prepare]\ndefault = aaa:Cleaner\n")

    with pytest.raises(PluginError, match="prepare has no default"):
        find("prepare", None)


def test_third_party_cannot_take_a_bundled_name(install: Install):
    install("fourstroke-aaa", "[fourstroke.train]\nsklearn = aaa:Trainer\n")

    assert find("train", "sklearn").distribution == "fourstroke"
    assert find("train", "fourstroke-aaa/sklearn").value == "aaa:Trainer"
    assert "bundled" in offered("fourstroke-aaa")[0].problem


def test_two_third_parties_with_one_name_are_both_listed_and_neither_wins(install: Install):
    install("fourstroke-boost", BOOST)
    install("other-boost", "[fourstroke.train]\nboost = other:Boost\n", version="3.0")

    with pytest.raises(PluginError) as caught:
        find("train", "boost")

    text = str(caught.value)
    assert "fourstroke-boost 1.0" in text
    assert "other-boost 3.0" in text
    assert 'use = "other-boost/boost"' in text
    assert all("also offered by" in offer.problem for offer in offered("other-boost"))


def test_full_name_settles_a_clash_however_it_is_spelt(install: Install):
    install("fourstroke-boost", BOOST)
    install("other-boost", "[fourstroke.train]\nboost = other:Boost\n")

    assert find("train", "Other_Boost/boost").value == "other:Boost"


def test_batch_is_read_by_the_plugins_that_collect():
    assert find("batch", "files").stage == "collect"


@pytest.mark.parametrize(
    ("stage", "use", "says"),
    [
        pytest.param("train", "sklern", "did you mean 'sklearn'", id="typo"),
        pytest.param("train", "files", "'files' serves collect", id="other-stage"),
        pytest.param("train", "forstroke/sklearn", "did you mean 'fourstroke'", id="distribution"),
        pytest.param("train", "fourstroke/sklern", "did you mean 'sklearn'", id="name-of-it"),
    ],
)
def test_unknown_name_is_answered_with_the_nearest(stage: str, use: str, says: str):
    with pytest.raises(PluginError, match=says):
        find(stage, use)


def test_requirement_on_fourstroke_is_checked_before_the_import(install: Install):
    module = "raise SystemExit('imported')\n"
    install("fourstroke-boost", BOOST, requires=("fourstroke>=99",), module=module)

    with pytest.raises(PluginError, match="it needs fourstroke>=99, and this is fourstroke"):
        find("train", "boost").load()

    assert "fourstroke_boost" not in sys.modules
    assert "fourstroke>=99" in offered("fourstroke-boost")[0].problem


@pytest.mark.parametrize(
    "requirement", ["fourstroke>=0.0.1", "fourstroke>=0.0.1,<99", "fourstroke", "Fourstroke (>=0)"]
)
def test_requirement_that_is_met_is_no_problem(install: Install, requirement: str):
    install("fourstroke-boost", BOOST, requires=(requirement, "pandas>=99"))

    assert not offered("fourstroke-boost")[0].problem


@pytest.mark.parametrize(
    ("module", "says"),
    [
        pytest.param("import nosuchlibrary", "install what brings nosuchlibrary", id="dependency"),
        pytest.param("1 / 0", "ZeroDivisionError", id="raises"),
        pytest.param("import sys; sys.exit(3)", "SystemExit: 3", id="exits"),
        pytest.param("class Boots: ...", "did you mean 'Boots'", id="renamed"),
    ],
)
def test_broken_plugin_is_one_message_where_it_is_used(install: Install, module: str, says: str):
    install("fourstroke-boost", BOOST, module=module)

    with pytest.raises(PluginError, match=says) as caught:
        find("train", "boost").load()

    assert "plugin boost (fourstroke-boost 1.0)" in str(caught.value)


def test_broken_plugin_takes_no_other_down(install: Install):
    install("fourstroke-boost", BOOST, module="1 / 0")

    assert find("train", "sklearn").load()


def test_unreadable_metadata_is_listed_and_hides_no_other(install: Install):
    site = install("fourstroke-boost", BOOST)
    (entry_points,) = site.rglob("entry_points.txt")
    entry_points.write_bytes(b"\xff\xfe[fourstroke.train]")
    installed.cache_clear()

    problems = [offer.problem for offer in installed() if "fourstroke_boost" in offer.distribution]

    assert len(problems) == 1
    assert "cannot be read" in problems[0]
    assert find("train", "sklearn").is_bundled


@pytest.mark.parametrize(
    ("entry_points", "says"),
    [
        pytest.param("[fourstroke.trian]\nx = m:C\n", "did you mean 'train'", id="stage"),
        pytest.param(
            "[fourstroke.train]\nx = module\n", "not of the form module:Class", id="value"
        ),
    ],
)
def test_entry_point_that_means_nothing_is_a_problem(
    install: Install, entry_points: str, says: str
):
    install("fourstroke-odd", entry_points)

    (offer,) = offered("fourstroke-odd")

    assert says in offer.problem
    assert not offer.is_usable


def test_version_that_python_would_not_import_is_not_listed(install: Install):
    install("fourstroke-boost", "[fourstroke.train]\nold = fourstroke_boost:Old\n", version="1.0")
    install("fourstroke-boost", BOOST, version="2.0")

    assert [(offer.name, offer.version) for offer in offered("fourstroke-boost")] == [
        ("boost", "2.0")
    ]


def test_name_twice_in_one_distribution_is_told(install: Install):
    install("fourstroke-boost", f"{BOOST}boost = fourstroke_boost:Other\n")

    with pytest.raises(PluginError, match="more than once"):
        find("train", "boost")


def test_editable_distribution_with_metadata_in_two_places_is_listed_once(install: Install):
    site = install("fourstroke-boost", BOOST)
    egg = site.parent / "source" / "fourstroke_boost.egg-info"
    egg.mkdir(parents=True)
    (egg / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: Fourstroke_Boost\nVersion: 1.0\n")
    (egg / "entry_points.txt").write_text(BOOST)
    sys.path.append(str(egg.parent))
    installed.cache_clear()

    try:
        (offer,) = (each for each in installed() if each.name == "boost")
    finally:
        sys.path.remove(str(egg.parent))

    assert not offer.problem
    assert find("train", "boost") == offer


def test_broken_plugins_are_a_line_each_and_never_take_the_command_line_down(
    install: Install, shell
):
    boost = install("fourstroke-boost", BOOST, module="raise SystemExit('imported')")
    late = install("fourstroke-late", "[fourstroke.train]\nlate = l:L\n", requires=["fourstroke>9"])
    odd = install("fourstroke-odd", "[fourstroke.trian]\nodd = o:O\n")
    path = ":".join([*map(str, (boost, late, odd)), os.environ.get("PYTHONPATH", "")])

    listed = shell("plugins", "list", PYTHONPATH=path)

    lines = {name: line for line in listed.stdout.splitlines() for name in line.split()[1:2]}
    assert "fourstroke-boost 1.0" in lines["boost"]
    assert "fourstroke>9" in lines["late"]
    assert "there is no stage" in lines["odd"]
    assert "sklearn" in lines
    assert "Usage" in shell("--help", PYTHONPATH=path).stdout
