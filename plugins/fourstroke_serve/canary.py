"""A canary: a version that answers a share of the requests, until it does worse than the champion."""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Final, Literal

import attrs

from fourstroke_serve.share import Share

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke_serve.loaded import Loaded

# How likely it is that a canary which does no worse is ever stopped, by any worker.
_ALPHA: Final = 0.01
# What may be wrong without being so: errors and slowness of both versions, and how far they differ.
_BOUNDS: Final = 5
# A request is slow if it takes this many times what the champion takes on average, and a moment.
_TIMES_SLOWER: Final = 3.0
_MOMENT: Final = 0.02
# What is usual is not known before.
_FEWEST: Final = 20
_BUCKETS: Final = 10_000

Reason = Literal["errors", "latency", "difference"]


@attrs.define
class _Arm:
    """What one of the two versions did."""

    errors: Share = attrs.field(factory=Share)
    slow: Share = attrs.field(factory=Share)


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
        Ends the trial; hears the reason, and the figures in words.
    most_different : float
        The share of its answers that may be others than the champion's; 1 for any.
    workers : int
        How many workers try it, each with figures of its own: they share the probability of an error.
    """

    loaded: Loaded
    share: float
    _stop: Callable[[Reason, str], None]
    most_different: float = 1.0
    workers: int = 1
    _own: _Arm = attrs.field(factory=_Arm, init=False)
    _champion: _Arm = attrs.field(factory=_Arm, init=False)
    _different: Share = attrs.field(factory=Share, init=False)
    _usual: float = attrs.field(default=0.0, init=False)
    _turn: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    _is_over: bool = attrs.field(default=False, init=False)

    def takes(self, key: str) -> bool:
        """Say whether it answers somebody: the same somebody always, by a hash of the key."""
        digest = hashlib.blake2b(key.encode(), digest_size=8, salt=b"canary").digest()
        return int.from_bytes(digest) % _BUCKETS < self.share * _BUCKETS

    def hear(self, *, by_canary: bool, has_failed: bool, seconds: float) -> None:
        """Count an answer, and end the trial if the canary does worse for sure.

        Who is asked is decided by a hash of who asks, so that both versions get requests of one kind;
        what is slow is decided before the answer is known. Both hold for keys that ask alike often: a
        key that asks as often as all others together is one observation, whatever is counted here.
        """
        with self._turn:
            if self._is_over:
                return
            arm = self._own if by_canary else self._champion
            arm.errors.add(has_failed)
            is_slow = seconds > self._usual * _TIMES_SLOWER + _MOMENT
            if self._champion.errors.count > _FEWEST:
                arm.slow.add(is_slow)
            if not by_canary:
                known = self._champion.errors.count
                self._usual += (seconds - self._usual) / min(known, 1000)
            # Only what goes wrong with it can end its trial.
            has_news = by_canary and (has_failed or is_slow)
            found = self._worse() if has_news else None
            self._is_over = found is not None
        if found is not None:
            self._stop(*found)

    def hear_difference(self, *, is_different: bool) -> None:
        """Count an answer of the canary that the champion was asked for, too."""
        with self._turn:
            if self._is_over:
                return
            self._different.add(is_different)
            seen = self._different
            self._is_over = is_different and seen.lower(self._alpha) > self.most_different
        if self._is_over:
            told = f"it says something else in {seen.happened} of {seen.count} requests"
            self._stop("difference", told)

    @property
    def _alpha(self) -> float:
        # None of the bounds may miss the truth, at any time, in any worker.
        return _ALPHA / _BOUNDS / self.workers

    def _worse(self) -> tuple[Reason, str] | None:
        """Compare from below with from above: what is between them may be chance."""
        own, usual = self._own, self._champion
        compared: tuple[tuple[Reason, str, Share, Share], ...] = (
            ("errors", "fails", own.errors, usual.errors),
            ("latency", "is slow", own.slow, usual.slow),
        )
        for reason, what, worst, best in compared:
            if worst.happened and worst.lower(self._alpha) > best.upper(self._alpha):
                return reason, (
                    f"it {what} in {worst.happened} of {worst.count} requests, "
                    f"the champion in {best.happened} of {best.count}"
                )
        return None
