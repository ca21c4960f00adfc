"""Small facts to write into records, and processes that write them."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import attrs
from blake3 import blake3

from fourstroke import Check, Decision, Deployment, StepFact, Verdict
from fourstroke.artifacts.artifact import Artifact, File
from fourstroke.records import Records, RunWriter

POSTGRES_USER = "postgres"


def artifact(content: str, codec: str = "json") -> Artifact:
    """Give an artifact of one file, as if `content` were stored."""
    digest = f"blake3:{blake3(content.encode()).hexdigest()}"
    return Artifact.of(codec, [File("value.json", digest, len(content))])


def object_of(content: str) -> str:
    """Give the digest of that file."""
    return artifact(content).files[0].digest


def fact(name: str = "data.collect.raw", state: str = "running", **changes: Any) -> StepFact:
    values = {"name": name, "cycle": "data", "stage": "collect", "state": state}
    return StepFact(**{**values, **changes})


def begin(records: Records, **changes: Any) -> RunWriter:
    facts = {
        "kind": "run",
        "project": "income",
        "environment": "",
        "user": "ana",
        "host": "here",
        "command": "fourstroke run",
        "commit": "1234abcd",
        "dirty": False,
        "seed": 7,
        "settings": {"task": {"target": "income"}, "data": {"split": {"test": 0.25}}},
        "versions": {"python": "3.11.7"},
    }
    return records.start_run(**{**facts, **changes})


def succeed(writer: RunWriter, name: str, key: str, output: str, **left: Any) -> int:
    """Record one step that ran and gave `output`."""
    step = writer.begin_step(fact(name), key=key, parts={"settings.limit": key})
    done = fact(name, "succeeded", summary=f"gave {output}", seconds=0.5)
    writer.end_step(step, done, outputs={"value": artifact(output)}, **left)
    return step


def register(writer: RunWriter, content: str, model: str = "income") -> int:
    version, _ = writer.register_model(model, "logistic", artifact(content), {"outcome": "pass"})
    return version.version


def passed(candidate: str = "logistic") -> Verdict:
    check = Check(name="roc_auc", status="pass", observed=0.9, required=">= 0.8")
    return Verdict(outcome="pass", checks=(check,), candidate=candidate)


def yes(why: str = "good enough") -> Decision:
    return Decision(answer="yes", why=why, by="ana")


def deployment(version: int, target: str = "local") -> Deployment:
    return Deployment(
        target=target,
        model="income",
        version=version,
        digest=artifact(f"model {version}").digest,
        location=f"deployments/income/{version}",
    )


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a process that runs code with this module at hand."""
    here = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), *filter(None, sys.path)])},
    )


def finished(process: subprocess.Popen[str]) -> str:
    """Wait for a process that must end well; gives what it printed."""
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, f"{out}\n{err}"
    return out


@attrs.frozen
class Server:
    """A PostgreSQL server of our own, reached by a socket in a folder."""

    folder: Path

    def new_database(self) -> str:
        name = f"records_{uuid.uuid4().hex}"
        self.sql("postgres", f"CREATE DATABASE {name}")
        return f"postgresql://{POSTGRES_USER}@/{name}?host={self.folder}"

    def sql(self, database: str, statement: str) -> None:
        import psycopg

        address = f"host={self.folder} user={POSTGRES_USER} dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)
