"""The service does what its own description says: schemathesis asks it what nobody thought of."""

from __future__ import annotations

import openapi_spec_validator
import pytest
import schemathesis
import serving
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from fourstroke.principals import digest_of, new_token
from fourstroke_serve.application import application
from fourstroke_serve.routes import ENDPOINTS, GOVERNED
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings

TOKEN = new_token()
LOCAL = {"Host": "localhost"}
# What these say of each other, shape and data, names and cells, no JSON Schema can say.
UNSAID = {"/invocations", "/v2/models/{name}/infer", "/v2/models/{name}/versions/{version}/infer"}
# Whether a version is there, and what the policy lets through, is no matter of a shape.
UNSAID |= {each.path for each in GOVERNED}
# Too many rows are refused, too, which schemathesis does not expect of what does not fit.
REFUSED = [400, 401, 403, 404, 405, 413, 415, 422]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory):
    folder = serving.write_shop(tmp_path_factory.mktemp("described") / "shop")
    assert serving.turn(folder) == 1
    with (folder / "fourstroke.toml").open("a") as file:
        file.write("[[development.policy.principals]]\n")
        file.write(f'name = "ann"\ntoken = "{digest_of(TOKEN)}"\n')
    found = Service.open(
        Settings(project=str(folder), most_rows=1000, is_logged=False, is_governed=True)
    )
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

    config = SchemathesisConfig.from_dict(
        {"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}}
    )
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config, headers=LOCAL)
    return {(found.ok().method.upper(), found.ok().path): found.ok() for found in _all(schema)}


def _all(schema):
    return list(schema.get_all_operations())


def test_description_is_openapi_3_1(service):
    document = serving.Client(service).get("/openapi.json").json()

    openapi_spec_validator.validate(document)
    assert document["openapi"].startswith("3.1")
    # Without a token nobody is told to send one, but where people act.
    assert list(document["components"]["securitySchemes"]) == ["principal"]


# It leaves out the address that it has the description from.
@pytest.mark.parametrize(
    "endpoint",
    [each for each in (*ENDPOINTS, *GOVERNED) if each.path != "/openapi.json"],
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
        # Each act is a recorded run.
        max_examples=3 if endpoint.is_governed else 12 if endpoint.method == "POST" else 1,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def each(case):
        nonlocal count
        count += 1
        token = {"Authorization": f"Bearer {TOKEN}"} if endpoint.is_governed else {}
        case.call_and_validate(headers={**LOCAL, **token}, excluded_checks=left_out)

    each()
    return count
