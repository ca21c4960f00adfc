"""Processes that are ready to be `fourstroke`: a call of the command line is a child of one of them.

A child runs the program as ``python -m fourstroke`` does, from its first word to the interpreter's
end, with the folder, the environment and the streams of the call. It only finds imported what an
earlier call had to import, which is most of the time that a short command takes. As a program, this
module is such a process.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import shlex
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import types
import warnings
from pathlib import Path
from typing import Any, Final

from ready_client import AT_START, ask

ROOT: Final = Path(__file__).resolve().parent.parent
# As many take turns, so that a call hashes otherwise than the one before it, as those of users do.
_PROCESSES: Final = 2
_INSTALLED: Final = (
    *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    *(str(ROOT / name) for name in ("core", "plugins")),
)
_LOOK_SECONDS: Final = 0.02


class Ready:
    """The ready processes of one test session; they start when they are first needed."""

    def __init__(self) -> None:
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._calls = 0
        self._counting = threading.Lock()

    def call(
        self,
        words: list[str],
        folder: Path,
        environment: dict[str, str],
        seconds: float,
        code: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Make a call with nothing on its standard input, and keep what it writes.

        With `code`, it is one of ``python -c`` with these words.

        Raises
        ------
        subprocess.TimeoutExpired
            If it does not end in time; it has been killed then.
        """
        with self._counting:
            path = self._start()[self._calls % _PROCESSES]
            self._calls += 1
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device
                files = [nothing.fileno(), out.fileno(), err.fileno()]
                try:
                    status = ask(path, words, str(folder), environment, files, seconds, code)
                except TimeoutError as error:
                    self.end()
                    raise subprocess.TimeoutExpired(["fourstroke", *words], seconds) from error
            if status is None:
                return _call_fresh(words, folder, environment, seconds, code)
            told = [_text(file) for file in (out, err)]
        return subprocess.CompletedProcess(["fourstroke", *words], status, *told)

    def programs(self) -> Path:
        """Give a folder with a program `fourstroke` that makes its calls here."""
        paths = self._start()
        assert self._scratch is not None
        program = Path(self._scratch.name, "bin", "fourstroke")
        if not program.exists():
            client = Path(__file__).with_name("ready_client.py")
            line = shlex.join([sys.executable, "-IS", str(client), str(len(paths)), *paths])
            program.parent.mkdir()
            program.write_text(f'#!/bin/sh\nexec {line} "$@"\n', encoding="utf-8")
            program.chmod(0o755)
        return program.parent

    def _start(self) -> list[str]:
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="ready-")
        paths = [str(Path(self._scratch.name, str(number))) for number in range(_PROCESSES)]
        for path in paths[len(self._processes) :]:
            # It can be asked at once; whoever asks waits until the process is up.
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(path)
                listener.listen()
                self._processes.append(
                    subprocess.Popen(
                        [sys.executable, __file__, str(listener.fileno()), self._scratch.name],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        pass_fds=[listener.fileno()],
                        start_new_session=True,
                    )
                )
        return paths

    def end(self) -> None:
        """End all processes, and what they are busy with."""
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
        self._processes.clear()
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None


def _call_fresh(
    words: list[str], folder: Path, environment: dict[str, str], seconds: float, code: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *(["-c", code] if code else ["-m", "fourstroke"]), *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=seconds,
        env=environment,
        check=False,
    )


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read().decode()).replace("\r\n", "\n")


def _serve(listener: socket.socket, scratch: Path) -> socket.socket | None:
    """Fork a keeper for each call; give a keeper its connection, and this process never anything."""
    busy: set[int] = set()
    while True:
        if select.select([listener], [], [], _LOOK_SECONDS if busy else None)[0]:
            connection, _ = listener.accept()
            keeper = os.fork()
            if keeper == 0:
                listener.close()
                return connection
            connection.close()
            busy.add(keeper)
        for keeper in tuple(busy):
            if os.waitpid(keeper, os.WNOHANG)[0]:
                busy.remove(keeper)
                _learn(scratch / f"modules-{keeper}")


def _keep(connection: socket.socket, scratch: Path) -> dict[str, Any]:
    """Have a child make the call, and tell its exit code; the child gets its order from here."""
    _, files, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as lines:
        order: dict[str, Any] = json.loads(lines.readline())
    if _of_the_start(order["environment"]) != _of_the_start(dict(os.environ)):
        connection.sendall(b"null\n")
        os._exit(0)
    order["modules"] = str(scratch / f"modules-{os.getpid()}")
    child = os.fork()
    if child == 0:
        connection.close()
        _take_streams(files)
        return order
    _, status = os.waitpid(child, 0)
    # Whoever asked may have been ended, and hears nothing any more.
    with contextlib.suppress(OSError):
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _take_streams(files: list[int]) -> None:
    """Make these the standard streams, as an interpreter finds them when it starts."""
    for number, (name, file) in enumerate(zip(("stdin", "stdout", "stderr"), files, strict=True)):
        os.dup2(file, number)
        os.close(file)
        old = getattr(sys, name)
        new = open(  # noqa: SIM115 - as long as the process lives
            number,
            "w" if number else "r",
            buffering=1 if name == "stderr" else -1,
            encoding=old.encoding,
            errors=old.errors,
            closefd=False,
        )
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def _of_the_start(environment: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(AT_START)}


def _become(order: dict[str, Any]) -> None:
    """Run the program in the place that the order describes; leave word of what it imported."""
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.path[0] = str(Path.cwd())
    sys.argv = ["fourstroke", *order["words"]]
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    before = frozenset(sys.modules)
    try:
        if order["code"]:
            _be_code(order["code"])
        else:
            runpy.run_module("fourstroke", run_name="__main__", alter_sys=True)
    finally:
        added = [name for name in sys.modules if name not in before and _is_installed(name)]
        with contextlib.suppress(OSError):
            Path(order["modules"]).write_text("\n".join(added), encoding="utf-8")


def _be_code(code: str) -> None:
    """Run it as ``python -c`` does: in a main module without a file, which no worker runs again."""
    sys.argv[0] = "-c"
    sys.modules["__main__"] = types.ModuleType("__main__")
    exec(compile(code, "<string>", "exec"), vars(sys.modules["__main__"]))


def _is_installed(name: str) -> bool:
    """Say whether a module is the same for every call, and not one of a project or of a test."""
    origin = getattr(getattr(sys.modules[name], "__spec__", None), "origin", None)
    return isinstance(origin, str) and origin.startswith(_INSTALLED)


def _learn(listed: Path) -> None:
    """Import what a call had to import; those after it find it there."""
    names = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    listed.unlink(missing_ok=True)
    if not names:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    # The collectors of children shall not look at it again.
    gc.collect()
    gc.freeze()


def _main(number: int, scratch: Path) -> None:
    connection = _serve(socket.socket(fileno=number), scratch)
    assert connection is not None
    _become(_keep(connection, scratch))


if __name__ == "__main__":
    _main(int(sys.argv[1]), Path(sys.argv[2]))
