"""Ask that a candidate is small and quick enough."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

from fourstroke import Check, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Candidate

_MEGABYTE = 1_000_000
_WARM_UP = 3


@plugin
class Resources:
    """Ask that a candidate's files are small enough, and that it answers in time on this machine."""

    # The largest size of the model's files, in megabytes; none for no bound.
    most_megabytes: float | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.gt(0))
    )
    # The longest time that a prediction of one row may take, in milliseconds; none for no bound. It holds
    # for 95 of 100 predictions.
    most_milliseconds: float | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.gt(0))
    )
    # How many predictions are timed.
    times: int = attrs.field(default=100, validator=attrs.validators.ge(20))

    def __attrs_post_init__(self) -> None:
        """Refuse settings that ask for nothing."""
        if self.most_megabytes is None and self.most_milliseconds is None:
            raise ValueError("neither 'most_megabytes' nor 'most_milliseconds' is set")

    @hookimpl
    def validate(self, candidate: Candidate) -> Sequence[Check]:
        """Give a check for each bound."""
        checks = []
        if self.most_megabytes is not None:
            size = candidate.size_bytes / _MEGABYTE
            checks.append(_held("size", size, self.most_megabytes, "MB", "the model's files have"))
        if self.most_milliseconds is not None:
            checks.append(self._timed(candidate, self.most_milliseconds))
        return checks

    def _timed(self, candidate: Candidate, most: float) -> Check:
        if candidate.predict is None or candidate.data is None or not len(candidate.data):
            why = "there is no model to ask, or no row to ask about"
            return Check(name="latency", status="fail", required=f"<= {most:g} ms", why=why)
        taken = []
        for number in range(self.times + _WARM_UP):
            row = candidate.data.iloc[[number % len(candidate.data)]]
            started = time.perf_counter()
            candidate.predict(row)
            taken.append(1000 * (time.perf_counter() - started))
        slow = sorted(taken[_WARM_UP:])[-(self.times // 20) - 1]
        return _held("latency", slow, most, "ms", "95 of 100 predictions of one row take at most")


def _held(name: str, value: float, most: float, unit: str, what: str) -> Check:
    return Check(
        name=name,
        status="pass" if value <= most else "fail",
        observed=float(f"{value:.3g}"),
        required=f"<= {most:g} {unit}",
        why=f"{what} {value:.3g} {unit}",
    )
