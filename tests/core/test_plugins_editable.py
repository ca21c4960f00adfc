"""Keys of steps whose plugin is installed in editable mode, and of those whose plugin is not."""

from __future__ import annotations

import functools
import importlib
import json
import sys
from pathlib import Path

import pytest
from plugins_fixtures import Install

from fourstroke import PluginError, Project
from fourstroke.artifacts.digest import digest_file
from fourstroke.fingerprint import editable
from fourstroke.fingerprint.editable import sources_of
from fourstroke.fingerprint.pins import facts_of

TOML = """\
[project]
name = "sample"

[data.collect]
path = "data.csv"

[[data.prepare]]
use = "widen"

[backends]
runner = "inline"
"""
PLUGIN = """\
from fourstroke import hookimpl, plugin
from widening_amount import AMOUNT


@plugin
class Widen:
    @hookimpl
    def prepare(self, data):
        return data.assign(c=AMOUNT)
"""


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch):
    """Let every test be a process of its own, as far as modules are remembered."""
    monkeypatch.setattr(editable, "_first_seen", {})
    editable.is_editable.cache_clear()
    yield
    editable.is_editable.cache_clear()


@pytest.fixture
def site(install: Install) -> Path:
    """Install a plugin of two modules, in editable mode."""
    site = install("widening", "[fourstroke.prepare]\nwiden = widening:Widen\n", module=PLUGIN)
    (site / "widening_amount.py").write_text("AMOUNT = 1\n")
    say(site, {"url": "file:///src", "dir_info": {"editable": True}})
    return site


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "fourstroke.toml").write_text(TOML)
    (tmp_path / "data.csv").write_text("a,b\n1,2\n3,4\n")
    return tmp_path


def say(site: Path, origin: object) -> None:
    (info,) = site.glob("*.dist-info")
    text = origin if isinstance(origin, str) else json.dumps(origin)
    (info / "direct_url.json").write_text(text)
    editable.is_editable.cache_clear()


def start_anew() -> None:
    for name in ("widening", "widening_amount"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


def edit(site: Path, source: str) -> None:
    # Of another length: byte code knows a source by seconds and size only.
    (site / "widening_amount.py").write_text(source)


def state_of_step(project: Path) -> str:
    with Project.open(project) as opened:
        outcome = opened.run()
    assert outcome.state == "succeeded", outcome.errors
    return {step.stage: step.state for step in outcome.report.steps}["prepare"]


def test_unchanged_editable_plugin_is_cached(site: Path, project: Path):
    state_of_step(project)
    start_anew()

    assert state_of_step(project) == "cached"


def test_edited_source_of_an_editable_plugin_runs_its_step_again(site: Path, project: Path):
    state_of_step(project)
    edit(site, "AMOUNT = 1 + 1\n")
    start_anew()

    assert state_of_step(project) == "succeeded"


def test_plan_names_the_edited_module(site: Path, project: Path):
    state_of_step(project)
    edit(site, "AMOUNT = 1 + 1\n")
    start_anew()

    with Project.open(project) as opened:
        reasons = [step.reason for step in opened.plan().steps if step.stage == "prepare"]

    assert reasons == ["code of widening/widening_amount.py changed"]


def test_edit_after_the_import_is_refused_and_a_reload_settles_it(site: Path):
    import widening

    sources_of("widening", "widening:Widen", digest_file)
    edit(site, "AMOUNT = 1 + 1\n")

    with pytest.raises(PluginError, match=r"changed since it was imported \(start Python anew\)"):
        sources_of("widening", "widening:Widen", digest_file)

    importlib.reload(widening)
    assert sources_of("widening", "widening:Widen", digest_file)


def test_names_of_sources_are_the_same_on_every_machine(site: Path):
    importlib.import_module("widening")

    found = sources_of("widening", "widening:Widen", digest_file)

    assert sorted(found) == ["widening/widening.py", "widening/widening_amount.py"]


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param({"url": "file:///src", "dir_info": {}}, id="local-but-copied"),
        pytest.param({"url": "https://example.org/w.whl", "archive_info": {}}, id="archive"),
        pytest.param("{", id="unreadable"),
        pytest.param("[]", id="nonsense"),
    ],
)
def test_released_plugin_is_known_by_its_version_alone(site: Path, origin: object):
    importlib.import_module("widening")
    say(site, origin)

    assert sources_of("widening", "widening:Widen", digest_file) == {}


def test_bundled_plugins_are_known_by_the_version_of_fourstroke(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(editable, "is_editable", functools.cache(lambda _: True))

    assert sources_of("fourstroke", "fourstroke_files:Files", digest_file) == {}


def test_package_is_followed_from_the_folder_that_it_lies_in(site: Path):
    package = site / "wide_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "deep.py").write_text("from .far import AMOUNT\nclass Widen: ...\n")
    (package / "far.py").write_text("AMOUNT = 1\n")
    importlib.import_module("wide_package.deep")

    found = sources_of("widening", "wide_package.deep:Widen", digest_file)

    assert sorted(found) == [
        "widening/wide_package/__init__.py",
        "widening/wide_package/deep.py",
        "widening/wide_package/far.py",
    ]


def fact_of_widening(project: Path):
    start_anew()
    built = Project.open(project).check()
    return next(fact for fact in facts_of(project, built.values()) if fact.name == "widen")


def test_lock_of_an_editable_plugin_is_of_its_source(site: Path, project: Path):
    before = fact_of_widening(project)

    (site / "widening_amount.py").write_text("AMOUNT = 2\n")

    after = fact_of_widening(project)
    assert (before.distribution, before.version) == (after.distribution, after.version)
    assert before.digest != after.digest


def test_lock_of_an_editable_plugin_holds_as_long_as_its_source(site: Path, project: Path):
    before = fact_of_widening(project)

    (site / "unrelated.py").write_text("AMOUNT = 2\n")

    assert fact_of_widening(project) == before
