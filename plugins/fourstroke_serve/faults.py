"""What is wrong with a request, as every protocol here tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

MOST_DETAILS: Final = 20

# What MLflow calls them.
_CODES: Final = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    405: "METHOD_NOT_ALLOWED",
    408: "REQUEST_TIMEOUT",
    413: "REQUEST_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    421: "MISDIRECTED_REQUEST",
    422: "INVALID_PARAMETER_VALUE",
    431: "HEADERS_TOO_LARGE",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}


class RequestError(Exception):
    """A request that cannot be answered, and why.

    Parameters
    ----------
    status : int
        Of HTTP.
    message : str
        One sentence.
    details : sequence of mapping
        What is wrong with single cells: row, column, expected, got.
    """

    def __init__(
        self, status: int, message: str, details: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = tuple(details)


def body_of(status: int, message: str, details: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Give an answer that clients of MLflow and of the Open Inference Protocol understand."""
    body: dict[str, Any] = {
        "error": message,
        "error_code": _CODES.get(status, "ERROR"),
        "message": message,
    }
    if details:
        body["details"] = [dict(each) for each in details[:MOST_DETAILS]]
        if len(details) > MOST_DETAILS:
            body["more"] = len(details) - MOST_DETAILS
    return body
