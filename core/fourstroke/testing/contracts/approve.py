"""What an approver has to hold: an answer with a reason, and never a yes to what failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from fourstroke.entities.facts import Check, Status
from fourstroke.entities.model import Verdict
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.scored import candidate_of

if TYPE_CHECKING:
    from fourstroke.entities.model import Decision
    from fourstroke.typing import Approves, FunctionPlugin


class ApproveContract(Contract):
    """What every approver has to hold."""

    stage = "approve"
    offered: ClassVar = {"people": "it leaves the answer to people"}
    plugin: ClassVar[Approves | Callable[..., Approves] | FunctionPlugin]

    def verdict(self, *, passed: bool = True) -> Verdict:
        """Give a verdict of three checks."""
        statuses: tuple[Status, ...] = ("pass", "pass", "pass" if passed else "fail")
        checks = tuple(
            Check(name=f"check {number}", status=status, why="a reason")
            for number, status in enumerate(statuses)
        )
        return Verdict(outcome="pass" if passed else "fail", checks=checks, candidate="candidate")

    def approve(self, verdict: Verdict) -> Decision:
        """Call the plugin as a step does."""
        candidate = candidate_of(self.task, version=4)
        return self.caller().approve(
            "own", candidate=candidate, verdict=verdict, context=self.context()
        )

    def exercise(self) -> None:
        """Ask once."""
        self.approve(self.verdict())

    def test_answer_has_a_reason(self) -> None:
        """Whatever the answer is, it says why."""
        for passed in (True, False):
            decision = self.approve(self.verdict(passed=passed))
            expect(decision.why.strip(), f"it says {decision.answer}, and not why")

    def test_yes_says_who(self) -> None:
        """A yes names who or what has given it: the ledger keeps it."""
        decision = self.approve(self.verdict())

        is_told = decision.answer != "yes" or decision.by.strip()
        expect(is_told, "it says yes, and not who does")

    def test_failed_verdict_is_not_approved(self) -> None:
        """A verdict that is no pass gets no yes."""
        decision = self.approve(self.verdict(passed=False))

        expect(decision.answer != "yes", "it approved what had failed")

    def test_same_candidate_gets_the_same_answer(self) -> None:
        """Asking twice gives one answer."""
        first, second = self.approve(self.verdict()), self.approve(self.verdict())

        expect(first == second, f"first {first.answer}, then {second.answer}")

    @requires("people")
    def test_people_are_waited_for(self) -> None:
        """A candidate that passed waits for people."""
        decision = self.approve(self.verdict())

        expect(decision.answer == "waiting", f"it says {decision.answer} by itself")
