"""What a plugin may change by accident in the process that it shares with others."""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator


@attrs.define
class Surroundings:
    """What has changed around a call.

    Attributes
    ----------
    printed : str
        What went to stdout.
    moved_generators : list of str
        Modules whose global generator of random numbers was used.
    changed : list of str
        What else of the process is not as it was, in words.
    """

    printed: str = ""
    moved_generators: list[str] = attrs.field(factory=list)
    changed: list[str] = attrs.field(factory=list)

    @classmethod
    @contextlib.contextmanager
    def watched(cls) -> Iterator[Surroundings]:
        """Watch what is called inside; the object tells afterwards."""
        seen = cls()
        folder, environment, generators = Path.cwd(), dict(os.environ), _generators()
        with contextlib.redirect_stdout(io.StringIO()) as stdout:
            yield seen
        seen.printed = stdout.getvalue()
        after = _generators()
        seen.moved_generators = [name for name in generators if generators[name] != after[name]]
        if Path.cwd() != folder:
            seen.changed.append("the working folder")
            os.chdir(folder)
        names = {
            n for n in environment.keys() | os.environ if environment.get(n) != os.environ.get(n)
        }
        # Which test is at work: pytest itself changes it between setup and call.
        names.discard("PYTEST_CURRENT_TEST")
        seen.changed += [f"the environment variable {name}" for name in sorted(names)]


def _generators() -> dict[str, Any]:
    states: dict[str, Any] = {"random": random.getstate()}
    numpy: Any = sys.modules.get("numpy.random")
    if numpy is not None:
        states["numpy.random"] = repr(numpy.get_state(legacy=False))
    return states
