"""What an alert says, as JSON for programs and as text for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from fourstroke import Alert, Context

# Receivers refuse bodies of any size, and people do not read them.
_LONGEST: Final = 4_000


def facts_of(alert: Alert, context: Context) -> dict[str, Any]:
    """Give an alert as plain values.

    Notes
    -----
    ``dedupe_key`` is the same for the same matter, so that a receiver can tell an alert that comes
    again, as it may after a kill between sending and noting it down.
    """
    return {
        "schema": "fourstroke.alert/1",
        "project": context.project,
        "model": alert.model,
        "version": alert.version,
        "key": alert.key,
        "dedupe_key": f"{alert.key}#{alert.window}#{alert.status}",
        "status": alert.status,
        "severity": alert.severity,
        "title": shortened(visible(alert.title)),
        "text": shortened(visible(alert.text)),
        "window": alert.window,
        "at": alert.at.isoformat(),
        "since": (alert.since or alert.at).isoformat(),
        "count": alert.count,
        "runbook": alert.runbook,
        "columns": [visible(item.column or item.name) for item in alert.observations[:100]],
    }


def text_of(alert: Alert) -> str:
    """Write an alert for people."""
    seen = (
        f"{alert.model}@v{alert.version}, {alert.window}"
        if alert.window
        else f"{alert.model}@v{alert.version}"
    )
    lines = [visible(alert.title), "", *visible(alert.text).split("; "), "", f"Seen in {seen}."]
    if alert.since is not None:
        lines.append(
            f"It is there since {alert.since:%Y-%m-%d %H:%M} UTC, and was told {alert.count} times."
        )
    if alert.runbook:
        lines.append(f"What to do: {visible(alert.runbook)}")
    lines.append(f"Its key is {alert.key}: fourstroke alerts ack|mute|resolve {alert.key}")
    return shortened("\n".join(lines))


def visible(text: str) -> str:
    r"""Write what no reader sees, and what steers a terminal or a header, as JSON escapes it.

    Examples
    --------
    >>> print(visible("drift:\nage \x1b[2J"))
    drift:\nage \u001b[2J
    """
    return "".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text)


def shortened(text: str) -> str:
    """Cut a text that is too long for a message."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."
