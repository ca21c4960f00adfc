"""Targets that are used without the project: a folder, a container's folder, a model of MLflow."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import attrs
import httpx
import pandas as pd
import pytest
from serving import ROW, free_port, turn, until, write_rows, write_shop

from fourstroke import (
    ConfigError,
    Context,
    ExportedModel,
    ModelVersion,
    Project,
    StepError,
    StoreError,
    Task,
)
from fourstroke.artifacts.digest import digest_bytes
from fourstroke.cli import diagnosis
from fourstroke.testing.project_files import Files
from fourstroke_local.container import ContainerTarget
from fourstroke_local.contents import sha256
from fourstroke_local.elsewhere import score
from fourstroke_local.folder import FolderTarget
from fourstroke_local.mlflow import MlflowTarget
from fourstroke_local.tokens import pinned_image, token

pytestmark = pytest.mark.usefixtures("in_one_process")

TABLES = """
[[development.deploy]]
use = "folder"
python = "interpreter"

[[development.deploy]]
use = "container"
hosts = ["models.example.org"]

[[development.deploy]]
use = "mlflow"
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """Give a project whose version 1 is deployed to all three; its interpreter is a file of its own."""
    folder = write_shop(tmp_path_factory.mktemp("targets") / "shop")
    write_interpreter(folder)
    with (folder / "fourstroke.toml").open("a") as file:
        file.write(TABLES)
    assert turn(folder) == 1
    return folder


def write_interpreter(folder: Path, *options: str) -> None:
    path = folder / "interpreter"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" {" ".join(options)} "$@"\n')
    path.chmod(0o755)


