"""One step at work, and the pauses before it is tried again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.fingerprint.keys import Key
    from fourstroke.plan import Step

_FIRST_PAUSE_SECONDS = 0.4
_LONGEST_PAUSE_SECONDS = 10.0


@attrs.define(kw_only=True, eq=False)
class Attempt:
    """A step that was begun, with all that its end is recorded under."""

    step: Step
    key: Key
    inputs: dict[str, Artifact]
    record: int
    number: int = 0
    started: float = attrs.field(factory=time.monotonic)
    # What was said of it in the main process; it stands before what the step says itself.
    said: list[str] = attrs.field(factory=list)


@attrs.define(eq=False)
class Pauses:
    """Steps that wait to be tried again, each until a moment of its own."""

    _until: dict[Attempt, float] = attrs.field(factory=dict)

    def __bool__(self) -> bool:
        """Say whether any step waits."""
        return bool(self._until)

    def begin(self, attempt: Attempt) -> None:
        """Let a step wait, twice as long as the time before."""
        pause = min(_FIRST_PAUSE_SECONDS * 2 ** (attempt.number - 1), _LONGEST_PAUSE_SECONDS)
        self._until[attempt] = time.monotonic() + pause

    def ended(self) -> list[Attempt]:
        """Take out the steps that have waited long enough."""
        now = time.monotonic()
        over = [attempt for attempt, until in self._until.items() if until <= now]
        for attempt in over:
            del self._until[attempt]
        return over

    @property
    def seconds(self) -> float | None:
        """How long it is until the next of them has waited enough; ``None`` if none waits."""
        if not self._until:
            return None
        return max(min(self._until.values()) - time.monotonic(), 0.0)
