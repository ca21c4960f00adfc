"""The service as OpenAPI 3.1: every endpoint, what it answers, and every fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fourstroke import __version__
from fourstroke_serve import schemas
from fourstroke_serve.words import EXPLAINED, PREFIX, WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke_serve.service import Service

_FAULTS: Final = {
    "400": "The body is not what is asked for.",
    "401": "The token is missing or wrong.",
    "403": "A page of another site asked.",
    "404": "There is no such model or version here.",
    "405": "The endpoint takes another method.",
    "408": "The body did not come in time.",
    "413": "The body or its rows are too many.",
    "415": "The body is of another kind, or compressed.",
    "421": "The service has another name.",
    "422": "A row is none that the model takes.",
    "431": "The headers are too large.",
    "500": "The service is at fault.",
    "503": "No version is loaded, or too many ask at once.",
}
_OF_ALL: Final = ("405", "421", "431", "500", "503")
_OF_BODIES: Final = ("400", "403", "408", "413", "415", "422")
_HEADERS: Final = {
    "X-Request-Id": "The id of the request: the client's own, that of its trace, or a new one.",
    "X-Model-Version": "The version that answered.",
    "X-Model-Role": "champion, or canary while a version is on trial.",
    "X-Deployment-Id": "The deployment that put the champion to work.",
}


def document(service: Service) -> dict[str, Any]:
    """Describe the service as it is now."""
    from fourstroke_serve.routes import endpoints  # noqa: PLC0415 - the table names this module

    by = service.champion
    known = {"name": service.model, "version": "" if by is None else str(by.number)}
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints(service.settings):
        operation = _operation(endpoint.method, endpoint.path, endpoint.about, known)
        if endpoint.is_governed:
            operation["security"] = [{"principal": []}]
            operation["responses"]["401"] = _fault("401")
            operation["responses"]["403"] = _fault("403", "The policy does not let it.")
        elif not endpoint.is_public and service.settings.token:
            operation["security"] = [{"token": []}]
            operation["responses"]["401"] = _fault("401")
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    version = "" if by is None else f", version {by.number}"
    asked = (None, "") if by is None else (by.signature, by.row_id)
    components: dict[str, Any] = {
        "schemas": schemas.of(asked[0], service.settings.most_rows, asked[1])
    }
    asks = {"token": bool(service.settings.token), "principal": service.settings.is_governed}
    if any(asks.values()):
        bearer = {"type": "http", "scheme": "bearer"}
        components["securitySchemes"] = {name: bearer for name, is_so in asks.items() if is_so}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{service.model}{version}", "version": __version__},
        "paths": paths,
        "components": components,
    }


def _operation(method: str, path: str, about: str, known: Mapping[str, str]) -> dict[str, Any]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    codes = [*_OF_ALL, *(_OF_BODIES if method == "POST" else ()), *(["404"] if names else ())]
    operation: dict[str, Any] = {
        "summary": about,
        "responses": {"200": _answer(path), **{code: _fault(code) for code in sorted(codes)}},
    }
    if path in {"/ping", "/health"}:
        operation["responses"]["404"] = _fault("404", "No model is loaded.")
    if path in {"/readyz", "/v2/health/ready"}:
        told = _fault("503", "No version is loaded yet.")
        told["content"] = _json({"anyOf": [_named("State"), _named("Error")]})
        operation["responses"]["503"] = told
    if names:
        # Of the protocols the version that answers is asked; people act on any.
        any_version = {"type": "integer", "minimum": 1} if path.startswith(PREFIX) else None
        operation["parameters"] = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": any_version or {"enum": [known[name]]},
            }
            for name in names
        ]
    if method == "POST":
        operation["requestBody"] = {"required": True, "content": _body(path)}
    return operation


def _answer(path: str) -> dict[str, Any]:
    """Describe what comes if all is well."""
    last = path.rpartition("/")[2]
    names = {
        "predict": "Predictions",
        "invocations": "Labels",
        "infer": "Inferred",
        "v2": "Server",
        "{name}": "Model",
        "{version}": "Model",
        "versions": "Versions",
        "history": "Events",
        **dict.fromkeys(WORDS, "Act"),
    }
    texts = {"/version": "text/plain", "/metrics": "text/plain"}
    if path in texts:
        content: dict[str, Any] = {texts[path]: {"schema": {"type": "string"}}}
    else:
        content = _json(_named(names.get(last, "State")))
    return {"description": "The answer.", "headers": _headers(_HEADERS), "content": content}


def _fault(code: str, description: str = "") -> dict[str, Any]:
    return {
        "description": description or _FAULTS[code],
        "headers": _headers(["X-Request-Id"]),
        "content": _json(_named("Error")),
    }


def _headers(names: Any) -> dict[str, Any]:
    return {
        name: {"description": _HEADERS[name], "schema": {"type": "string"}, "required": False}
        for name in names
    }


def _body(path: str) -> dict[str, Any]:
    if path == "/predict":
        return _json({"anyOf": [_named("Records"), _named("RecordsInside")]})
    verb = path.rpartition("/")[2]
    if verb in WORDS:
        return _json(schemas.words(WORDS[verb], is_explained=verb in EXPLAINED))
    if path == "/invocations":
        return {**_json(_named("Invocation")), "text/csv": {"schema": {"type": "string"}}}
    return _json(_named("Inference"))


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _named(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
