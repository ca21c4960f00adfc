"""Hold a candidate against the champion on the rows that it scored as its shadow."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, Literal

import attrs

from fourstroke import Check, hookimpl, plugin
from fourstroke_threshold.champion import Champion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Candidate, Context, InShadow

_NAME: Final = "in shadow"
_CHECK: Final = Check(name=_NAME, status="pass", against="champion")
_STATES: Final[dict[str, tuple[Literal["pass", "skipped"], str]]] = {
    "first": ("pass", "there is no champion yet"),
    "unregistered": ("skipped", "it is no registered version yet, so it cannot have been a shadow"),
    "at_work": ("skipped", "it is the champion itself"),
}


@plugin
class Shadow:
    """Ask that a candidate is not worse than the champion, or better, on rows that it scored as its shadow.

    These are requests that the champion answered while the candidate was asked, too, and of which the
    outcome has become known: real traffic, and not the rows that it was chosen by. The difference is
    taken row by row as `champion` does. A version that was no shadow yet, or has too few such rows, is
    not judged: the check is inconclusive, which is no pass. Each look at more rows is counted, and asks
    for more confidence.
    """

    # It is given what candidates said as shadows.
    needs_shadow: ClassVar[bool] = True

    # The metric; empty for the primary one.
    metric: str = ""
    # What is asked for: that it is not worse by more than the tolerance, or that it is better by more.
    ask: Literal["not_worse", "better"] = "not_worse"
    # By how much the candidate may be worse, or has to be better; of rmse, mae and mse a share of the
    # champion's value.
    tolerance: float = attrs.field(default=0.01, validator=attrs.validators.ge(0.0))
    # How sure that has to be.
    confidence: float = attrs.field(
        default=0.95, validator=[attrs.validators.gt(0.5), attrs.validators.lt(1.0)]
    )
    # With fewer rows of which the outcome is known nothing is judged, and nothing counts as a look.
    minimum_rows: int = attrs.field(default=200, validator=attrs.validators.ge(2))
    # Draws of the bootstrap.
    resamples: int = attrs.field(default=2000, validator=attrs.validators.ge(100))
    # Which rows tell of each other: those of task.group, neighbours by task.time, or none of them. With
    # auto it is the group if the task names one, else the time.
    dependence: Literal["auto", "none", "group", "time"] = "auto"
    # Whether the confidence holds for all looks at the growing rows together, or for each.
    looks: Literal["correct", "ignore"] = "correct"

    @hookimpl
    def validate(
        self, candidate: Candidate, champion: Candidate | None, context: Context
    ) -> Sequence[Check]:
        """Give one check, whose name begins with ``in shadow``."""
        if champion is None:
            return [attrs.evolve(_CHECK, status="pass", why="there is no champion yet")]
        if candidate.in_shadow is None:
            return [attrs.evolve(_CHECK, status="error", why="nobody has looked for its shadow")]
        found = candidate.in_shadow()
        if found.state in _STATES:
            status, why = _STATES[found.state]
            return [attrs.evolve(_CHECK, status=status, why=why)]
        if found.candidate is None or found.champion is None or found.rows < self.minimum_rows:
            return [self._too_few(found)]
        return [self._judged(found, found.candidate, found.champion, context)]

    def _too_few(self, found: InShadow) -> Check:
        if not found.scored:
            why = f"v{found.version} has scored nothing as a shadow that the champion answered"
        else:
            why = (
                f"of {found.scored:,} rows that v{found.version} scored as a shadow the outcome is "
                f"known of {found.rows:,}"
            )
        return attrs.evolve(
            _CHECK,
            status="inconclusive",
            required=f"{self.minimum_rows:,} rows",
            why=f"{why}; {self.minimum_rows:,} are asked for",
            rows_needed=self.minimum_rows,
        )

    def _judged(
        self, found: InShadow, candidate: Candidate, champion: Candidate, context: Context
    ) -> Check:
        strict = Champion(
            metric=self.metric,
            ask=self.ask,
            tolerance=self.tolerance,
            confidence=self.confidence,
            resamples=self.resamples,
            dependence=self.dependence,
            looks=self.looks,
        )
        checks: Sequence[Check] = strict.validate(candidate, champion, context)
        told = f"of {found.rows:,} rows in shadow"
        return attrs.evolve(
            checks[0], name=f"{_NAME}: {checks[0].name}", why=f"{told}: {checks[0].why}"
        )
