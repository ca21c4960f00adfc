"""Waivers: checks that say no and do not count for a while, because somebody answers for them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.entities.facts import Check
    from fourstroke.entities.model import Waiver


def waived(
    checks: Sequence[Check], waivers: Sequence[Waiver], today: dt.date
) -> tuple[tuple[Check, ...], tuple[Waiver, ...]]:
    """Turn checks that say no and are waived into warnings.

    A waiver that has ended, or whose check passes, does nothing. One that ended says so.

    Parameters
    ----------
    checks : sequence of Check
        Of a verdict.
    waivers : sequence of Waiver
        From ``[[development.policy.waive]]``.
    today : date
        Of UTC.

    Returns
    -------
    tuple of Check, tuple of Waiver
        All checks in their order, and the waivers that made a difference.
    """
    by_check = {waiver.check: waiver for waiver in waivers}
    used: dict[str, Waiver] = {}
    found = []
    for check in checks:
        waiver = by_check.get(check.name)
        if waiver is None or not check.says_no:
            found.append(check)
        elif has_ended(waiver, today):
            ended = f"the waiver by {waiver.by} ended on {waiver.until}"
            found.append(attrs.evolve(check, why=_joined(check.why, ended)))
        else:
            used[check.name] = waiver
            told = f"waived by {waiver.by} until {waiver.until}: {waiver.why}"
            found.append(
                attrs.evolve(
                    check, severity="warning", why=_joined(check.why or check.status, told)
                )
            )
    return tuple(found), tuple(used.values())


def has_ended(waiver: Waiver, today: dt.date) -> bool:
    """Say whether its last day is over."""
    return today > dt.date.fromisoformat(waiver.until)


def _joined(first: str, second: str) -> str:
    return f"{first}; {second}" if first else second