@pytest.fixture(scope="module")
def wanted(shop) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the held-out rows and what the model said of them in the run."""
    with Project.open(shop) as project:
        known = project.models["shop"].champion.held_out()
    assert known is not None
    return known


def test_folder_predicts_by_its_own_script(shop, tmp_path):
    place = shop / "deployed" / "shop" / "current"

    done = subprocess.run(
        [sys.executable, place / "predict.py", place / "input_example.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == (place / "expected_output.csv").read_text()


@pytest.mark.filterwarnings("ignore")  # MLflow warns of its own modules when they are imported
def test_mlflow_itself_loads_the_model_and_predicts_alike(shop, wanted, monkeypatch):
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("DO_NOT_TRACK", "true")
    mlflow = pytest.importorskip("mlflow", reason="mlflow-skinny is not installed")
    place = shop / "mlflow-models" / "shop" / "current"

    model = mlflow.pyfunc.load_model(str(place))
    found = model.predict(wanted[0].drop(columns="bought"))

    pd.testing.assert_frame_equal(found, wanted[1])
    assert model.metadata.get_input_schema().input_names() == [*ROW]
    assert model.metadata.get_output_schema().input_names() == [*wanted[1].columns]
    example = model.input_example
    assert list(example.columns) == [*ROW]
    assert len(model.predict(example)) == len(example)
    with pytest.raises(mlflow.exceptions.MlflowException, match="missing inputs"):
        model.predict(wanted[0][["age"]])
    suffixes = {path.suffix for path in place.rglob("*") if path.is_file()}
    assert not suffixes & {".pkl", ".pickle", ".joblib", ".cloudpickle"}


@pytest.fixture(scope="module")
def recipe(shop) -> Path:
    return shop / "containers" / "shop" / "current"


def instructions(recipe: Path) -> dict[str, str]:
    """Read the last of each instruction of a Dockerfile, its continued lines joined."""
    text = (recipe / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in lines}


def test_dockerfile_passes_the_linter(recipe):
    linter = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if linter is None:
        pytest.skip("hadolint is not installed")

    done = subprocess.run(
        [linter, "--failure-threshold", "style", recipe / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_container_has_no_rights_and_exact_versions(recipe):
    said = instructions(recipe)

    assert said["USER"] == "10001:10001"
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim", said["FROM"])
    assert "/readyz" in said["HEALTHCHECK"]
    lines = (recipe / "requirements.txt").read_text().splitlines()
    assert {"fourstroke", "scikit-learn", "uvicorn", "h11"} <= {
        line.split("==")[0] for line in lines
    }
    assert all(re.fullmatch(r"[a-z0-9-]+==[^=]+", line) for line in lines)


def test_unit_of_systemd_is_a_valid_one(shop, recipe, tmp_path):
    """The checker asks that what is started is there: so the folder is put where the unit expects it."""
    checker = shutil.which("systemd-analyze")
    if checker is None:
        pytest.skip("systemd-analyze is not installed")
    home = tmp_path / "installed"
    (home / "venv" / "bin").mkdir(parents=True)
    (home / "venv" / "bin" / "python").symlink_to(sys.executable)
    text = (recipe / "shop.service").read_text().replace("/opt/shop", str(home))
    (tmp_path / "shop.service").write_text(text)

    done = subprocess.run(
        [checker, "verify", "--man=no", tmp_path / "shop.service"],
        capture_output=True,
        text=True,
        check=False,
    )

    about = [line for line in done.stderr.splitlines() if "shop.service" in line]
    assert (done.returncode, about) == (0, [])


def test_command_of_the_container_serves_the_model(recipe, wanted):
    """It is started as the Dockerfile says, from the written folder, with this interpreter."""
    port = free_port()
    words = json.loads(instructions(recipe)["CMD"])
    assert words[-4:] == ["--port", "8000", "--allow-host", "models.example.org"]
    swapped = {
        "python": sys.executable,
        "/srv/model": str(recipe / "model"),
        "8000": str(port),
    }
    environment = {**os.environ, "FOURSTROKE_SERVE_TOKEN": "a-token-of-a-test"}
    server = subprocess.Popen(
        [swapped.get(word, word) for word in words],
        cwd="/",
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}")
    try:

        def is_ready() -> bool:
            assert server.poll() is None, server.stderr and server.stderr.read()
            try:
                return client.get("/readyz").status_code == 200
            except httpx.TransportError:
                return False

        until(is_ready, 150)
        headers = {"authorization": f"Bearer {environment['FOURSTROKE_SERVE_TOKEN']}"}
        assert client.get("/v2/health/ready", headers=headers).json()["tried_rows"] == 5
        refused = client.post("/predict", json=[ROW])
        client.headers["authorization"] = "Bearer a-token-of-a-test"
        row = json.loads(wanted[0].head(1)[[*ROW]].to_json(orient="records", date_format="iso"))
        answer = client.post("/predict", json=row)
    finally:
        client.close()
        server.terminate()
        server.communicate(timeout=60)

    assert refused.status_code == 401
    [said] = answer.json()["predictions"]
    assert said["prediction"] == wanted[1]["prediction"].iloc[0]
    assert said["probabilities"]["yes"] == pytest.approx(wanted[1]["probability_yes"].iloc[0])
    assert server.returncode == 0


def test_environment_that_lacks_a_module_keeps_the_version_before(shop):
    """The interpreter of the folder's users is exchanged for one that has no pandas."""
    write_interpreter(shop, "-S")
    write_rows(shop, seed=5)

    with Project.open(shop) as project:
        outcome = project.run()
        at_work = {row.target: row.version for row in project.records.deployments(active_only=True)}
        events = [each for each in project.records.events() if each.what == "returned by itself"]
        champion = project.models["shop"].champion.version

    assert outcome.state == "failed"
    assert "No module named 'pandas'; folder has v1 again" in str(outcome.errors[0])
    assert champion == 1
    assert at_work == {"folder": 1, "container": 1, "mlflow": 1}
    assert "No module named 'pandas'" in events[0].why
    assert ExportedModel.open(shop / "deployed/shop/current").manifest["version"] == 1


