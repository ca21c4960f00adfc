"""What people say of a version: yes, no, and please look at it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from fourstroke.approvals import may_approve, names_of
from fourstroke.cycles.acting import refusals_told, require_may
from fourstroke.cycles.release import require_allowed
from fourstroke.cycles.standing import PERSON, all_of, lacking, last_word
from fourstroke.errors import RefusedError, UsageError
from fourstroke.guard import refuse_authors_word, refuse_unless_judged

if TYPE_CHECKING:
    from fourstroke.engine.session import Session
    from fourstroke.entities.model import Decision
    from fourstroke.records.rows import VersionRow

# What the ledger says of a yes after a no.
OVERRIDDEN: Final = "overridden"


def record_word(
    session: Session,
    row: VersionRow,
    word: Decision,
    *,
    override: bool = False,
    has_to_suffice: bool = False,
) -> str:
    """Record a person's yes or no on a version; gives which approvals are missing after it.

    Parameters
    ----------
    session : Session
        The recorded run of this command.
    row : VersionRow
        The version.
    word : Decision
        What the person says.
    override : bool
        Whether a yes is given although the last word was no.
    has_to_suffice : bool
        Whether a yes is refused that does not let the version through at once.

    Raises
    ------
    RefusedError
        If the policy does not let this person approve, or this version be approved; nothing is
        recorded then, but the attempt.
    UsageError
        If a no or an override has no reason.
    """
    if word.answer == "no":
        if not word.why.strip():
            raise UsageError("a version is not rejected without a reason", hint="--why '...'")
        require_may(session, "reject", f"{row.model}@v{row.version}")
        session.writer.record_decision(row.model, row.version, PERSON, word, told="rejected")
        return ""
    if override and not word.why.strip():
        raise UsageError("a no is not overridden without a reason", hint="--why '...'")
    if override:
        require_may(session, "override", f"{row.model}@v{row.version}")
    before = last_word(session.records, row)
    is_no = before is not None and before.decision.answer == "no"
    if has_to_suffice:
        said = before.decision if before and is_no and not override else word
        require_allowed(session, row, said)
    else:
        _refuse_unless_heard(session, row, word, is_no=is_no and not override)
    if before is None or not is_no:
        session.writer.record_decision(row.model, row.version, PERSON, word)
    else:
        over = f"{before.decision.by or 'the approver'} had said no: {before.decision.why}"
        session.writer.record_decision(
            row.model, row.version, PERSON, word, told=OVERRIDDEN, facts={"over": over}
        )
    return lacking(session.config.policy, session.records, row)


def _refuse_unless_heard(session: Session, row: VersionRow, word: Decision, *, is_no: bool) -> None:
    """Refuse a yes that could never count: of the author, of a stranger, on what did not pass."""
    policy = session.config.policy
    known = all_of(policy, session.records, row, session.records.run(session.writer.run))
    names = names_of(policy, word.by, word.email, word.proof)
    with refusals_told(session, known.what):
        refuse_unless_judged(policy, known, dt.datetime.now(dt.UTC))
        if is_no and known.decision is not None:
            raise RefusedError(
                f"{known.decision.by or 'the approver'} said no: {known.decision.why}",
                where=known.what,
                hint="whoever answers for it may: --override --why '...'",
            )
        refuse_authors_word(policy, known, word)
        if not may_approve(policy, names):
            raise RefusedError(
                f"{word.by} is not among those who may approve",
                where=known.what,
                hint=f"development.policy.approvers names {', '.join(policy.approvers)}",
            )
