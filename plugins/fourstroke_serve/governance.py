"""What people do with versions over HTTP: each in the name that their token proves, by the same policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
from starlette.concurrency import run_in_threadpool

from fourstroke import (
    ConfigError,
    FourstrokeError,
    PluginError,
    RefusedError,
    UsageError,
    owner_of_token,
)
from fourstroke_serve.faults import RequestError
from fourstroke_serve.registry import project_of
from fourstroke_serve.requests import answer, parsed
from fourstroke_serve.telling import say
from fourstroke_serve.words import NO_PRINCIPAL, words_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from fourstroke import Project
    from fourstroke_serve.service import Service

# Acts may wait for each other and for targets, in the threads that predictions are scored in, too.
_AT_ONCE: Final = 8


async def versions(service: Service, request: Request) -> Response:
    """List the versions of the model, the latest first."""

    def listed(project: Project, _: str) -> Any:
        return [
            {
                "version": row.version,
                "digest": row.digest,
                "registered": row.created.isoformat(),
                "is_champion": row.is_champion,
            }
            for row in reversed(project.models[service.model].versions())
        ]

    return answer({"versions": await _asked(service, request, listed)})


async def history(service: Service, request: Request) -> Response:
    """Give what the ledger tells of the model, the oldest first."""

    def told(project: Project, _: str) -> Any:
        return [
            {
                "event": each.sequence,
                "at": each.at.isoformat(),
                "who": each.who,
                "proof": each.proof,
                "what": each.what,
                "subject": each.subject,
                "why": each.why,
            }
            for each in project.models[service.model].history()
        ]

    return answer({"events": await _asked(service, request, told)})


async def act(verb: str, service: Service, request: Request) -> Response:
    """Ask for, approve, reject or promote a version, or go back to the one before."""
    body, number = await request.body(), request.path_params.get("version")

    def done(project: Project, by: str) -> Any:
        # Not before it is known who asks: a stranger does not learn what a body has to hold.
        words = words_of(verb, parsed(request, body))
        model = project.models[service.model]
        version = () if number is None else (_known(project, service.model, number),)
        found = getattr(model, verb)(*version, **words)
        told: dict[str, Any] = {"act": verb, "model": service.model, "by": by}
        if version:
            told["version"] = version[0]
        if verb in {"request", "approve"}:
            told["missing"] = found
        if verb in {"promote", "rollback"}:
            told["deployments"] = [attrs.asdict(each) for each in found]
        return told

    return answer(await _asked(service, request, done))


async def _asked(service: Service, request: Request, ask: Callable[[Project, str], Any]) -> Any:
    """Ask a project in the name of whose token the request holds, in a thread: it reads and writes files."""
    _, _, token = request.headers["authorization"].partition(" ")
    if service.acting >= _AT_ONCE:
        raise RequestError(503, f"{_AT_ONCE} people act at once; ask again soon")
    service.acting += 1
    try:
        return await run_in_threadpool(_ask, service, token.strip(), ask)
    finally:
        service.acting -= 1


def _ask(service: Service, token: str, ask: Callable[[Project, str], Any]) -> Any:
    try:
        # As the file is now: a token that was taken out of it is not taken a minute later.
        with project_of(service.settings) as project:
            by = _owner(project, token)
            project.token = token
            return ask(project, by)
    except (ConfigError, PluginError) as error:
        # Of the project and of no matter to who asks; whoever runs the service reads it.
        say(f"the project cannot be opened: {error}")
        told = "the project cannot be opened; the service's log says why"
        raise RequestError(503, told) from error
    except RefusedError as error:
        raise RequestError(403, str(error)) from error
    except UsageError as error:
        raise RequestError(422, str(error)) from error
    except FourstrokeError as error:
        # Of a target, or a smoke test: who promotes has to know that it did not come to work.
        raise RequestError(500, str(error)) from error


def _owner(project: Project, token: str) -> str:
    try:
        return owner_of_token(project.config.policy.principals, token)
    except RefusedError as error:
        raise RequestError(401, NO_PRINCIPAL) from error


def _known(project: Project, model: str, number: str) -> int:
    known = {str(row.version) for row in project.models[model].versions()}
    if number not in known:
        raise RequestError(404, f"{model} has no version {number}")
    return int(number)
