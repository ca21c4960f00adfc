"""Rules that decide: who approves a model version, and when the engine turns again."""

from __future__ import annotations

from fourstroke import Candidate, Decision, Verdict, hookimpl, plugin
from fourstroke_policy.retraining import Never, OnAlert, Triggers

__all__ = ["Automatic", "Never", "OnAlert", "People", "Triggers"]


@plugin
class Automatic:
    """Approve every candidate whose verdict passed: the verdict is the approval."""

    # Beginnings of names of checks that have to pass first, such as "in shadow": one that is not there, was
    # skipped or only warns leaves the candidate waiting.
    waits_for: tuple[str, ...] = ()

    @hookimpl
    def approve(self, candidate: Candidate, verdict: Verdict) -> Decision:
        """Approve, and say by which checks."""
        if not verdict.passed:
            return Decision(answer="no", why="its verdict is not a pass", by="the rule automatic")
        for name in self.waits_for:
            found = [check for check in verdict.checks if check.name.startswith(name)]
            lacking = [check for check in found if check.status != "pass"]
            if lacking or not found:
                why = lacking[0].why or lacking[0].status if lacking else "there is no such check"
                return Decision(answer="waiting", why=f"{name}: {why}", by="the rule automatic")
        number = len(verdict.checks)
        why = f"{candidate.name} passed {number} {'check' if number == 1 else 'checks'}"
        return Decision(answer="yes", why=why, by="the rule automatic")


@plugin
class People:
    """Leave approval to people; `fourstroke models deploy` records who, when and why."""

    # Who is asked, for the message: a role or a name.
    who: str = "somebody who may approve"

    @hookimpl
    def approve(self, candidate: Candidate, verdict: Verdict) -> Decision:
        """Wait, unless the verdict leaves nothing to decide."""
        if not verdict.passed:
            return Decision(answer="no", why="its verdict is not a pass", by="the verdict")
        why = f"{candidate.name} passed; {self.who} has to look at the report"
        return Decision(answer="waiting", why=why)
