"""What a request holds: JSON within limits, who asks, and an answer with its headers."""

from __future__ import annotations

import json
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from fourstroke_serve.faults import RequestError, body_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from fourstroke_serve.loaded import Loaded

# What may come back in a header, or name a row of a log.
_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")


def request_id(request: Request) -> str:
    """Give the client's own id of the request, if it is one; else a new one."""
    given = request.headers.get("x-request-id", "")
    return given if _ID.fullmatch(given) else secrets.token_hex(8)


def asker(request: Request, own_id: str) -> str:
    """Give what stands for who asks: a canary answers the same ones always."""
    return request.headers.get("x-request-key", "") or own_id


async def json_of(request: Request) -> Any:
    """Read the body as JSON.

    Raises
    ------
    RequestError
        415 for another kind, 400 for what is no JSON.
    """
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if kind.lower() != "application/json":
        raise RequestError(415, f"expected application/json, got {kind!r}")
    return loads(await request.body())


def loads(body: bytes) -> Any:
    """Read JSON as its standard has it: NaN and Infinity are none of it.

    Raises
    ------
    RequestError
        400, with where it went wrong.
    """
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, f"the body is no JSON: {error}") from error


def answer(body: Any, own_id: str, by: Loaded | None = None, status: int = 200) -> Response:
    """Write an answer."""
    headers = {"x-request-id": own_id}
    if by is not None:
        headers["x-model-version"] = str(by.number)
        headers["x-model-role"] = by.role
    written = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(written, status, headers, "application/json")


def fault(
    status: int, message: str, own_id: str, details: Sequence[Mapping[str, Any]] = ()
) -> Response:
    """Write what is wrong."""
    return answer(body_of(status, message, details), own_id, status=status)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON; write null for a missing number")
