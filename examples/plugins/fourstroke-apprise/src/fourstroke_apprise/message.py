"""What people read: an alert as a title and plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fourstroke import Alert, Context


def title_of(alert: Alert, context: Context) -> str:
    """Give one line: whose alert it is, and what it is about."""
    return _one_line(f"{context.project}: {alert.title}")


def body_of(alert: Alert, context: Context) -> str:
    """Give the alert's text, and below it what it is about: model, version, time and run."""
    facts = [
        f"model {_one_line(alert.model)}, version {alert.version}",
        f"{alert.at:%Y-%m-%d %H:%M:%S %Z}",
        f"run {context.run}",
    ]
    return "\n\n".join([_printable(alert.text) or "(no further text)", ", ".join(facts)])


def _one_line(text: str) -> str:
    return _printable(" ".join(text.split()))


def _printable(text: str) -> str:
    """Leave out control characters: names of columns come from outside."""
    return "".join(each for each in text if each.isprintable() or each == "\n")
