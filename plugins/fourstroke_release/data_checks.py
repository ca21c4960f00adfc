"""Ask that the data were checked before anything was trained on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke import Check, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Candidate, DatasetFact

_NAME = "data checks"


@plugin
class DataChecks:
    """Put into the verdict which data a candidate comes from, and that they passed their checks.

    A check of the data that says no ends a run before the training, so that none of them can have
    failed; what may be missing are checks.
    """

    # How many checks have to have passed.
    least: int = attrs.field(default=1, validator=attrs.validators.ge(1))

    @hookimpl
    def validate(self, candidate: Candidate) -> Sequence[Check]:
        """Give one check."""
        found: DatasetFact | None = candidate.published() if candidate.published else None
        if found is None:
            return [Check(name=_NAME, status="fail", why="nobody knows which data it comes from")]
        name = f"{found.name}@v{found.version}"
        evidence = f"{name} {found.digest}"
        if found.checks is None:
            why = (
                f"{name} was checked by the run that published it, and by none since: it is pinned"
            )
            return [
                Check(name=_NAME, status="warn", severity="warning", why=why, evidence=evidence)
            ]
        is_enough = found.checks >= self.least
        passed = f"{found.checks} {'check' if found.checks == 1 else 'checks'} of {name} passed"
        warned = f", {found.warnings} warned" if found.warnings else ""
        return [
            Check(
                name=_NAME,
                status="pass" if is_enough else "fail",
                observed=found.checks,
                required=f">= {self.least}",
                why=f"{passed}{warned}",
                evidence=evidence,
            )
        ]
