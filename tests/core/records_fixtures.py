"""Records on both databases, as fixtures."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from records_sample import POSTGRES_USER, Server

from fourstroke.records import Records


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Start PostgreSQL, under another user if we are root, which it refuses to run as."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    found = str(programs[-1]) if programs else shutil.which("postgres")
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    is_root = os.name == "posix" and os.geteuid() == 0
    user: dict[str, Any] = {"user": POSTGRES_USER} if is_root else {}
    # Short, because paths of sockets are limited to about 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if is_root:
        shutil.chown(folder, POSTGRES_USER)
    data = folder / "data"
    subprocess.run(
        [str(Path(found).parent / "initdb"), "-D", data, "-U", POSTGRES_USER, "-A", "trust"],
        check=True,
        capture_output=True,
        cwd=folder,
        **user,
    )
    # No network, no waiting for the disk, and a time zone that nobody may rely on.
    settings = ("listen_addresses=", "fsync=off", "timezone=Asia/Tokyo")
    options = ["-k", folder, *(part for setting in settings for part in ("-c", setting))]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [found, "-D", data, *options], stdout=log, stderr=log, cwd=folder, **user
        )
    try:
        _wait_until_ready(folder)
        yield Server(folder)
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(folder: Path) -> None:
    import psycopg

    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(f"host={folder} user={POSTGRES_USER} dbname=postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder that a project keeps its records and locks in."""
    made = tmp_path / "project" / ".fourstroke"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'records.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty database, of one kind and then of the other."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return str(request.getfixturevalue("server").new_database())


@pytest.fixture
def records(url: str, folder: Path) -> Iterator[Records]:
    with Records.open(url, folder=folder) as opened:
        yield opened


@pytest.fixture
def sqlite_records(sqlite_url: str, folder: Path) -> Iterator[Records]:
    with Records.open(sqlite_url, folder=folder) as opened:
        yield opened
