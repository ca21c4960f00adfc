"""A canary: a version that answers a share of the requests, until it does worse than the champion."""

from __future__ import annotations

import hashlib
import math
import threading
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke_serve.loaded import Loaded

_ALPHA: Final = 0.01
# Where the interval is narrowest: after about a hundred requests.
_RHO: Final = 0.1
# A request is slow if it takes this many times what the champion takes on average, and a moment.
_TIMES_SLOWER: Final = 3.0
_MOMENT: Final = 0.02
_BUCKETS: Final = 10_000


@attrs.define
class Share:
    """How often something has happened, with an interval that holds at every moment.

    Examples
    --------
    >>> share = Share()
    >>> for _ in range(100):
    ...     share.add(False)
    >>> share.interval()[0] == 0.0 and share.interval()[1] < 0.4
    True
    """

    count: int = 0
    happened: int = 0

    def add(self, has_happened: bool) -> None:  # noqa: FBT001 - the one thing that it is told
        """Count one request."""
        self.count += 1
        self.happened += has_happened

    def interval(self, alpha: float = _ALPHA / 2) -> tuple[float, float]:
        """Give a confidence sequence for the share: it holds at all times at once.

        The normal mixture of Robbins for variables within [0, 1], which are sub-Gaussian with 1/2
        (Howard, Ramdas, McAuliffe and Sekhon 2021, "Time-uniform, nonparametric, nonasymptotic
        confidence sequences", eq. 14): looking after every request does not make it wrong.
        """
        if not self.count:
            return 0.0, 1.0
        scale = self.count * _RHO**2
        half = 0.5 * math.sqrt(
            2 * (scale + 1) / (self.count**2 * _RHO**2) * math.log(math.sqrt(scale + 1) / alpha * 2)
        )
        mean = self.happened / self.count
        return max(0.0, mean - half), min(1.0, mean + half)


@attrs.define(eq=False)
class Canary:
    """A version on trial.

    Parameters
    ----------
    loaded : Loaded
        The version.
    share : float
        The part of those who ask that it answers, between 0 and 1.
    stop : callable
        Ends the trial; hears why.
    """

    loaded: Loaded
    share: float
    _stop: Callable[[str], None]
    _errors: dict[bool, Share] = attrs.field(
        factory=lambda: {True: Share(), False: Share()}, init=False
    )
    _slow: dict[bool, Share] = attrs.field(
        factory=lambda: {True: Share(), False: Share()}, init=False
    )
    _usual: float = attrs.field(default=0.0, init=False)
    _turn: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    _is_over: bool = attrs.field(default=False, init=False)

    def takes(self, key: str) -> bool:
        """Say whether it answers somebody: the same somebody always, by a hash of the key."""
        digest = hashlib.blake2b(key.encode(), digest_size=8, salt=b"canary").digest()
        return int.from_bytes(digest) % _BUCKETS < self.share * _BUCKETS

    def hear(self, *, by_canary: bool, has_failed: bool, seconds: float) -> None:
        """Count an answer, and end the trial if the canary does worse for sure."""
        with self._turn:
            if self._is_over:
                return
            self._errors[by_canary].add(has_failed)
            if not by_canary:
                known = self._errors[False].count
                self._usual += (seconds - self._usual) / min(known, 1000)
            limit = self._usual * _TIMES_SLOWER + _MOMENT
            self._slow[by_canary].add(seconds > limit)
            why = self._why()
            self._is_over = bool(why)
        if why:
            self._stop(why)

    def _why(self) -> str:
        for shares, what in ((self._errors, "fails"), (self._slow, "is slow")):
            worst, usual = shares[True], shares[False]
            if worst.interval()[0] > usual.interval()[1]:
                return (
                    f"it {what} in {worst.happened} of {worst.count} requests, "
                    f"the champion in {usual.happened} of {usual.count}"
                )
        return ""
