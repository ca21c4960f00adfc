"""Calls that a runner is given to make: they travel to a worker, and tell what became of them."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from fourstroke.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@attrs.frozen
class Whereabouts:
    """The process in which a call was made."""

    host: str
    process: int

    @classmethod
    def here(cls) -> Whereabouts:
        """Give those of whoever calls."""
        return cls(socket.gethostname(), os.getpid())

    def is_alive(self) -> bool:
        """Say whether the process is still there; ``False`` for one of another machine."""
        if os.name == "nt" or self.host != socket.gethostname():
            return False  # there is no way to ask that harms nobody
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def whereabouts() -> Whereabouts:
    """Tell in which process this is."""
    return Whereabouts.here()


def late(seconds: float, value: Any) -> Any:
    """Give the value back, some time later."""
    time.sleep(seconds)
    return value


def leave_mark(place: Path) -> str:
    """Leave a file behind: the call was made."""
    place.write_text("made", encoding="utf-8")
    return place.name


def mark_late(seconds: float, place: Path) -> str:
    """Leave a file behind, some time later."""
    time.sleep(seconds)
    return leave_mark(place)


def read(place: Path) -> str:
    """Read a file of the project."""
    return place.read_text(encoding="utf-8")


def meet(own: Path, other: Path, seconds: float) -> bool:
    """Leave a mark, and wait for that of somebody else; whether it came."""
    own.touch()
    end = time.monotonic() + seconds
    while not other.exists():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def plain_failure(message: str) -> NoReturn:
    """Raise what Python itself has."""
    raise LookupError(message)


def told_failure(message: str, where: str, hint: str) -> NoReturn:
    """Raise an error of fourstroke."""
    raise DataError(message, where=where, hint=hint)


def unpicklable_result() -> Any:
    """Give what cannot travel back."""
    return lambda: None


def unpicklable_failure() -> NoReturn:
    """Raise what cannot travel back."""
    error = RuntimeError("it cannot be pickled")
    error.args = (lambda: None,)
    raise error
