"""What a request holds: JSON within limits, who asks, and an answer with its headers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import attrs
import orjson
from starlette.responses import Response

from fourstroke_serve.faults import RequestError, body_of
from fourstroke_serve.identity import SCOPE_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from fourstroke_serve.loaded import Loaded

# Half of a character: no text has it, and no file or answer can hold it.
_HALF: Final = re.compile("[\ud800-\udfff]")


def request_id(request: Request) -> str:
    """Give the id of the request, which also stands in a header of every answer."""
    return str(request.scope[SCOPE_KEY])


@attrs.frozen
class Asker:
    """Who asks.

    Parameters
    ----------
    request_id : str
        The id of the request, by which it is logged.
    key : str
        What stands for who asks: a canary answers the same ones always.
    """

    request_id: str
    key: str


def asker(request: Request) -> Asker:
    """Give who asks."""
    return Asker(request_id(request), key_of(request.scope))


def key_of(scope: Mapping[str, Any]) -> str:
    """Give what stands for who asks: the key that they sent, or the id of the request alone."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-key"), b"")
    return given.decode("latin-1") or str(scope[SCOPE_KEY])


def kind_of(request: Request) -> str:
    """Give the media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def json_of(request: Request, *, also: str = "") -> Any:
    """Read the body as JSON; a fault names what else the endpoint takes.

    Raises
    ------
    RequestError
        415 for another kind, 400 for what is no JSON.
    """
    return parsed(request, await request.body(), also=also)


def parsed(request: Request, body: bytes, *, also: str = "") -> Any:
    """Read a body that has come as `json_of` does."""
    kind = kind_of(request)
    if kind not in {"", "application/json"}:
        known = f"application/json or {also}" if also else "application/json"
        raise RequestError(415, f"expected {known}, got {kind!r}")
    return loads(body)


def loads(body: bytes) -> Any:
    """Read JSON as its standard has it: NaN and Infinity are none of it.

    Raises
    ------
    RequestError
        400, with where it went wrong.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # Python's own says better what is wrong, and takes what is no more than unusual.
        return _slowly(body)


def _slowly(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig")
        found = json.loads(text, parse_constant=_refuse_constant)
        has_half = _HALF.search(json.dumps(found, ensure_ascii=False))
    except UnicodeDecodeError as error:
        raise RequestError(400, f"the body is no UTF-8: {error.reason}") from error
    except (ValueError, RecursionError) as error:
        raise RequestError(400, f"the body is no JSON: {error}") from error
    if has_half:
        raise RequestError(400, "the body holds half of a character: an escape without its pair")
    return found


def answer(body: Any, by: Loaded | None = None, status: int = 200) -> Response:
    """Write an answer."""
    headers = {}
    if by is not None:
        headers["x-model-version"] = str(by.number)
        headers["x-model-role"] = by.role
        if by.deployment is not None:
            headers["x-deployment-id"] = str(by.deployment)
    return Response(orjson.dumps(body), status, headers, "application/json")


def fault(status: int, message: str, details: Sequence[Mapping[str, Any]] = ()) -> Response:
    """Write what is wrong."""
    return answer(body_of(status, message, details), status=status)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON; write null for a missing number")
