"""Ask a ready process to be `fourstroke`, as `ready` explains; as a program, be `fourstroke` that way.

Shells of the documents' tests start this program by its name, and so it imports little.
"""

from __future__ import annotations

import json
import os
import socket
import sys

# An interpreter looks at these only when it starts: where one of them is another than that of the
# ready process, the call needs an interpreter of its own.
AT_START = ("PYTHON", "LC_", "LANG", "TZ", "OMP_", "OPENBLAS_", "MKL_", "LD_")


def ask(
    path: str,
    words: list[str],
    folder: str,
    environment: dict[str, str],
    files: list[int],
    seconds: float | None = None,
    code: str = "",
) -> int | None:
    """Make a call of the command line, and give its exit code as `subprocess` does.

    Parameters
    ----------
    path : str
        The socket of the ready process.
    words, folder, environment
        The call's.
    files : list of int
        Its standard streams.
    seconds : float, optional
        How long to wait.
    code : str
        What to run in the place of `fourstroke`, as ``python -c`` does.

    Returns
    -------
    int, optional
        Nothing if the environment asks for an interpreter of its own.

    Raises
    ------
    TimeoutError
        If the call does not end in time.
    """
    order = {"words": words, "folder": folder, "environment": environment, "code": code}
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(seconds)
        line.connect(path)
        socket.send_fds(line, [b"!"], files)
        line.sendall(json.dumps(order).encode() + b"\n")
        with line.makefile("rb") as answers:
            answer = json.loads(answers.readline())
    return None if answer is None else int(answer)


def _main(paths: list[str], words: list[str]) -> int:
    # Any of them: consecutive calls shall not all be children of one process.
    path = paths[os.getpid() % len(paths)]
    folder = os.getcwd()  # noqa: PTH109 - pathlib would take longer to import than all else here
    code = ask(path, words, folder, dict(os.environ), [0, 1, 2])
    if code is None:
        os.execv(sys.executable, [sys.executable, "-m", "fourstroke", *words])
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    _number = int(sys.argv[1])
    sys.exit(_main(sys.argv[2 : 2 + _number], sys.argv[2 + _number :]))
