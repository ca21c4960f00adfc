"""Principals: people and machines that prove who they are by a token, of which the project file knows the digest.

Names of the operating system and of git prove nothing. A token does, as far as it is kept: 32 random bytes
that nobody can guess, so that one plain SHA-256 of them is as good as a slow hash (which protects what people
choose and remember), and may stand in a file that everybody reads.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import re
import secrets
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Where commands and programs find the token of who runs them.
VARIABLE: Final = "FOURSTROKE_TOKEN"
# How it was proved, as decisions and events say it: this, and the digest of the token.
_KIND: Final = "token"
# Of a digest, so that people can tell two tokens of one name apart.
_SHOWN: Final = len("sha256:") + 12

_BYTES: Final = 32
# A word that searches for leaked secrets find.
_PREFIX: Final = "fourstroke_"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


@attrs.frozen(kw_only=True)
class Principal:
    """Somebody, and what their token is known by.

    Parameters
    ----------
    name : str
        What the policy calls them.
    token : str
        The digest of the token: ``sha256:`` and 64 hexadecimal digits.
    until : str
        The last day on which it is taken, of UTC; empty if for good.
    """

    name: str
    token: str
    until: str = ""


def new_token() -> str:
    """Make a token; it is shown once and kept nowhere.

    Examples
    --------
    >>> token = new_token()
    >>> token.startswith("fourstroke_"), len(token), token == new_token()
    (True, 54, False)
    """
    return _PREFIX + secrets.token_urlsafe(_BYTES)


def digest_of(token: str) -> str:
    """Give what a project file knows a token by.

    Examples
    --------
    >>> digest_of("abc")  # of FIPS 180-2, appendix B.1
    'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    """
    return "sha256:" + hashlib.sha256(token.encode()).hexdigest()


def is_digest(text: str) -> bool:
    """Say whether a text is the digest of a token, and not the token itself."""
    return _DIGEST.fullmatch(text) is not None


def proof_of(token: str) -> str:
    """Say how somebody proved who they are: by the token of this digest, so that anybody can look it up."""
    return f"{_KIND} {digest_of(token)}"


def short(digest: str) -> str:
    """Give the beginning of a digest, as people read it."""
    return digest[:_SHOWN]


def shown(name: str, proof: str) -> str:
    """Write who did something as people read it.

    Examples
    --------
    >>> shown("ann", proof_of("abc")), shown("ann", ""), shown("ann (token)", "")
    ('ann (token ba7816bf8f01)', 'ann', "'ann (token)'")
    """
    if proof:
        kind, _, digest = proof.partition(" ")
        return f"{name} ({kind} {short(digest).removeprefix('sha256:')})"
    # A machine may call its user as it likes, and not as a proof is written.
    return repr(name) if "(" in name else name


def token_of_process(principals: Sequence[Principal]) -> str:
    """Give the token that this process was started with; one is of another project where nobody has any."""
    return os.environ.get(VARIABLE, "").strip() if principals else ""


def has_ended(principal: Principal, today: dt.date) -> bool:
    """Say whether a token's last day is past, of UTC."""
    return bool(principal.until) and today > dt.date.fromisoformat(principal.until)


def owner_of_token(
    principals: Sequence[Principal], token: str, today: dt.date | None = None
) -> str:
    """Give the name of whose token this is.

    Parameters
    ----------
    principals : sequence of Principal
        Of ``project.config.policy``.
    token : str
        What was shown.
    today : date, optional
        The day to judge by; the present one of UTC without it.

    Raises
    ------
    RefusedError
        If it is nobody's, or its last day is past.
    """
    given = digest_of(token)
    # All of them, whichever it is: how long this takes tells nothing.
    found = [each for each in principals if hmac.compare_digest(each.token, given)]
    if not found:
        raise RefusedError(
            "the token is nobody's here",
            where=VARIABLE,
            hint="[[development.policy.principals]] says whose are known; "
            "fourstroke principals token NAME makes one",
        )
    day = today or dt.datetime.now(dt.UTC).date()
    taken = [each for each in found if not has_ended(each, day)]
    if not taken:
        raise RefusedError(
            f"the token of {found[0].name} has ended on {found[0].until}",
            where=VARIABLE,
            hint=f"fourstroke principals token {found[0].name} makes a new one",
        )
    return taken[0].name
