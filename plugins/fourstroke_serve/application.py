"""The application: every endpoint of the table, behind the guard, with its life from load to drain."""

from __future__ import annotations

import contextlib
import time
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from fourstroke_serve.connection import protocol
from fourstroke_serve.failures import Failures
from fourstroke_serve.faults import RequestError
from fourstroke_serve.guard import Guard
from fourstroke_serve.requests import fault, request_id
from fourstroke_serve.routes import Endpoint, endpoints
from fourstroke_serve.service import NotReadyError, Service
from fourstroke_serve.settings import Settings
from fourstroke_serve.telling import say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.responses import Response


def from_environment() -> Guard:
    """Make the application of a worker."""
    settings = Settings.from_environment()
    protocol(settings.header_seconds)
    return application(Service.open(settings))


def application(service: Service) -> Guard:
    """Make the application of a service."""

    @contextlib.asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        service.begin()
        if service.settings.workers > 1:
            # Others answer meanwhile; a worker that has nothing loaded would take their requests.
            await run_in_threadpool(service.wait_until_settled)
        try:
            yield
        finally:
            await run_in_threadpool(service.end)

    table = endpoints(service.settings)
    inner = Starlette(
        routes=[
            Route(each.path, partial(_answered, service, each), methods=[each.method])
            for each in table
        ],
        lifespan=life,
        exception_handlers={
            HTTPException: partial(_no_such_endpoint, service),
            Exception: _own_fault,
        },
    )
    # Else "/predict/" is sent on to an address that the client's Host header makes.
    inner.router.redirect_slashes = False
    public = frozenset(each.path for each in table if each.is_public)
    failures = Failures(service)
    return Guard(inner, service.settings, public, service.counts.refused, failures.hear)


async def _answered(service: Service, endpoint: Endpoint, request: Request) -> Response:
    """Answer one request, and count it."""
    begun = time.perf_counter()
    service.counts.begun()
    code, version, role = 500, "", ""
    try:
        response = await _tried(service, endpoint, request)
        code = response.status_code
        version = response.headers.get("x-model-version", "")
        role = response.headers.get("x-model-role", "")
        return response
    finally:
        seconds = time.perf_counter() - begun
        service.counts.answered(endpoint.path, code, seconds, version, role)


async def _tried(service: Service, endpoint: Endpoint, request: Request) -> Response:
    try:
        return await endpoint.answer(service, request)
    except RequestError as error:
        return fault(error.status, error.message, error.details)
    except NotReadyError as error:
        return fault(503, str(error))


async def _no_such_endpoint(service: Service, request: Request, error: Exception) -> Response:  # noqa: ARG001 - as Starlette calls it
    assert isinstance(error, HTTPException)  # noqa: S101 - it handles no other
    told = {404: "there is no such endpoint", 405: "the endpoint takes another method"}
    response = fault(error.status_code, told.get(error.status_code, "it is not answered"))
    for name, value in (error.headers or {}).items():
        # Which methods it takes.
        response.headers[name] = value
    service.counts.refused(error.status_code)
    return response


async def _own_fault(request: Request, error: Exception) -> Response:
    """Say nothing of the inside; whoever runs the service reads it in its log, by the id."""
    own_id = request_id(request)
    say(f"request {own_id}: {type(error).__name__}: {error}")
    response = fault(500, f"the service failed; its log knows request {own_id}")
    # Uvicorn closes the connection of a request that raised: a client that keeps it would be reset.
    response.headers["connection"] = "close"
    return response
