"""What is refused before a plugin runs: all that pluggy would pass over in silence."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest
from plugins_samples import build_project, build_step

from fourstroke import PluginError, hookimpl, plugin
from fourstroke.artifacts.codecs import Codecs
from fourstroke.plugins.admission import admit
from fourstroke.plugins.manager import manager_of

HEAD = "from fourstroke import hookimpl, plugin\n\n\n"


def of_class(body: str, *, decorator: str = "@plugin") -> str:
    """Write a file with one class."""
    return f"{HEAD}{decorator}\nclass Own:\n{indent(body, '    ')}\n"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(
            "@hookimpl\ndef prepair(self, data): ...",
            r"there is no hook 'prepair' \(did you mean 'prepare'",
            id="misspelt-hook",
        ),
        pytest.param(
            "@hookimpl\ndef prepare(self, dta): ...",
            r"prepare has no argument 'dta' \(did you mean 'data'",
            id="misspelt-argument",
        ),
        pytest.param(
            "def prepare(self, data): ...", "prepare has no @hookimpl: it would", id="unmarked"
        ),
        pytest.param(
            "@hookimpl\nasync def prepare(self, data): ...",
            r"prepare is async, and hooks are not \(write `def`\)",
            id="async",
        ),
        pytest.param(
            "@hookimpl\nasync def prepare(self, data):\n    yield data",
            "prepare is async",
            id="async-generator",
        ),
        pytest.param(
            "@hookimpl\ndef prepare(self, data):\n    yield data",
            r"prepare yields \(return the whole result\)",
            id="generator",
        ),
        pytest.param(
            "@hookimpl(wrapper=True)\ndef prepare(self, data):\n    return (yield)",
            r"prepare is a wrapper \(list the plugin under \[\[observe\]\]",
            id="wrapper",
        ),
        pytest.param("@hookimpl\ndef prepare(data): ...", "prepare has no self", id="without-self"),
        pytest.param(
            "@hookimpl\ndef prepare(self, *, data): ...", "'data' by keyword only", id="keyword"
        ),
        pytest.param(
            "@hookimpl\ndef prepare(self, **all): ...",
            r"takes \*\*all, which stays empty",
            id="stars",
        ),
        pytest.param(
            "@hookimpl\ndef check(self, data): ...",
            r"Own does not serve prepare: it has no prepare \(it serves check\)",
            id="other-stage",
        ),
        pytest.param(
            "def prepaer(self, data): ...", "did you mean 'prepaer'", id="misspelt-and-unmarked"
        ),
    ],
)
def test_class_that_does_not_keep_to_its_hook_is_refused_at_load(
    tmp_path: Path, body: str, says: str
):
    with pytest.raises(PluginError, match=says) as caught:
        build_step(tmp_path, "steps.py:Own", of_class(body))

    assert str(caught.value).startswith("data.prepare[0] (steps.py:Own): ")


def test_all_faults_of_a_class_are_told_at_once(tmp_path: Path):
    body = "@hookimpl\ndef prepare(self, dta, contxt): ...\n@hookimpl\ndef chek(self): ..."

    with pytest.raises(PluginError) as caught:
        build_step(tmp_path, "steps.py:Own", of_class(body))

    assert len(str(caught.value).splitlines()) == 3


def test_faults_of_all_tables_are_told_at_once(tmp_path: Path):
    toml = '[[data.prepare]]\nuse = "steps.py:A"\n\n[[data.prepare]]\nuse = "steps.py:B"\n'

    with pytest.raises(PluginError) as caught:
        build_project(tmp_path, toml=toml, steps="x = 1\n")

    assert [line[:16] for line in str(caught.value).splitlines()] == [
        "data.prepare[0]:",
        "data.prepare[1]:",
    ]


def test_override_without_mark_of_a_marked_method_is_refused(tmp_path: Path):
    steps = (
        of_class("@hookimpl\ndef prepare(self, data):\n    return data")
        + "\n\n@plugin\nclass Changed(Own):\n    def prepare(self, data):\n        return data\n"
    )

    with pytest.raises(PluginError, match="prepare has no @hookimpl: it would never be called"):
        build_step(tmp_path, "steps.py:Changed", steps)


def test_override_of_an_optional_hook_is_refused_too():
    @plugin
    class Source:
        @hookimpl
        def collect(self):
            return []

        @hookimpl
        def source_state(self):
            return "1"

    @plugin
    class Other(Source):
        def source_state(self):
            return "2"

    with pytest.raises(PluginError, match="source_state has no @hookimpl"):
        admit(Other, "collect", where="here")


def test_inherited_mark_is_enough():
    @plugin
    class Source:
        @hookimpl
        def collect(self):
            return []

    @plugin
    class Other(Source):
        pass

    assert admit(Other, "collect", where="here") == {"collect"}


def test_method_that_has_the_name_of_another_stage_is_the_class_s_own_business():
    @plugin
    class Cleaner:
        def split(self, text):
            return text.split()

        @hookimpl
        def prepare(self, data):
            return data

    assert admit(Cleaner, "prepare", where="here") == {"prepare"}


def test_property_that_raises_is_not_evaluated():
    @plugin
    class Model:
        @property
        def coefficients(self):
            raise RuntimeError("not fitted")

        @hookimpl
        def prepare(self, data):
            return data

    assert admit(Model, "prepare", where="here") == {"prepare"}
    assert manager_of({"step": Model()}).get_plugin("step") is not None


@pytest.mark.parametrize(
    ("decorator", "says"),
    [
        pytest.param("", r"Own is no plugin \(put @plugin above the class\)", id="plain-class"),
        pytest.param("@attrs.frozen", "Own objects are compared by value", id="compared"),
        pytest.param("@attrs.define", "Own objects are compared by value", id="unhashable"),
    ],
)
def test_class_that_pluggy_would_confuse_with_its_equal_is_refused(
    tmp_path: Path, decorator: str, says: str
):
    body = "limit: int = 1\n@hookimpl\ndef prepare(self, data):\n    return data"
    steps = "import attrs\n" + of_class(body, decorator=decorator)

    with pytest.raises(PluginError, match=says):
        build_step(tmp_path, "steps.py:Own", steps)


def test_two_steps_with_equal_settings_are_two_plugins():
    @plugin
    class Own:
        limit: int = 1

    one, other = Own(), Own()

    assert one != other
    assert len({one, other}) == 2
    assert len(manager_of({"one": one, "other": other}).get_plugins()) == 2


def test_object_instead_of_its_class_is_refused(tmp_path: Path):
    body = "@hookimpl\ndef prepare(self, data):\n    return data"

    with pytest.raises(PluginError, match=r"an object of Own \(name the class"):
        build_step(tmp_path, "steps.py:own", of_class(body) + "\nown = Own()\n")


def test_optionalhook_may_be_one_that_this_version_does_not_have():
    @plugin
    class Later:
        @hookimpl
        def prepare(self, data):
            return data

        @hookimpl(optionalhook=True)
        def prepare_stream(self, rows):
            return rows

    assert admit(Later, "prepare", where="here") == {"prepare"}


def test_specname_serves_the_hook_that_it_names():
    @plugin
    class Own:
        @hookimpl(specname="prepare")
        def clean(self, data):
            return data

    assert admit(Own, "prepare", where="here") == {"prepare"}


def test_trainer_has_to_predict_too():
    @plugin
    class Trainer:
        @hookimpl
        def train(self, data):
            return object()

    with pytest.raises(PluginError, match=r"it has no predict \(it serves train\)"):
        admit(Trainer, "train", where="here")


def test_argument_with_a_default_may_be_one_that_this_version_does_not_give():
    @plugin
    class Own:
        @hookimpl
        def prepare(self, data, budget=9):
            return [*data, budget]

    admit(Own, "prepare", where="here")

    own = manager_of({"own": Own()})
    assert own.hook.prepare(data=[1], inputs={}, context=None) == [1, 9]


def test_codec_is_held_to_its_hooks_too(tmp_path: Path):
    (tmp_path / "codecs_of_mine.py").write_text(
        of_class("@hookimpl\ndef encode(self, value, folder): ...")
    )
    codecs = Codecs(tmp_path, overrides={"builtins.complex": "codecs_of_mine.py:Own"})

    with pytest.raises(PluginError, match=r"codec builtins\.complex: Own does not serve codec"):
        codecs.named("builtins.complex")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(
            "@hookimpl\ndef prepare(self, data): ...",
            "prepare would do the work itself, and an observer only watches",
            id="stage",
        ),
        pytest.param(
            "@hookimpl(wrapper=True)\ndef write(self, key):\n    return (yield)",
            "write wraps what is no stage",
            id="service",
        ),
        pytest.param(
            "@hookimpl(wrapper=True)\ndef run_started(self, run):\n    return (yield)",
            "run_started wraps what is no stage",
            id="event",
        ),
        pytest.param(
            "@hookimpl(hookwrapper=True)\ndef train(self, data):\n    yield",
            "train is a wrapper in the old form",
            id="old-form",
        ),
        pytest.param(
            "@hookimpl(wrapper=True)\ndef train(self, data):\n    return 1",
            "train is a wrapper without `yield`",
            id="no-yield",
        ),
        pytest.param("pass", "Own hears no event and wraps no stage", id="nothing"),
        pytest.param(
            "@hookimpl\nasync def run_started(self): ...", "run_started is async", id="async"
        ),
    ],
)
def test_observer_that_does_more_than_watch_is_refused(tmp_path: Path, body: str, says: str):
    # A wrapper that does not yield fails in pluggy's marker or here, in either case at load.
    toml = '[[observe]]\nuse = "steps.py:Own"\n'

    with pytest.raises(PluginError, match=says):
        build_project(tmp_path, toml=toml, steps=of_class(body))
