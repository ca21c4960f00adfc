"""What all tests share: small projects, the command line, and the rule that CI skips nothing."""

from __future__ import annotations

import gc
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest
from ready import Ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Fixtures with modules of their own.
pytest_plugins = ("plugins_fixtures", "records_fixtures")

# There is a process of pytest for each core already; threads of theirs would wait for each other.
for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

ROOT = Path(__file__).resolve().parent.parent

READY = Ready()

# Has steps run where the call is made: a worker would import first what they need.
INLINE = ("FOURSTROKE_SET__BACKENDS__RUNNER", "inline")

SMALL = """\
[project]
name = "small"

[backends]
runner = "inline"

[task]
kind = "binary"
target = "bought"

[data.collect]
path = "data.csv"

[model]
explain = []

[[model.train]]
name = "logistic"
estimator = "LogisticRegression"
"""


def small_csv(rows: int = 400, *, shift: float = 0.0, seed: int = 0) -> str:
    """Make a table in which `age` and `visits` tell well whether somebody bought."""
    generator = random.Random(seed)
    lines = ["age,visits,region,bought"]
    for _ in range(rows):
        age = generator.gauss(40 + shift, 10)
        visits = generator.randrange(10)
        score = 0.1 * (age - 40 - shift) + 0.5 * (visits - 4.5) + generator.gauss(0, 0.7)
        region = generator.choice(["north", "south", "east"])
        lines.append(f"{age:.2f},{visits},{region},{'yes' if score > 0 else 'no'}")
    return "\n".join(lines) + "\n"


@attrs.frozen
class Shell:
    """Runs `fourstroke` as a user does, in a process of its own (see `ready`)."""

    folder: Path

    def __call__(self, *arguments: str, code: int | None = 0, **environment: str) -> Result:
        whole = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120", **environment}
        done = READY.call(list(arguments), self.folder, whole, seconds=200)
        result = Result(done.returncode, done.stdout, done.stderr)
        if code is not None:
            assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return result


@attrs.frozen
class Result:
    code: int
    stdout: str
    stderr: str


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def in_one_process() -> Iterator[None]:
    """For tests of anything but workers, with projects that do not say where their steps run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(*INLINE)
        yield


def write_small(folder: Path, text: str = SMALL) -> Path:
    """Write a small project that has not run yet, and its data."""
    folder.mkdir(exist_ok=True)
    (folder / "fourstroke.toml").write_text(text)
    (folder / "data.csv").write_text(small_csv())
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Give a small project that has not run yet."""
    return write_small(tmp_path)


@pytest.fixture(scope="session")
def turned_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small project that has turned once, to be copied: a store may be copied anywhere."""
    folder = write_small(tmp_path_factory.mktemp("turned") / "small")
    Shell(folder)("run")
    return folder


@pytest.fixture(scope="session")
def explained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the same after a turn that explained its model, to be copied, too."""
    text = SMALL.replace("explain = []\n", "")
    folder = write_small(tmp_path_factory.mktemp("explained") / "small", text)
    Shell(folder)("run")
    return folder


@pytest.fixture
def turned(turned_once: Path, tmp_path: Path) -> Path:
    """Give a small project that has turned once."""
    shutil.copytree(turned_once, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def chain(tmp_path: Path) -> Callable[[int], Path]:
    """Give a function that writes a project of trivial steps, without models, on a small frame."""

    def write(length: int) -> Path:
        steps = "\n".join(
            f'[[data.prepare]]\nuse = "steps.py:add"\nname = "add{number}"\namount = {number}\n'
            for number in range(length)
        )
        (tmp_path / "fourstroke.toml").write_text(
            '[project]\nname = "chain"\n\n[data.collect]\npath = "data.csv"\n\n'
            f"{steps}\n[backends]\nrunner = 'inline'\n"
        )
        (tmp_path / "steps.py").write_text(
            "def add(data, amount: int = 1):\n    data['a'] += amount\n    return data\n"
        )
        lines = ["a,b,c,d,e"] + [f"{i},{i * 2},{i % 7},{i / 3:.4f},x{i % 11}" for i in range(1000)]
        (tmp_path / "data.csv").write_text("\n".join(lines) + "\n")
        return tmp_path

    return write


def pytest_collection_finish() -> None:
    """Spare the collector what has been imported and collected: it stays until the end."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """End the processes that the command line came from."""
    READY.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """Make a skip for want of a server or browser a failure in CI, where .ci/run installs them."""
    report = yield
    if report.skipped and os.environ.get("CI") and "not installed" in str(report.longrepr):
        report.outcome = "failed"
    return report


@pytest.fixture
def browser(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Give a function that has Chromium open a page, with a profile that is thrown away."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("Chromium is not installed")

    def open_page(page: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(program, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
                *("--enable-logging=stderr", f"--user-data-dir={tmp_path / 'profile'}"),
                # Whatever the page asks of a network goes nowhere, and is seen.
                *("--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>"),
                *arguments,
                page.as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=90,
            check=True,
        )

    return open_page
