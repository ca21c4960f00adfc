"""A process that is ready to be `fourstroke`: each call is a child of it, which may be killed.

As a program it reads one call a line and answers with one line. A child runs the whole command line
from its first word to its exit code; it only spares the time that importing takes. In a child
the calls that bring something to the disk are counted, before and after each. At one of them it may
kill itself, without another instruction; or from one of them on, all of them may find the disk full.
"""

from __future__ import annotations

import errno
import functools
import importlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import attrs

NEVER = -1
# With the commits of SQLite: all that makes something last, or gives it its name.
_CALLS = ("fsync", "fdatasync", "link", "rename", "replace")
_PRELOADED = ("fourstroke", "fourstroke_", "sqlalchemy", "alembic", "attr", "cattr", "pluggy")


@attrs.frozen
class Call:
    """How a call ended, what it wrote, and the points that it passed."""

    code: int
    stdout: str
    stderr: str
    points: tuple[str, ...]

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL

    @property
    def commits(self) -> int:
        return self.points.count("after commit")


@attrs.define(eq=False)
class Nursery:
    """The side of the tests: starts the process and talks to it."""

    scratch: Path
    _process: subprocess.Popen[str] = attrs.field(init=False)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NO_COLOR": "1"},
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=30)

    def __call__(
        self,
        folder: Path,
        *words: str,
        kill_at: int = NEVER,
        full_at: int = NEVER,
        records_have_room: bool = False,
    ) -> Call:
        """Call the command line; kill it at the point of this number, or fill the disk there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"folder": str(folder), "words": words, "scratch": str(self.scratch)}
        order |= {"kill_at": kill_at, "full_at": full_at, "records_have_room": records_have_room}
        print(json.dumps(order), file=self._process.stdin)
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        stdout, stderr, points = (
            (self.scratch / name).read_text(encoding="utf-8") for name in ("out", "err", "points")
        )
        return Call(code, stdout, stderr, tuple(points.splitlines()))


class _Points:
    """Counts points, notes each in a file, and does at one of them what it was told."""

    def __init__(self, order: dict[str, Any]) -> None:
        place = Path(order["scratch"]) / "points"
        self._file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        self._kill_at, self._full_at = order["kill_at"], order["full_at"]
        self._has_other_disk = order["records_have_room"]
        self._passed = 0

    def reach(self, name: str) -> None:
        os.write(self._file, f"{name}\n".encode())
        if self._passed == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        is_full = 0 <= self._full_at <= self._passed
        self._passed += 1
        if is_full and name == "before commit" and not self._has_other_disk:
            raise sqlite3.OperationalError("database or disk is full")
        if is_full and name.startswith("before ") and name != "before commit":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def watch(self, name: str) -> None:
        function = getattr(os, name)

        @functools.wraps(function)
        def watched(*arguments: Any, **options: Any) -> Any:
            self.reach(f"before {name}")
            result = function(*arguments, **options)
            self.reach(f"after {name}")
            return result

        setattr(os, name, watched)

    def watch_commits(self) -> None:
        reach, connect = self.reach, sqlite3.connect

        class Watched(sqlite3.Connection):
            def commit(self) -> None:
                reach("before commit")
                super().commit()
                reach("after commit")

        sqlite3.connect = functools.partial(connect, factory=Watched)  # type: ignore[assignment]


def _serve() -> None:
    from fourstroke.cli.main import main

    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _be_called(order, main)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
        _preload(Path(order["scratch"]) / "modules")


def _be_called(order: dict[str, Any], main: Any) -> None:
    scratch = Path(order["scratch"])
    os.chdir(order["folder"])
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - it lives as the child does
    sys.stdout, sys.stderr = (
        (scratch / name).open("w", encoding="utf-8") for name in ("out", "err")
    )
    sys.path[0] = ""
    points = _Points(order)
    for name in _CALLS:
        points.watch(name)
    points.watch_commits()
    code = main(order["words"])
    (scratch / "modules").write_text("\n".join(sys.modules))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _preload(listed: Path) -> None:
    """Import what the first child had to import; its successors find it there."""
    if not listed.exists():
        return
    for name in listed.read_text().splitlines():
        if name not in sys.modules and name.partition(".")[0].startswith(_PRELOADED):
            importlib.import_module(name)
    listed.unlink()


if __name__ == "__main__":
    _serve()
