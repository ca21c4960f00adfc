"""Judge whether people are told of what a monitor saw."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import attrs

from fourstroke.alerting.matters import is_of_turn, matters, muted, raised_by
from fourstroke.entities.age import hours_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from fourstroke.alerting.matters import Matter
    from fourstroke.alerting.settings import AlertSettings
    from fourstroke.entities.operations import Alert, MonitoringReport
    from fourstroke.records.alert_words import AlertWord
    from fourstroke.records.operation_rows import AlertRow

_RANKS = {"warning": 0, "error": 1}


@attrs.frozen(kw_only=True)
class Standing:
    """All that is known when a window is judged.

    Parameters
    ----------
    settings : AlertSettings
        When people are told.
    alerts : sequence of AlertRow
        All alerts of the model.
    words : sequence of AlertWord
        All that was said of them.
    earlier : sequence of MonitoringReport
        What was seen in the windows before this one, the latest last.
    later : sequence of MonitoringReport
        What was seen in the windows after it, the latest last, if this one is looked at again.
    now : datetime
        This moment.
    """

    settings: AlertSettings
    alerts: Sequence[AlertRow]
    words: Sequence[AlertWord]
    earlier: Sequence[MonitoringReport]
    now: dt.datetime
    later: Sequence[MonitoringReport] = ()

    def open_matters(self) -> dict[str, Matter]:
        """Give what is not over, by its key."""
        found = matters(self.alerts, self.words)
        return {matter.key: matter for matter in found if matter.resolved is None}

    def why_held(self, alert: Alert) -> str:
        """Say why people are not told of an alert; empty if they are."""
        settings, matter = self.settings, self.open_matters().get(alert.key)
        earlier = [each for each in self.earlier if _was_looked_for(alert.key, each)]
        latest = earlier[max(0, len(earlier) - (settings.among - 1)) :]
        times = 1 + sum(alert.key in report.crossed for report in latest)
        if times < settings.needed and matter is None:
            return (
                f"seen in {times} of {settings.among} windows, and {settings.needed} are asked for"
            )
        word = muted(self.words, alert.model, alert.key, self.now)
        if word is not None:
            until = "for good" if word.until is None else f"until {word.until:%Y-%m-%d %H:%M} UTC"
            return f"muted by {word.who} {until}{f': {word.why}' if word.why else ''}"
        if self._is_told(alert):
            return "people were told of this window before"
        return "" if matter is None else self._why_not_again(alert, matter)

    def over(
        self, crossed: Sequence[str], asked: Collection[str] | None = None
    ) -> tuple[Matter, ...]:
        """Give the matters that are over: seen neither in this window, nor in enough of the latest ones.

        A window without rows says so of the monitors alone that it ``asked``; ``None`` for all.
        """
        return tuple(
            matter
            for key, matter in self.open_matters().items()
            if (asked is None or raised_by(key) in asked)
            and not is_of_turn(key)
            and key not in crossed
            and self._is_quiet(key)
        )

    def _is_quiet(self, key: str) -> bool:
        """Say whether a matter was not seen in enough of the latest windows, this one among them."""
        before, after = (
            [key in report.crossed for report in reports if _was_looked_for(key, report)]
            for reports in (self.earlier, self.later)
        )
        seen = [*before, False, *after]
        return len(seen) >= self.settings.quiet and not any(seen[-self.settings.quiet :])

    def told(self, alert: Alert) -> Alert:
        """Say on an alert since when it is there, how often it came, and what to do."""
        matter = self.open_matters().get(alert.key)
        monitor = raised_by(alert.key)
        return attrs.evolve(
            alert,
            since=matter.began if matter else None,
            count=1 + (len(matter.alerts) if matter else 0),
            runbook=self.settings.runbooks.get(monitor, ""),
        )

    def _is_told(self, alert: Alert) -> bool:
        """Say whether people were told of this window, in a matter that is open or was."""
        told = (row.alert for row in self.alerts)
        this = (alert.key, alert.version, alert.window)
        return any((each.key, each.version, each.window) == this for each in told)

    def _why_not_again(self, alert: Alert, matter: Matter) -> str:
        last = matter.last.alert
        if _RANKS[alert.severity] > _RANKS[last.severity]:
            return ""
        word = matter.acknowledged
        if word is not None:
            return f"{word.who} sees to it{f': {word.why}' if word.why else ''}"
        if self.settings.cool_down:
            over = matter.last.at + dt.timedelta(hours=hours_of(self.settings.cool_down))
            if self.now < over:
                return f"people were told of it, and are again after {over:%Y-%m-%d %H:%M} UTC"
        return ""


def _was_looked_for(key: str, report: MonitoringReport) -> bool:
    """Say whether a matter could be seen in a window: one without rows not all monitors look at."""
    if report.rows or key in report.crossed:
        return True
    return raised_by(key) in {each.monitor for each in report.observations}
