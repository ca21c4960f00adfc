"""A secret is given to the plugin that asks for it, and comes out nowhere."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Shell
from whole_project import write_project

SECRET = "s3cr3t/TOKEN value"

LEAKS = """

import logging
import multiprocessing
import os
import subprocess
import sys


@plugin
class Leaky(Rows):
    token: str

    @hookimpl
    def source_state(self):
        return f"state of {self.token}"


def leak(data, context, token: str, fails: bool = False):
    print("printed", token)
    print("complained", token, file=sys.stderr)
    if multiprocessing.parent_process():  # inline, a child has the terminal of the main process
        subprocess.run([sys.executable, "-c", f"print({token!r})"], check=True)
    logging.getLogger("own").warning("logged %s", token)
    context.log.info("told %s", token)
    context.say(f"said {token}")
    context.log_metric(f"metric {token}", 1.0)
    if fails:
        raise ValueError(f"cannot reach https://ana:{token}@host") from KeyError(token)
    return data


def leaky_check(candidate, token: str):
    return [Check(name="measured", status="pass", observed=token, why=f"by {token}")]


def leaky_error(candidate, token: str):
    raise RuntimeError(f"no answer from {token}")


def leaky_accuracy(data, predictions, token: str):
    metric = Metric(name="accuracy", value=0.9, rows=len(data), why=token)
    return Evaluation(metrics=(metric,))


def leaky_decision(token: str):
    return Decision(answer="yes", why=f"asked {token}", by=token)


def leaky_count(window, reference, token: str):
    return [Observation(name=token, value=1.0, status="alert", why=token)]


def leaky_alert(alert, token: str):
    raise OSError(f"cannot send to {token}")
"""

CHANGES = (
    ('use = "steps.py:Rows"', 'use = "steps.py:Leaky"\ntoken = "${PLANTED}"'),
    (
        'use = "steps.py:number"',
        'use = "steps.py:number"\n[[data.prepare]]\nuse = "steps.py:leak"\ntoken = "${PLANTED}"',
    ),
    ('use = "steps.py:is_measured"', 'use = "steps.py:leaky_check"\ntoken = "${PLANTED}"'),
    ('use = "steps.py:accuracy"', 'use = "steps.py:leaky_accuracy"\ntoken = "${PLANTED}"'),
    ('use = "steps.py:accept"', 'use = "steps.py:leaky_decision"\ntoken = "${PLANTED}"'),
    ('use = "steps.py:count"', 'use = "steps.py:leaky_count"\ntoken = "${PLANTED}"'),
    ('use = "steps.py:keep_quiet"', 'use = "steps.py:leaky_alert"\ntoken = "${PLANTED}"'),
    ('use = "json"', 'use = "json"\n[[report]]\nuse = "html"\n[[report]]\nuse = "markdown"'),
)


@pytest.fixture(params=["inline", "processes"])
def leaky(tmp_path: Path, request) -> Path:
    """Give a project in which every stage tells its secret wherever it can."""
    folder = write_project(tmp_path / "project", runner=request.param)
    text = (folder / "fourstroke.toml").read_text()
    for old, new in CHANGES:
        assert old in text
        text = text.replace(old, new)
    (folder / "fourstroke.toml").write_text(text)
    with (folder / "steps.py").open("a") as file:
        file.write(LEAKS)
    return folder


def found_in(folder: Path) -> list[str]:
    forms = {SECRET, quote(SECRET, safe=""), base64.b64encode(SECRET.encode()).decode()}
    files = [path for path in (folder / ".fourstroke").rglob("*") if path.is_file()]
    assert len(files) > 10
    return [
        path.relative_to(folder).as_posix()
        for path in files
        if any(form.encode() in path.read_bytes() for form in forms)
    ]


def calls(folder: Path, *commands: tuple[str, ...]) -> str:
    shell = Shell(folder)
    done = [shell(*words, code=None, PLANTED=SECRET) for words in commands]
    return "".join(result.stdout + result.stderr for result in done)


def test_secret_comes_out_nowhere(leaky):
    told = calls(
        leaky,
        ("run",),
        ("predict", "data.csv"),
        ("monitor",),
        ("monitor", "--json"),
        ("runs", "list", "--json"),
        ("runs", "show", "latest", "--json"),
        ("models", "show", "tiny", "--json"),
        ("plan",),
        ("config", "show", "--origin"),
        ("doctor",),
        ("audit", "pack", "tiny", "--data", "--model", "--output", ".fourstroke/tiny.zip"),
        ("models", "sbom", "tiny"),
        ("audit", "list", "--json"),
    )

    assert "${PLANTED}" in told
    assert "sound" in calls(leaky, ("audit", "verify", "--pack", ".fourstroke/tiny.zip"))
    assert SECRET not in told
    # A pack is not compressed: what is in its files is in it.
    assert found_in(leaky) == []


def test_secret_of_a_step_that_fails_comes_out_nowhere(leaky):
    text = (leaky / "fourstroke.toml").read_text()
    (leaky / "fourstroke.toml").write_text(
        text.replace('leak"\ntoken', 'leak"\nfails = true\ntoken')
    )

    told = calls(leaky, ("run",), ("run", "--json"), ("--debug", "run"), ("runs", "show", "latest"))

    assert "cannot reach" in told
    assert SECRET not in told
    assert found_in(leaky) == []


def test_secret_of_a_validator_that_raises_comes_out_nowhere(leaky):
    text = (leaky / "fourstroke.toml").read_text()
    (leaky / "fourstroke.toml").write_text(text.replace("leaky_check", "leaky_error"))

    told = calls(leaky, ("run",), ("run", "--json"))

    assert "no answer from" in told
    assert SECRET not in told
    assert found_in(leaky) == []
