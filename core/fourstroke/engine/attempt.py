"""One attempt at a step: what it was given, how often it was tried, and when it is due again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.fingerprint.keys import Key
    from fourstroke.plan import Step

_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0


@attrs.define(kw_only=True, eq=False)
class Attempt:
    """A step that is at work, or waits for its next attempt.

    Parameters
    ----------
    step, key, inputs : Step, Key and mapping of str to Artifact
        What is done, and with what.
    record : int
        The id of the step in the records.
    number : int
        How often it has failed.
    due : float
        When it is tried again, by the monotonic clock.
    """

    step: Step
    key: Key
    inputs: Mapping[str, Artifact]
    record: int
    number: int = 0
    due: float = 0.0
    started: float = attrs.field(factory=time.monotonic)

    def postpone(self) -> None:
        """Count a failure, and wait twice as long as after the one before."""
        self.number += 1
        self.due = time.monotonic() + min(_PAUSE_SECONDS * 2**self.number, _LONGEST_PAUSE_SECONDS)

    @property
    def seconds(self) -> float:
        """How long it has been at work."""
        return time.monotonic() - self.started
