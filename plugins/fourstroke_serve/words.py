"""What people may do with versions over HTTP, and what each act may be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fourstroke_serve.faults import RequestError

# Below this path the token is that of a principal, not the one of the service.
PREFIX: Final = "/governance/"
NO_PRINCIPAL: Final = "send the token of a principal: Authorization: Bearer ..."
# Of a request: a reason in words is far shorter, and strangers get no further than this.
MOST_BYTES: Final = 65_536
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "request": ("why",),
    "approve": ("why", "evidence", "until", "override"),
    "reject": ("why", "evidence"),
    "promote": ("why", "expecting"),
    "rollback": ("why",),
}
# Those that have to say why.
EXPLAINED: Final = frozenset({"request", "reject"})
KINDS: Final[Mapping[str, type]] = {
    "why": str,
    "evidence": str,
    "until": str,
    "override": bool,
    "expecting": int,
}
_EXPECTED: Final = {str: "a text", bool: "true or false", int: "a whole number from 0"}


def words_of(verb: str, body: Any) -> dict[str, Any]:
    """Read what an act is told; what it does not know is refused, for it may have been meant.

    Raises
    ------
    RequestError
        422, with the key.
    """
    if not isinstance(body, dict):
        raise RequestError(422, "expected an object")
    known = WORDS[verb]
    for name, value in body.items():
        if name not in known:
            raise RequestError(422, f"there is no key {name!r} here; there are {', '.join(known)}")
        kind = KINDS[name]
        # In Python true is a whole number, too.
        if type(value) is not kind or (isinstance(value, int) and value < 0):
            raise RequestError(422, f"{name} has to be {_EXPECTED[kind]}")
    if verb in EXPLAINED and not str(body.get("why", "")).strip():
        raise RequestError(422, "why is missing: the reason, for the ledger")
    return dict(body)
