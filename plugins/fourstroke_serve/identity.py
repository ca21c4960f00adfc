"""The id of a request: the client's own if it sent one, else that of its trace, else a new one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Final

# What may come back in a header, or name a row of a log.
_ID: Final = re.compile(rb"[A-Za-z0-9_.:-]{1,128}")
# Of the W3C's "Trace Context": version, trace, span, flags. A trace of zeros is none.
_TRACE: Final = re.compile(rb"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
SCOPE_KEY: Final = "fourstroke.request_id"


def own_id(headers: Mapping[bytes, bytes]) -> str:
    """Give the id of a request.

    Examples
    --------
    >>> own_id({b"x-request-id": b"a.b-1"})
    'a.b-1'
    >>> own_id({b"traceparent": b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
    '0af7651916cd43dd8448eb211c80319c'
    """
    given = headers.get(b"x-request-id", b"")
    if _ID.fullmatch(given):
        return given.decode()
    trace = _TRACE.fullmatch(headers.get(b"traceparent", b""))
    return trace[1].decode() if trace is not None else secrets.token_hex(8)
