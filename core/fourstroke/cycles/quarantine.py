"""Checks that set rows at fault aside: the good ones go on, the others are kept with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles.shape import counted, rows_of
from fourstroke.cycles.verdicts import still_holds
from fourstroke.entities.facts import Check
from fourstroke.errors import FourstrokeError
from fourstroke.plan import Outputs, Ref, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.config import PluginTable
    from fourstroke.engine.work import Bench
    from fourstroke.plugins.build import BuiltPlugin

GOOD = "good"
BAD = "bad"
QUARANTINED = "quarantined"
_PREFIX = "data.check."


def setting_aside(table: PluginTable, plugin: BuiltPlugin, before: Ref) -> Step:
    """Give the step of a check that sets rows aside; its output `GOOD` is what goes on."""
    return Step(
        name=f"{_PREFIX}{table.name}",
        cycle="data",
        stage="check",
        inputs={"data": before},
        plugins=(plugin,),
        settings={
            "on_failure": table.on_failure,
            "most_quarantined": table.most_quarantined,
        },
        work=check_and_set_aside,
        is_current=still_holds,
    )


def check_and_set_aside(bench: Bench) -> Outputs:
    """Check the table; where that says no, keep the rows at fault apart and check the others."""
    try:
        return _checked(bench)
    except Exception as error:  # noqa: BLE001 - the plugin border: closed, not open, and nothing is lost
        text = (
            str(error) if isinstance(error, FourstrokeError) else f"{type(error).__name__}: {error}"
        )
        failed = Check(name=bench.step, status="error", why=text)
        return {"value": (failed,), GOOD: bench.inputs["data"], "summary": f"failed: {text}"}


def _checked(bench: Bench) -> Outputs:
    context, limit = bench.context, _limit(bench)
    data = bench.load("data")
    rows = rows_of(data) or 0
    checks = tuple(bench.caller.check(bench.step, data=data, context=context))
    if not any(item.says_no for item in checks):
        checks = (*checks, _share(0, rows, limit))
        summary = f"{counted(len(checks), 'check')}, no row set aside"
        return {"value": checks, GOOD: bench.inputs["data"], "summary": summary}
    parts = bench.caller.set_aside(bench.step, data=data, context=context)
    good, bad = parts["good"], parts["bad"]
    count = rows_of(bad) or 0
    again = tuple(bench.caller.check(bench.step, data=good, context=context)) if count else checks
    told = (*told_again(checks, again), _share(count, rows, limit))
    summary = f"{counted(len(told), 'check')}, {counted(count, 'row')} set aside"
    if not count:
        return {"value": told, GOOD: bench.inputs["data"], "summary": summary}
    context.say(f"{counted(count, 'row')} of {rows:,} set aside: fourstroke data quarantine show")
    return {"value": told, GOOD: good, BAD: bad, "summary": summary}


def told_again(before: Sequence[Check], again: Sequence[Check]) -> tuple[Check, ...]:
    """Give what is found of the good rows, and of the others what was found before.

    A check that said no of the whole table and says it no more becomes a warning.

    Examples
    --------
    >>> old = Check(name="age: min", status="fail", why="2 rows do not keep to it")
    >>> (now,) = told_again([old], [Check(name="age: min", status="pass")])
    >>> now.status, now.why
    ('warn', '2 rows do not keep to it; they are set aside')
    """
    now = {item.name: item for item in again}
    told = []
    for item in before:
        known = now.pop(item.name, item)
        if item.says_no and not known.says_no:
            why = f"{item.why}; they are set aside"
            told.append(attrs.evolve(item, status="warn", severity="warning", why=why))
        else:
            told.append(known)
    return (*told, *now.values())


def _share(count: int, rows: int, limit: float) -> Check:
    share = count / rows if rows else 0.0
    return Check(
        name=QUARANTINED,
        status="pass" if share <= limit else "fail",
        observed=count,
        required=f"<= {limit:.2%} of rows",
        why=f"{count:,} of {rows:,} rows ({share:.2%}) are set aside",
    )


def _limit(bench: Bench) -> float:
    name = bench.step.removeprefix(_PREFIX)
    tables = bench.shop.config.tables.get("check", ())
    return next(table.most_quarantined for table in tables if table.name == name)
