"""One step at work."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.fingerprint.keys import Key
    from fourstroke.plan import Step


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
