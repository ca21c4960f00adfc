"""All endpoints, in one table: what is not here is not answered, and needs a token unless it says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import attrs
from starlette.requests import Request
from starlette.responses import Response

from fourstroke_serve import governance, inference, state, tabular
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings
from fourstroke_serve.words import PREFIX


@attrs.frozen(kw_only=True)
class Endpoint:
    """One endpoint.

    Parameters
    ----------
    method : str
        Of HTTP.
    path : str
        As Starlette writes it.
    answer : callable
        Takes the service and the request.
    about : str
        What it is for, in one sentence.
    is_public : bool
        Whether it is answered without a token.
    is_governed : bool
        Whether the token has to be that of a principal of the project.
    is_scoring : bool
        Whether it gives predictions.
    """

    method: str
    path: str
    answer: Callable[[Service, Request], Awaitable[Response]]
    about: str
    is_public: bool = False
    is_governed: bool = False
    is_scoring: bool = False


def _get(
    path: str, answer: Callable[[Service, Request], Awaitable[Response]], about: str
) -> Endpoint:
    return Endpoint(method="GET", path=path, answer=answer, about=about)


def _scoring(
    path: str, answer: Callable[[Service, Request], Awaitable[Response]], about: str
) -> Endpoint:
    return Endpoint(method="POST", path=path, answer=answer, about=about, is_scoring=True)


def _act(path: str, about: str) -> Endpoint:
    # By the table, and not by the address that a request says that it has.
    answer = partial(governance.act, path.rpartition("/")[2])
    return Endpoint(method="POST", path=path, answer=answer, about=about)


_MODEL: Final = "/v2/models/{name}"
_VERSION: Final = f"{_MODEL}/versions/{{version}}"

ENDPOINTS: Final = (
    _scoring("/predict", tabular.predict, "Score records."),
    _scoring("/invocations", tabular.invocations, "Score rows, by MLflow's scoring protocol."),
    _get("/ping", state.ping, "Say whether a model is loaded, as MLflow does."),
    _get("/health", state.ping, "Say whether a model is loaded, as MLflow does."),
    _get("/version", state.version, "Give the version of the software, as MLflow does."),
    _get("/v2", inference.server, "Say what server it is, by the Open Inference Protocol."),
    _get("/v2/health/live", state.alive, "Say that the process answers."),
    _get("/v2/health/ready", state.ready, "Say whether a version is loaded and tried."),
    _get(_MODEL, inference.model, "Say what the model takes and gives."),
    _get(_VERSION, inference.model, "Say what a version takes and gives."),
    _get(f"{_MODEL}/ready", inference.model_ready, "Say whether the model answers."),
    _get(f"{_VERSION}/ready", inference.model_ready, "Say whether a version answers."),
    _scoring(f"{_MODEL}/infer", inference.infer, "Score rows, by the Open Inference Protocol."),
    _scoring(f"{_VERSION}/infer", inference.infer, "Score rows with a version."),
    # Whoever restarts services asks these, and holds no token.
    attrs.evolve(_get("/livez", state.alive, "Say that the process answers."), is_public=True),
    attrs.evolve(_get("/healthz", state.alive, "Say that the process answers."), is_public=True),
    attrs.evolve(
        _get("/readyz", state.ready, "Say whether a version is loaded and tried."), is_public=True
    ),
    _get("/metrics", state.figures, "Give what was counted, for Prometheus."),
    _get("/openapi.json", state.describe, "Describe all endpoints."),
)

_TOLD: Final = f"{PREFIX}versions/{{version}}"
# Only with `--govern`: a service that answers questions need not be one that changes versions.
GOVERNED: Final = tuple(
    attrs.evolve(each, is_governed=True)
    for each in (
        _get(f"{PREFIX}versions", governance.versions, "List the versions."),
        _get(f"{PREFIX}history", governance.history, "Give what the ledger tells."),
        _act(f"{_TOLD}/request", "Ask for approval of a version."),
        _act(f"{_TOLD}/approve", "Say yes to a version."),
        _act(f"{_TOLD}/reject", "Say no to a version."),
        _act(f"{_TOLD}/promote", "Put a version to work."),
        _act(f"{PREFIX}rollback", "Go back to the version before."),
    )
)


def endpoints(settings: Settings) -> tuple[Endpoint, ...]:
    """Give the endpoints of a service."""
    return (*ENDPOINTS, *(GOVERNED if settings.is_governed else ()))
