"""People approve and promote over HTTP, each in the name that their token proves."""

from __future__ import annotations

import concurrent.futures
import shutil
from pathlib import Path

import httpx
import openapi_spec_validator
import pytest
import serving

from fourstroke import Project
from fourstroke.cli.main import main
from fourstroke.principals import digest_of, new_token, proof_of, shown
from fourstroke_serve.routes import ENDPOINTS, GOVERNED
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings

ANN, LEAD = new_token(), new_token()
ANN_SHOWN, LEAD_SHOWN = shown("ann", proof_of(ANN)), shown("lead", proof_of(LEAD))
JSON = {"content-type": "application/json"}
POLICY = f"""
[development.policy]
approvals = 1
approvers = ["ann"]
may = {{ promote = ["lead"], rollback = ["lead"] }}

[[development.policy.principals]]
name = "ann"
token = "{digest_of(ANN)}"

[[development.policy.principals]]
name = "lead"
token = "{digest_of(LEAD)}"

[development.deploy]
use = "local"
"""
VERSIONS = "/governance/versions"


def by(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = serving.write_shop(tmp_path_factory.mktemp("governed") / "shop")
    with (found / "fourstroke.toml").open("a") as file:
        file.write(POLICY)
    with Project.open(found) as project:
        outcome = project.run()
    assert outcome.state == "succeeded", outcome.errors
    return found


@pytest.fixture
def folder(turned: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(turned, tmp_path / "shop"))


@pytest.fixture
def client(folder: Path):
    service = Service.open(Settings(project=str(folder), is_governed=True, is_logged=False))
    service.look()
    yield serving.Client(service)
    service.end()


def told(folder: Path) -> list[tuple[str, str]]:
    with Project.open(folder) as project:
        assert project.audit.verify().problems == ()
        return [(each.shown_who, each.what) for each in project.audit.events()]


def test_a_version_is_approved_by_one_and_promoted_by_another(folder, client):
    assert client.post("/predict", json=[serving.ROW]).status_code == 503

    asked = client.post(f"{VERSIONS}/1/request", headers=by(LEAD), json={"why": "please look"})
    refused = client.post(f"{VERSIONS}/1/promote", headers=by(LEAD), json={})
    stranger = client.post(f"{VERSIONS}/1/approve", headers=by(LEAD), json={"why": "mine"})
    approved = client.post(
        f"{VERSIONS}/1/approve", headers=by(ANN), json={"why": "I looked", "evidence": "ticket 7"}
    )
    not_hers = client.post(f"{VERSIONS}/1/promote", headers=by(ANN), json={})
    promoted = client.post(f"{VERSIONS}/1/promote", headers=by(LEAD), json={"expecting": 0})

    assert asked.json()["missing"] == "0 of 1 approvals; still to be asked: ann"
    assert (refused.status_code, stranger.status_code, not_hers.status_code) == (403, 403, 403)
    assert "0 of 1 approvals" in refused.json()["message"]
    assert "lead is not among those who may approve" in stranger.json()["message"]
    assert approved.json() == {
        "act": "approve",
        "model": "shop",
        "by": "ann",
        "version": 1,
        "missing": "",
    }
    assert promoted.status_code == 200
    assert promoted.json()["deployments"][0]["version"] == 1
    assert told(folder)[-6:] == [
        (LEAD_SHOWN, "promotion refused"),
        (ANN_SHOWN, "approved"),
        (ANN_SHOWN, "promotion refused"),
        (LEAD_SHOWN, "deploying"),
        (LEAD_SHOWN, "deployed"),
        (LEAD_SHOWN, "promoted"),
    ]
    events = client.get("/governance/history", headers=by(ANN)).json()["events"]
    assert events[-1]["who"] == "lead"
    assert events[-1]["proof"] == proof_of(LEAD)
    (version,) = client.get(VERSIONS, headers=by(ANN)).json()["versions"]
    assert version["is_champion"] is True


def test_nobody_acts_without_a_token_of_the_project(folder, client):
    before = told(folder)
    for endpoint in GOVERNED:
        path = endpoint.path.format(version=1)
        for headers in ({}, by("x"), by(digest_of(LEAD)), {"authorization": LEAD}):
            found = client.request(endpoint.method, path, headers={**JSON, **headers}, content="{}")
            assert found.status_code == 401, path
    assert told(folder) == before


def test_a_token_that_was_taken_out_of_the_file_is_none_at_once(folder, client):
    assert client.get(VERSIONS, headers=by(ANN)).status_code == 200
    file = folder / "fourstroke.toml"
    file.write_text(file.read_text().replace(digest_of(ANN), digest_of("another")))

    assert client.get(VERSIONS, headers=by(ANN)).status_code == 401


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/9/approve", {"why": "x"}, 404, "shop has no version 9"),
        ("/champion/approve", {"why": "x"}, 404, "shop has no version champion"),
        ("/1/reject", {}, 422, "why is missing"),
        ("/1/reject", {"why": " "}, 422, "why is missing"),
        ("/1/approve", {"because": "x"}, 422, "there is no key 'because'"),
        ("/1/approve", {"override": "yes"}, 422, "override has to be true or false"),
        ("/1/approve", {"override": True}, 422, "without a reason"),
        ("/1/approve", {"until": "soon"}, 422, "'soon' is no day"),
        ("/1/promote", {"expecting": True}, 422, "expecting has to be a whole number"),
        ("/1/promote", [], 422, "expected an object"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(client, path, body, status, message):
    found = client.post(f"{VERSIONS}{path}", headers=by(ANN), json=body)

    assert (found.status_code, message in found.json()["message"]) == (status, True), found.text


def test_what_is_done_is_what_the_path_says_whatever_the_host_is_called(folder, client):
    headers = {**by(LEAD), "host": "localhost:8000/x/promote?"}

    found = client.post(f"{VERSIONS}/1/request", headers=headers, json={"why": "please look"})

    assert found.status_code in {200, 400, 421}, found.text
    assert found.json().get("act", "request") == "request"


def test_strangers_send_no_large_bodies(client):
    large = {"why": "x" * 70_000}

    assert client.post(f"{VERSIONS}/1/reject", json=large).status_code == 401
    assert client.post(f"{VERSIONS}/1/reject", headers=by("x"), json=large).status_code == 413


def test_a_target_that_fails_is_told_to_who_promotes(folder, client):
    file = folder / "fourstroke.toml"
    file.write_text(file.read_text().replace('use = "local"', 'use = "steps.py:Broken"'))
    with (folder / "steps.py").open("a") as steps:
        steps.write(
            "\n\n@plugin\nclass Broken:\n    @hookimpl\n    def deploy(self, version):\n"
            "        raise OSError('the target is gone')\n"
        )
    client.post(f"{VERSIONS}/1/approve", headers=by(ANN), json={"why": "I looked"})

    found = client.post(f"{VERSIONS}/1/promote", headers=by(LEAD), json={})

    assert found.status_code == 500
    assert "the target is gone" in found.json()["message"]


def test_a_project_that_cannot_be_opened_is_no_fault_of_who_asks(folder, client):
    (folder / "fourstroke.toml").write_text("[project")

    found = client.get(VERSIONS, headers=by(ANN))

    assert found.status_code == 503
    assert "log says why" in found.json()["message"]


def test_a_service_governs_only_if_it_is_told_to(folder):
    service = Service.open(Settings(project=str(folder), is_logged=False))
    service.look()
    client = serving.Client(service)

    assert client.get(VERSIONS, headers=by(ANN)).status_code == 404
    assert VERSIONS not in client.get("/openapi.json").json()["paths"]
    service.end()


def test_the_token_of_the_service_and_those_of_principals_open_different_doors(folder):
    token = "t" * 32
    service = Service.open(
        Settings(
            project=str(folder), host="0.0.0.0", token=token, is_governed=True, is_logged=False
        )
    )
    service.look()
    client = serving.Client(service)

    assert client.get(VERSIONS, headers=by(token)).status_code == 401
    assert client.get(VERSIONS, headers=by(ANN)).status_code == 200
    assert client.get("/metrics", headers=by(ANN)).status_code == 401
    for path in ("/governance/nothing", "/governance/"):
        assert client.get(path, headers=by(ANN)).status_code == 404
        assert client.get(path).status_code == 401
    assert client.get("/governance").status_code == 401
    service.end()


def test_the_description_has_it(client):
    document = client.get("/openapi.json").json()

    openapi_spec_validator.validate(document)
    assert {*document["paths"]} == {each.path for each in (*ENDPOINTS, *GOVERNED)}
    operation = document["paths"][f"{VERSIONS}/{{version}}/promote"]["post"]
    assert operation["security"] == [{"principal": []}]
    assert {"401", "403", "404", "422"} <= operation["responses"].keys()


def test_of_many_who_promote_over_http_one_wins(folder):
    with Project.open(folder) as project:
        project.token = ANN
        project.models["shop"].approve(1, why="I looked")
    with serving.live(folder, is_awaited=False, is_governed=True, is_logged=False) as (_, port):
        url = f"http://127.0.0.1:{port}{VERSIONS}/1/promote"

        def promote(_: int) -> int:
            return httpx.post(url, headers=by(LEAD), json={"expecting": 0}, timeout=60).status_code

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            codes = sorted(pool.map(promote, range(4)))
        assert codes == [200, 403, 403, 403]
        serving.until(
            lambda: (
                httpx.post(f"http://127.0.0.1:{port}/predict", json=[serving.ROW]).status_code
                == 200
            )
        )
    assert [what for _, what in told(folder)].count("promoted") == 1


def test_pages_of_other_sites_promote_nothing(client):
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        found = client.post(f"{VERSIONS}/1/promote", headers={**by(LEAD), **headers}, json={})
        assert found.status_code == 403
        assert "another site" in found.json()["message"]


def test_the_command_wants_somebody_who_has_a_token(tmp_path, capsys):
    folder = serving.write_shop(tmp_path / "shop")

    assert main(["-C", str(folder), "serve", "--govern", "--port", "0"]) == 2
    assert "nobody has a token in this project" in capsys.readouterr().err
    assert main(["-C", str(folder), "serve", "--govern", "--folder", str(tmp_path)]) == 2
    assert "a folder has no project" in capsys.readouterr().err
