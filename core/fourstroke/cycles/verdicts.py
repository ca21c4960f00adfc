"""What follows from checks of data: whether they still hold, and whether the run goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fourstroke.cycles.shape import counted
from fourstroke.engine.step_facts import without_step
from fourstroke.entities.facts import Check
from fourstroke.errors import BlockedError, FourstrokeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.engine.session import Session
    from fourstroke.plan import Outputs, Step


def failed_check(step: Step, error: FourstrokeError) -> Outputs:
    """Make a check that could not be made a check that says no: closed, not open."""
    return {"value": (Check(name=step.name, status="error", why=without_step(step.name, error)),)}


def still_holds(session: Session, outputs: Mapping[str, Artifact]) -> bool:
    """Say whether known checks may be reused: what could not be checked is tried again.

    So is what held until a moment that is over.
    """
    checks = session.load(outputs.get("value"))
    if checks is None or any(item.status == "error" for item in checks):
        return False
    return not any(item.until and moment(item.until) < now() for item in checks)


def moment(text: str) -> datetime:
    """Read a moment; one without an offset is in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def now() -> datetime:
    """Give the present moment."""
    return datetime.now(UTC)


def refuse_if_blocked(checks: list[Check], what: str) -> None:
    """Stop the run if one of the checks says no.

    Raises
    ------
    BlockedError
        Names the first check that says no, and how many others do.
    """
    said_no = [item for item in checks if item.says_no]
    if not said_no:
        return
    first, *others = said_no
    more = f", and {len(others)} more" if others else ""
    raise BlockedError(
        f"{first.name}: {first.why or first.status}{more}",
        where=f"{what}{f', column {first.column}' if first.column else ''}",
        hint="the report lists every check",
    )


def tally(checks: tuple[Check, ...]) -> str:
    """Count checks by outcome, and name the first one that did not pass.

    Examples
    --------
    >>> tally((Check(name="a", status="pass"), Check(name="b", status="fail")))
    '2 checks: 1 pass, 1 fail (b)'
    """
    counts: dict[str, int] = {}
    for item in checks:
        counts[item.status] = counts.get(item.status, 0) + 1
    listed = ", ".join(f"{count} {status}" for status, count in counts.items())
    odd = next((f" ({item.name})" for item in checks if item.status != "pass"), "")
    return f"{counted(len(checks), 'check')}: {listed}{odd}" if checks else "no checks"
