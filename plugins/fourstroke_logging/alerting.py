"""Alerts to a file of JSON lines, and to the step's log."""

from __future__ import annotations

import logging
from pathlib import Path

from fourstroke import Alert, Context, hookimpl, plugin
from fourstroke_logging.lines import append, visible


@plugin
class LogAlert:
    """Write every alert as one line of JSON, for people and for whatever tails the file."""

    # The file, relative to the project.
    path: Path = Path(".fourstroke/alerts.jsonl")

    @hookimpl
    def alert(self, alert: Alert, context: Context) -> bool:
        """Write the alert."""
        is_grave = alert.severity == "error" and alert.status == "raised"
        level = logging.ERROR if is_grave else logging.WARNING
        context.log.log(level, "%s", visible(f"{alert.title}: {alert.text}"))
        columns = [item.column or item.name for item in alert.observations]
        append(
            self.path,
            {
                "at": alert.at.isoformat(),
                "severity": alert.severity,
                "status": alert.status,
                "window": alert.window,
                "key": alert.key,
                "title": alert.title,
                "text": alert.text,
                "model": alert.model,
                "version": alert.version,
                "columns": columns,
                "runbook": alert.runbook,
                "run": context.run,
            },
        )
        return True
