"""A running service as a target: it follows what is deployed, and what it cannot answer with is returned."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from serving import ROW, free_port, live, turn, until, write_rows, write_shop

from fourstroke import ConfigError, Project, UsageError
from fourstroke_serve import ServiceTarget
from fourstroke_serve.service import Service
from fourstroke_serve.settings import Settings

pytestmark = pytest.mark.usefixtures("in_one_process")

TOKEN = "a-token-of-a-test"


def ready(client: httpx.Client) -> dict[str, object]:
    """Ask what /readyz tells nobody who has no token."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    return client.get("/v2/health/ready", headers=headers).json()


TABLE = """
[[development.deploy]]
name = "web"
use = "service"
url = "http://127.0.0.1:{port}"
token = "${{WEB_TOKEN}}"
ready_within_seconds = {seconds}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("WEB_TOKEN", TOKEN)
    return write_shop(tmp_path / "shop")


@contextmanager
def served(folder: Path, seconds: float = 30.0):
    """Serve what is deployed to the target, whatever that is by now."""
    port = free_port()
    with (folder / "fourstroke.toml").open("a") as file:
        file.write(TABLE.format(port=port, seconds=seconds))
    with (
        live(folder, port=port, is_awaited=False, target="web", token=TOKEN) as (service, _),
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        yield service, client


def run(folder: Path):
    with Project.open(folder) as project:
        return project.run(), project.records.champion("shop")


def test_service_has_the_version_before_it_is_the_champion_and_keeps_it_if_the_next_fails(
    folder, monkeypatch
):
    # How long the service leaves a version alone that failed; the turn that mends it waits for that.
    monkeypatch.setattr("fourstroke_serve.service._AGAIN_SECONDS", 2.0)
    with served(folder) as (service, client):
        until(lambda: "deployed to the target web" in ready(client).get("why", ""))

        assert turn(folder) == 1
        assert ready(client)["version"] == 1

        write_rows(folder, seed=5)
        (folder / "mood.txt").write_text("lies")  # the environment of the service is not right
        outcome, champion = run(folder)

        assert outcome.state == "failed"
        told = str(outcome.errors[0])
        assert "the smoke test failed: champion shop@v2 does not answer" in told
        assert told.count("web has v1 again") == 1
        assert champion is not None
        assert champion.version == 1
        assert ready(client)["version"] == 1

        (folder / "mood.txt").unlink()
        until(lambda: not service.trouble)
        assert turn(folder) == 2
        answer = client.post("/predict", json=[ROW], headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.headers["x-model-version"] == "2"

        with Project.open(folder) as project:
            project.models["shop"].rollback(why="it harms")
        until_version(client, 1)


def until_version(client: httpx.Client, number: int) -> None:
    until(lambda: ready(client).get("version") == number)


def test_service_that_does_not_run_is_told_with_what_to_do(folder):
    with (folder / "fourstroke.toml").open("a") as file:
        file.write(TABLE.format(port=free_port(), seconds=0.1))

    outcome, champion = run(folder)

    assert champion is None
    told = str(outcome.errors[0])
    assert "does not answer with shop@v1 after 0.1 s" in told
    assert "Connection refused" in told
    assert "fourstroke serve --target web" in told
    assert TOKEN not in told


def test_wrong_token_is_told_without_it(folder, monkeypatch):
    with served(folder):
        monkeypatch.setenv("WEB_TOKEN", "another-token-of-a-test")

        outcome, _ = run(folder)

    told = str(outcome.errors[0])
    assert "GET /v2/health/ready was answered with 401: send the token" in told
    assert "another-token" not in told


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://models.example.org", "use https"),
        ("ftp://127.0.0.1", "no address of a service"),
        ("127.0.0.1:8000", "no address of a service"),
        ("http://ann:secret@127.0.0.1", "no name, password"),
        ("http://127.0.0.1/?a=1", "no name, password"),
    ],
)
def test_address_at_which_others_could_read_along_is_refused(url, says):
    with pytest.raises(ConfigError, match=says):
        ServiceTarget(url=url)


def test_token_that_would_end_a_header_is_refused():
    with pytest.raises(ConfigError, match="characters that no header has"):
        ServiceTarget(token="a\r\nHost: b")


# An exported model, without any project


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    """Give a folder with a version beside another, and a link to the first of them."""
    base = tmp_path_factory.mktemp("exported")
    shop = write_shop(base / "shop")
    home = base / "home"
    for seed in (0, 5):
        write_rows(shop, seed)
        number = turn(shop)
        with Project.open(shop) as project:
            project.models["shop"].champion.export(home / f"v{number}")
    shutil.rmtree(shop)
    (home / "current").symlink_to("v1")
    return home


def test_folder_is_served_and_its_link_followed(exported):
    with (
        live(Path(), folder=str(exported), is_logged=False) as (service, port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        ready = client.get("/readyz").json()
        first = client.post("/predict", json=[ROW]).json()
        fresh = exported / "fresh"
        fresh.symlink_to("v2")
        fresh.replace(exported / "current")
        until_version(client, 2)
        second = client.post("/predict", json=[ROW]).json()

    assert ready["tried_rows"] == 5
    assert (ready["model"], ready["version"]) == ("shop", 1)
    assert first["predictions"][0]["probabilities"] != second["predictions"][0]["probabilities"]
    assert service.trouble == ""


def test_folder_that_was_changed_does_not_answer(exported, tmp_path):
    place = shutil.copytree(exported / "v1", tmp_path / "changed")
    (place / "project" / "pandas.py").write_text("raise SystemExit\n")
    service = Service.open(Settings(folder=str(place)))

    service.look()

    assert service.champion is None
    assert "project/pandas.py was not exported" in service.trouble


def test_folder_whose_model_says_something_else_does_not_answer(exported, tmp_path):
    from fourstroke.exported import digest_of

    place = shutil.copytree(exported / "v1", tmp_path / "other")
    said = place / "expected_output.csv"
    said.write_text(said.read_text().replace(",0.", ",0.9"))
    manifest = json.loads((place / "manifest.json").read_text())
    manifest["files"]["expected_output.csv"]["sha256"] = digest_of(said)
    (place / "manifest.json").write_text(json.dumps(manifest))
    service = Service.open(Settings(folder=str(place)))

    service.look()

    assert service.champion is None
    assert "says something else of held-out rows" in service.trouble


def test_target_that_there_is_not_is_told(folder):
    source = Service.open(Settings(project=str(folder), target="wep")).origin

    with pytest.raises(UsageError, match="no target 'wep'"):
        source.check()
    source.close()
