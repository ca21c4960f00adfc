"""The endpoints that tell how the service is: alive, ready, which version, which figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from fourstroke import __version__
from fourstroke_serve.counts import CONTENT_TYPE
from fourstroke_serve.openapi import document
from fourstroke_serve.requests import answer, request_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from fourstroke_serve.service import Service

_NOT_READY = 503


async def alive(service: Service, request: Request) -> Response:  # noqa: ARG001 - one form for all
    """Say that the process answers; whether there is a model is another question."""
    return answer({"status": "alive"}, request_id(request))


async def ready(service: Service, request: Request) -> Response:
    """Say whether a version is loaded that has shown that it is the one that was measured."""
    by = service.champion
    if by is None:
        why = service.trouble or "the model is being loaded"
        return answer({"status": "not ready", "why": why}, request_id(request), status=_NOT_READY)
    told = {
        "status": "ready",
        "model": service.model,
        "version": by.number,
        "digest": by.predictor.digest,
        "tried_rows": by.tried_rows,
    }
    if service.trouble:
        told["trouble"] = service.trouble
    return answer(told, request_id(request), by)


async def ping(service: Service, request: Request) -> Response:
    """Answer 200 if a model is loaded, else 404, as MLflow does."""
    status = 404 if service.champion is None else 200
    return Response("\n", status, {"x-request-id": request_id(request)}, "application/json")


async def version(service: Service, request: Request) -> Response:  # noqa: ARG001 - as above
    """Give the version of the software, as MLflow does."""
    return Response(__version__, 200, {"x-request-id": request_id(request)}, "text/plain")


async def figures(service: Service, request: Request) -> Response:
    """Give what was counted, for Prometheus."""
    return Response(service.counts.text(), 200, {"x-request-id": request_id(request)}, CONTENT_TYPE)


async def describe(service: Service, request: Request) -> Response:
    """Describe all endpoints as OpenAPI, with the columns of the model."""
    return answer(document(service), request_id(request), service.champion)
