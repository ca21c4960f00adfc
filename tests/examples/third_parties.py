"""A fresh environment with nothing but fourstroke in it, and the distributions of `examples/plugins`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
from conftest import ROOT, Result, small_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

PLUGINS: Final = ROOT / "examples" / "plugins"

_TASK: Final = """
[backends]
runner = "inline"

[task]
kind = "binary"
target = "bought"
"""
_LEARN: Final = f"""
[project]
name = "shop"
{_TASK}
[data.collect]
path = "data.csv"

[[model.train]]
name = "candidate"
use = "lightgbm"
"""
_CHECK: Final = """
[project]
name = "shop"

[backends]
runner = "inline"

[data.collect]
path = "data.csv"

[[data.check]]
use = "pandera"
schema = "schema.yaml"
depends = ["schema.yaml"]
"""
_SCHEMA: Final = """
columns:
  age: {dtype: float64}
  visits: {dtype: int64, in_range: {min_value: 0, max_value: 9}}
  region: {dtype: str, isin: [north, south, east]}
  bought: {dtype: str}
strict: true
"""
_ALERT: Final = f"""
[project]
name = "shop"
{_TASK}
[data.collect]
path = "data.csv"

[[model.train]]
estimator = "LogisticRegression"

[operations.batch]
path = "data.csv"

[[operations.monitor]]
use = "steps.py:worry"

[[operations.alert]]
use = "apprise"
urls = ["${{ALERT_URL}}"]
"""
_WORRY: Final = """
from fourstroke import Observation


def worry(window, reference):
    return [Observation(name="drift", column="age", status="alert", why="age has moved")]
"""


@attrs.frozen
class ThirdParty:
    """One distribution, and a small project that uses it.

    Attributes
    ----------
    name, stage, use : str
        The distribution, and where a project names it.
    project : mapping of str to str
        The project's files.
    theirs, ours : str
        What stands in the project file for it, and for the bundled plugin in its place.
    """

    name: str
    stage: str
    use: str
    project: dict[str, str]
    theirs: str
    ours: str
    contracts: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where its source lies."""
        return PLUGINS / self.name


THIRD_PARTIES: Final = (
    ThirdParty(
        name="fourstroke-lightgbm",
        stage="train",
        use="lightgbm",
        project={"fourstroke.toml": _LEARN},
        theirs='use = "lightgbm"',
        ours='use = "sklearn"',
        contracts=("TrainContract", "CodecContract"),
    ),
    ThirdParty(
        name="fourstroke-pandera",
        stage="check",
        use="pandera",
        project={"fourstroke.toml": _CHECK, "schema.yaml": _SCHEMA},
        theirs='use = "pandera"\nschema = "schema.yaml"\ndepends = ["schema.yaml"]',
        ours='use = "table"',
        contracts=("CheckContract",),
    ),
    ThirdParty(
        name="fourstroke-apprise",
        stage="alert",
        use="apprise",
        project={"fourstroke.toml": _ALERT, "steps.py": _WORRY},
        theirs='use = "apprise"\nurls = ["${ALERT_URL}"]',
        ours='use = "log"',
        contracts=("AlertContract",),
    ),
)


# Runs pytest in each folder, in a child that finds imported what is the same for all of them.
_TESTS_OF_EACH: Final = """
import json, os, sys
import pandas, pyarrow.parquet, pytest, sklearn.linear_model, sqlalchemy

for folder in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        told = os.open("told.txt", os.O_CREAT | os.O_WRONLY)
        os.dup2(told, 1)
        os.dup2(told, 2)
        sys.exit(pytest.main(["-q", "-p", "no:cacheprovider"]))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with open(os.path.join(folder, "told.txt")) as told:
        print(json.dumps([code, told.read()]))
"""


