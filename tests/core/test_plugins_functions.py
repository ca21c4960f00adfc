"""A plain function as a plugin."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugins_samples import build_step, context_at

from fourstroke import FourstrokeError
from fourstroke.plugins.calls import Caller

STEPS = """
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd


def scale(data: pd.DataFrame, factor: float = 2.0, mode: Literal["up", "down"] = "up"):
    \"\"\"Scale a table.\"\"\"
    return [value * factor if mode == "up" else value / factor for value in data]


def required(data, limit: int):
    return [value for value in data if value < limit]


def everything(context, inputs, data):
    return [context.step, sorted(inputs), data]


def collects(data, seen: list = []):
    seen.append(len(data))
    return [list(seen)]


def place(data, folder: Path = Path("here")):
    return [folder]
"""


def prepare(root: Path, use: str, *, toml: str = "", steps: str = STEPS):
    plugin = build_step(root, use, steps, toml=toml).instance
    caller = Caller({"own": plugin}, {})
    return caller.prepare("own", data=[1, 2], inputs={"data": [1, 2]}, context=context_at(root))


def test_parameters_that_are_no_payload_are_settings(tmp_path: Path):
    made = prepare(tmp_path, "steps.py:scale", toml="factor = 10\nmode = 'down'")

    assert made == [0.1, 0.2]


def test_settings_have_the_defaults_of_the_function(tmp_path: Path):
    assert prepare(tmp_path, "steps.py:scale") == [2.0, 4.0]


def test_function_names_of_the_payload_what_it_wants_in_any_order(tmp_path: Path):
    assert prepare(tmp_path, "steps.py:everything") == ["s", ["data"], [1, 2]]


def test_parameter_without_default_has_to_be_set(tmp_path: Path):
    with pytest.raises(FourstrokeError, match=r"data.prepare\[0\].limit: it is missing"):
        prepare(tmp_path, "steps.py:required")


def test_default_that_a_call_changes_is_not_carried_to_another_step(tmp_path: Path):
    first = prepare(tmp_path, "steps.py:collects")
    second = prepare(tmp_path, "steps.py:collects")

    assert first == second == [[2]]


def test_path_setting_lies_below_the_project(tmp_path: Path):
    assert prepare(tmp_path, "steps.py:place") == [tmp_path / "here"]


def test_two_steps_of_one_function_keep_their_own_settings(tmp_path: Path):
    ten = build_step(tmp_path, "steps.py:scale", STEPS, toml="factor = 10").instance
    two = build_step(tmp_path, "steps.py:scale", STEPS).instance
    caller = Caller({"ten": ten, "two": two}, {})

    made = [
        caller.prepare(step, data=[1], inputs={}, context=context_at(tmp_path))
        for step in ("ten", "two", "ten")
    ]

    assert made == [[10], [2], [10]]


def test_function_stays_callable_without_the_framework(tmp_path: Path):
    from fourstroke.plugins.inhouse import load_object

    build_step(tmp_path, "steps.py:scale", STEPS)

    assert load_object(tmp_path, "steps.py:scale")([3], factor=1) == [3]


def test_decorated_function_is_read_through_its_decorator(tmp_path: Path):
    steps = """
    import functools

    def logged(function):
        @functools.wraps(function)
        def inner(*args, **kwargs):
            return [*function(*args, **kwargs), "logged"]
        return inner

    @logged
    def add(data, amount: int = 1):
        return [value + amount for value in data]
    """

    assert prepare(tmp_path, "steps.py:add", toml="amount = 5", steps=steps) == [6, 7, "logged"]


@pytest.mark.parametrize(
    ("function", "says"),
    [
        pytest.param("def f(dat): ...", "did you mean 'data'", id="misspelt-argument"),
        pytest.param("def f(data, *rest): ...", r"\*rest cannot be a setting", id="star"),
        pytest.param("def f(data, **rest): ...", r"\*\*rest cannot be a setting", id="stars"),
        pytest.param("def f(data, /): ...", "leave out the /", id="positional-only"),
        pytest.param("async def f(data): ...", "async", id="async"),
        pytest.param("def f(data):\n    yield data", "yields", id="generator"),
        pytest.param("def f(data, x: Nowhere = 1): ...", "type of 'x' cannot be told", id="type"),
        pytest.param("f = len", "neither class nor function", id="builtin"),
        pytest.param("f = 7", "neither class nor function", id="value"),
    ],
)
def test_function_that_cannot_serve_is_refused_at_load(tmp_path: Path, function: str, says: str):
    steps = f"from __future__ import annotations\n{function}\n"

    with pytest.raises(FourstrokeError, match=says) as caught:
        build_step(tmp_path, "steps.py:f", steps)

    assert "data.prepare[0] (steps.py:f)" in str(caught.value)


def test_all_faults_of_a_function_are_told_at_once(tmp_path: Path):
    with pytest.raises(FourstrokeError) as caught:
        build_step(tmp_path, "steps.py:f", "def f(dat, contxt, *rest): ...")

    assert len(str(caught.value).splitlines()) == 3


def test_stage_of_several_hooks_asks_for_a_class(tmp_path: Path):
    from plugins_samples import build_project

    toml = """
    [task]
    target = "y"

    [[model.train]]
    use = "steps.py:fit"
    """

    with pytest.raises(FourstrokeError, match="train needs train and predict"):
        build_project(tmp_path, toml=toml, steps="def fit(data): ...")
