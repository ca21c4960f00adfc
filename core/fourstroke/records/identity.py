"""Ids of runs: short, unique among hosts, and sorted by time."""

from __future__ import annotations

import secrets
import threading
import time
from typing import Final

# Crockford's letters: in the order of ASCII, and none that is taken for another.
_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH: Final = 12
_BITS_A_LETTER: Final = 5
_RANDOM_BITS: Final = 18

_lock = threading.Lock()
_latest = 0


def new_run_id() -> str:
    """Make an id of a moment in milliseconds (42 bits, up to the year 2109) and chance (18 bits).

    Ids of one process rise even within a millisecond and when the clock is set back.

    Examples
    --------
    >>> first, second = new_run_id(), new_run_id()
    >>> len(first), first < second
    (12, True)
    """
    global _latest  # noqa: PLW0603 - the only way to rise within a process
    with _lock:
        moment = time.time_ns() // 1_000_000 << _RANDOM_BITS
        _latest = max(moment | secrets.randbits(_RANDOM_BITS), _latest + 1)
        number = _latest
    shifts = range((_LENGTH - 1) * _BITS_A_LETTER, -1, -_BITS_A_LETTER)
    return "".join(_LETTERS[number >> shift & 0b11111] for shift in shifts)
