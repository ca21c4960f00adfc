"""Who decides that a candidate that passed may be deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke import Decision, hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke import Verdict


@plugin
class Template:
    """Approve what has passed enough checks, and leave the rest to people."""

    # How many checks a verdict must have.
    checks: int = 2

    @hookimpl
    def approve(self, verdict: Verdict) -> Decision:
        """Say yes, or wait for people."""
        number = len(verdict.checks)
        if not verdict.passed:
            return Decision(answer="no", why="the verdict is no pass", by="template")
        if number < self.checks:
            why = f"{number} checks are fewer than {self.checks}: people decide"
            return Decision(answer="waiting", why=why, by="template")
        return Decision(answer="yes", why=f"{number} checks have passed", by="template")
