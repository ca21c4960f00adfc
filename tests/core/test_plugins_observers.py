"""Observers: whatever they do, results and failures of stages stay what they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from plugins_samples import context_at

from fourstroke import Project, hookimpl, plugin
from fourstroke.context import Context
from fourstroke.plugins.calls import Caller
from fourstroke.plugins.observing import Events


@plugin
class Add:
    @hookimpl
    def prepare(self, data):
        return [value + 1 for value in data]


@plugin
class Fails:
    @hookimpl
    def prepare(self):
        raise KeyError("income")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return context_at(tmp_path)


def around(function):
    """Make an observer of a generator function `(self, ...)` around `prepare`."""

    @plugin
    class Observer:
        prepare = hookimpl(wrapper=True)(function)

    return Observer()


def prepare(context: Context, *functions, step: object = None) -> list[int]:
    observers = {f"own{number}": around(each) for number, each in enumerate(functions)}
    caller = Caller({"step": step or Add()}, observers)
    return caller.prepare("step", data=[1], inputs={}, context=context)


def test_wrapper_sees_arguments_result_and_failure(context: Context):
    seen = []

    def watch(self, data, context):
        seen.append(data)
        try:
            result = yield
        except KeyError as error:
            seen.append(type(error))
            raise
        seen.append(result)
        return result

    prepare(context, watch)
    with pytest.raises(KeyError, match="income"):
        prepare(context, watch, step=Fails())

    assert seen == [[1], [2], [1], KeyError]
    assert context.notes.messages == []


def before(self):
    raise ValueError("before")
    yield


def after(self):
    yield
    raise ValueError("after")


def exits(self):
    yield
    raise SystemExit(3)


def changes(self):
    yield
    return [99]


def twice(self):
    yield
    yield


def stubborn(self):
    try:
        yield
        yield
    finally:
        raise ValueError("at the end")


def never(self):
    if False:
        yield


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (before, "ValueError: before"),
        (after, "ValueError: after"),
        (exits, "SystemExit: 3"),
        (changes, "it gave another result, which is not used: observers only watch"),
        (twice, "it yields more than once"),
        (never, "it did not yield"),
    ],
)
def test_wrapper_that_fails_is_told_and_changes_nothing(context: Context, function, says: str):
    assert prepare(context, function) == [2]
    assert context.notes.messages == [f"observer own0 failed around prepare: {says}"]


def test_wrapper_that_fails_while_it_is_closed_is_told_too(context: Context):
    assert prepare(context, stubborn) == [2]
    assert context.notes.messages[-1].endswith("ValueError: at the end")


def test_wrapper_that_fails_silences_no_other(context: Context):
    seen = []

    def watch(self):
        seen.append((yield))

    assert prepare(context, before, watch, after) == [2]
    assert seen == [[2]]
    assert len(context.notes.messages) == 2


def test_wrapper_without_a_result_of_its_own_is_fine(context: Context):
    def silent(self):
        yield

    assert prepare(context, silent) == [2]
    assert context.notes.messages == []


def test_wrapper_cannot_swallow_the_failure_of_a_stage(context: Context):
    def swallows(self):
        try:
            yield
        except KeyError:
            return [0]

    with pytest.raises(KeyError, match="income"):
        prepare(context, swallows, step=Fails())


def test_wrapper_that_fails_on_a_failure_does_not_hide_it(context: Context):
    def fails_too(self):
        try:
            yield
        except KeyError:
            raise ValueError("mine") from None

    with pytest.raises(KeyError, match="income"):
        prepare(context, fails_too, step=Fails())

    assert context.notes.messages == ["observer own0 failed around prepare: ValueError: mine"]


def test_wrapper_does_not_stop_an_interrupt(context: Context):
    def interrupted(self):
        yield
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(context, interrupted)


def test_wrapper_gets_the_arguments_that_it_names_in_any_order(context: Context):
    seen = []

    def watch(self, context, data, extra="default"):
        seen.append((context.step, data, extra))
        yield

    prepare(context, watch)

    assert seen == [("s", [1], "default")]


def test_tryfirst_is_the_outermost(context: Context):
    seen = []

    @plugin
    class First:
        @hookimpl(wrapper=True, tryfirst=True)
        def prepare(self):
            seen.append("first")
            return (yield)

    @plugin
    class Other:
        @hookimpl(wrapper=True)
        def prepare(self):
            seen.append("other")
            return (yield)

    caller = Caller({"step": Add()}, {"first": First(), "other": Other()})
    caller.prepare("step", data=[1], inputs={}, context=context)

    assert seen == ["first", "other"]


def test_event_that_an_observer_exits_in_is_told():
    @plugin
    class Exits:
        @hookimpl
        def run_started(self):
            raise SystemExit(2)

    problems = Events({"exits": Exits()}).run_started("r", "p")

    assert problems == ["observer exits failed at run_started: SystemExit: 2"]


def test_run_with_a_broken_observer_succeeds_and_says_so(tmp_path: Path):
    (tmp_path / "data.csv").write_text("a,b\n1,2\n3,4\n")
    (tmp_path / "fourstroke.toml").write_text(
        '[project]\nname = "sample"\n[data.collect]\npath = "data.csv"\n'
        '[[data.prepare]]\nuse = "steps.py:add"\n[[observe]]\nuse = "steps.py:Broken"\n'
        '[backends]\nrunner = "inline"\n'
    )
    (tmp_path / "steps.py").write_text(
        "from fourstroke import hookimpl, plugin\n"
        "def add(data):\n    return data + 1\n"
        "@plugin\nclass Broken:\n"
        "    @hookimpl\n    def step_finished(self):\n        1 / 0\n"
        "    @hookimpl(wrapper=True)\n    def prepare(self):\n        yield\n        return 'x'\n"
    )

    with Project.open(tmp_path) as project:
        outcome = project.run()

    assert outcome.state == "succeeded"
    told = "\n".join(outcome.report.messages)
    assert "failed at step_finished: ZeroDivisionError" in told
    assert "failed around prepare: it gave another result" in told
