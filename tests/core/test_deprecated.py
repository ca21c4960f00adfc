"""What goes is deprecated first: warned of at the author's line, for two minors and twelve months."""

from __future__ import annotations

import datetime as dt
import inspect
import warnings

import pytest

from fourstroke import hookimpl
from fourstroke.deprecated import DEPRECATED, DeprecatedHookWarning, Deprecation, Deprecations
from fourstroke.hooks import hookspec
from fourstroke.plugins.manager import manager_of
from fourstroke.plugins.specification import hooks

GOING = Deprecations(
    (
        Deprecation(
            hook="weigh",
            since="0.4.0",
            on=dt.date(2027, 1, 31),
            instead="implement measure",
        ),
        Deprecation(
            hook="measure",
            argument="unit",
            since="0.4.0",
            on=dt.date(2027, 1, 31),
            instead="take context.settings",
        ),
    )
)


class Specifications:
    @hookspec(firstresult=True, **GOING.of("weigh"))
    def weigh(self, data): ...

    @hookspec(firstresult=True, **GOING.of("measure"))
    def measure(self, data, unit): ...


class Weighs:
    @hookimpl
    def weigh(self, data):
        return len(data)


class MeasuresInUnits:
    @hookimpl
    def measure(self, data, unit):
        return len(data) * unit


class Measures:
    @hookimpl
    def measure(self, data):
        return len(data)


@pytest.mark.parametrize(
    ("plugin", "hook", "text"),
    [
        (Weighs, "weigh", "hook weigh is deprecated since 0.4.0: implement measure"),
        (
            MeasuresInUnits,
            "measure",
            "argument unit of hook measure is deprecated since 0.4.0: take context.settings",
        ),
    ],
)
def test_author_is_warned_at_the_line_of_the_implementation(plugin, hook, text):
    with pytest.warns(DeprecatedHookWarning) as told:
        manager_of({"own": plugin()}, (Specifications,))

    line = inspect.getsourcelines(getattr(plugin, hook))[1]
    assert [str(one.message) for one in told] == [text]
    assert told[0].filename == __file__
    assert told[0].lineno in (line, line + 1)  # the decorator's line up to Python 3.12


def test_deprecated_hook_goes_on_to_be_called():
    with pytest.warns(DeprecatedHookWarning):
        manager = manager_of({"own": Weighs()}, (Specifications,))

    assert manager.hook.weigh(data="abc") == 3


def test_plugin_without_the_argument_hears_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        manager_of({"own": Measures()}, (Specifications,))


@pytest.mark.parametrize(
    ("version", "day", "may_go"),
    [
        ("0.4.0", dt.date(2030, 1, 1), False),
        ("0.5.9", dt.date(2030, 1, 1), False),
        ("0.6.0", dt.date(2028, 1, 30), False),
        ("0.6.0", dt.date(2028, 1, 31), True),
        ("0.5.9", dt.date(2028, 1, 31), False),
        ("1.2.0", dt.date(2028, 1, 31), True),
    ],
)
def test_both_two_minors_and_twelve_months_pass_first(version, day, may_go):
    assert GOING.entries[0].may_go(version, day) is may_go


def test_what_is_deprecated_is_still_there():
    gone = [
        entry
        for entry in DEPRECATED.entries
        if entry.hook not in hooks()
        or (entry.argument and entry.argument not in hooks()[entry.hook].arguments)
    ]

    assert not gone
