"""One step is called at a time, and what it gives is taken only as what it should be."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from plugins_samples import context_at

from fourstroke import hookimpl, plugin
from fourstroke.context import Context
from fourstroke.entities.facts import Check, Evaluation, Metric, Section, Table
from fourstroke.errors import StepError
from fourstroke.plugins.calls import Caller


@plugin
class Add:
    amount: int = 1

    @hookimpl
    def prepare(self, data):
        return [value + self.amount for value in data]


@plugin
class Count:
    """An observer that counts calls."""

    calls: list[str]

    @hookimpl(wrapper=True)
    def prepare(self, context):
        self.calls.append(context.step)
        return (yield)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return context_at(tmp_path)


def prepare(caller: Caller, step: str, context: Context) -> list[int]:
    return caller.prepare(step, data=[1], inputs={}, context=context)


def test_one_step_of_a_stage_is_called_and_no_sibling(context: Context):
    caller = Caller({"one": Add(amount=1), "ten": Add(amount=10)}, {})

    assert [prepare(caller, step, context) for step in ("one", "ten", "one")] == [[2], [11], [2]]


def test_wrapper_runs_though_all_other_steps_are_left_out(context: Context):
    count = Count(calls=[])
    caller = Caller({"one": Add(), "two": Add(), "three": Add()}, {"count": count})

    prepare(caller, "two", context)

    assert len(count.calls) == 1


def test_wrapper_runs_around_a_step_that_was_put_later(context: Context):
    count = Count(calls=[])
    caller = Caller({}, {"count": count})

    caller.put("one", Add())
    prepare(caller, "one", context)
    caller.put("two", Add(amount=5))

    assert prepare(caller, "one", context) == [2]
    assert prepare(caller, "two", context) == [6]
    assert len(count.calls) == 3


def test_plugin_that_is_put_in_the_place_of_another_is_called_alone(context: Context):
    caller = Caller({"one": Add()}, {})

    caller.put("one", Add(amount=5))

    assert prepare(caller, "one", context) == [6]


def test_one_plugin_may_serve_one_step_after_the_other(context: Context):
    add = Add()
    caller = Caller({}, {})

    caller.put("train", add)
    caller.put("predict", add)

    assert prepare(caller, "predict", context) == [2]


def test_same_plugin_may_be_put_again(context: Context):
    add = Add()
    caller = Caller({"one": add}, {})

    caller.put("one", add)

    assert prepare(caller, "one", context) == [2]


def test_exception_of_a_plugin_arrives_as_it_was_raised(context: Context):
    @plugin
    class Fails:
        @hookimpl
        def prepare(self):
            raise KeyError("income")

    with pytest.raises(KeyError, match="income"):
        prepare(Caller({"one": Fails()}, {}), "one", context)


def test_promise_behind_a_decorator_is_no_result(context: Context):
    async def later(data):
        return data

    def decorated(function):
        @functools.wraps(function)
        def inner(self, data):
            return later(data)

        return inner

    @plugin
    class Promises:
        @hookimpl
        @decorated
        def prepare(self, data): ...

    with pytest.warns(RuntimeWarning, match="never awaited"):  # noqa: SIM117 - pytest's own order
        with pytest.raises(StepError, match="gave coroutine, not a table"):
            prepare(Caller({"one": Promises()}, {}), "one", context)


def gives(hook: str, result: object) -> Caller:
    """Make a caller of a plugin that gives this, whatever it gets."""

    @plugin
    class Gives:
        pass

    setattr(Gives, hook, hookimpl(lambda self: result))
    return Caller({"own": Gives()}, {})


def test_result_that_counts_as_false_is_a_result(context: Context):
    empty = np.zeros((0, 3))

    found = gives("prepare", empty).prepare("own", data=[], inputs={}, context=context)

    assert found is empty


def test_numbers_of_numpy_in_facts_become_python_s(context: Context):
    metric = Metric(name="auc", value=np.float64(0.5), rows=np.int64(3))
    caller = gives("evaluate", Evaluation(metrics=[metric]))

    (found,) = caller.evaluate(
        "own", model=object(), data=[], predictions=[], context=context
    ).metrics

    assert (type(found.value), type(found.rows)) == (float, int)


def test_lists_in_facts_become_tuples(context: Context):
    caller = gives("explain", [Section(title="t", tables=[Table(columns=["a"], rows=[[1]])])])

    (section,) = caller.explain("own", model=object(), data=[], context=context)

    assert section == Section(title="t", tables=(Table(columns=("a",), rows=((1,),)),))
    assert hash(section)


def test_fact_that_needs_no_change_is_handed_on_as_it_is(context: Context):
    check = Check(name="rows", status="pass", observed=3, interval=(0.0, 1.0))

    (found,) = gives("check", [check]).check("own", data=[], context=context)

    assert found is check


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (Check(name=3, status="pass"), "Check.name is int, not str"),
        (Check(name="a", status=True), "Check.status is True, not one of"),
        (Check(name="a", status="pass", rows=7), "Check.rows is int, not a tuple"),
        (Check(name="a", status="pass", rows=(1.5,)), r"Check.rows\[0\] is float, not int"),
        (Check(name="a", status="pass", interval=(1.0,)), "Check.interval is tuple, not tuple or"),
        (Check(name="a", status="pass", observed={}), "Check.observed is dict, not str or int"),
        (Check(name="a", status="pass", severity="eror"), "not one of 'error', 'warning'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_fact_with_a_field_of_another_type_is_refused(context: Context, check: Check, says: str):
    with pytest.raises(StepError, match=says):
        gives("check", [check]).check("own", data=[], context=context)


def test_bool_of_numpy_is_named_in_full(context: Context):
    with pytest.raises(StepError, match=r"gave (numpy\.bool|bool_), not bool"):
        gives("alert", np.bool_(True)).alert("own", alert=None, context=context)
