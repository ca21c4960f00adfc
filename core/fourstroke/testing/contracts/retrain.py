"""What a rule for retraining has to hold: a decision with a reason, and not without one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from fourstroke.entities.operations import Alert, MonitoringReport, Observation
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires

if TYPE_CHECKING:
    from fourstroke.entities.model import Decision
    from fourstroke.typing import FunctionPlugin, Retrains


class RetrainContract(Contract):
    """What every rule for retraining has to hold."""

    stage = "retrain"
    offered: ClassVar = {
        "alerts": "it turns again when monitors raised alerts in a large window",
        "schedule": "it may turn again without an alert",
    }
    plugin: ClassVar[Retrains | Callable[..., Retrains] | FunctionPlugin]

    def report(self, *, status: str = "ok", rows: int = 100_000) -> MonitoringReport:
        """Give the report of a window in which all observations have this status."""
        seen = tuple(
            Observation(name="drift", status=status, value=0.4, column=f"column {number}")  # type: ignore[arg-type]
            for number in range(5)
        )
        alert = Alert(
            key="sample/drift",
            severity="error",
            title="drift: column 0",
            text="it has moved",
            at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC),
            model="sample",
            version=3,
            observations=seen,
        )
        alerts = (alert,) if status == "alert" else ()
        return MonitoringReport(
            model="sample", version=3, rows=rows, observations=seen, alerts=alerts
        )

    def decide(self, report: MonitoringReport) -> Decision:
        """Call the plugin as a step does."""
        return self.caller().retrain("own", report=report, context=self.context())

    def exercise(self) -> None:
        """Ask once."""
        self.decide(self.report())

    def test_answer_has_a_reason(self) -> None:
        """Whatever the answer is, it says why."""
        for status in ("ok", "alert", "unknown"):
            decision = self.decide(self.report(status=status))
            expect(decision.why.strip(), f"it says {decision.answer}, and not why")

    def test_same_report_gets_the_same_answer(self) -> None:
        """Asking twice gives one answer."""
        for status in ("ok", "alert", "unknown"):
            first = self.decide(self.report(status=status))
            second = self.decide(self.report(status=status))
            expect(first == second, f"first {first.answer}, then {second.answer}")

    def test_window_without_anything_is_decided(self) -> None:
        """A report without rows and observations gets an answer."""
        empty = MonitoringReport(model="sample", version=3, rows=0, observations=())

        expect(self.decide(empty).answer in {"yes", "no", "waiting"}, "it gave no answer")

    def test_doubt_is_no_reason_to_turn(self) -> None:
        """Observations that could not be made are no reason to train anew."""
        decision = self.decide(self.report(status="unknown", rows=3))

        is_scheduled = "schedule" in self.claimed()
        expect(is_scheduled or decision.answer != "yes", "it turns because nothing could be told")

    def test_quiet_window_is_no_reason_to_turn(self) -> None:
        """Without an alert it does not turn, unless it goes by the calendar and claims so."""
        decision = self.decide(self.report(status="ok"))

        is_scheduled = "schedule" in self.claimed()
        expect(is_scheduled or decision.answer != "yes", "it turns, and nothing is wrong")

    @requires("alerts")
    def test_alerts_are_a_reason_to_turn(self) -> None:
        """Alerts in a large window lead to a turn, or to people who decide."""
        decision = self.decide(self.report(status="alert"))

        expect(decision.answer != "no", f"alerts, and it says no: {decision.why}")
