"""The endpoints that tell how the service is: alive, ready, which version, which figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from fourstroke import __version__
from fourstroke_serve.counts import CONTENT_TYPE
from fourstroke_serve.openapi import document
from fourstroke_serve.requests import answer, fault

if TYPE_CHECKING:
    from starlette.requests import Request

    from fourstroke_serve.service import Service

_NOT_READY: Final = 503
_PUBLIC: Final = "/readyz"


async def alive(service: Service, request: Request) -> Response:  # noqa: ARG001 - one form for all
    """Say that the process answers; whether there is a model is another question."""
    return answer({"status": "alive"})


async def ready(service: Service, request: Request) -> Response:
    """Say whether a version is loaded that has shown that it is the one that was measured."""
    by = service.champion
    # Whoever has no token learns what a load balancer needs, and no more.
    is_brief = bool(service.settings.token) and request.scope["path"] == _PUBLIC
    if by is None:
        why = {} if is_brief else {"why": service.trouble or "the model is being loaded"}
        return answer({"status": "not ready", **why}, status=_NOT_READY)
    if is_brief:
        return answer({"status": "ready"})
    told = {
        "status": "ready",
        "model": service.model,
        "version": by.number,
        "deployment": by.deployment,
        "digest": by.predictor.digest,
        "tried_rows": by.tried_rows,
    }
    if service.trouble:
        told["trouble"] = service.trouble
    return answer(told, by)


async def ping(service: Service, request: Request) -> Response:  # noqa: ARG001 - as above
    """Answer 200 if a model is loaded, else 404, as MLflow does."""
    if service.champion is None:
        return fault(404, "no model is loaded")
    return answer({}, service.champion)


async def version(service: Service, request: Request) -> Response:  # noqa: ARG001 - as above
    """Give the version of the software, as MLflow does."""
    return Response(__version__, 200, media_type="text/plain")


async def figures(service: Service, request: Request) -> Response:  # noqa: ARG001 - as above
    """Give what was counted, for Prometheus."""
    return Response(service.counts.text(), 200, media_type=CONTENT_TYPE)


async def describe(service: Service, request: Request) -> Response:  # noqa: ARG001 - as above
    """Describe all endpoints as OpenAPI, with the columns of the model."""
    return answer(document(service), service.champion)