@attrs.frozen
class Environment:
    """A virtual environment that sees nothing of the one that the tests run in."""

    folder: Path

    def __call__(self, *words: str, cwd: Path | None = None, **environment: str) -> Result:
        """Run a program of the environment."""
        program = self.folder / ("Scripts" if os.name == "nt" else "bin") / words[0]
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "PYTEST", "COV")) and name != "VIRTUAL_ENV"
        }
        own = {"NO_COLOR": "1", "COLUMNS": "200", "PYTHONNOUSERSITE": "1", **environment}
        done = subprocess.run(
            [program, *words[1:]],
            cwd=cwd or self.folder,
            capture_output=True,
            text=True,
            timeout=280,
            env={**inherited, **own},
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def pip(self, *words: str) -> Result:
        """Run pip, and insist that it does what it is asked for."""
        done = self("python", "-m", "pip", "--disable-pip-version-check", "--quiet", *words)
        assert done.code == 0, f"pip {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done

    def install(self, *words: str) -> None:
        """Install by pip; only what is imported is compiled, and then."""
        self.pip("install", "--no-compile", *words)

    def reaches_the_index(self) -> bool:
        """Say whether packages can be had: without an index, or the network, nothing can be built."""
        asked = ("--no-deps", "--retries", "0", "--timeout", "10", "--dest", "asked", "hatchling")
        return self("python", "-m", "pip", "download", "--quiet", *asked).code == 0

    @classmethod
    def make(cls, folder: Path) -> Environment:
        """Make an environment with pip in it and nothing else."""
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, timeout=120)
        return cls(folder)

    def tests_of_each(self, folders: list[Path]) -> list[Result]:
        """Run the tests that lie in each folder, in a process for each."""
        done = self("python", "-c", _TESTS_OF_EACH, *map(str, folders))
        assert done.code == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        return [Result(code, told, "") for code, told in found]

    def build(self, wheels: Path) -> dict[str, Path]:
        """Build a wheel of fourstroke and of each distribution.

        The environment has nothing but what each of them names as needed for its build: it serves
        all of them as an isolated one each would, which would be made anew four times.
        """
        sources = [ROOT, *(party.folder for party in THIRD_PARTIES)]
        files = [tomllib.loads((each / "pyproject.toml").read_text()) for each in sources]
        needed = {tuple(file["build-system"]["requires"]) for file in files}
        assert len(needed) == 1, f"they are built by different means: {needed}"
        self.install(*needed.pop())
        options = ("--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels))
        self.pip("wheel", *options, *map(str, sources))
        return {wheel.name.split("-")[0].replace("_", "-"): wheel for wheel in wheels.iterdir()}


@attrs.frozen
class Journey:
    """What was seen of one distribution between its installation and after its removal."""

    before: Result
    listed: Result
    ran: Result
    received: tuple[str, ...]
    swapped: Result
    tests: Result
    listed_after: Result
    swapped_after: Result
    after: Result


def travel(party: ThirdParty, environment: Environment, wheel: Path, folder: Path) -> Journey:
    """Install one distribution, run a project with it, swap it back, uninstall it."""
    file = _write(party, folder)
    with _receiver() as (url, received):

        def run(*words: str) -> Result:
            return environment("fourstroke", *words, cwd=folder, ALERT_URL=url)

        before = run("run")
        environment.install(str(wheel))
        listed, ran = run("plugins", "list"), run("run")
        got = tuple(received)
        file.write_text(file.read_text().replace(party.theirs, party.ours))
        swapped = run("run")
        tests = _own_tests(party, environment)
        environment.pip("uninstall", "--yes", party.name)
        listed_after, swapped_after = run("plugins", "list"), run("run")
        file.write_text(file.read_text().replace(party.ours, party.theirs))
        after = run("run")
    return Journey(
        before=before,
        listed=listed,
        ran=ran,
        received=got,
        swapped=swapped,
        tests=tests,
        listed_after=listed_after,
        swapped_after=swapped_after,
        after=after,
    )


def row_of(listed: Result, party: ThirdParty) -> str:
    """Give the line of `plugins list` that tells of it; empty if there is none."""
    pattern = rf"^{party.stage}\s+{party.use}\s.*$"
    found = re.search(pattern, listed.stdout, re.MULTILINE)
    return found[0] if found else ""


def _write(party: ThirdParty, folder: Path) -> Path:
    folder.mkdir()
    for name, content in {**party.project, "data.csv": small_csv()}.items():
        (folder / name).write_text(content)
    return folder / "fourstroke.toml"


def _own_tests(party: ThirdParty, environment: Environment) -> Result:
    # Its source lies in `src`: what is tested is what is installed.
    words = ("-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider")
    return environment("python", *words, cwd=party.folder)


@contextmanager
def _receiver() -> Iterator[tuple[str, list[str]]]:
    """Take alerts on the loopback interface."""
    received: list[str] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"json://127.0.0.1:{server.server_port}/alerts", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
