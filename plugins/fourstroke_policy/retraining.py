"""When the engine turns again: on an alert, by the clock, on new data, or never by itself."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke import Decision, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Alert, Context, MonitoringReport

_PERFORMANCE: Final = ("performance", "estimated_performance")
_DRIFT: Final = ("drift", "multivariate_drift")
_AGE: Final = re.compile(r"([1-9]\d{0,4})([hdw])")
_HOURS: Final = {"h": 1, "d": 24, "w": 168}


@plugin
class OnAlert:
    """Turn again when a monitor raised an alert, if the window is large enough to learn from."""

    # The least number of rows of a window that is reason enough.
    rows_min: int = attrs.field(default=100, validator=attrs.validators.ge(0))

    @hookimpl
    def retrain(self, report: MonitoringReport) -> Decision:
        """Decide by the alerts of the window."""
        if not report.alerts:
            return Decision(answer="no", why="no monitor raised an alert", by="on_alert")
        first = next((each for each in report.alerts if not _lesson_missing(each)), None)
        if first is None:
            why = " and ".join(dict.fromkeys(map(_lesson_missing, report.alerts)))
            return Decision(answer="no", why=why, by="on_alert")
        trigger = _trigger(first, _PERFORMANCE, _DRIFT) or "alert"
        return _by_alert(first, trigger, report, self.rows_min, "on_alert")


@plugin
class Never:
    """Never turn again by itself."""

    @hookimpl
    def retrain(self, report: MonitoringReport) -> Decision:
        """Say no, and what there was."""
        why = f"retraining is left to people; {len(report.alerts)} alerts"
        return Decision(answer="no", why=why, by="never")


def _is_age(_: object, attribute: attrs.Attribute[str], value: str) -> None:
    if value and not _AGE.fullmatch(value):
        msg = f"{attribute.name}: expected an age such as '30d', got {value!r}"
        raise ValueError(msg)


@plugin
class Triggers:
    """Turn again for the reasons that are named: a performance that drops, drift, new data, time.

    The first that holds counts, in this order. Other alerts, of the quality of what comes in say, are no
    reason to learn from it.
    """

    # Names of monitors whose open alert says that the model does worse.
    performance: tuple[str, ...] = _PERFORMANCE
    # Names of monitors whose open alert says that the world has changed.
    drift: tuple[str, ...] = _DRIFT
    # The least number of rows of a window whose alert is reason enough.
    rows_min: int = attrs.field(default=100, validator=attrs.validators.ge(0))
    # Whether a source that changed since a run read it is a reason.
    new_data: bool = False
    # How long after the last turn it is time for another one, such as "30d"; empty for never.
    every: str = attrs.field(default="", validator=_is_age)

    @hookimpl
    def retrain(self, report: MonitoringReport, context: Context) -> Decision:
        """Name the first reason that holds."""
        few = ""
        for trigger, names in (("performance drop", self.performance), ("drift", self.drift)):
            for alert in report.alerts:
                if _monitor_of(alert) in names:
                    found = _by_alert(alert, trigger, report, self.rows_min, "triggers")
                    if found.answer == "yes":
                        return found
                    few = few or found.why
        occasion = context.occasion
        if occasion is not None and self.new_data and occasion.new_data:
            return _yes("new data", occasion.new_data)
        if (
            occasion is not None
            and self.every
            and occasion.at >= occasion.learnt + _span(self.every)
        ):
            why = f"the last turn was on {occasion.learnt:%Y-%m-%d}, {self.every} or more ago"
            return _yes("schedule", why)
        return Decision(answer="no", why=few or self._without(report.alerts), by="triggers")

    def _without(self, alerts: Sequence[Alert]) -> str:
        looked = [
            "no alert of performance or drift is open",
            *(["no source changed"] if self.new_data else []),
            *([f"the last turn was less than {self.every} ago"] if self.every else []),
        ]
        others = sorted({_monitor_of(alert) for alert in alerts})
        return "; ".join(looked) + (f" (of {', '.join(others)} one is)" if others else "")


def _yes(trigger: str, why: str) -> Decision:
    return Decision(answer="yes", why=why, by="triggers", trigger=trigger)


def _by_alert(
    alert: Alert, trigger: str, report: MonitoringReport, rows_min: int, by: str
) -> Decision:
    if report.rows < rows_min:
        why = f"{alert.title}, but {report.rows} rows are too few to learn from"
        return Decision(answer="no", why=why, by=by, trigger=trigger)
    return Decision(answer="yes", why=alert.title, by=by, trigger=trigger)


def _trigger(alert: Alert, performance: Sequence[str], drift: Sequence[str]) -> str:
    name = _monitor_of(alert)
    return "performance drop" if name in performance else "drift" if name in drift else ""


def _lesson_missing(alert: Alert) -> str:
    """Say why nothing can be learnt from what an alert tells; empty if something can."""
    seen = {each.name for each in alert.observations}
    if seen == {"strange_outcomes"}:  # no class of the model: mistyped, say
        return "outcomes that the model does not know are no reason to learn from them"
    of_requests = all(each.statistic == "share" for each in alert.observations)
    if seen and of_requests and seen <= {"errors", "refused"}:
        return "requests that got no answer are no reason to learn from others"
    return ""


def _monitor_of(alert: Alert) -> str:
    """Give the name of the monitor that raised an alert: the last part of its key."""
    return alert.key.rpartition("/")[2]


def _span(age: str) -> dt.timedelta:
    return dt.timedelta(hours=int(age[:-1]) * _HOURS[age[-1]])
