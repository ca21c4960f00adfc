"""Who acts, whether the policy lets them, and the ledger's word on every attempt that it refuses."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Literal

import attrs

from fourstroke.approvals import lacks_proof, names_of
from fourstroke.engine.provenance import email_of
from fourstroke.entities.model import Decision
from fourstroke.errors import RefusedError
from fourstroke.guard import refuse_unless_may
from fourstroke.principals import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.config import Policy
    from fourstroke.engine.session import Session
    from fourstroke.entities.model import Action


@attrs.frozen(kw_only=True)
class Person:
    """Who acts: a principal who proved it, or names that the machine and git tell, which nobody has proved.

    Parameters
    ----------
    name : str
        Of the principal, or the user of the operating system.
    email : str
        The address that git signs commits with; empty if it knows none, and for a principal, whose git
        that need not be.
    proof : str
        ``token`` and its digest, or nothing.
    """

    name: str
    email: str = ""
    proof: str = ""

    def names(self, policy: Policy) -> frozenset[str]:
        """Give what the policy may call the person."""
        return names_of(policy, self.name, self.email, self.proof)

    def says(
        self, answer: Literal["yes", "no"], why: str, *, evidence: str = "", until: str = ""
    ) -> Decision:
        """Give their word, in their name."""
        return Decision(
            answer=answer,
            why=why,
            by=self.name,
            email=self.email,
            proof=self.proof,
            evidence=evidence,
            until=until,
        )


def acting(session: Session) -> Person:
    """Give who acts in a recorded run, be it a command or a whole turn.

    It is the principal whose token was shown, or whoever owns its process.
    """
    user, proof = session.records.run(session.writer.run).user, session.writer.proof
    return Person(name=user, email="" if proof else email_of(session.config.root), proof=proof)


def require_proof(session: Session, person: Person, subject: str) -> None:
    """Refuse who bears the name of a principal and did not show their token.

    Raises
    ------
    RefusedError
        The ledger tells of the attempt.
    """
    if not lacks_proof(session.config.policy, person.name, person.proof):
        return
    with refusals_told(session, subject, "token"):
        raise RefusedError(
            f"{person.name} proves by a token who they are",
            where=subject,
            hint=f"set {VARIABLE} to the token of {person.name}",
        )


def require_may(session: Session, action: Action, subject: str) -> None:
    """Ask the guard whether who acts may do this.

    Raises
    ------
    RefusedError
        If the policy names others; the ledger tells of the attempt.
    """
    if action in session.config.policy.may:
        with refusals_told(session, subject, action):
            _refuse_unless_may(session, action, subject)


def why_not(session: Session, action: Action, subject: str) -> str:
    """Say why who acts may not do this, without an attempt; empty if they may."""
    try:
        _refuse_unless_may(session, action, subject)
    except RefusedError as error:
        return error.message
    return ""


def _refuse_unless_may(session: Session, action: Action, subject: str) -> None:
    policy = session.config.policy
    refuse_unless_may(policy, action, acting(session).names(policy), subject)


@contextlib.contextmanager
def refusals_told(
    session: Session, subject: str, action: Action | Literal["token"] = "promote"
) -> Iterator[None]:
    """Tell the ledger if the policy refuses something within a ``with`` block."""
    try:
        yield
    except RefusedError as error:
        session.writer.record_refusal(subject, error.message, action)
        raise
