"""Processes that are ready to be `fourstroke`: a call of the command line is a child of one of them.

A child runs the program as ``python -m fourstroke`` does, from its first word to the interpreter's
end, with the folder, environment and streams of the call. It only finds imported what an earlier
call had to import, which is most of the time that a short command takes. As a program, this module
is such a process: it reads one call a line and answers each with the child's process id and exit code.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import warnings
from pathlib import Path
from typing import Any, Final

import attrs

# An interpreter looks at these only when it starts: a call for which one of them is another needs one.
_AT_START: Final = ("PYTHON", "LC_", "LANG", "TZ", "OMP_", "OPENBLAS_", "MKL_", "COV", "LD_")
_ROOT: Final = Path(__file__).resolve().parent.parent
_INSTALLED: Final = (
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    *(str(_ROOT / name) for name in ("core", "plugins")),
)
# As many processes take turns, so that a call hashes otherwise than the one before it, as with users.
_PROCESSES: Final = 2


@attrs.define(eq=False)
class Ready:
    """Processes of one test session, which start when they are needed."""

    _turns: list[_Process] = attrs.field(factory=list)

    def fits(self, environment: dict[str, str]) -> bool:
        """Say whether a call with this environment needs no interpreter of its own."""
        if not hasattr(os, "fork"):
            return False
        return _of_the_start(environment) == _of_the_start(_STARTED_IN)

    def call(
        self, words: tuple[str, ...], folder: Path, environment: dict[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Make a call.

        Raises
        ------
        subprocess.TimeoutExpired
            If it does not end in time; it has been killed then.
        """
        is_new = len(self._turns) < _PROCESSES
        process = _Process.start() if is_new else self._turns.pop(0)
        try:
            done = process.call(words, folder, environment, seconds)
        except BaseException:
            process.end()
            raise
        self._turns.append(process)
        return done

    def end(self) -> None:
        """End all processes."""
        while self._turns:
            self._turns.pop().end()


@attrs.frozen(eq=False)
class _Process:
    process: subprocess.Popen[bytes]
    line: socket.socket
    scratch: tempfile.TemporaryDirectory[str]

    @classmethod
    def start(cls) -> _Process:
        near, far = socket.socketpair()
        with far:
            process = subprocess.Popen(
                [sys.executable, __file__, str(far.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[far.fileno()],
                env=_STARTED_IN,
                start_new_session=True,
            )
        return cls(process, near, tempfile.TemporaryDirectory(prefix="ready-"))

    def call(
        self, words: tuple[str, ...], folder: Path, environment: dict[str, str], seconds: float
    ) -> subprocess.CompletedProcess[str]:
        order = {"words": words, "folder": str(folder), "environment": environment}
        order["scratch"] = self.scratch.name
        self.line.settimeout(seconds)
        self.line.sendall(json.dumps(order).encode() + b"\n")
        try:
            code = int(self._answer())
        except TimeoutError as error:
            raise subprocess.TimeoutExpired(["fourstroke", *words], seconds) from error
        out, err = (
            Path(self.scratch.name, name).read_text(encoding="utf-8") for name in ("out", "err")
        )
        return subprocess.CompletedProcess(["fourstroke", *words], code, out, err)

    def _answer(self) -> bytes:
        answer = b""
        while not answer.endswith(b"\n"):
            part = self.line.recv(100)
            assert part, "the ready process has ended"
            answer += part
        return answer

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        self.line.close()
        self.scratch.cleanup()


_STARTED_IN: Final = dict(os.environ)


def _of_the_start(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_AT_START)}


def _serve(line: socket.socket) -> dict[str, Any] | None:
    """Fork a child for each order; give the child its order, and this process nothing in the end."""
    for text in line.makefile("rb"):
        order = json.loads(text)
        child = os.fork()
        if child == 0:
            line.close()
            return order
        _, status = os.waitpid(child, 0)
        line.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        _learn(Path(order["scratch"], "modules"))
    return None


def _become(order: dict[str, Any]) -> None:
    """Run the program in the place that the order describes; leave word of what it imported."""
    scratch = Path(order["scratch"])
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(scratch / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.path[0] = str(Path.cwd())
    sys.argv = ["fourstroke", *order["words"]]
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    before = frozenset(sys.modules)
    try:
        runpy.run_module("fourstroke", run_name="__main__", alter_sys=True)
    finally:
        added = [name for name in sys.modules if name not in before and _is_installed(name)]
        (scratch / "modules").write_text("\n".join(added), encoding="utf-8")


def _is_installed(name: str) -> bool:
    """Say whether a module is the same for every call, and not one of a project or of a test."""
    origin = getattr(getattr(sys.modules[name], "__spec__", None), "origin", None)
    return isinstance(origin, str) and origin.startswith(_INSTALLED)


def _learn(listed: Path) -> None:
    """Import what the child had to import; those after it find it there."""
    names = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    listed.unlink(missing_ok=True)
    if not names:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    # Not looked at again by the collectors of the children.
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _order = _serve(socket.socket(fileno=int(sys.argv[1])))
    if _order is not None:
        _become(_order)
