"""Approvals by people: whose word counts, and who is still missing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.entities.age import hours_of
from fourstroke.principals import has_ended as has_token_ended

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.config import Policy
    from fourstroke.entities.model import Action, Decision


# What changes which version answers: nobody should be able to do it by a name alone.
_GRAVE: Final[tuple[Action, ...]] = ("promote", "rollback", "alias")


@attrs.frozen
class Word:
    """What one person said of a version, and when."""

    decision: Decision
    at: dt.datetime

    def names(self, policy: Policy) -> frozenset[str]:
        """Give the names that the person goes by."""
        said = self.decision
        return names_of(policy, said.by, said.email, said.proof)

    def lacks_proof(self, policy: Policy) -> bool:
        """Say whether it is in the name of a principal who did not prove that it is theirs."""
        return lacks_proof(policy, self.decision.by, self.decision.proof)


def names_of(policy: Policy, name: str, email: str, proof: str) -> frozenset[str]:
    """Give the names that somebody goes by: that of the system, and the address that git knows.

    A name that somebody proves by a token is nobody's without it.
    """
    names = frozenset({name, email} - {""})
    return names if proof else names - {each.name for each in policy.principals}


def lacks_proof(policy: Policy, name: str, proof: str) -> bool:
    """Say whether a name is that of a principal who did not prove that it is theirs."""
    return not proof and any(each.name == name for each in policy.principals)


def standing(
    policy: Policy, words: Sequence[Word], author: str, now: dt.datetime
) -> tuple[Word, ...]:
    """Give the approvals that count.

    One a person, the latest; after the last no, for a no takes back every yes before it; not past its
    day or the policy's age; not the author's, unless the policy says that the author may; and not in the
    name of a principal without their token.

    Parameters
    ----------
    policy : Policy
        From ``[development.policy]``.
    words : sequence of Word
        What people said, the oldest first.
    author : str
        Who ran the training.
    now : datetime
        The present moment.
    """
    latest: dict[str, Word] = {}
    for word in words:
        if word.decision.answer == "no":
            latest.clear()
        elif word.decision.answer == "yes" and not word.lacks_proof(policy):
            latest[word.decision.by] = word
    return tuple(
        word
        for word in latest.values()
        if not has_ended(policy, word, now)
        and (policy.author_may_approve or not word.decision.is_by(author))
    )


def has_ended(policy: Policy, word: Word, now: dt.datetime) -> bool:
    """Say whether a yes is past its own last day, or older than the policy lets it be."""
    if word.decision.until and now.date() > dt.date.fromisoformat(word.decision.until):
        return True
    age = policy.approval_age
    return bool(age) and now - word.at > dt.timedelta(hours=hours_of(age))


def may(policy: Policy, action: Action, names: frozenset[str]) -> bool:
    """Say whether the policy lets a person do something: it names them, or nobody, for it."""
    entries = policy.may.get(action, ())
    return not entries or any(names & _people(policy, entry) for entry in entries)


def may_approve(policy: Policy, names: frozenset[str]) -> bool:
    """Say whether the policy lets a person approve at all."""
    return not policy.approvers or any(names & _people(policy, entry) for entry in policy.approvers)


def missing(policy: Policy, approvals: Sequence[Word]) -> str:
    """Say in words what is missing; empty if there are enough.

    With a list of approvers each approval takes one entry of it: a person who plays two roles does
    not count twice, and two people of one role count twice only if the role is there twice.
    """
    needed = policy.approvals_needed
    entries = policy.approvers
    if not entries:
        count = len(approvals)
        return "" if count >= needed else f"{count} of {needed} approvals"
    taken = _assigned(policy, approvals)
    if len(taken) >= needed:
        return ""
    open_ = sorted({entry for index, entry in enumerate(entries) if index not in taken})
    return f"{len(taken)} of {needed} approvals; still to be asked: {', '.join(open_)}"


def doubts(policy: Policy, today: dt.date) -> tuple[str, ...]:
    """Say which tokens have ended, and whose names anybody may bear although others prove theirs."""
    if not policy.principals:
        return ()
    ended = [
        f"the token of {each.name} ended on {each.until}"
        for each in policy.principals
        if has_token_ended(each, today)
    ]
    asked = [*policy.approvers, *(entry for entries in policy.may.values() for entry in entries)]
    people = {person for entry in asked for person in _people(policy, entry)}
    bare = sorted(people - {each.name for each in policy.principals})
    named = {"approve": ("approvers", policy.approvers)}
    named |= {act: (f"may.{act}", policy.may.get(act, ())) for act in _GRAVE}
    told = [f"{', '.join(bare)} may act without a token: any machine can call its user so"]
    open_ = [
        f"anybody without a token may {act}: {key} names nobody"
        for act, (key, entries) in named.items()
        if not entries
    ]
    return (*ended, *(told if bare else ()), *open_)


def _assigned(policy: Policy, approvals: Sequence[Word]) -> Mapping[int, int]:
    """Give each entry of the list an approval of its own, as many as go: augmenting paths."""
    taken: dict[int, int] = {}

    def place(person: int, tried: set[int]) -> bool:
        for index, entry in enumerate(policy.approvers):
            if index in tried or not approvals[person].names(policy) & _people(policy, entry):
                continue
            tried.add(index)
            if index not in taken or place(taken[index], tried):
                taken[index] = person
                return True
        return False

    for person in range(len(approvals)):
        place(person, set())
    return taken


def _people(policy: Policy, entry: str) -> frozenset[str]:
    """Give who stands behind an entry: the people of a role, or the person of that name."""
    return frozenset(policy.roles.get(entry, (entry,)))
