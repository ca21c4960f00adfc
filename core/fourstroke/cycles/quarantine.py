"""Checks that set rows at fault aside: the good ones go on, the others are kept with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.cycles.shape import counted, rows_of
from fourstroke.cycles.verdicts import still_holds
from fourstroke.entities.facts import Check
from fourstroke.errors import FourstrokeError
from fourstroke.plan import Outputs, Ref, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.config import PluginTable
    from fourstroke.context import Context
    from fourstroke.engine.work import Bench
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.plugins.calls import Caller

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


@attrs.frozen(kw_only=True, eq=False)
class Divided:
    """A table that was checked, and divided if that said no.

    Parameters
    ----------
    checks : tuple of Check
        What is found of the good rows, and how many were set aside.
    good : table
        What goes on.
    bad : table or None
        What is set aside; ``None`` if nothing is.
    """

    checks: tuple[Check, ...]
    good: Any
    bad: Any = None


def divide(caller: Caller, step: str, data: Any, context: Context, most: float) -> Divided:
    """Check a table; where that says no, keep the rows at fault apart and check the others.

    Parameters
    ----------
    caller : Caller
        Reaches the plugin under the name of the step.
    step : str
        The step.
    data : table
        The table.
    context : Context
        The step's context.
    most : float
        The largest share of rows that may be set aside.
    """
    rows = rows_of(data) or 0
    checks = tuple(caller.check(step, data=data, context=context))
    if not any(item.says_no for item in checks):
        return Divided(checks=(*checks, _share(0, rows, most)), good=data)
    parts = caller.set_aside(step, data=data, context=context)
    good, bad = parts["good"], parts["bad"]
    count = rows_of(bad) or 0
    if not count:
        return Divided(checks=(*checks, _share(0, rows, most)), good=data)
    again = tuple(caller.check(step, data=good, context=context))
    told = (*told_again(checks, again), _share(count, rows, most))
    return Divided(checks=told, good=good, bad=bad)


def check_and_set_aside(bench: Bench) -> Outputs:
    """Check the table, and divide it if that says no."""
    most = _limit(bench)
    try:
        found = divide(bench.caller, bench.step, bench.load("data"), bench.context, most)
    except Exception as error:  # noqa: BLE001 - the plugin border: closed, not open, and nothing is lost
        told = str(error) if isinstance(error, FourstrokeError) else _in_words(error)
        failed = Check(name=bench.step, status="error", why=told)
        return {"value": (failed,), GOOD: bench.inputs["data"], "summary": f"failed: {told}"}
    summary = counted(len(found.checks), "check")
    if found.bad is None:
        # The very table that came in: not to be stored anew.
        good = bench.inputs["data"]
        return {"value": found.checks, GOOD: good, "summary": f"{summary}, no row set aside"}
    count = counted(rows_of(found.bad) or 0, "row")
    bench.context.say(f"{count} set aside: fourstroke data quarantine show {bench.context.run}")
    outputs = {"value": found.checks, GOOD: found.good, BAD: found.bad}
    return {**outputs, "summary": f"{summary}, {count} set aside"}


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


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
