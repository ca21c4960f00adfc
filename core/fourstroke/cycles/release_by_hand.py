"""Deployment and roll-back by people: their word, the guard, then the same release as in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fourstroke.cycles.releasing import release, require_allowed
from fourstroke.cycles.standing import PERSON, is_refused, last_word
from fourstroke.entities.model import Decision
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.engine.session import Session
    from fourstroke.entities.model import Deployment
    from fourstroke.records.rows import VersionRow

# What the ledger says of a yes after a no, and of the version that is left behind.
OVERRIDDEN: Final = "overridden"
ROLLED_BACK: Final = "rolled back"


def release_by_hand(
    session: Session, row: VersionRow, *, why: str, user: str, override: bool
) -> list[Deployment]:
    """Deploy a version to all targets.

    Parameters
    ----------
    session : Session
        The recorded run of this command.
    row : VersionRow
        The version.
    why : str
        The reason.
    user : str
        Who approves it by this; empty if nobody does.
    override : bool
        Whether the approval is given although the last word on it was no.

    Raises
    ------
    RefusedError
        If the policy does not let it through; then nothing is recorded as approved.
    UsageError
        If the project deploys another model, or has no target.
    """
    _require_targets(session, row.model)
    if override and not why:
        raise UsageError("a no is not overridden without a reason", hint="--why '...'")
    if user:
        word = Decision(answer="yes", why=why or "deployed by hand", by=user)
        _approve(session, row, word, override=override)
    return [
        release(session, f"development.deploy.{table.name}", table, row, why=why)
        for table in session.config.tables["deploy"]
    ]


def roll_back(session: Session, model: str, *, why: str, user: str) -> list[Deployment]:
    """Go back to the champion before, past those that were rolled back or refused themselves.

    The version that is left behind gets a no, so that no later run puts it back to work by itself.

    Raises
    ------
    UsageError
        If there is no version to go back to.
    """
    _require_targets(session, model)
    now = session.records.champion(model)
    if now is None:
        raise UsageError(f"no version of {model} is in production")
    before = _before(session, now)
    told = f"rolled back from v{now.version}{f': {why}' if why else ''}"
    made = release_by_hand(session, before, why=told, user="", override=False)
    word = Decision(answer="no", why=f"rolled back{f': {why}' if why else ''}", by=user)
    session.writer.record_decision(model, now.version, PERSON, word, told=ROLLED_BACK)
    return made


def _before(session: Session, now: VersionRow) -> VersionRow:
    for number in reversed(session.records.champion_history(now.model)):
        row = session.records.model_version(now.model, number)
        if number != now.version and not is_refused(session.records, row):
            return row
    raise UsageError(
        f"there is no version of {now.model} to go back to before v{now.version}",
        hint=f"fourstroke models show {now.model}",
    )


def _approve(session: Session, row: VersionRow, decision: Decision, *, override: bool) -> None:
    word = last_word(session.records, row)
    is_no = word is not None and word.decision.answer == "no"
    require_allowed(session, row, word.decision if word and is_no and not override else decision)
    if word is None or not is_no:
        session.writer.record_decision(row.model, row.version, PERSON, decision)
        return
    over = f"{word.decision.by or 'the approver'} had said no: {word.decision.why}"
    session.writer.record_decision(
        row.model, row.version, PERSON, decision, told=OVERRIDDEN, facts={"over": over}
    )


def _require_targets(session: Session, model: str) -> None:
    if model != session.config.model:
        raise UsageError(
            f"the targets of this project serve {session.config.model}, not {model}",
            hint=f"--set model.name={model}",
        )
    if not session.config.tables.get("deploy"):
        raise UsageError("no target is configured", where="development.deploy", hint="name one")
