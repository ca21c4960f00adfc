"""Whether the engine turns again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke import Decision, hookimpl, plugin

if TYPE_CHECKING:
    from fourstroke import MonitoringReport


@plugin
class Template:
    """Turn again when several columns have raised an alert."""

    # How many observations have to be alerts.
    least: int = 1

    @hookimpl
    def retrain(self, report: MonitoringReport) -> Decision:
        """Count the alerts of the window."""
        alerts = [each for each in report.observations if each.status == "alert"]
        answer = "yes" if alerts and len(alerts) >= self.least else "no"
        return Decision(answer=answer, why=f"{len(alerts)} observations are alerts", by="template")
