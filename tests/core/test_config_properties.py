"""Properties of loading: what is laid over a file loads the same each time, or is refused."""

from __future__ import annotations

import json
import pickle
import tomllib
import unicodedata

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fourstroke.config import flat, load_config
from fourstroke.config.keys import PATHS_IN_ORDER, TABLES_IN_ORDER
from fourstroke.config.lines import line_numbers, too_deep_line
from fourstroke.config.node import grow, walk
from fourstroke.errors import ConfigError

BASE = """\
[project]
name = "small"

[task]
target = "bought"

[data.collect]
path = "data.csv"

[[data.prepare]]
use = "drop"
columns = ["note"]

[[model.train]]
name = "logistic"
estimator = "LogisticRegression"
params = { C = 1.0 }

[[model.train]]
name = "boosting"
"""

quick = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)
texts = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12
).filter(lambda text: "${" not in text and "://" not in text)
scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
plugin_settings = st.dictionaries(
    names.filter(
        lambda name: (
            name
            not in {"use", "name", "from", "retries", "timeout_seconds", "depends", "training_only"}
        )
    ),
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(texts.filter(bool), inner, max_size=3)
        ),
        max_leaves=5,
    ),
    max_size=3,
)


def optional(**keys):
    return st.fixed_dictionaries({}, optional=keys)


def plugin_table(**keys):
    own = {"retries": st.integers(0, 100), "timeout_seconds": st.floats(0.1, 1e6), **keys}
    return st.builds(lambda a, b: {**a, **b}, plugin_settings, optional(**own))


valid_overlays = optional(
    project=optional(description=texts, allow_pickle=st.booleans()),
    task=optional(
        kind=st.sampled_from(["binary", "multiclass", "regression"]), id=names.map("i".__add__)
    ),
    run=optional(seed=st.integers(0, 2**32 - 1), retries=st.integers(0, 9)),
    data=optional(
        name=names,
        collect=plugin_table(use=names),
        check=st.lists(plugin_table(use=names), max_size=3),
        split=plugin_table(use=names),
    ),
    model=optional(
        name=names,
        select=texts,
        train=st.lists(
            plugin_table(name=st.sampled_from(["logistic", "boosting", "third"])),
            max_size=3,
            unique_by=lambda table: table.get("name", id(table)),
        ),
    ),
    development=optional(policy=optional(clean_tree=st.booleans()), deploy=plugin_table()),
    # A store of its own goes with records of its own.
    backends=optional(runner=names | plugin_settings)
    | st.fixed_dictionaries(
        {"storage": names | plugin_settings, "records": st.just("sqlite:///over.sqlite")}
    ),
    report=st.lists(st.builds(lambda use: {"use": use}, names), max_size=2),
)
any_values = st.recursive(
    scalars | st.dates() | st.sampled_from([float("nan"), float("inf"), "${A}", "${", "a://b:c@d"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts.filter(bool), inner, max_size=3)
    ),
    max_leaves=6,
)
any_overlays = st.dictionaries(
    st.sampled_from(TABLES_IN_ORDER) | texts.filter(bool),
    any_values
    | st.dictionaries(
        st.sampled_from(sorted({part for path in PATHS_IN_ORDER for part in path})),
        any_values,
        max_size=4,
    ),
    max_size=4,
)


def toml(value) -> str:
    """Write a value inline."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return quoted(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def document(overlay: dict) -> str:
    lines = [f"{quoted(key)} = {toml(value)}" for key, value in overlay.items()]
    return "\n".join([BASE, "[environments.over]", *lines, ""])


def outcome(folder, **arguments) -> object:
    """Load, and give the result or what a user would read; nothing else may be raised."""
    try:
        return load_config(folder, **arguments)
    except ConfigError as error:
        return str(error)


def without_policy(overlay: dict) -> dict:
    """Leave out what an environment may have with records of its own alone."""
    left = {key: value for key, value in overlay.get("development", {}).items() if key != "policy"}
    return {**overlay, **({"development": left} if "development" in overlay else {})}


@quick
@given(overlay=valid_overlays.map(without_policy))
def test_any_overlay_of_a_valid_file_loads_and_loads_the_same(tmp_path, overlay):
    (tmp_path / "fourstroke.toml").write_text(document(overlay), encoding="utf-8")

    first = load_config(tmp_path, environment="over")
    second = load_config(tmp_path, environment="over")

    assert first == second == pickle.loads(pickle.dumps(first))
    assert flat(first) == flat(second)
    assert first.values == json.loads(json.dumps(first.values))
    for table in ("run", "project"):
        for key, value in overlay.get(table, {}).items():
            assert first.values[table][key] == value
            assert first.origins[f"{table}.{key}"].startswith(
                "[environments.over] fourstroke.toml:"
            )


@quick
@given(overlay=valid_overlays.map(without_policy))
def test_overlay_that_is_not_in_force_changes_nothing(tmp_path, overlay):
    (tmp_path / "fourstroke.toml").write_text(BASE, encoding="utf-8")
    alone = load_config(tmp_path)
    (tmp_path / "fourstroke.toml").write_text(document(overlay), encoding="utf-8")

    assert load_config(tmp_path) == alone


@quick
@given(overlay=any_overlays)
def test_whatever_is_laid_over_loads_or_is_refused_the_same_each_time(tmp_path, overlay):
    (tmp_path / "fourstroke.toml").write_text(document(overlay), encoding="utf-8")

    first = outcome(tmp_path, environment="over")

    assert outcome(tmp_path, environment="over") == first
    if isinstance(first, str):
        assert isinstance(outcome(tmp_path), str)
        assert not any(
            unicodedata.category(character) == "Cc" for character in first.replace("\n", "")
        )


@quick
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@example(b"")
@example(b'a = """')
@example(b"[[a]]\n[a]")
@example(b'\xef\xbb\xbf"" = 1')
def test_any_bytes_load_or_are_refused(tmp_path, content):
    (tmp_path / "fourstroke.toml").write_bytes(content)

    assert isinstance(outcome(tmp_path), str)


@quick
@given(
    text=st.text(max_size=30)
    | st.builds(
        "{}={}".format, st.sampled_from(["run.seed", "model.train.0.x"]), st.text(max_size=20)
    )
)
@example("=")
@example('"=1')
@example("'=1")
@example('model.train."logistic".C=1')
@example("model.train=1")
@example("model.train.0=1")
@example("data=[]")
@example("a.b#=1")
def test_any_setting_of_the_command_line_loads_or_is_refused(tmp_path, text):
    (tmp_path / "fourstroke.toml").write_text(BASE, encoding="utf-8")

    assert outcome(tmp_path, overrides=[text]) == outcome(tmp_path, overrides=[text])


@quick
@given(overlay=any_overlays)
def test_every_value_of_a_document_has_its_line(overlay):
    text = "".join(
        f"[{quoted(key)}]\n"
        + "".join(f"{quoted(name)} = {toml(part)} # {name!r}\n" for name, part in value.items())
        for key, value in overlay.items()
        if isinstance(value, dict)
    )

    lines = line_numbers(text)

    written = text.split("\n")
    for path, _ in walk(grow(tomllib.loads(text))):
        assert written[lines[path] - 1].startswith(quoted(path[1]))


@pytest.mark.timeout(30)
@quick
@given(text=st.text(alphabet="[]{}.\"'=\\#\n a1", max_size=60), times=st.integers(1, 2000))
def test_depth_of_any_text_is_found_in_linear_time(text, times):
    too_deep_line(text * times)
