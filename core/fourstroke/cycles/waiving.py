"""Waivers: checks that say no and do not count for a while, because somebody answers for them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import attrs

from fourstroke.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.entities.facts import Check
    from fourstroke.entities.model import Waiver


def waived(
    checks: Sequence[tuple[str, Check]], waivers: Sequence[Waiver], today: dt.date
) -> tuple[tuple[Check, ...], tuple[Waiver, ...]]:
    """Turn checks that say no and are waived into warnings.

    A waiver that has ended, or whose check passes, does nothing. One that ended says so.

    Parameters
    ----------
    checks : sequence of (str, Check)
        Of a verdict, each with the name of its step.
    waivers : sequence of Waiver
        From ``[[development.policy.waive]]``. One that names a step is for all checks of it.
    today : date
        Of UTC.

    Returns
    -------
    tuple of Check, tuple of Waiver
        All checks in their order, and the waivers that made a difference, one for each check.
    """
    by_name = {waiver.check: waiver for waiver in waivers}
    used: dict[str, Waiver] = {}
    found = []
    for step, check in checks:
        waiver = by_name.get(check.name) or by_name.get(step)
        if waiver is None or not check.says_no:
            found.append(check)
        elif has_ended(waiver, today):
            ended = f"the waiver by {waiver.by} ended on {waiver.until}"
            found.append(attrs.evolve(check, why=_joined(check.why, ended)))
        else:
            named = "" if waiver.check == check.name else waiver.check
            used[check.name] = attrs.evolve(waiver, check=check.name, step=named)
            told = f"waived by {waiver.by} until {waiver.until}: {waiver.why}"
            found.append(
                attrs.evolve(
                    check, severity="warning", why=_joined(check.why or check.status, told)
                )
            )
    return tuple(found), tuple(used.values())


def unmatched(checks: Sequence[tuple[str, Check]], waivers: Sequence[Waiver]) -> tuple[str, ...]:
    """Tell of waivers that are for no check of a verdict: a name that is wrong waives nothing.

    Parameters
    ----------
    checks, waivers
        As `waived` takes them.
    """
    known = list(dict.fromkeys([check.name for _, check in checks] + [step for step, _ in checks]))
    return tuple(
        _astray(waiver, "check of this verdict", known)
        for waiver in waivers
        if waiver.check not in known
    )


def idle(waivers: Sequence[Waiver], steps: Sequence[str], checks: Sequence[str]) -> tuple[str, ...]:
    """Tell of waivers that do nothing: those that have ended, and those whose name nobody knows.

    Parameters
    ----------
    waivers : sequence of Waiver
        From the project file.
    steps : sequence of str
        The names of ``[[development.validate]]``.
    checks : sequence of str
        The names of the checks of the latest verdict; none if there was no verdict yet.
    """
    today, known, told = dt.datetime.now(dt.UTC).date(), [*steps, *checks], []
    for waiver in waivers:
        if has_ended(waiver, today):
            told.append(f"{_named(waiver)} ended on {waiver.until}")
        elif checks and waiver.check not in known:
            told.append(_astray(waiver, "step and for no check of the latest verdict", known))
    return tuple(told)


def has_ended(waiver: Waiver, today: dt.date) -> bool:
    """Say whether its last day is over."""
    return today > dt.date.fromisoformat(waiver.until)


def _astray(waiver: Waiver, what: str, known: Sequence[str]) -> str:
    return f"{_named(waiver)} is for no {what}: {nearest(waiver.check, known)}"


def _named(waiver: Waiver) -> str:
    return f"the waiver of {waiver.check!r} by {waiver.by}"


def _joined(first: str, second: str) -> str:
    return f"{first}; {second}" if first else second
