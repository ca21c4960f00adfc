"""The promotion policy: one function that every way to promote a version passes through."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.approvals import Word, lacks_proof, may, missing, standing
from fourstroke.entities.age import hours_of
from fourstroke.errors import RefusedError
from fourstroke.principals import VARIABLE

if TYPE_CHECKING:
    from fourstroke.config import Policy
    from fourstroke.entities.facts import Check
    from fourstroke.entities.model import Action, Decision, Waiver

# An action as a message says it, where its name alone is no verb or says too little.
_VERBS: Final = {
    "alias": "set an alias",
    "describe": "describe it",
    "override": "override a no",
    "promote": "promote it",
    "reject": "reject it",
    "request": "ask for approval",
    "retire": "retire it",
    "rollback": "roll it back",
    "stage": "move it to a stage",
    "tag": "tag it",
}


@attrs.frozen(kw_only=True)
class Standing:
    """All that stands about a version when somebody wants to promote it.

    Parameters
    ----------
    what : str
        The version, as people name it.
    author : str
        Who ran the training.
    is_author_proved : bool
        Whether they proved by a token who they are, if the policy asks for it.
    verdict_passed : bool
        Whether the latest verdict on its files is "pass".
    said_no : tuple of Check
        The checks of that verdict that say no.
    judged_in : str
        The run that came to it; empty if nobody knows.
    waivers : tuple of Waiver
        Those that this verdict rests on.
    judged_by_call : tuple of str
        Settings of its validators that a single call laid over the project file.
    judged_by : str
        The digest of the policy that it was come to by; empty if nobody knows.
    decision : Decision or None
        The last word on it; ``None`` if nobody decided.
    words : tuple of Word
        What people said of it, the oldest first.
    data_published : datetime, optional
        When the data that it was trained on were published; ``None`` if nobody knows.
    is_clean : bool
        Whether a run made it from a commit, without changes beside it.
    stage : str
        The stage that people moved it to; empty if nobody did.
    is_retired : bool
        Whether it was taken out of use for good.
    """

    what: str
    author: str
    is_author_proved: bool = False
    verdict_passed: bool
    said_no: tuple[Check, ...] = ()
    judged_in: str = ""
    waivers: tuple[Waiver, ...] = ()
    judged_by_call: tuple[str, ...] = ()
    judged_by: str = ""
    decision: Decision | None = None
    words: tuple[Word, ...] = ()
    data_published: dt.datetime | None = None
    is_clean: bool = False
    stage: str = ""
    is_retired: bool = False

    @property
    def is_only_worse(self) -> bool:
        """Whether nothing says no but comparisons with the model at work."""
        return bool(self.said_no) and all(each.against == "champion" for each in self.said_no)


def refuse_unless_allowed(
    policy: Policy,
    known: Standing,
    now: dt.datetime | None = None,
    *,
    is_return: bool = False,
) -> None:
    """Refuse to promote a version that the project's policy does not let through.

    Parameters
    ----------
    policy : Policy
        From ``[development.policy]``.
    known : Standing
        What stands about the version.
    now : datetime, optional
        The moment to judge at; the present one without it.
    is_return : bool
        Whether this is a roll-back: who goes back does not need a version that is better than the one
        that is left.

    Raises
    ------
    RefusedError
        Names the first rule that is not met and what to do.
    """
    moment = now or dt.datetime.now(dt.UTC)
    refuse_unless_judged(policy, known, moment, is_return=is_return)
    _refuse_unless_waived_by_right(policy, known)
    _refuse_unless_approved(policy, known, moment)
    if policy.clean_tree and not known.is_clean:
        raise RefusedError(
            "no run has made it from a commit without changes beside it",
            where=known.what,
            hint="development.policy.clean_tree is true: commit and run again",
        )
    _refuse_unless_fresh(policy, known, moment)
    if policy.promote_from and known.stage != policy.promote_from:
        raise RefusedError(
            f"it is in the stage {known.stage or 'none'}, and only {policy.promote_from} is promoted",
            where=known.what,
            hint=f"fourstroke models stage moves it: development.policy.promote_from is "
            f"{policy.promote_from!r}",
        )


def refuse_unless_may(policy: Policy, action: Action, names: frozenset[str], subject: str) -> None:
    """Refuse an act to whom the project's policy does not name for it.

    Parameters
    ----------
    policy : Policy
        From ``[development.policy]``; an action that its ``may`` does not name is anybody's.
    action : Action
        What somebody is about to do.
    names : frozenset of str
        What they are called, by a token or by names that nobody has proved.
    subject : str
        What it is done to, for the message.

    Raises
    ------
    RefusedError
        Names who may.
    """
    if may(policy, action, names):
        return
    who = " or ".join(sorted(names)) or "whoever shows no token"
    raise RefusedError(
        f"{who} may not {_VERBS.get(action, action)}; {', '.join(policy.may[action])} may",
        where=subject,
        hint=f"development.policy.may.{action} says so",
    )


def _refuse_unless_waived_by_right(policy: Policy, known: Standing) -> None:
    for each in known.waivers:
        if not may(policy, "waive", frozenset({each.by})):
            raise RefusedError(
                f"its verdict rests on the waiver of {each.check} by {each.by}, who may not waive",
                where=known.what,
                hint=f"development.policy.may.waive names {', '.join(policy.may['waive'])}",
            )


def refuse_unless_judged(
    policy: Policy, known: Standing, now: dt.datetime, *, is_return: bool = False
) -> None:
    """Refuse a version that is out of use, or whose verdict is no pass or rests on a waiver that is over.

    A waiver is over when its day is past, in the verdict or in the policy of now, or when the policy has
    it no more.

    Raises
    ------
    RefusedError
        Names what is wrong.
    """
    if known.is_retired:
        raise RefusedError("it was retired", where=known.what, hint="promote another version")
    if not known.verdict_passed and not (is_return and known.is_only_worse):
        raise RefusedError(_not_passed(known), where=known.what, hint=_way_to_pass(known))
    if known.judged_by_call:
        raise RefusedError(
            f"its verdict rests on settings of a single call: {', '.join(known.judged_by_call)}",
            where=known.what,
            hint=f"write them into the project file, where people review them; {_again(known)} "
            "judges it anew",
        )
    standing_now = {each.stands_for: each for each in policy.waive}
    for each in known.waivers:
        kept = standing_now.get(each.stands_for)
        until = min(each.until, kept.until if kept else each.until, key=dt.date.fromisoformat)
        if kept and now.date() <= dt.date.fromisoformat(until):
            continue
        told = f"ended on {until}" if kept else "the project file has no more"
        raise RefusedError(
            f"its verdict rests on the waiver of {each.check} by {each.by}, which {told}",
            where=known.what,
            hint=f"{_again(known)} judges it anew",
        )


def refuse_authors_word(policy: Policy, known: Standing, word: Decision) -> None:
    """Refuse the word of the author, or of whoever may be that, if an author may not approve.

    Raises
    ------
    RefusedError
        Says whose word it has to be, or how its author becomes known.
    """
    _refuse_unless_author_is_known(policy, known)
    if not policy.author_may_approve and word.is_by(known.author):
        raise RefusedError(
            _own(known),
            where=known.what,
            hint="development.policy.author_may_approve is false: let somebody else approve",
        )


def _own(known: Standing) -> str:
    return f"{known.author} trained it and may not approve it"


def _refuse_unless_author_is_known(policy: Policy, known: Standing) -> None:
    """Without a token who trained it and who approves may be one person under two names."""
    if not policy.tells_authors or known.is_author_proved:
        return
    raise RefusedError(
        f"{known.author} trained it without a token, and may be anybody who approves it",
        where=known.what,
        hint=f"development.policy.author_may_approve is false: run the training with {VARIABLE} set",
    )


def _refuse_unless_approved(policy: Policy, known: Standing, now: dt.datetime) -> None:
    decision = known.decision
    if decision is None or decision.answer != "yes":
        raise RefusedError(_without_yes(decision), where=known.what, hint=_way_out(decision))
    _refuse_unless_author_is_known(policy, known)
    if not policy.approvals_needed:
        refuse_authors_word(policy, known, decision)
        if known.words and not standing(policy, known.words, known.author, now):
            is_open = lacks_proof(policy, decision.by, decision.proof)
            why = "is not proved by their token" if is_open else "has ended"
            raise RefusedError(
                f"the approval by {decision.by} {why}",
                where=known.what,
                hint="fourstroke models approve renews it",
            )
        return
    lacking = missing(policy, standing(policy, known.words, known.author, now))
    if lacking:
        # Whose word came last may have been asked for, or be an old one that nobody thinks of.
        is_own = decision.is_by(known.author) and not policy.author_may_approve
        why = f"; {_own(known)}" if is_own else ""
        raise RefusedError(
            f"it has {lacking}{why}",
            where=known.what,
            hint="they answer by: fourstroke models approve",
        )


def _refuse_unless_fresh(policy: Policy, known: Standing, now: dt.datetime) -> None:
    if not policy.data_age:
        return
    hint = f"development.policy.data_age is {policy.data_age!r}: run again on newer data"
    if known.data_published is None:
        raise RefusedError("nobody knows when its data were published", where=known.what, hint=hint)
    if now - known.data_published > dt.timedelta(hours=hours_of(policy.data_age)):
        raise RefusedError(
            f"its data were published on {known.data_published:%Y-%m-%d}, which is too long ago",
            where=known.what,
            hint=hint,
        )


def _not_passed(known: Standing) -> str:
    by = f", of run {known.judged_in}," if known.judged_in else ""
    message = f"the latest verdict on it{by} is not a pass"
    if not known.said_no:
        return message
    first, *others = known.said_no
    more = f", and {len(others)} more say no" if others else ""
    return f"{message}; {first.name}: {first.why or first.status}{more}"


def _way_to_pass(known: Standing) -> str:
    if not known.said_no:
        return f"{_again(known)} judges it anew"
    names = ", ".join(repr(each.name) for each in known.said_no)
    return (
        f"{_again(known)} judges it anew; who answers for {names} waives it in "
        "development.policy.waive before"
    )


def _again(known: Standing) -> str:
    model, _, version = known.what.partition("@v")
    return f"fourstroke models validate {model} {version}"


def _without_yes(decision: Decision | None) -> str:
    if decision is None:
        return "nobody has approved it"
    if decision.answer == "waiting":
        return f"approval: {decision.why}"
    return f"{decision.by or 'the approver'} said no: {decision.why}"


def _way_out(decision: Decision | None) -> str:
    if decision is not None and decision.answer == "no":
        return "whoever answers for it may: fourstroke models deploy ... --override --why '...'"
    return "fourstroke models approve records your approval"
