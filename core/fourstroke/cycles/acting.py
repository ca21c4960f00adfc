"""Who acts, whether the policy lets them, and the ledger's word on every attempt that it refuses."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import attrs

from fourstroke.engine.provenance import email_of
from fourstroke.errors import RefusedError
from fourstroke.guard import refuse_unless_may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.engine.session import Session
    from fourstroke.entities.model import Action


@attrs.frozen(kw_only=True)
class Person:
    """Who acts: names that the machine and git tell, and nobody has proved.

    Parameters
    ----------
    name : str
        The user of the operating system.
    email : str
        The address that git signs commits with; empty if it knows none.
    """

    name: str
    email: str = ""

    @property
    def names(self) -> frozenset[str]:
        """What policies may call the person."""
        return frozenset({self.name, self.email} - {""})


def acting(session: Session) -> Person:
    """Give who acts in a recorded run: whoever owns its process, be it a command or a whole turn."""
    user = session.records.run(session.writer.run).user
    return Person(name=user, email=email_of(session.config.root))


def require_may(session: Session, action: Action, subject: str) -> None:
    """Ask the guard whether who acts may do this.

    Raises
    ------
    RefusedError
        If the policy names others; the ledger tells of the attempt.
    """
    if action in session.config.policy.may:
        with refusals_told(session, subject, action):
            refuse_unless_may(session.config.policy, action, acting(session).names, subject)


def why_not(session: Session, action: Action, subject: str) -> str:
    """Say why who acts may not do this, without an attempt; empty if they may."""
    try:
        refuse_unless_may(session.config.policy, action, acting(session).names, subject)
    except RefusedError as error:
        return error.message
    return ""


@contextlib.contextmanager
def refusals_told(session: Session, subject: str, action: Action = "promote") -> Iterator[None]:
    """Tell the ledger if the policy refuses something within a ``with`` block."""
    try:
        yield
    except RefusedError as error:
        session.writer.record_refusal(subject, error.message, action)
        raise