def test_doctor_names_what_was_changed_in_each_target(shop):
    model = next((shop / "deployed/shop/current/model").iterdir())
    content = model.read_bytes()
    before = deployed(shop)
    model.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    (shop / "deployed/shop/current/evil.py").touch()
    (shop / "containers").rename(shop / "away")

    harmed = deployed(shop)
    model.write_bytes(content)
    (shop / "deployed/shop/current/evil.py").unlink()
    (shop / "away").rename(shop / "containers")

    whole = ["all files as they were deployed"]
    assert before == deployed(shop) == {"folder": whole, "container": whole, "mlflow": whole}
    assert harmed["folder"] == [f"model/{model.name} was changed", "evil.py was added"]
    assert harmed["container"][0].endswith(" is missing")
    assert harmed["mlflow"] == whole


def deployed(shop: Path) -> dict[str, list[str]]:
    """Ask the doctor of the deployments; gives what it finds of each target."""
    found: dict[str, list[str]] = {}
    with Project.open(shop) as project:
        for each in diagnosis._deployed(project):
            target, _, told = each.what.removeprefix("shop@v1 at ").partition(": ")
            found.setdefault(target.partition(",")[0], []).append(told)
    return found


# Each target by itself, with a model of text


@pytest.fixture(params=[FolderTarget, ContainerTarget, MlflowTarget])
def target(request, tmp_path):
    return request.param(path=tmp_path / "out")


@pytest.fixture
def context(tmp_path) -> Context:
    return Context(
        run="r",
        step="development.deploy.own",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(target="y"),
        services=Files(tmp_path),
    )


def a_version(root: Path, number: int = 1, model: str = "sample") -> ModelVersion:
    folder = root / f"files-{number}"
    folder.mkdir(exist_ok=True)
    (folder / "model.txt").write_text(f"the files of version {number}")
    return ModelVersion(
        model=model,
        version=number,
        digest=f"blake3:{number:064}",
        candidate="c",
        run="r",
        created=datetime(2026, 1, 5, tzinfo=UTC),
        folder=str(folder),
    )


def test_link_leads_to_the_version_that_was_deployed_last(target, context, tmp_path):
    link = tmp_path / "out" / "sample" / "current"
    first = target.deploy(a_version(tmp_path, 1), context)
    second = target.deploy(a_version(tmp_path, 2), context)

    assert link.resolve() == tmp_path / second.location
    assert (tmp_path / first.location).is_dir()
    assert target.deploy(a_version(tmp_path, 1), context) == first
    assert link.resolve() == tmp_path / first.location
    assert target.withdraw(second) is True
    assert link.exists()
    assert target.withdraw(first) is True
    assert list(link.parent.iterdir()) == []


@pytest.mark.parametrize("harm", ["changed", "missing", "extra"])
def test_files_that_were_changed_are_written_again(target, context, tmp_path, harm):
    place = tmp_path / target.deploy(a_version(tmp_path), context).location
    model = next(place.rglob("model.txt"))
    {
        "changed": lambda: model.write_text("other"),
        "missing": model.unlink,
        "extra": (place / "extra.py").touch,
    }[harm]()

    target.deploy(a_version(tmp_path), context)

    assert model.read_text() == "the files of version 1"
    assert not (place / "extra.py").exists()


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("changed", "model.txt was changed"),
        ("missing", "model.txt is missing"),
        ("extra", "extra.py was added"),
        ("folder", "is missing"),
        ("forged", "model.txt was changed"),
        ("list", ".files.json is missing, or was changed"),
        ("link", "the link current is missing"),
    ],
)
def test_what_is_not_as_it_was_deployed_is_named_and_mended(target, context, tmp_path, harm, told):
    version = a_version(tmp_path)
    deployment = target.deploy(version, context)
    wanted = {"model.txt": digest_bytes((Path(version.folder) / "model.txt").read_bytes())}
    place = tmp_path / deployment.location
    whole = target.verify_deployment(deployment, wanted, context)
    model = next(place.rglob("model.txt"))
    listed = json.loads((place / ".files.json").read_text())
    {
        "changed": lambda: model.write_text("the files of version 0"),
        "missing": model.unlink,
        "extra": (place / "extra.py").touch,
        "folder": lambda: shutil.rmtree(place),
        "forged": lambda: (
            model.write_text("the files of version 0")
            and (place / ".files.json").write_text(
                json.dumps(listed | {model.relative_to(place).as_posix(): sha256(model)})
            )
        ),
        "list": (place / ".files.json").unlink,
        "link": (place.parent / "current").unlink,
    }[harm]()

    found = target.verify_deployment(deployment, wanted, context)
    target.deploy(version, context)

    assert whole == []
    assert len(found) == 1
    assert found[0].endswith(told)
    assert target.verify_deployment(deployment, wanted, context) == []


