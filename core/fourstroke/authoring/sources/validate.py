"""What a candidate has to keep before it may be deployed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fourstroke import Check, hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke import Candidate


@plugin
class Template:
    """Ask that the primary metric was measured, and is high enough."""

    # The least that is enough.
    least: float = 0.5

    @hookimpl
    def validate(self, candidate: Candidate) -> list[Check]:
        """Give one check; a metric that is missing or no number fails."""
        metric = next(iter(candidate.evaluation.metrics), None)
        value = None if metric is None else metric.value
        is_enough = value is not None and math.isfinite(value) and value >= self.least
        return [
            Check(
                name="primary metric",
                status="pass" if is_enough else "fail",
                observed=value,
                required=f">= {self.least:g}",
                why="it was not measured" if metric is None else f"{metric.name} is {value}",
            )
        ]
