"""The service does what its own description says: schemathesis asks it what nobody thought of."""

from __future__ import annotations

import openapi_spec_validator
import pytest
import schemathesis
import serving
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from fourstroke_serve.application import application
from fourstroke_serve.routes import ENDPOINTS
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings

LOCAL = {"Host": "localhost"}
# What these say of each other, shape and data, names and cells, no JSON Schema can say.
UNSAID = {"/invocations", "/v2/models/{name}/infer", "/v2/models/{name}/versions/{version}/infer"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory):
    folder = serving.write_shop(tmp_path_factory.mktemp("described") / "shop")
    assert serving.turn(folder) == 1
    found = Service.open(Settings(project=str(folder), most_rows=1000, is_logged=False))
    found.look()
    yield found
    found.end()


@pytest.fixture(scope="module")
def described(service):
    answering = application(service)

    async def app(scope, receive, send) -> None:
        if scope["type"] == "http":
            return await answering(scope, receive, send)
        # The service is at work already, and stays so.
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        return await send({"type": "lifespan.shutdown.complete"})

    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=LOCAL)
    return {(found.ok().method.upper(), found.ok().path): found.ok() for found in _all(schema)}


def _all(schema):
    return list(schema.get_all_operations())


def test_description_is_openapi_3_1(service):
    document = serving.Client(service).get("/openapi.json").json()

    openapi_spec_validator.validate(document)
    assert document["openapi"].startswith("3.1")
    # Without a token nobody is told to send one.
    assert "securitySchemes" not in document["components"]


# It leaves out the address that it has the description from.
@pytest.mark.parametrize(
    "endpoint",
    [each for each in ENDPOINTS if each.path != "/openapi.json"],
    ids=lambda each: f"{each.method} {each.path}",
)
def test_endpoint_answers_as_it_is_described(described, endpoint):
    operation = described[endpoint.method, endpoint.path]
    valid = asked(operation, GenerationMode.POSITIVE, endpoint)

    assert valid > 0
    if endpoint.method == "POST":
        assert asked(operation, GenerationMode.NEGATIVE, endpoint) > 0


def asked(operation, mode: GenerationMode, endpoint) -> int:
    """Ask what fits the description, or what does not; gives how often."""
    left_out = [positive_data_acceptance] if endpoint.path in UNSAID else []
    count = 0

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=12 if endpoint.method == "POST" else 1,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def each(case):
        nonlocal count
        count += 1
        case.call_and_validate(headers=LOCAL, excluded_checks=left_out)

    each()
    return count