def test_model_whose_name_leads_elsewhere_is_refused(target, context, tmp_path):
    with pytest.raises((StoreError, ConfigError), match=r"'\.\./up' is no"):
        target.deploy(a_version(tmp_path, model="../up"), context)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("exit 7", "it ended with 7, and said nothing"),
        ("kill -KILL $$", "it was ended by SIGKILL, and said nothing"),
        ("exit 0", "it ended with 0, but wrote no predictions"),
        ("echo 'no such module' >&2; exit 1", "no such module"),
    ],
)
def test_interpreter_that_does_not_score_is_told_with_how_it_ended(
    context, tmp_path, caplog, line, told
):
    broken = tmp_path / "broken"
    broken.write_text(f"#!/bin/sh\n{line}\n")
    broken.chmod(0o755)

    with pytest.raises(StepError, match=told):
        score("", tmp_path, pd.DataFrame({"age": [1.0]}), context, broken)

    assert "" not in [each.getMessage() for each in caplog.records]


def test_other_settings_are_another_folder(context, tmp_path):
    target = ContainerTarget(path=tmp_path / "out")
    first = target.deploy(a_version(tmp_path), context)

    second = attrs.evolve(target, port=9000).deploy(a_version(tmp_path), context)

    assert second.location != first.location
    assert "EXPOSE 9000" in (tmp_path / second.location / "Dockerfile").read_text()


def test_wheels_of_the_project_go_into_the_container(context, tmp_path):
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "own-1.0-py3-none-any.whl").touch()
    target = ContainerTarget(path=tmp_path / "out", wheels=tmp_path / "dist")

    place = tmp_path / target.deploy(a_version(tmp_path), context).location

    assert (place / "wheels" / "own-1.0-py3-none-any.whl").exists()
    text = (place / "Dockerfile").read_text()
    assert "COPY wheels wheels/\n" in text
    assert "--find-links wheels --requirement" in text


WRONG = {
    "image": [
        "python",
        "python:latest",
        "python:3\nRUN curl evil",
        "python:3 AS x",
        "-python:3",
        "python:3;id",
        "${IMAGE}:1",
        "py\u0442hon:3",
    ],
    "hosts": ["a b", "a\nUSER root", "$(id)", "-x", '"', "a;b", "a.example.org/"],
    "installed": [
        "relative",
        "/opt/a b",
        "/opt/../etc",
        "/opt/%n",
        "/opt/$HOME",
        "/a\nUser=root",
        "/",
    ],
}


@pytest.mark.parametrize(
    ("setting", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_value_that_could_begin_an_instruction_is_refused(setting, value):
    with pytest.raises(ConfigError):
        ContainerTarget(**{setting: (value,) if setting == "hosts" else value})


@pytest.mark.parametrize(
    "image",
    [
        "python:3.12.4-slim",
        "registry.example.org:5000/ml/python:3.12",
        f"python@sha256:{'0' * 64}",
        f"python:3.12@sha256:{'0' * 64}",
    ],
)
def test_image_that_says_which_one_is_taken(image):
    assert pinned_image(image, "image") == image


@pytest.mark.parametrize("value", ["1.0", "2!1.0.post1", "1.0+cpu", "1.0rc1"])
def test_versions_of_distributions_are_taken(value):
    assert token("version", value, "") == value


@pytest.mark.parametrize("value", ["1.0 --index-url http://x", "1.0\n-e .", "1.0;x", "", "git+x"])
def test_versions_that_are_more_than_that_are_refused(value):
    with pytest.raises(ConfigError, match="is no version"):
        token("version", value, "")
